"""Splitting by time: rows are judged by networks that were trained on earlier rows only.

The last rows are the test. The folds are expanding windows over the rest: the blocks that judge lie one after the
other over its last half, and a fold trains on what lies before its block. So every network has seen at least about half
of the rows, and none a row from the future of those that judge it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Literal

import numpy as np

from netwright.base.errors import DataError, PlanError
from netwright.base.figures import count
from netwright.base.split import Fold
from netwright.base.table import Table
from netwright.preparation.windows import STEP

#: Share of the development rows that no block judges, so that even the first fold has rows to train on.
_ONLY_TRAIN = 0.5
_MICROSECONDS_A_DAY = 86_400_000_000
#: Train, validation and test need a time each.
_FEWEST_TIMES = 3


@dataclass(frozen=True)
class Times:
    """When each row of a table was.

    Args:
        name: The column.
        values: Days since 1970 for dates, else the column's own numbers; NaN where unknown; float64, (n_rows,).
        unit: `days` for dates, else empty.
    """

    name: str
    values: np.ndarray
    unit: Literal["days", ""]

    @classmethod
    def of(cls, table: Table, name: str) -> Times:
        """The times of a table's rows.

        Args:
            table: A typed table.
            name: A column of dates or numbers, whatever its role.

        Raises:
            PlanError: The column holds neither.

        Example:
            >>> from netwright.sources.kinds import infer_kinds
            >>> from netwright.sources.registry import open_table
            >>> table = infer_kinds(open_table({"sold": ["1970-01-02", "1970-01-04", None], "price": [1, 2, 4]}))
            >>> Times.of(table, "sold").values.tolist()
            [1.0, 3.0, nan]
        """
        import polars as pl

        column, cells = table.schema[name], table[name]
        if column.kind == "date":
            moments = cells.cast(pl.Datetime("us")).to_physical().cast(pl.Float64)
            return cls(name, (moments / _MICROSECONDS_A_DAY).fill_null(float("nan")).to_numpy(), "days")
        # a row number is an identifier, whose cells are texts
        numbers = cells.cast(pl.Float64, strict=False)
        if numbers.null_count() > cells.null_count() or numbers.null_count() == len(numbers):
            raise PlanError(
                f"--time must name a column of dates or numbers, got {name!r} ({column.kind}). Pass another column, or "
                f"--kind {name}=date:FORMAT if it holds dates, such as date:%Y-%m."
            )
        return cls(name, numbers.fill_null(float("nan")).to_numpy(), "")

    @property
    def known(self) -> np.ndarray:
        """Which rows have a time; (n_rows,)."""
        return np.asarray(np.isfinite(self.values))

    def shown(self, value: float) -> str:
        """A time as people read it.

        Example:
            >>> Times("sold", np.zeros(1), "days").shown(365.5), Times("year", np.zeros(1), "").shown(2019)
            ('1971-01-01 12:00', '2019')
        """
        if not self.unit:
            return f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"
        moment = np.datetime64(round(value * 86_400), "s")
        return str(moment.astype("datetime64[D]")) if value == int(value) else str(moment)[:16].replace("T", " ")

    def distance(self, gap: float) -> str:
        """A gap in words."""
        if self.name == STEP:
            return f"{gap:g} {'step' if gap == 1 else 'steps'}"
        return f"{gap:g} {('day' if gap == 1 else 'days') if self.unit else 'of ' + self.name}"


def refuse_few_times(times: Times, where: str, fewest: int = _FEWEST_TIMES) -> None:
    """One time cannot be split.

    Args:
        times: Of the rows.
        where: The table, as messages name it.
        fewest: How many there must be.

    Raises:
        DataError: There are fewer.
    """
    n_times = len(np.unique(times.values[times.known]))
    if n_times < fewest:
        raise DataError(
            f"--time {times.name} must hold at least {fewest} different times to tell earlier rows of {where} from "
            f"later ones, got {n_times}. Pass another column, or --split random."
        )


def last_part(times: Times, size: float, purpose: str, gap: float, least: int) -> tuple[np.ndarray, np.ndarray]:
    """The last rows, and those that may train before them.

    Args:
        times: All of them known.
        size: Share of the last part; rows of one time stay together, so it is met as nearly as they allow.
        purpose: `test` or `valid`.
        gap: Distance that train rows keep before the last part.
        least: Different times that must be left to train on.

    Returns:
        Positions of the rows before, the gap left out, and of the last part, both in the order of the table.

    Raises:
        DataError: No such part leaves enough rows.

    Example:
        >>> years = Times("year", np.array([2001.0, 2004, 2002, 2003, 2003]), "")
        >>> before, last = last_part(years, 0.2, "test", gap=1.5, least=1)
        >>> before.tolist(), last.tolist()
        ([0, 2], [1])
    """
    different, n_of = np.unique(times.values, return_counts=True)
    n_from = np.cumsum(n_of[::-1])[::-1]  # rows of this time or later
    n_left = np.searchsorted(different, _latest(different, gap), side="right")  # different times left to train on
    possible = np.flatnonzero(n_left >= least)
    if not len(possible):
        advice = "Pass a smaller --gap, or add rows." if gap else "Add rows."
        distance = f" {times.distance(gap)} before" if gap else " before"
        if times.name == STEP:
            raise DataError(
                f"a series must leave {count(least, 'origin')}{distance} the {_NAMES[purpose]} rows to train on, got "
                f"{int(n_left.max(initial=0))}. Pass a smaller --horizon or --past, or add rows."
            )
        raise DataError(
            f"--time {times.name} must leave {count(least, 'different time')}{distance} the {_NAMES[purpose]} rows to "
            f"train on, got {int(n_left.max(initial=0))}. {advice}"
        )
    start = different[possible[np.argmin(np.abs(n_from[possible] - size * len(times.values)))]]
    return train_before(times, start, gap), np.flatnonzero(times.values >= start)


_NAMES = {"test": "test", "valid": "validation"}


def train_before(times: Times, start: float, gap: float) -> np.ndarray:
    """Positions of the rows that may train for what begins at a time; (n_train,)."""
    return np.flatnonzero((times.values < start) & (times.values <= _latest(start, gap)))


def _latest(start: np.ndarray | float, gap: float) -> np.ndarray | float:
    """The latest time that keeps the gap; without one, the next smaller number."""
    return start - gap if gap else np.nextafter(start, -np.inf)


def expanding_folds(times: Times, n_folds: int, gap: float) -> tuple[Fold, ...]:
    """Blocks that judge, one after the other, each with the rows before it.

    Args:
        times: Of the development rows, all known.
        n_folds: How many at most; with few different times there are fewer.
        gap: Distance that train rows keep before the block.

    Raises:
        DataError: A fold would have nothing to train on.

    Example:
        >>> folds = expanding_folds(Times("year", np.arange(2000.0, 2008), ""), 2, gap=0)
        >>> [(fold.train.tolist(), fold.valid.tolist()) for fold in folds]
        [([0, 1, 2, 3], [4, 5]), ([0, 1, 2, 3, 4, 5], [6, 7])]
    """
    different, first = np.unique(np.sort(times.values), return_index=True)
    wanted = len(times.values) * (_ONLY_TRAIN + (1 - _ONLY_TRAIN) * np.arange(n_folds) / n_folds)
    # the block begins with the time whose first row is the nearest to where it should
    begins = np.unique([1 + int(np.argmin(np.abs(first[1:] - rows))) for rows in wanted])
    starts = [*different[begins], np.inf]
    folds = []
    for start, stop in itertools.pairwise(starts):
        train = train_before(times, start, gap)
        if not len(train) and times.name == STEP:
            raise DataError(
                f"a series must leave origins to train on {times.distance(gap)} before the first validation rows, got "
                "none. Pass a smaller --horizon or --past, or add rows."
            )
        if not len(train):
            raise DataError(
                f"--gap {gap:g} must leave rows to train on before {times.shown(start)}, where the first validation "
                "rows begin, got none. Pass a smaller one."
            )
        folds.append(Fold(train, np.flatnonzero((times.values >= start) & (times.values < stop))))
    return tuple(folds)
