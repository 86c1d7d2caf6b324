"""Fewer points where more would only make the page heavy."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from netwright.base.seeds import derive_seed


def sampled(n_points: int, most: int, seed: int, what: str) -> np.ndarray:
    """Positions of at most `most` points, drawn without replacement, in order.

    Args:
        n_points: How many there are.
        most: How many are wanted.
        seed: The run's seed: the same run draws the same points.
        what: Names the draw.

    Example:
        >>> sampled(3, 10, 0, "scatter").tolist(), len(sampled(500, 10, 0, "scatter"))
        ([0, 1, 2], 10)
    """
    if n_points <= most:
        return np.arange(n_points)
    stream = np.random.default_rng(derive_seed(seed, "report", what))
    return np.asarray(np.sort(stream.choice(n_points, most, replace=False)))


def spaced(n_points: int, most: int, keep: Iterable[int] = ()) -> np.ndarray:
    """Positions spread evenly from the first to the last, and those to be kept in any case.

    Args:
        n_points: How many there are.
        most: How many are wanted, those of `keep` not counted.
        keep: Positions that must be among them.

    Example:
        >>> spaced(101, 3, keep=[7]).tolist()
        [0, 7, 50, 100]
    """
    even = np.round(np.linspace(0, n_points - 1, min(most, n_points))).astype(np.int64)
    return np.union1d(even, np.fromiter(keep, dtype=np.int64))
