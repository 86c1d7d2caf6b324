"""Rows that judge but repeat others: a row that trained, or another row that judges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.copies import find_copies
from netwright.base.figures import count, figure, share
from netwright.base.finding import Finding
from netwright.base.plan import Task
from netwright.base.record import Predictions
from netwright.base.split import Fold
from netwright.base.stored import StoredFrame
from netwright.base.table import Schema, Table
from netwright.evaluate.evaluation import json_scores
from netwright.evaluate.metrics import Metric

_MANY = 0.01
_SHOWN_ROWS = 5
#: A score over fewer rows says nothing.
_FEWEST_ROWS = 2
_CHANCE = "few different rows are possible in these columns: they are alike by chance, and dealt out as others are"
_COPIES = "take them out of the test rows, or read the score without them"


@dataclass(frozen=True)
class Repeats:
    """Which rows that judge repeat others, in full or nearly.

    Args:
        of_development: Whether a row repeats one that trained or chose; (n_rows,).
        again: Whether it repeats an earlier one of the rows that judge; (n_rows,).
        by_chance: Whether rows are alike because few different ones are possible.
    """

    of_development: np.ndarray
    again: np.ndarray
    by_chance: bool


def repeats_of_test(development: Table, test: Table) -> Repeats:
    """Test rows held against the development rows; for when the seal is broken.

    Args:
        development: All rows that are not test rows.
        test: The test rows; they may lack columns that were left out.
    """
    import polars as pl

    schema = Schema(tuple(column for column in development.schema.columns if column.name in test.frame.columns))
    sides = [table.frame.select(schema.names) for table in (development, test)]
    in_files = development.in_files or test.in_files
    frame: Any = StoredFrame.of(sides[0]).below(sides[1]) if in_files else pl.concat(sides)
    rows = np.concatenate([development.rows, test.rows])
    copies = find_copies(Table(frame, schema, development.source, rows))
    near = copies.alike if copies.near is None else copies.near
    seen = np.zeros(len(near), dtype=bool)
    seen[near[: development.n_rows]] = True
    return Repeats(seen[near[development.n_rows :]], _later(copies.units[development.n_rows :]), copies.by_chance)


def repeats_of_validation(development: Table, folds: Sequence[Fold]) -> Repeats:
    """Validation rows that repeat another one, or a row that trained in their fold.

    By chance and by group copies stay on one side; rows that the user brought, and what happens again later in a split
    by time, may repeat train rows.

    Args:
        development: All rows that are not test rows.
        folds: Their parts.
    """
    copies = find_copies(development)
    near = copies.alike if copies.near is None else copies.near
    valid = np.unique(np.concatenate([fold.valid for fold in folds]))
    seen = np.zeros(development.n_rows, dtype=bool)
    for fold in folds:
        seen[fold.valid] |= np.isin(near[fold.valid], near[fold.train])
    return Repeats(seen[valid], _later(copies.units[valid]), copies.by_chance)


def _later(units: np.ndarray) -> np.ndarray:
    ordered = np.sort(units)
    if (ordered[1:] != ordered[:-1]).all():
        return np.zeros(len(units), dtype=bool)
    later = np.ones(len(units), dtype=bool)
    later[np.unique(units, return_index=True)[1]] = False
    return later


def repeats_json(parts: Mapping[str, tuple[Repeats, Predictions]], task: Task) -> dict[str, Any]:
    """`duplicates` as `metrics.json` holds it, empty where no row that judges repeats another.

    Args:
        parts: `validation` and, where rows were sealed, `test`: their repeats and predictions.
        task: What is predicted.

    Returns:
        For each part `<part>_rows` (rows that repeat a development row) and `<part>_without` (every metric without
        them), `<part>_repeated` (rows that repeat an earlier one of the part) and `<part>_once` (every metric with
        each counted once), `<part>_of` (rows of the part); what is zero is left out.
    """
    found: dict[str, Any] = {}
    for part, (repeats, predictions) in parts.items():
        for rows, scores, left_out in (
            (f"{part}_rows", f"{part}_without", repeats.of_development),
            (f"{part}_repeated", f"{part}_once", repeats.again),
        ):
            if left_out.any():
                found |= {rows: int(left_out.sum()), f"{part}_of": len(left_out)}
            if left_out.any() and (~left_out).sum() >= _FEWEST_ROWS:
                at = predictions.threshold
                at = at[~left_out] if isinstance(at, np.ndarray) else at
                found[scores] = json_scores(task, predictions.truth[~left_out], predictions.predicted[~left_out], at)
    return {"duplicates": found} if found else {}


def repeats_finding(repeats: Repeats, test: Predictions) -> Iterator[Finding]:
    """The finding of test rows that repeat development rows, where there are some."""
    n_repeated, n_rows = int(repeats.of_development.sum()), len(repeats.of_development)
    if n_repeated:
        said = count(n_repeated, "test row repeats", "test rows repeat")
        yield Finding(
            code="duplicates-over-split",
            where="split",
            severity="warning" if n_repeated >= _MANY * n_rows and not repeats.by_chance else "note",
            message=f"{said} a development row, in full or nearly ({share(n_repeated, n_rows)})",
            advice=_CHANCE if repeats.by_chance else _COPIES,
            evidence={
                "rows": n_repeated,
                "of": n_rows,
                "by_chance": repeats.by_chance,
                "first": test.rows[repeats.of_development][:_SHOWN_ROWS].tolist(),
            },
        )


def repeats_in_words(metrics: Mapping[str, Any], metric: Metric) -> Iterator[str]:
    """Sentences on the scores with and without repeated rows, of the rows that judge.

    Args:
        metrics: As `metrics.json` holds them.
        metric: What the run is judged by.

    Example:
        >>> from netwright.evaluate.metrics import METRICS
        >>> duplicates = {"test_rows": 2, "test_of": 100, "test_without": {"rmse": 3.5}}
        >>> metrics = {"test": {"rmse": 3.0}, "duplicates": duplicates}
        >>> list(repeats_in_words(metrics, METRICS["rmse"]))
        ['2 of 100 test rows repeat a row that trained: RMSE 3.00 with them, 3.50 without']
    """
    part = "test" if "test" in metrics else "validation"
    found = metrics.get("duplicates", {})
    n_rows = found.get(f"{part}_of", 0)
    score = figure(metrics[part][metric.name])
    if found.get(f"{part}_rows"):
        said = f"{found[f'{part}_rows']:,} of {count(n_rows, f'{part} row')} repeat a row that trained"
        without = found.get(f"{part}_without", {}).get(metric.name)
        yield f"{said}: {metric.label} {score} with them, {figure(without)} without" if without is not None else said
    if found.get(f"{part}_repeated"):
        said = f"{found[f'{part}_repeated']:,} of {count(n_rows, f'{part} row')} repeat another {part} row"
        once = found.get(f"{part}_once", {}).get(metric.name)
        scores = f"{metric.label} {score} over all, {figure(once)} with each counted once"
        yield f"{said}: {scores}" if once is not None else said
