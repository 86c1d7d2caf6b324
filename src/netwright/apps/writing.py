"""What the smaller verbs put out: predictions, scores, the place of a report."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import count, figure, in_json, on_screen, one_line
from netwright.base.spreadsheet import csv_text
from netwright.evaluate.metrics import METRICS

if TYPE_CHECKING:
    import polars as pl

_REPORT = "report.html"


def write_predictions(frame: pl.DataFrame, out: Path | None) -> None:
    """Predictions as CSV, to a file or to standard output; see `write_rows`.

    Raises:
        DataError: The file cannot be written.
    """
    write_rows(frame, out, "prediction")


def write_rows(frame: pl.DataFrame, out: Path | None, what: str) -> None:
    """A table as CSV, to a file or to standard output; texts and names that would be formulas of a spreadsheet get an
    apostrophe in front.

    Args:
        frame: The table.
        out: The file; None is standard output.
        what: A row of it, in a word.

    Raises:
        DataError: The file cannot be written.
    """
    if out is None:
        text = csv_text(frame)
        # a terminal must not obey the labels
        sys.stdout.write(on_screen(text) if sys.stdout.isatty() else text)
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(csv_text(frame), encoding="utf-8", newline="")
    except OSError as error:
        raise DataError(f"--out must be a file that can be written, got {out} ({error.strerror or error}).") from error
    print(f"{count(frame.height, what)} in {out}", file=sys.stderr)


def print_scores(scores: Mapping[str, Any]) -> None:
    """Every metric on a line of its own."""
    print(f"{one_line(scores['target'])}: {count(scores['n_rows'], 'row')} with a known target")
    for name, value in scores.items():
        if name in METRICS:
            print(f"  {METRICS[name].label:<20}{figure(value)}")


def print_json(data: Any, indent: int | None = None) -> None:
    """Plain values as JSON in which nothing stands that a terminal obeys."""
    print(in_json(json.dumps(data, ensure_ascii=False, indent=indent)))


def show_report(run: Path, open_it: bool) -> None:
    """Where the report is, its verdict, and on request the browser.

    Raises:
        DataError: The folder holds no report, or files that no run wrote.
    """
    from netwright.deliver.plain_files import PlainFolder, json_file

    page = run / _REPORT
    try:
        folder = PlainFolder(run)
    except (OSError, ValueError) as error:
        raise _no_report(run) from error
    with folder:
        if not folder.has(_REPORT):
            raise _no_report(run)
        folder.check(_REPORT)
    metrics = json_file(run, "metrics.json") or {}
    print(one_line(str(page)))
    verdict = metrics.get("verdict")
    if isinstance(verdict, dict) and isinstance(verdict.get("sentence"), str):  # the report itself says it too
        print(one_line(verdict["sentence"]))
    if open_it:
        import webbrowser

        webbrowser.open(page.absolute().as_uri())


def _no_report(run: Path) -> DataError:
    from netwright.deliver.plain_files import is_unfinished, unfinished

    if is_unfinished(run):
        return unfinished(run)
    return DataError(f"{run} must be the folder of a finished run with its {_REPORT}, got none there.")
