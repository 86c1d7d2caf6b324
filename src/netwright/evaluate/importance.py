"""Permutation importance: how much worse a model gets when one column is shuffled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from netwright.base.record import Importance

#: Shuffles of each column; their spread says how sure the rise is.
REPEATS = 5
#: Fewer of each where there are many columns.
_MOST_SHUFFLES = 1_000

#: A column (None: no shuffling) and which shuffle of it.
Shuffle = tuple[str | None, int]


def n_repeats(columns: Sequence[str]) -> int:
    """How often each column is shuffled."""
    return max(1, min(REPEATS, _MOST_SHUFFLES // max(1, len(columns))))


def permutation_importance(
    columns: Sequence[str], errors: Callable[[Sequence[Shuffle]], Sequence[float]], repeats: int | None = None
) -> tuple[Importance, ...]:
    """Rise of the error when a column is shuffled (Breiman, 2001), most important first.

    Args:
        columns: The columns to try.
        errors: Errors under these shuffles; with None as a column, without any shuffling.
        repeats: Shuffles of each column; None goes by their number.
    """
    repeats = repeats or n_repeats(columns)
    shuffles: list[Shuffle] = [(column, repeat) for column in columns for repeat in range(repeats)]
    base, *others = errors([(None, 0), *shuffles])
    rises = np.array(others).reshape(len(columns), repeats) - base
    found = [
        Importance(column, float(own.mean()), float(own.std())) for column, own in zip(columns, rises, strict=True)
    ]
    return tuple(sorted(found, key=lambda importance: -importance.rise))
