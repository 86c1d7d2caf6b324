"""The different numbers of a column with how often each occurs: what several checks look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from netwright.audit.check import numbers_of_columns
from netwright.base.figures import figure
from netwright.base.option import flag
from netwright.base.table import Column, Table


@dataclass(frozen=True)
class Tally:
    """The numbers of a column that are not missing.

    Args:
        values: The different ones, ascending; (n_different,).
        rows: How often each occurs; (n_different,).
    """

    values: np.ndarray
    rows: np.ndarray

    @property
    def n_rows(self) -> int:
        """How many there are in all."""
        return int(self.rows.sum())

    def quantile(self, share: float) -> float:
        """The smallest value that at least this share of the numbers does not exceed."""
        return float(self.values[np.searchsorted(np.cumsum(self.rows), share * self.n_rows)])

    def but(self, kept: np.ndarray) -> Tally:
        """Of the different values those that are chosen; bool, (n_different,)."""
        return Tally(self.values[kept], self.rows[kept])


def tallies(table: Table, fewest: int) -> Iterator[tuple[Column, Tally]]:
    """Every numeric column in use with at least so many values.

    Example:
        >>> from netwright.sources.kinds import infer_kinds
        >>> from netwright.sources.registry import open_table
        >>> ((column, tally),) = tallies(infer_kinds(open_table({"x": [2.5, 1.5, 2.5, 7.5]})), fewest=3)
        >>> tally.values.tolist(), tally.rows.tolist(), tally.quantile(0.5)
        ([1.5, 2.5, 7.5], [1, 2, 1], 2.5)
    """
    for column, values in numbers_of_columns(table):
        if len(values) >= fewest:
            different, rows = np.unique(values, return_counts=True)
            yield column, Tally(different, rows)


def exact(value: float) -> str:
    """A number that stands in the data, as it is typed: 99999 and not 100,000.

    Example:
        >>> exact(99999.0), exact(-200.0), exact(0.5), exact(1e300)
        ('99999', '-200', '0.5', '1e+300')
    """
    whole = abs(value) < 2**53 and value == int(value)
    return str(int(value)) if whole else repr(value)


def shown(value: float) -> str:
    """The same for people: 99,999.

    Example:
        >>> shown(99999.0), shown(0.5), shown(3.14159265)
        ('99,999', '0.5', '3.14')
    """
    text = exact(value)
    if len(text) > 7 and not value.is_integer():
        return figure(value)
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else text


def as_missing(table: Table, value: float, columns: tuple[str, ...]) -> str:
    """The advice that makes a number a missing value, with what it costs in other columns.

    Args:
        table: Where it stands.
        value: The number.
        columns: Those in which it means nothing.
    """
    others = 0
    for column in table.schema.columns:
        if column.name in columns or column.role == "left_out":
            continue
        cells = table[column.name]
        if cells.dtype == pl.Float64:
            others += int((cells == value).sum())
        elif cells.dtype == pl.String:
            others += int((cells == exact(value)).sum())
    if others:
        it = flag("--missing", exact(value))
        return f"empty those cells in the file; {it} would also empty {others:,} cells of other columns"
    return f"{flag('--missing', exact(value))} treats {'it' if len(columns) == 1 else 'them'} as missing"
