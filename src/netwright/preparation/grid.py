"""Values at which a column is looked at one by one, and how its cells lie among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netwright.base.table import Column
from netwright.preparation.values import NO_MOMENT, Codes, Moments, Numbers, Values

#: Numbers and moments of a grid, between these quantiles: beyond them rows are too few to say anything.
_MOST_POINTS, _LOWEST, _HIGHEST = 20, 0.02, 0.98
#: Where no more than these values occur, all of them: hours, days of a month.
_MOST_DISTINCT = 31
#: With fewer of them, because one value is very frequent, the different values are taken by their own quantiles.
_FEWEST_POINTS = 10
#: Levels of a category that are shown, and of an order.
_MOST_LEVELS, _MOST_RANKS = 12, 20
#: Bars of a histogram.
_BARS = 16
#: How much of the smallest step between few values a bar takes.
_BAR_SHARE = 0.8
_MICROSECONDS_A_MILLISECOND = 1_000


@dataclass(frozen=True)
class Grid:
    """Cells to set a column to.

    Args:
        cells: As encoders read them.
        at: The same for the record: numbers, milliseconds since 1970, or levels.
        bars: Where the bars of numbers and moments begin and end, in those units; empty for levels, one bar each.
        counts: Rows behind each bar.
        n_others: Rows with a value that lies in none of them.
    """

    cells: Values
    at: tuple[float, ...] | tuple[str, ...]
    bars: tuple[tuple[float, float], ...]
    counts: tuple[int, ...]
    n_others: int


def grid_of(values: Values, column: Column) -> Grid | None:
    """The grid of a column, from its own cells; None where fewer than two values can be told apart.

    Args:
        values: The cells of the development rows.
        column: Its schema entry; an ordinal or boolean one keeps the order of its levels.

    Example:
        >>> grid = grid_of(Numbers(np.array([1.0, 2.0, 2.0, 5.0, np.nan])), Column("rooms", "numeric"))
        >>> grid.at, sum(grid.counts), grid.n_others
        ((1.0, 2.0, 5.0), 4, 0)
    """
    if column.kind == "text":
        return None
    if isinstance(values, Codes):
        return _of_levels(values, column)
    if isinstance(values, Moments):
        known = values.array[values.array != NO_MOMENT]
        points, numbers = _points(known), known / _MICROSECONDS_A_MILLISECOND
        cells, at = Moments(points), points / _MICROSECONDS_A_MILLISECOND
        return _of_numbers(cells, at, numbers)
    known = values.array[~np.isnan(values.array)]
    points = _points(known)
    return _of_numbers(Numbers(points), points, known)


def _points(known: np.ndarray) -> np.ndarray:
    """Values that occur, at even steps of their rank."""
    if not len(known):
        return known
    low, high = np.quantile(known, [_LOWEST, _HIGHEST], method="nearest")
    distinct = np.unique(known[(known >= low) & (known <= high)])
    if len(distinct) < 2:
        distinct = np.unique(known)
    if len(distinct) <= _MOST_DISTINCT:
        return distinct
    steps = np.linspace(0, 1, _MOST_POINTS)
    points = np.unique(np.quantile(known, _LOWEST + steps * (_HIGHEST - _LOWEST), method="nearest"))
    if len(points) < _FEWEST_POINTS:
        points = np.union1d(points, np.quantile(distinct, steps[::2], method="nearest"))
    return np.asarray(points)


def _of_numbers(cells: Values, at: np.ndarray, known: np.ndarray) -> Grid | None:
    if len(at) < 2:
        return None
    low, high = float(at[0]), float(at[-1])
    with np.errstate(over="ignore"):
        width = (high - low) / _BARS
    if not np.spacing(max(abs(low), abs(high))) < width < np.inf:  # float64 has no room for edges, or no such width
        return None
    # where every value between the ends is a point, each has a bar of its own
    numbers, rows = np.unique(known[(known >= low) & (known <= high)], return_counts=True)
    if np.array_equal(numbers, at):
        half = float(np.diff(at).min()) * _BAR_SHARE / 2
        lows, highs, counts = at - half, at + half, rows
    else:
        counts, edges = np.histogram(known, bins=_BARS, range=(low, high))
        lows, highs = edges[:-1], edges[1:]
    bars = tuple((float(start), float(end)) for start, end in zip(lows, highs, strict=True))
    return Grid(cells, tuple(map(float, at)), bars, tuple(map(int, counts)), len(known) - int(counts.sum()))


def _of_levels(values: Codes, column: Column) -> Grid | None:
    counts = values.counts()
    number = {level: code for code, level in enumerate(values.levels) if counts[code]}
    if column.levels:
        chosen = [number[level] for level in column.levels if level in number][:_MOST_RANKS]
    else:
        chosen = sorted(number.values(), key=lambda code: (-counts[code], values.levels[code]))[:_MOST_LEVELS]
    if len(chosen) < 2:
        return None
    return Grid(
        cells=Codes(np.array(chosen, dtype=np.int64), values.levels),
        at=tuple(values.levels[code] for code in chosen),
        bars=(),
        counts=tuple(int(counts[code]) for code in chosen),
        n_others=int(counts.sum() - counts[chosen].sum()),
    )
