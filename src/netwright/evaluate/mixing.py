"""How predictions are mixed: the weighted mean, its temperature, and the threshold from which a class is predicted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def mean_of_members(predictions: np.ndarray) -> np.ndarray:
    """The mean over the first axis, summed in its order: NumPy sums in another one where there is a single row.

    Args:
        predictions: (member, ...).

    Example:
        >>> mean_of_members(np.array([[1.0, 2.0], [3.0, 6.0]]))
        array([2., 4.])
    """
    total = predictions[0].copy()
    for own in predictions[1:]:
        total += own
    return np.asarray(total / len(predictions))


def weighted_mean(predictions: Sequence[np.ndarray], weights: Sequence[float]) -> np.ndarray:
    """The mean of predictions by weight, summed in their order; a single one as it is.

    Args:
        predictions: Arrays of one shape.
        weights: What each of them counts, above 0.

    Example:
        >>> weighted_mean([np.array([1.0, 2.0]), np.array([3.0, 6.0])], [0.75, 0.25])
        array([1.5, 3. ])
    """
    if len(predictions) == 1:
        return predictions[0]
    total = sum(weights)
    mean = np.zeros_like(predictions[0])
    for predicted, weight in zip(predictions, weights, strict=True):
        mean = mean + predicted * (weight / total)
    return mean


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Probabilities whose logarithms are divided by a temperature: above 1 less sure ones, below 1 surer ones.

    Args:
        probabilities: Along the last axis they sum to 1; (..., n_classes).
        temperature: Above 0; 1 leaves them to the last bit.

    Source: C. Guo et al., "On Calibration of Modern Neural Networks", ICML (2017).

    Example:
        >>> tempered(np.array([[0.2, 0.8]]), 2.0).round(3)
        array([[0.333, 0.667]])
    """
    if temperature == 1.0:
        return probabilities
    with np.errstate(divide="ignore"):
        logs = np.log(probabilities)
    raised = np.exp((logs - logs.max(axis=-1, keepdims=True)) / temperature)
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def chosen_classes(probabilities: np.ndarray, threshold: float | np.ndarray | None = None) -> np.ndarray:
    """The number of the class that is predicted for each row; (n_rows,).

    Args:
        probabilities: (n_rows, n_classes).
        threshold: Of two classes the second is predicted from this probability on, one number or one a row; None takes
            the likelier one.

    Example:
        >>> shares = np.array([[0.7, 0.3], [0.4, 0.6]])
        >>> chosen_classes(shares).tolist(), chosen_classes(shares, 0.3).tolist()
        ([0, 1], [1, 1])
    """
    if threshold is None:
        return np.asarray(probabilities.argmax(axis=1))
    return (probabilities[:, 1] >= threshold).astype(np.int64)
