"""The run folder: written beside its place first, then moved there whole, so that no half-written run is left."""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from netwright.base.curves import CURVE_COLUMNS
from netwright.base.errors import DataError
from netwright.base.figures import CONTROLS
from netwright.base.record import Predictions, RunRecord
from netwright.base.spreadsheet import csv_text, harmless
from netwright.deliver.bundle import save_bundle
from netwright.deliver.predictor import prediction_frame
from netwright.deliver.report.render import render_report
from netwright.evaluate.conformal import LEVEL
from netwright.training.model import FittedModel

_LEADERBOARD = ("name", "family", "valid_score", "valid_std", "fit_seconds")
#: Where runs go that were not given a folder.
_DEFAULT_PARENT = Path("runs")
#: Characters that some file system refuses in a name.
_REFUSED = '<>:"/\\|?*'


class RunFolder:
    """The place of a run, claimed before the work and filled after it.

    Args:
        path: Where the run goes, which must not hold anything yet; None takes the next free name under `runs/`.
        option: What the user names another place with.

    Raises:
        DataError: Something is there already, or the folder cannot be made.
    """

    def __init__(self, path: Path | None, option: str = "--out") -> None:
        self._path, self._option = path, option
        self._parent = _DEFAULT_PARENT if path is None else path.parent
        self._draft = self._parent / f".{path.name if path else 'run'}.part-{os.getpid()}"
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        if self._path is not None:
            _refuse_taken(self._path, self._option)
        try:
            self._make_parents()
            self._draft.mkdir()
        except OSError as error:
            self._clear()
            raise DataError(
                f"the run folder {self._path or self._parent} must be writable, got: {error.strerror or error}. "
                f"Pass another {self._option}."
            ) from error
        return self

    def _make_parents(self) -> None:
        missing = [
            parent for parent in [self._parent.absolute(), *self._parent.absolute().parents] if not parent.exists()
        ]
        for parent in reversed(missing):
            parent.mkdir()
            self._made.append(parent)

    def keep(self, record: RunRecord, model: FittedModel, command: str = "") -> Path:
        """Write everything and put it in place.

        Args:
            record: What is written down.
            model: What is shipped.
            command: The command line that repeats the run.

        Returns:
            Where it is now.

        Raises:
            DataError: The disk is full, or the folder cannot be written any more.
        """
        path = self._path or default_folder(record.source.stem, record.target)
        try:
            write_run(self._draft, record, model, command)
            if path.exists():
                path.rmdir()
            self._draft.rename(path)
        except OSError as error:
            raise DataError(
                f"the run folder {path} must be writable, got: {error.strerror or error}. "
                f"Make room or pass another {self._option}."
            ) from error
        self._made.clear()
        return path

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._clear()

    def _clear(self) -> None:
        """Leave nothing of a run that did not end."""
        shutil.rmtree(self._draft, ignore_errors=True)
        for parent in reversed(self._made):
            try:
                parent.rmdir()
            except OSError:  # someone else uses it by now
                break
        self._made.clear()


def _refuse_taken(path: Path, option: str) -> None:
    if (path / "metrics.json").exists():
        raise DataError(f"{path} must be new, got the folder of a finished run. Pass another {option}.")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise DataError(f"{path} must be new or empty, got something that is there already. Pass another {option}.")


def default_folder(stem: str, target: str, base: Path = _DEFAULT_PARENT) -> Path:
    """The next free `runs/<table>-<target>-<n>`."""
    name = CONTROLS.sub("_", "".join("_" if letter in _REFUSED else letter for letter in f"{stem}-{target}"))
    name = name.replace(" ", "_").strip(".")[:100]
    number = 1
    while (base / f"{name}-{number}").exists():
        number += 1
    return base / f"{name}-{number}"


def write_run(folder: Path, record: RunRecord, model: FittedModel, command: str = "") -> None:
    """All files of a run into a folder that exists; DESIGN calls this the run folder."""
    relations = {column.name: asdict(column.relation) for column in record.columns if column.relation}
    write_json(folder / "run.json", {**record.facts, "relations": relations, "command": command})
    write_json(folder / "metrics.json", record.metrics)
    write_json(folder / "findings.json", [finding.to_json() for finding in record.findings])
    write_csv(folder / "leaderboard.csv", _LEADERBOARD, record.leaderboard)
    write_csv(folder / "curves.csv", CURVE_COLUMNS, record.curves.rows())
    # validation rows calibrate the intervals: their own would prove nothing
    intervals = LEVEL if record.task == "regression" and model.conformal is not None else None
    for name, predictions, level in (("test", record.test, intervals), ("validation", record.validation, None)):
        if predictions is not None:
            (folder / "predictions").mkdir(exist_ok=True)
            _write_predictions(folder / "predictions" / f"{name}.csv", predictions, model, level)
    (folder / "model").mkdir()
    save_bundle(model, folder / "model")
    (folder / "report.html").write_text(render_report(record, command), encoding="utf-8")


def _write_predictions(path: Path, predictions: Predictions, model: FittedModel, level: float | None) -> None:
    import polars as pl

    frame = prediction_frame(model, predictions.rows, predictions.predicted, level)
    if model.target.task == "regression":
        truth = pl.Series("target", predictions.truth)
    else:
        labels = [*model.target.classes, None]  # -1, a class that training lacked, reads the last entry
        truth = pl.Series("target", [labels[int(number)] for number in predictions.truth], dtype=pl.String)
    path.write_text(csv_text(frame.insert_column(1, truth).sort("row")), encoding="utf-8", newline="")


def write_json(path: Path, data: Any) -> None:
    """JSON in UTF-8; what is not a finite number becomes null."""
    path.write_text(json.dumps(_finite(data), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return data


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Comma-separated text in UTF-8 with a header, none of its texts a formula."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for row in rows:
            writer.writerow({key: harmless(cell) if isinstance(cell, str) else cell for key, cell in row.items()})
