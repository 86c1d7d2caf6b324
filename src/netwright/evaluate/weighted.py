"""Scores under row multiplicities, many draws of rows at once.

A bootstrap draw is a number of times that each row is taken. Every function here prepares once what does not depend on
the draw (errors, sorted orders), and gives a function of weights (row, draw) whose values are those of the plain metric
on the rows written out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from netwright.evaluate.metrics import row_errors

#: Weights (row, draw) to scores (draw,); NaN where the metric is not defined.
WeightedScore = Callable[[np.ndarray], np.ndarray]

#: A spread below this share of the squares is what rounding leaves of none.
_NO_SPREAD = 1e-12


def weighted_score(name: str, truth: np.ndarray, prediction: np.ndarray) -> WeightedScore:
    """A metric as a function of how often each row counts.

    Args:
        name: One of `METRICS`.
        truth: Values or class numbers; (n_rows,).
        prediction: Values (n_rows,) or probabilities (n_rows, n_classes).

    Example:
        >>> score = weighted_score("mae", np.array([0.0, 0.0]), np.array([1.0, 4.0]))
        >>> score(np.array([[1, 2, 0], [1, 0, 2]]))
        array([2.5, 1. , 4. ])
    """
    return _SCORES[name](truth, prediction)


def _mean(values: np.ndarray) -> WeightedScore:
    return lambda weights: values @ weights / weights.sum(axis=0)


def _own_error(truth: np.ndarray, prediction: np.ndarray) -> WeightedScore:
    return _mean(prediction)


def _rmse(truth: np.ndarray, prediction: np.ndarray) -> WeightedScore:
    mean = _mean((truth - prediction) ** 2)
    return lambda weights: np.sqrt(mean(weights))


def _mae(truth: np.ndarray, prediction: np.ndarray) -> WeightedScore:
    return _mean(np.abs(truth - prediction))


def _r2(truth: np.ndarray, prediction: np.ndarray) -> WeightedScore:
    squares = (truth - prediction) ** 2
    centred = truth - truth.mean()  # the difference below loses digits where the mean is far from zero

    def score(weights: np.ndarray) -> np.ndarray:
        total, around = centred @ weights, centred**2 @ weights
        spread = around - total**2 / weights.sum(axis=0)
        spread = np.where(spread > _NO_SPREAD * around, spread, np.nan)
        return np.asarray(1 - squares @ weights / spread)

    return score


def _log_loss(truth: np.ndarray, prediction: np.ndarray) -> WeightedScore:
    return _mean(row_errors("binary", truth, prediction))


def _accuracy(truth: np.ndarray, prediction: np.ndarray) -> WeightedScore:
    return _mean((prediction.argmax(axis=1) == truth).astype(np.float64))


def _balanced_accuracy(truth: np.ndarray, prediction: np.ndarray) -> WeightedScore:
    labels, right = np.unique(truth), prediction.argmax(axis=1) == truth
    of_class, found = _by_class(truth, labels), _by_class(truth, labels, right)

    def score(weights: np.ndarray) -> np.ndarray:
        rows = of_class(weights)
        return _mean_where(rows > 0, found(weights) / np.maximum(rows, 1))

    return score


def _f1_macro(truth: np.ndarray, prediction: np.ndarray) -> WeightedScore:
    said = prediction.argmax(axis=1)
    labels = np.union1d(truth, said)
    of_class, called, found = _by_class(truth, labels), _by_class(said, labels), _by_class(truth, labels, said == truth)

    def score(weights: np.ndarray) -> np.ndarray:
        both = of_class(weights) + called(weights)
        return _mean_where(both > 0, 2 * found(weights) / np.maximum(both, 1))

    return score


def _roc_auc(truth: np.ndarray, prediction: np.ndarray) -> WeightedScore:
    if not np.isfinite(prediction).all():  # a network that diverged ranks nothing
        return lambda weights: np.full(weights.shape[1], np.nan)
    classes = np.arange(prediction.shape[1])
    of_class = _by_class(truth, classes)
    binary = len(classes) == 2
    areas = [_area(truth == number, prediction[:, number]) for number in (classes[1:] if binary else classes)]

    def score(weights: np.ndarray) -> np.ndarray:
        present = of_class(weights) > 0
        each = np.stack([area(weights) for area in areas])
        mean = _mean_where(present[1:] if binary else present, each)
        return np.where(present.sum(axis=0) >= 2, mean, np.nan)

    return score


def _area(positive: np.ndarray, score: np.ndarray) -> WeightedScore:
    """Share of pairs (positive, other) that are ranked right, ties half; the order is found once.

    Rows that are no positives matter only by how many lie between one positive and the next. So each goes to a segment:
    2 j below the j-th different score of positives (and above the one before), 2 j + 1 tied with it.
    """
    marks = np.unique(score[positive])
    n_marks = len(marks)
    below = np.searchsorted(marks, score, side="left")  # marks that are lower than this row's score
    tied = (below < n_marks) & (marks[np.minimum(below, max(n_marks - 1, 0))] == score) if n_marks else below < 0
    segment = np.where(positive, 2 * n_marks + 1 + below, 2 * below + tied)
    sums = _summed(segment, 3 * n_marks + 1)

    def area(weights: np.ndarray) -> np.ndarray:
        if not n_marks:
            return np.full(weights.shape[1], np.nan)
        summed = sums(weights)
        others, positives = summed[: 2 * n_marks + 1], summed[2 * n_marks + 1 :]
        lower = np.cumsum(others, axis=0)[: 2 * n_marks : 2]
        won = (positives * (lower + others[1::2] / 2)).sum(axis=0)
        pairs = positives.sum(axis=0) * others.sum(axis=0)
        return np.asarray(won / np.where(pairs > 0, pairs, np.nan))

    return area


def _by_class(numbers: np.ndarray, labels: np.ndarray, which: np.ndarray | bool = True) -> WeightedScore:
    """Weights summed over the rows of each label, if they are among `which`; (label, draw)."""
    known = np.isin(numbers, labels) & which
    return _summed(np.where(known, np.searchsorted(labels, numbers), len(labels)), len(labels))


def _summed(place: np.ndarray, n_places: int) -> WeightedScore:
    """Weights summed over the rows of each place; (n_places, draw). Rows beyond the last place are left out."""
    from scipy.sparse import csr_array

    rows = np.flatnonzero(place < n_places)
    ones = np.ones(len(rows))
    indicator = csr_array((ones, (place[rows], rows)), shape=(n_places, len(place)))
    return lambda weights: np.asarray(indicator @ weights)


def _mean_where(counted: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Mean over the first axis of the values that count; NaN where none does."""
    total = np.where(counted, values, 0.0).sum(axis=0)
    number = counted.sum(axis=0)
    return np.asarray(total / np.where(number > 0, number, np.nan))


_SCORES: dict[str, Callable[[np.ndarray, np.ndarray], WeightedScore]] = {
    "rmse": _rmse,
    "mae": _mae,
    "r2": _r2,
    "log_loss": _log_loss,
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1_macro": _f1_macro,
    "roc_auc": _roc_auc,
    "reconstruction_error": _own_error,
    "row_log_loss": _own_error,
    "kernel_score": _own_error,
}
