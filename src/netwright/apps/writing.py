"""What the smaller verbs put out: predictions, scores, the place of a report."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import count, figure, one_line
from netwright.evaluate.metrics import METRICS

if TYPE_CHECKING:
    import polars as pl


def write_predictions(frame: pl.DataFrame, out: Path | None) -> None:
    """Predictions as CSV, to a file or to standard output.

    Raises:
        DataError: The file cannot be written.
    """
    if out is None:
        sys.stdout.write(frame.write_csv())
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        frame.write_csv(out)
    except OSError as error:
        raise DataError(f"--out must be a file that can be written, got {out} ({error.strerror or error}).") from error
    print(f"{count(frame.height, 'prediction')} in {out}", file=sys.stderr)


def print_scores(scores: Mapping[str, Any]) -> None:
    """Every metric on a line of its own."""
    print(f"{one_line(scores['target'])}: {count(scores['n_rows'], 'row')} with a known target")
    for name, value in scores.items():
        if name in METRICS:
            print(f"  {METRICS[name].label:<20}{figure(value)}")


def show_report(run: Path, open_it: bool) -> None:
    """Where the report is, its verdict, and on request the browser.

    Raises:
        DataError: The folder holds no report.
    """
    page = run / "report.html"
    if not page.is_file():
        raise DataError(f"{run} must be the folder of a finished run with its report.html, got none there.")
    print(page)
    try:
        metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
        print(metrics["verdict"]["sentence"])
    except (OSError, ValueError, KeyError):  # the report itself says it too
        pass
    if open_it:
        import webbrowser

        webbrowser.open(page.absolute().as_uri())
