"""What the trained members look at, measured on their own validation rows."""

from __future__ import annotations

import numpy as np

from netwright.base.record import Importance
from netwright.base.seeds import derive_seed
from netwright.evaluate.importance import permutation_importance
from netwright.evaluate.metrics import Metric
from netwright.preparation.folds import PreparedFold
from netwright.preparation.preparer import Prepared
from netwright.training.model import FittedModel

#: Validation rows of a fold that are looked at.
_MOST_ROWS = 1_000


def explain(
    model: FittedModel, folds: tuple[PreparedFold, ...], truth: np.ndarray, metric: Metric, seed: int
) -> tuple[Importance, ...]:
    """Permutation importance of every feature column.

    A column is shuffled among the validation rows of a fold, with all features made of it, and predicted by the
    members of that fold.

    Args:
        model: The trained members.
        folds: Their prepared data.
        truth: Target of all development rows in its own units.
        metric: What the error is measured by.
        seed: The run's seed.
    """
    rows = [_chosen(fold.valid, derive_seed(seed, "importance", k)) for k, fold in enumerate(folds)]
    members = np.array(model.member_folds)

    def error(column: str | None, repeat: int) -> float:
        inputs = [
            _shuffled(fold, rows[k], column, derive_seed(seed, "importance", column, repeat, k))
            for k, fold in enumerate(folds)
        ]
        longest = max(len(own) for own in rows)
        predicted = model.predict_prepared(inputs, longest)
        errors = []
        for k, own in enumerate(rows):
            mean = predicted[members == k, : len(own)].mean(axis=0)
            values = mean[:, 0] if model.target.task == "regression" else mean
            errors.append(metric.error(metric.score(truth[own], values)))
        return float(np.nanmean(errors))

    columns = [encoder.column for encoder in folds[0].preparer.encoders]
    return permutation_importance(columns, error)


def _chosen(rows: np.ndarray, seed: int) -> np.ndarray:
    if len(rows) <= _MOST_ROWS:
        return rows
    return np.asarray(np.sort(np.random.default_rng(seed).choice(rows, _MOST_ROWS, replace=False)))


def _shuffled(fold: PreparedFold, rows: np.ndarray, column: str | None, seed: int) -> Prepared:
    dense, codes = fold.inputs.dense[rows], fold.inputs.codes[rows]
    if column is not None:
        order = np.random.default_rng(seed).permutation(len(rows))
        span = fold.preparer.spans()[column]
        dense[:, span.start : span.stop] = dense[order, span.start : span.stop]
        if span.code is not None:
            codes[:, span.code] = codes[order, span.code]
    return Prepared(dense, codes)
