"""Intervals of forecasts by adaptive conformal prediction (Gibbs and Candes, NeurIPS 2021), for each step ahead.

Errors of a series are not drawn alike: what comes next may err more. So the level is moved after every forecast whose
truth is known: up where it missed, down where it held, so that in the long run the promised share holds whatever the
errors do. That is a promise over time, not for the next forecast.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: The level of what a run writes down by itself, those that a bundle keeps, and how far a level moves at a time.
LEVEL = 0.9
LEVELS = (0.5, 0.8, 0.9, 0.95)
_STEP = 0.01
#: Errors that an interval rests on, the latest; with fewer than these nothing is told.
_MOST, _FEWEST = 1_000, 10


@dataclass(frozen=True)
class Adapted:
    """Half widths of intervals as they stand after the last known forecast.

    Args:
        halves: For each level, for each step; in the units of the errors that were given; infinite where unknown.
        n_rows: Forecasts that they rest on.
    """

    halves: Mapping[float, tuple[float, ...]]
    n_rows: int

    def at(self, level: float) -> np.ndarray:
        """Half widths of a level that was kept, or of the next larger one; (step,)."""
        wanted = [own for own in sorted(self.halves) if own >= level - 1e-9]
        return np.array(self.halves[wanted[0] if wanted else max(self.halves)])


@dataclass(frozen=True)
class Course:
    """Intervals as they would have been given, one origin after the other.

    Args:
        halves: (n_rows, step).
        inside: Whether the truth lay inside; (n_rows, step).
    """

    halves: np.ndarray
    inside: np.ndarray


def adapt(errors: np.ndarray, origins: np.ndarray, level: float, before: Sequence[np.ndarray] = ()) -> Course:
    """Give each forecast its interval by those whose truth was known at its origin.

    Args:
        errors: Sizes of the errors, in the order of their origins; (n_rows, step).
        origins: The step of the grid from which each was made, rising; (n_rows,).
        level: Share that is to lie inside.
        before: Errors of each step that were known at the start, oldest first; (n_earlier,) each.
    """
    n_rows, horizon = errors.shape
    halves, inside = np.full(errors.shape, math.inf), np.ones(errors.shape, dtype=bool)
    for step in range(horizon):
        earlier = np.asarray(before[step] if len(before) else ())
        known, missing, arrived = np.concatenate([earlier, errors[:, step]]), 1 - level, 0
        for row in range(n_rows):
            while arrived < row and origins[arrived] + step + 1 <= origins[row]:
                missing += _STEP * ((1 - level) - (not inside[arrived, step]))
                arrived += 1
            n_known = len(earlier) + arrived
            halves[row, step] = half_width(known[max(0, n_known - _MOST) : n_known], missing)
            inside[row, step] = errors[row, step] <= halves[row, step]
    return Course(halves, inside)


def half_width(errors: Sequence[float] | np.ndarray, missing: float) -> float:
    """The half width that a share `missing` of errors exceeds; infinite where there are too few to tell.

    Example:
        >>> half_width([float(n) for n in range(1, 20)], 0.1), half_width([1.0], 0.1)
        (18.0, inf)
    """
    n = len(errors)
    if n < _FEWEST:
        return math.inf
    rank = math.ceil((n + 1) * (1 - missing) - 1e-9)
    own = np.asarray(errors, dtype=np.float64)
    # beyond the largest error nothing is known: it stands for all that is rarer
    place = min(max(rank, 1), n) - 1
    return float(np.partition(own, place)[place])


def last_halves(errors: np.ndarray, origins: np.ndarray) -> Adapted:
    """The intervals of the next forecast, of each level.

    Args:
        errors: Sizes of the errors, in the order of their origins; (n_rows, step).
        origins: The step of the grid from which each was made, rising; (n_rows,).
    """
    found = {}
    for level in LEVELS:
        course, missing = adapt(errors, origins, level), np.full(errors.shape[1], 1 - level)
        missing = missing + _STEP * ((1 - level) - (~course.inside)).sum(axis=0) if len(errors) else missing
        found[level] = tuple(half_width(errors[-_MOST:, step], missing[step]) for step in range(errors.shape[1]))
    return Adapted(found, len(errors))
