"""Permutation importance: how much worse a model gets when one column is shuffled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from netwright.base.record import Importance

#: Shuffles of each column; their spread says how sure the rise is.
REPEATS = 5


def permutation_importance(
    columns: Sequence[str], error: Callable[[str | None, int], float], repeats: int = REPEATS
) -> tuple[Importance, ...]:
    """Rise of the error when a column is shuffled (Breiman, 2001), most important first.

    Args:
        columns: The columns to try.
        error: (column, repeat) -> error with that column shuffled; with None, without any shuffling.
        repeats: Shuffles of each column.
    """
    base = error(None, 0)
    found = []
    for column in columns:
        rises = np.array([error(column, repeat) for repeat in range(repeats)]) - base
        found.append(Importance(column, float(rises.mean()), float(rises.std())))
    return tuple(sorted(found, key=lambda importance: -importance.rise))
