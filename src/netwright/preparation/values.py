"""Column cells as encoders read them: numbers, codes of texts, moments in time, pictures and windows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import InternalError
from netwright.base.table import ARRAY_KINDS, Column, Table

if TYPE_CHECKING:
    import polars as pl

#: Code of a missing cell, and the integer that stands for a missing moment.
MISSING = -1
NO_MOMENT = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Numbers:
    """Floats; a missing cell is NaN.

    Args:
        array: float64; (n_rows,).
    """

    array: np.ndarray

    def take(self, positions: np.ndarray) -> Numbers:
        """The cells of these rows."""
        return Numbers(self.array[positions])


@dataclass(frozen=True)
class Codes:
    """Texts as positions in a list of levels; a missing cell is -1.

    Args:
        array: int64; (n_rows,).
        levels: The texts, sorted; some may not occur.
    """

    array: np.ndarray
    levels: tuple[str, ...]

    def take(self, positions: np.ndarray) -> Codes:
        """The cells of these rows, under the same levels."""
        return Codes(self.array[positions], self.levels)

    def counts(self) -> np.ndarray:
        """How often each level occurs; (n_levels,)."""
        counts: np.ndarray = np.bincount(self.array[self.array >= 0], minlength=len(self.levels))
        return counts

    def mapped(self, known: dict[str, int], otherwise: int) -> np.ndarray:
        """Each cell's number in `known`; missing cells stay -1, texts not in it get `otherwise`."""
        table = np.array([*(known.get(level, otherwise) for level in self.levels), MISSING], dtype=np.int64)
        numbers: np.ndarray = table[self.array]  # -1 reads the last entry, which is the missing one
        return numbers


@dataclass(frozen=True)
class Moments:
    """Points in time; a missing cell is `NO_MOMENT`.

    Args:
        array: Microseconds since 1970, int64; (n_rows,).
    """

    array: np.ndarray

    def take(self, positions: np.ndarray) -> Moments:
        """The cells of these rows."""
        return Moments(self.array[positions])


@dataclass(frozen=True)
class Arrays:
    """Pictures, or windows of a series; there are no missing cells.

    Args:
        array: Of any type of numbers; (n_rows, *shape).
    """

    array: np.ndarray

    def take(self, positions: np.ndarray) -> Arrays:
        """The cells of these rows."""
        return Arrays(self.array[positions])


Values = Numbers | Codes | Moments | Arrays


def numbers_of(values: Values, column: str) -> np.ndarray:
    """The floats of a column that must hold numbers."""
    if not isinstance(values, Numbers):
        raise InternalError(f"column {column!r} does not hold numbers")
    return values.array


def arrays_of(values: Values, column: str) -> np.ndarray:
    """The arrays of a column that must hold such; (n_rows, *shape)."""
    if not isinstance(values, Arrays):
        raise InternalError(f"column {column!r} does not hold arrays")
    return values.array


def codes_of(values: Values, column: str) -> Codes:
    """The codes of a column that must hold texts."""
    if not isinstance(values, Codes):
        raise InternalError(f"column {column!r} does not hold texts")
    return values


def joined(values: Values, more: Values) -> Values:
    """The cells of a column with further ones below them.

    Args:
        values: The cells.
        more: Others of the same kind.

    Example:
        >>> below = joined(Codes(np.array([0, 1]), ("a", "c")), Codes(np.array([0, -1]), ("b",)))
        >>> below.array.tolist(), below.levels
        ([0, 2, 1, -1], ('a', 'b', 'c'))
    """
    if isinstance(values, Codes) and isinstance(more, Codes):
        levels = tuple(sorted({*values.levels, *more.levels}))
        known = {level: place for place, level in enumerate(levels)}
        both = [own.mapped(known, otherwise=MISSING) for own in (values, more)]
        return Codes(np.concatenate(both), levels)
    if isinstance(values, Codes) or type(values) is not type(more):
        raise InternalError("cells of two kinds cannot be of one column")
    return type(values)(np.concatenate([values.array, more.array]))


def column_values(series: pl.Series, column: Column) -> Values:
    """The cells of one column of a typed table.

    Args:
        series: Typed as `Table` says for the column's kind.
        column: Its schema entry.
    """
    import polars as pl

    if column.kind == "numeric":
        return Numbers(series.cast(pl.Float64).to_numpy().astype(np.float64, copy=True))
    if column.kind in ARRAY_KINDS:
        return Arrays(series.to_numpy().reshape(len(series), *column.shape))
    if column.kind == "date":
        moments = series.cast(pl.Datetime("us")).to_physical()
        return Moments(moments.fill_null(int(NO_MOMENT)).to_numpy())
    levels = series.drop_nulls().unique().sort().to_list()
    # old = levels, new = their positions: a lookup over the few levels instead of over all rows
    codes = series.replace_strict(levels, list(range(len(levels))), default=MISSING, return_dtype=pl.Int64)
    return Codes(codes.fill_null(MISSING).to_numpy(), tuple(levels))


class CellsInFiles(Mapping[str, Values]):
    """The cells of every feature column of a large table, each read when it is asked for.

    Args:
        table: The rows.
        rows: Positions among them, None takes all; (n_rows,).
    """

    def __init__(self, table: Table, rows: np.ndarray | None = None) -> None:
        self._table, self._rows = table, rows
        self._columns = {column.name: column for column in table.schema.features}

    def __getitem__(self, name: str) -> Values:
        values = column_values(self._table[name], self._columns[name])
        return values if self._rows is None else values.take(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def take(self, rows: np.ndarray) -> CellsInFiles:
        """The cells of these rows."""
        return CellsInFiles(self._table, rows if self._rows is None else self._rows[rows])


def feature_values(table: Table) -> Mapping[str, Values]:
    """The cells of every feature column, by name, in the schema's order."""
    if table.in_files:
        return CellsInFiles(table)
    return {column.name: column_values(table[column.name], column) for column in table.schema.features}


def some_cells(table: Table, columns: Sequence[str], rows: np.ndarray) -> dict[str, Values]:
    """The cells of some feature columns at a few rows, by name.

    Args:
        table: The rows.
        columns: Names; of none nothing is read.
        rows: Positions; (n_rows,).
    """
    own = table.take(rows) if columns else table
    return {name: column_values(own[name], own.schema[name]) for name in columns}


def cells_at(cells: Mapping[str, Values], rows: np.ndarray) -> Mapping[str, Values]:
    """The cells of these rows, by name.

    Args:
        cells: As `feature_values` gave them.
        rows: Positions; (n_rows,).
    """
    if isinstance(cells, CellsInFiles):
        return cells.take(rows)
    return {name: values.take(rows) for name, values in cells.items()}
