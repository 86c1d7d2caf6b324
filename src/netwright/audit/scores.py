"""Scores of predictions, each with the lower end of its 90 % interval: few rows, or few that matter, prove less."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

#: The measure of numbers that put many classes in order.
R2_OF_ORDER = "R2 of the order of the classes"
#: A class or level with fewer rows is not judged.
FEWEST_ROWS_A_CLASS = 5
#: Groups that part a target must hold this share of the rows and explain this share of the variance of its ranks; two
#: groups do where the smaller has a tenth of the rows.
_MOST_OF_THE_ROWS = 0.9
_LEAST_SHARE_OF_RANKS = 0.25
_FEWEST_ROWS_TO_PART = 100
#: Two groups give a number away from this AUC on; below it the lower end is held at what only warns.
_ALL_BUT_COMPLETE, _NO_PROOF = 0.9995, 0.98
#: Rows that a score must not hang on, and the share of rows where that is more.
_FEW_ROWS, _FEW_SHARE = 3, 0.002
#: 90 % of a normal distribution lie within so many standard deviations.
_Z = 1.645


@dataclass(frozen=True)
class Score:
    """How well something predicts the target.

    Args:
        measure: `R2`, `AUC`, `balanced accuracy` or `R2_OF_ORDER`; over several classes the mean of all of them.
        value: At most 1.
        low: Lower end of its 90 % interval.
    """

    measure: str
    value: float
    low: float


def r2(y: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> Score:
    """The share of the variance that predictions explain.

    The lower end (by the delta method) is at most what they explain without the few rows farthest from the mean: a
    score that hangs on those proves nothing.

    Args:
        y: What is predicted; (n_rows,).
        predicted: By what; (n_rows,).
        weight: How much a row counts; (n_rows,).

    Example:
        >>> r2(np.arange(6.0), np.arange(6.0), np.ones(6)).low
        1.0
    """
    error, variance = _squares(y, predicted, weight)
    total = variance.sum()
    if not total > 0:
        return Score("R2", 0.0, 0.0)
    share = error.sum() / total
    deviation = float(np.sqrt(((error - share * variance) ** 2).sum()) / total)
    few = max(_FEW_ROWS, int(_FEW_SHARE * len(y)))
    others = np.argpartition(variance, -few)[:-few] if few < len(y) else np.arange(0)
    error, variance = _squares(y[others], predicted[others], weight[others])
    without = 1 - error.sum() / max(variance.sum(), 1e-300)
    return Score("R2", float(1 - share), float(min(1 - share - _Z * deviation, without)))


def _squares(y: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted squares of what is left over and of the distance to the mean; each (n_rows,)."""
    mean = np.average(y, weights=weight) if len(y) else 0.0
    return weight * (y - predicted) ** 2, weight * (y - mean) ** 2


def auc(counts: np.ndarray, chances: np.ndarray) -> Score:
    """Each class against the rest, the mean over all of them; for two classes that of the second.

    Args:
        counts: Rows by cell and class, a cell being rows with the same prediction; (n_cells, n_classes).
        chances: The predicted probability of each class; (n_cells, n_classes).
    """
    n_classes = counts.shape[1]
    rest = counts.sum(axis=1, keepdims=True) - counts
    judged = [1] if n_classes == 2 else range(n_classes)
    return _mean_area([_area(counts[:, k], rest[:, k], chances[:, k]) for k in judged])


def balanced_accuracy(counts: np.ndarray, chances: np.ndarray) -> Score:
    """The mean over the classes of the share of their rows that get the class of the highest chance; see `auc`."""
    best = chances >= chances.max(axis=1, keepdims=True) - 1e-12
    size = counts.sum(axis=0)
    recall = (counts * best / best.sum(axis=1, keepdims=True)).sum(axis=0) / size
    value = float(recall.mean())
    return Score("balanced accuracy", value, value - _Z * _deviation_of_mean(recall * (1 - recall) / size))


def separation(groups: np.ndarray, y: np.ndarray) -> Score | None:
    """How well groups of rows part a numeric target into ranges.

    Args:
        groups: The group of each row, from 0; (n_rows,).
        y: The target; (n_rows,).

    Returns:
        The mean AUC of the target between neighbours, the groups put in order of the target's mean rank; None where the
        groups that are large enough to be judged leave out too many rows, or tell too little about the others: a few
        rows apart from the rest, however cleanly, do not give a target away; nor do fewer than 100 rows prove it.

    Example:
        >>> separation(np.repeat([0, 1], 60), np.arange(120.0)).value
        1.0
    """
    from scipy.stats import rankdata

    size = np.bincount(groups)
    judged = np.flatnonzero(size >= FEWEST_ROWS_A_CLASS)
    if len(y) < _FEWEST_ROWS_TO_PART or len(judged) < 2 or size[judged].sum() < _MOST_OF_THE_ROWS * len(y):
        return None
    rank = rankdata(y)
    means = np.bincount(groups, rank)[judged] / size[judged]
    if (size[judged] * (means - rank.mean()) ** 2).sum() < _LEAST_SHARE_OF_RANKS * len(y) * rank.var():
        return None
    areas = []
    for low, high in pairwise(judged[np.argsort(means)]):
        rows = (groups == low) | (groups == high)
        values, place = np.unique(y[rows], return_inverse=True)
        above = (groups[rows] == high).astype(np.float64)
        areas.append(_area(np.bincount(place, above), np.bincount(place, 1 - above), values))
    score = _mean_area(areas)
    # sale or rent part prices well and are known before: two groups prove nothing unless they part all but completely
    honest = len(judged) == 2 and score.value < _ALL_BUT_COMPLETE
    return replace(score, low=min(score.low, _NO_PROOF)) if honest else score


def _area(positive: np.ndarray, negative: np.ndarray, score: np.ndarray) -> tuple[float, float]:
    """AUC of rows counted by score, and its variance.

    Source: J. Hanley and B. McNeil, "The meaning and use of the area under a ROC curve", Radiology 143 (1982).
    """
    some = (positive + negative) > 0
    _, place = np.unique(np.round(score[some], 12), return_inverse=True)
    up, down = np.bincount(place, positive[some]), np.bincount(place, negative[some])
    n_up, n_down = up.sum(), down.sum()
    area = float((up * (np.cumsum(down) - down / 2)).sum() / (n_up * n_down))
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (n_up - 1) * (q1 - area**2) + (n_down - 1) * (q2 - area**2)) / (n_up * n_down)
    return area, max(0.0, float(variance))


def _mean_area(areas: list[tuple[float, float]]) -> Score:
    value = float(np.mean([area for area, _ in areas]))
    return Score("AUC", value, value - _Z * _deviation_of_mean(np.array([variance for _, variance in areas])))


def _deviation_of_mean(variances: np.ndarray) -> float:
    return float(np.sqrt(variances.sum())) / len(variances)
