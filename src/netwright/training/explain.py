"""What the trained members look at, measured on their own validation rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netwright.base.record import Importance
from netwright.base.seeds import derive_seed
from netwright.base.table import Table
from netwright.evaluate.importance import Shuffle, n_repeats, permutation_importance
from netwright.evaluate.metrics import Metric
from netwright.preparation.folds import PreparedFold
from netwright.preparation.preparer import Prepared
from netwright.preparation.values import Values, some_cells
from netwright.training.model import FittedModel

#: Validation rows of a fold that are looked at.
_MOST_ROWS = 1_000
#: Rows of all shuffles that pass through the networks at once.
_ROWS_AT_ONCE = 4_096
#: Multiplications that all of it may take; where a network is large fewer rows are looked at, but never fewer than ...
_MOST_PRODUCTS, _FEWEST_ROWS = 5e11, 100


def explain(
    model: FittedModel, folds: tuple[PreparedFold, ...], table: Table, truth: np.ndarray, metric: Metric, seed: int
) -> tuple[Importance, ...]:
    """Permutation importance of every feature column.

    A column is shuffled among the validation rows of a fold, with all features made of it, those made of it and other
    columns too, and predicted by the members of that fold.

    Args:
        model: The trained members.
        folds: Their prepared data.
        table: The development rows, whose cells features of several columns are worked out from.
        truth: Target of all development rows in its own units.
        metric: What the error is measured by.
        seed: The run's seed.
    """
    columns = [encoder.column for encoder in folds[0].preparer.encoders]
    of_a_row = len(model.member_folds) * model.network.row_products * (1 + n_repeats(columns) * len(columns))
    most = min(_MOST_ROWS, max(_FEWEST_ROWS, int(_MOST_PRODUCTS / of_a_row)))
    rows = [_chosen(fold.valid, derive_seed(seed, "importance", k), most) for k, fold in enumerate(folds)]

    cells = [some_cells(table, fold.preparer.read, own) for fold, own in zip(folds, rows, strict=True)]

    def errors(shuffles: Sequence[Shuffle]) -> list[float]:
        at_once = max(1, _ROWS_AT_ONCE // max(len(own) for own in rows))
        found: list[float] = []
        for start in range(0, len(shuffles), at_once):
            found += _errors(model, folds, rows, cells, shuffles[start : start + at_once], truth, metric, seed)
        return found

    return permutation_importance(columns, errors)


def _errors(
    model: FittedModel,
    folds: Sequence[PreparedFold],
    rows: Sequence[np.ndarray],
    cells: Sequence[Mapping[str, Values]],
    shuffles: Sequence[Shuffle],
    truth: np.ndarray,
    metric: Metric,
    seed: int,
) -> list[float]:
    """The mean error over folds under each shuffle, all of them passing through the networks at once."""
    inputs = []
    for k, fold in enumerate(folds):
        made = [
            _shuffled(fold, rows[k], cells[k], column, _seed(seed, column, repeat, k)) for column, repeat in shuffles
        ]
        inputs.append(Prepared(np.concatenate([m.dense for m in made]), np.concatenate([m.codes for m in made])))
    predicted = model.predict_prepared(inputs, max(len(own) for own in rows) * len(shuffles))
    members = np.array(model.member_folds)
    errors = np.empty((len(shuffles), len(folds)))
    for k, own in enumerate(rows):
        if not (members == k).any():  # all that were trained on this fold diverged
            errors[:, k] = np.nan
            continue
        mean = predicted[members == k, : len(own) * len(shuffles)].mean(axis=0)
        values = mean[:, 0] if model.target.task == "regression" else mean
        for index, part in enumerate(np.split(values, len(shuffles))):
            errors[index, k] = metric.error(metric.score(truth[own], part))
    return [float(error) for error in np.nanmean(errors, axis=1)]


def _seed(seed: int, column: str | None, repeat: int, fold: int) -> int:
    return derive_seed(seed, "importance", column, repeat, fold)


def _chosen(rows: np.ndarray, seed: int, most: int) -> np.ndarray:
    if len(rows) <= most:
        return rows
    return np.asarray(np.sort(np.random.default_rng(seed).choice(rows, most, replace=False)))


def _shuffled(
    fold: PreparedFold, rows: np.ndarray, cells: Mapping[str, Values], column: str | None, seed: int
) -> Prepared:
    dense, codes = fold.inputs.dense[rows], fold.inputs.codes[rows]
    if column is not None:
        order = np.random.default_rng(seed).permutation(len(rows))
        span = fold.preparer.spans()[column]
        dense[:, span.start : span.stop] = dense[order, span.start : span.stop]
        if span.code is not None:
            codes[:, span.code] = codes[order, span.code]
        moved = {column: cells[column].take(order)} if column in cells else {}
        fold.preparer.renew(dense, {**cells, **moved}, column)
    return Prepared(dense, codes)
