"""From which probability on a row is named positive, for metrics that look at names.

Half is best for accuracy where probabilities are right. Metrics that count both classes alike want another threshold
where one class is rare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from netwright.evaluate.metrics import Metric

#: Thresholds that are looked at, at most; where there are many neighbours are averaged, so that no single row decides.
_MOST, _MANY, _WINDOW = 200, 50, 5
_HALF = 0.5


def fit_threshold(metric: Metric, truth: Sequence[np.ndarray], chances: Sequence[np.ndarray]) -> float:
    """The threshold with the lowest error, as the mean over parts of the rows; 0.5 where none is better.

    Args:
        metric: `accuracy`, `balanced_accuracy` or `f1_macro`.
        truth: Class numbers of each part; (n_rows,) each.
        chances: Of the positive class; (n_rows,) each.

    Example:
        >>> from netwright.evaluate.metrics import METRICS
        >>> chances = np.array([0.02, 0.05, 0.1, 0.12, 0.2, 0.3, 0.35, 0.4])
        >>> truth = np.array([0, 0, 0, 0, 0, 1, 1, 1])
        >>> 0.2 <= fit_threshold(METRICS["balanced_accuracy"], [truth], [chances]) < 0.3
        True
        >>> fit_threshold(METRICS["accuracy"], [np.array([0, 1])], [np.array([0.1, 0.9])])
        0.5
    """
    by_threshold = ErrorsByThreshold.of(metric, truth, chances)
    return float(by_threshold.at[by_threshold.lowest(range(len(truth)))])


@dataclass(frozen=True)
class ErrorsByThreshold:
    """The errors of the same predictions at many thresholds.

    Args:
        at: The thresholds, rising, 0.5 among them; (threshold,).
        errors: Of each part of the rows at each of them, NaN where the metric is not defined; (part, threshold).
    """

    at: Float[np.ndarray, " threshold"]
    errors: Float[np.ndarray, "part threshold"]

    @classmethod
    def of(cls, metric: Metric, truth: Sequence[np.ndarray], chances: Sequence[np.ndarray]) -> ErrorsByThreshold:
        """Look at thresholds between the chances that occur.

        Args:
            metric: `accuracy`, `balanced_accuracy` or `f1_macro`.
            truth: Class numbers of each part; (n_rows,) each.
            chances: Of the positive class; (n_rows,) each.
        """
        pooled = np.unique(np.concatenate(list(chances)))
        if len(pooled) > _MOST:
            pooled = np.unique(np.quantile(pooled, np.linspace(0, 1, _MOST)))
        at = np.unique(np.append((pooled[1:] + pooled[:-1]) / 2, _HALF))
        return cls(at, np.stack([_errors(metric, own, said, at) for own, said in zip(truth, chances, strict=True)]))

    def lowest(self, parts: Sequence[int]) -> int:
        """The place of the threshold with the lowest mean error over some parts; of 0.5 where none is better.

        Args:
            parts: Their numbers.
        """
        half = int(np.searchsorted(self.at, _HALF))
        each = self.errors[list(parts)]
        each = each[np.isfinite(each).all(axis=1)]
        if not len(each):
            return half
        errors = each.mean(axis=0)
        smooth = _smooth(errors)
        nearest = int(np.lexsort((np.abs(self.at - _HALF), np.round(smooth, 12)))[0])
        return nearest if errors[nearest] < errors[half] else half

    def judged(self, parts: Sequence[int], apart: Bool[np.ndarray, "part part"]) -> Float[np.ndarray, " judged"]:
        """The error of each of some parts by the threshold that the others of them choose.

        A part that has no others chooses by itself, which flatters every candidate alike.

        Args:
            parts: Their numbers.
            apart: Which parts share no row.
        """
        choosing = [[other for other in parts if apart[own, other]] or [own] for own in parts]
        return np.array([self.errors[own, self.lowest(others)] for own, others in zip(parts, choosing, strict=True)])


def _smooth(errors: np.ndarray) -> np.ndarray:
    """The mean with the neighbours, of which there are fewer at the ends."""
    window = np.ones(_WINDOW if len(errors) >= _MANY else 1)
    return np.asarray(np.convolve(errors, window, "same") / np.convolve(np.ones(len(errors)), window, "same"))


def _errors(metric: Metric, truth: np.ndarray, chances: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The error at each threshold from counts, NaN where the metric is not defined; (n_thresholds,)."""
    positive, negative = np.sort(chances[truth == 1]), np.sort(chances[truth == 0])
    hit = len(positive) - np.searchsorted(positive, at, side="left")
    right = np.searchsorted(negative, at, side="left")
    n_positive, n_negative, n_rows = len(positive), len(negative), len(truth)
    if metric.name == "accuracy":
        return np.asarray(1 - (hit + right) / n_rows)
    if not n_positive or not n_negative:
        return np.full(len(at), np.nan)
    if metric.name == "balanced_accuracy":
        return np.asarray(1 - (hit / n_positive + right / n_negative) / 2)
    said = n_negative - right + hit
    of_positive = 2 * hit / (n_positive + said)
    of_negative = 2 * right / (n_negative + (n_rows - said))
    return np.asarray(1 - (of_positive + of_negative) / 2)
