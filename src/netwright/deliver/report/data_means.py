"""Curves of several networks as one."""

from __future__ import annotations

import numpy as np


def mean_curve(losses: np.ndarray) -> np.ndarray:
    """Mean over members, one that has stopped counting on with its last loss; (epoch,).

    A mean over those still training would jump whenever one stops.

    Args:
        losses: NaN where a member did not train; (member, epoch).

    Example:
        >>> mean_curve(np.array([[4.0, 2.0, np.nan], [4.0, 4.0, 6.0]])).tolist()
        [4.0, 3.0, 4.0]
    """
    filled = np.where(np.isfinite(losses), losses, np.nan)
    for epoch in range(1, filled.shape[1]):
        gap = np.isnan(filled[:, epoch])
        filled[gap, epoch] = filled[gap, epoch - 1]
    known = np.isfinite(filled)
    total = np.where(known, filled, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)
