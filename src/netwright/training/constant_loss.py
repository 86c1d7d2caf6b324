"""The loss of whoever knows nothing but the target: the best constant prediction."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Real

#: Halvings of the interval in which the centre of Huber's loss lies, down to rounding errors.
_HALVINGS = 60


def constant_loss(target: Real[np.ndarray, row * step], loss: str) -> float:
    """The mean loss of the constant that is best on these very rows, each of which counts once.

    Args:
        target: Scaled values (of a series one a step), or class numbers.
        loss: Name of the loss.

    Returns:
        It; NaN where the target is not finite or there is none.

    Example:
        >>> constant_loss(np.array([0.0, 2.0, 2.0, 4.0]), "mse"), constant_loss(np.array([0.0, 2.0, 2.0, 4.0]), "mae")
        (2.0, 1.0)
        >>> round(constant_loss(np.array([0, 1, 2, 3]), "cross_entropy"), 4)
        1.3863
    """
    values = np.asarray(target, dtype=np.float64)
    if not len(values) or not np.isfinite(values).all():
        return math.nan
    if loss == "own":  # without a target there is no constant to predict
        return math.nan
    if values.ndim == 2:
        return float(np.mean([constant_loss(step, loss) for step in values.T]))
    if loss == "mse":
        return float(values.var())
    if loss == "mae":
        return float(np.abs(values - np.median(values)).mean())
    if loss == "huber":
        return _huber(values)
    return _entropy(np.unique(values, return_counts=True)[1] / len(values))


def constant_loss_of_shares(shares: Real[np.ndarray, "row class"]) -> float:
    """The same where each row is taught a share of each class.

    Args:
        shares: Of each class; they sum to 1.

    Example:
        >>> round(constant_loss_of_shares(np.array([[0.5, 0.5], [1.0, 0.0]])), 4)
        0.5623
    """
    return _entropy(np.asarray(shares, dtype=np.float64).mean(axis=0))


def _entropy(shares: np.ndarray) -> float:
    known = shares[shares > 0]
    return float(-(known * np.log(known)).sum())


def _huber(values: np.ndarray) -> float:
    low, high = float(values.min()), float(values.max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if np.clip(values - middle, -1, 1).sum() > 0:  # the slope of the loss, but for its sign
            low = middle
        else:
            high = middle
    off = np.abs(values - (low + high) / 2)
    return float(np.where(off <= 1, 0.5 * off**2, off - 0.5).mean())
