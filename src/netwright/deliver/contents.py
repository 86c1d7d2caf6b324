"""The files of a finished run, as bytes by their place in its folder."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from netwright.base.record import Predictions, RunRecord
from netwright.base.spreadsheet import csv_text, harmless
from netwright.deliver.bundle import bundle_files
from netwright.deliver.predictor import prediction_frame
from netwright.deliver.report.render import render_report
from netwright.evaluate.conformal import LEVEL
from netwright.training.mixture import Mixture

_LEADERBOARD = (
    *("name", "family", "valid_score", "valid_std", "fit_seconds"),  # the first five are DESIGN's
    *("parameters", "ms_per_row", "weight", "status"),
)


def run_files(record: RunRecord, model: Mixture, command: str = "") -> dict[str, bytes]:
    """Everything but `run.json`, by its place; DESIGN calls this the run folder.

    Args:
        record: What is written down.
        model: What is shipped.
        command: The command line that repeats the run.
    """
    files = {
        "findings.json": json_bytes([finding.to_json() for finding in record.findings]),
        "leaderboard.csv": csv_bytes(_LEADERBOARD, record.leaderboard),
        "curves.csv": csv_bytes(record.curves.columns, record.curves.rows()),
    }
    # validation rows calibrate the intervals: their own would prove nothing
    intervals = LEVEL if record.task == "regression" and model.conformal is not None else None
    for name, predictions, level in (("test", record.test, intervals), ("validation", record.validation, None)):
        if predictions is not None:
            files[f"predictions/{name}.csv"] = _predictions(predictions, model, level)
    files |= {f"model/{name}": data for name, data in bundle_files(model).items()}
    files["report.html"] = render_report(record, command).encode("utf-8")
    return files | {"metrics.json": json_bytes(record.metrics)}


def run_facts(record: RunRecord, command: str = "") -> dict[str, Any]:
    """What `run.json` says of a finished run, its files aside."""
    relations = {column.name: asdict(column.relation) for column in record.columns if column.relation}
    curves = record.curves
    layers = {member.plan.name: list(own) for member, own in zip(curves.members, curves.layers, strict=False)}
    facts: dict[str, Any] = finite({**record.facts, "layers": layers, "relations": relations, "command": command})
    return facts


def _predictions(predictions: Predictions, model: Mixture, level: float | None) -> bytes:
    import polars as pl

    frame = prediction_frame(model, predictions.rows, predictions.predicted, level, predictions.threshold)
    if model.target.task == "unsupervised":  # no truth to stand beside it
        frame = frame.with_columns([pl.Series(name, own) for name, own in predictions.more.items()])
        return csv_text(frame.sort("row")).encode("utf-8")
    if model.target.task == "regression":
        truth = pl.Series("target", predictions.truth)
    else:
        labels = [*model.target.classes, None]  # -1, a class that training lacked, reads the last entry
        truth = pl.Series("target", [labels[int(number)] for number in predictions.truth], dtype=pl.String)
    frame = frame.insert_column(1, truth)
    if model.target.steps:  # a row is forecast from several origins
        frame = frame.with_columns([pl.Series(name, own.tolist()) for name, own in predictions.more.items()])
        return csv_text(frame.sort("row", "step")).encode("utf-8")
    return csv_text(frame.sort("row")).encode("utf-8")


def json_bytes(data: Any) -> bytes:
    """JSON in UTF-8; what is not a finite number becomes null."""
    return (json.dumps(finite(data), ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def finite(data: Any) -> Any:
    """The same with null for numbers that are not finite."""
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, Mapping):
        return {key: finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [finite(value) for value in data]
    return data


def csv_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Comma-separated text in UTF-8 with a header, none of its texts a formula."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    for row in rows:
        writer.writerow({key: harmless(cell) if isinstance(cell, str) else cell for key, cell in row.items()})
    return text.getvalue().encode("utf-8")
