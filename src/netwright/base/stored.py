"""Cells of a large table: columns in scratch files that a table reads like those of a data frame.

A `StoredFrame` takes the place of `Table.frame` where a table is large. It has the part of a polars frame that tables
use: a column by its name (a Series of that column alone), a block of rows by a slice, rows by their positions. Many
rows are given as a view, which is a list of positions and no copy; few rows, and blocks, as a frame in memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from netwright.base.errors import InternalError
from netwright.base.scratch import scratch_array

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

#: From here on a table is large. A fixed figure: a command gives the same on a machine with more memory.
LARGE_BYTES = 1 << 30
_CELL_BYTES = 8
#: Rows that are at hand at once.
BLOCK_ROWS = 262_144
#: A part of a large table with at most so many cells is a frame in memory.
_CELLS_IN_MEMORY = 1 << 24
#: Texts of one column that are told apart.
MOST_TEXTS = 1_000_000
_NO_TEXT = -1


def is_large(n_rows: int, n_columns: int) -> bool:
    """Whether a table of this shape is kept in files, said by its cells as numbers.

    Example:
        >>> is_large(1_000_000, 50), is_large(10_000_000, 50)
        (False, True)
    """
    return n_rows * n_columns * _CELL_BYTES > LARGE_BYTES


def spread_rows(n_rows: int, n_taken: int, seed: int) -> np.ndarray:
    """Rows by chance, one of each of so many parts of as many rows, rising; drawn without a list of all rows.

    Args:
        n_rows: Of the table.
        n_taken: How many are wanted; all where they are fewer.
        seed: Of the draws.

    Example:
        >>> spread_rows(3, 5, 0).tolist(), len(set(spread_rows(1_000, 700, 0).tolist()))
        ([0, 1, 2], 700)
    """
    import numpy as np

    if n_rows <= n_taken:
        return np.arange(n_rows)
    edges = np.arange(n_taken + 1) * n_rows // n_taken
    return np.asarray(np.random.default_rng(seed).integers(edges[:-1], edges[1:]))


@dataclass(frozen=True, eq=False)
class _Column:
    """A column in a file.

    Args:
        array: Numbers (missing is NaN), moments (missing is the smallest integer) or numbers of texts (missing is -1).
        dtype: Of its Series: Float64, Datetime or String.
        gaps: Whether a cell is missing.
        texts: For String what the numbers stand for.
    """

    array: np.ndarray
    dtype: Any
    gaps: bool
    texts: pl.Series | None = None

    def series(self, name: str, rows: np.ndarray | slice) -> pl.Series:
        """Some of its cells; a slice of numbers without gaps is read where it lies."""
        import numpy as np
        import polars as pl

        own = np.asarray(self.array[rows])
        if self.texts is not None:
            codes = pl.Series(own)
            return self.texts.gather(codes.set(codes == _NO_TEXT, None) if self.gaps else codes).alias(name)
        series = pl.Series(name, own, nan_to_null=self.gaps) if own.dtype.kind == "f" else pl.Series(name, own)
        if own.dtype.kind == "f":
            return series
        return (series.set(series == np.iinfo(np.int64).min, None) if self.gaps else series).cast(self.dtype)


class StoredFrame:
    """Rows of columns in files.

    Args:
        columns: By name, all of one length.
        n_stored: That length.
        rows: Which of the rows, in which order; None is all of them.
    """

    def __init__(self, columns: Mapping[str, _Column], n_stored: int, rows: np.ndarray | None = None) -> None:
        self._columns, self._n_stored, self._rows = dict(columns), n_stored, rows
        self._hashes: dict[tuple[tuple[str, ...], int], np.ndarray] = {}

    @classmethod
    def of(cls, frame: pl.DataFrame | StoredFrame) -> StoredFrame:
        """A frame in memory as columns in files."""
        if isinstance(frame, StoredFrame):
            return frame
        writer = Writer(frame.schema, frame.height)
        for column in frame.get_columns():
            writer.write(column.name, 0, column)
        return writer.done()

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self._n_stored if self._rows is None else len(self._rows)

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self._columns)

    @property
    def columns(self) -> list[str]:
        """Their names."""
        return list(self._columns)

    @property
    def schema(self) -> dict[str, Any]:
        """Name -> type of the Series."""
        return {name: column.dtype for name, column in self._columns.items()}

    def __len__(self) -> int:
        return self.height

    @overload
    def __getitem__(self, key: str) -> pl.Series: ...
    @overload
    def __getitem__(self, key: slice) -> pl.DataFrame: ...
    @overload
    def __getitem__(self, key: np.ndarray) -> pl.DataFrame | StoredFrame: ...
    def __getitem__(self, key: str | slice | np.ndarray) -> pl.Series | pl.DataFrame | StoredFrame:
        if isinstance(key, str):
            return self._columns[key].series(key, slice(None) if self._rows is None else self._rows)
        if isinstance(key, slice):
            return self._block(key if self._rows is None else self._rows[key])
        if len(key) == self.height and bool((key == _counted(len(key))).all()):
            return self
        rows = key if self._rows is None else self._rows[key]
        if len(rows) * self.width <= _CELLS_IN_MEMORY:
            return self._block(rows)
        return self._view(rows)

    def _block(self, rows: np.ndarray | slice) -> pl.DataFrame:
        import polars as pl

        return pl.DataFrame([column.series(name, rows) for name, column in self._columns.items()])

    @property
    def most_in_memory(self) -> int:
        """How many rows are given as a frame in memory at most."""
        return _CELLS_IN_MEMORY // max(1, self.width)

    def _view(self, rows: np.ndarray) -> StoredFrame:
        view = StoredFrame(self._columns, self._n_stored, rows)
        view._hashes = self._hashes
        return view

    def select(self, names: Sequence[str]) -> StoredFrame:
        """Some of the columns."""
        own = StoredFrame({name: self._columns[name] for name in names}, self._n_stored, self._rows)
        own._hashes = self._hashes
        return own

    def with_columns(self, series: pl.Series) -> StoredFrame:
        """The same rows with a column replaced."""
        writer = Writer({series.name: series.dtype}, self._n_stored)
        if self._rows is None:
            writer.write(series.name, 0, series)
        else:
            writer.scatter(series.name, self._rows, series)
        own = writer.done()._columns[series.name]
        columns = {name: own if name == series.name else column for name, column in self._columns.items()}
        return StoredFrame(columns, self._n_stored, self._rows)

    def hash_rows(self, seed: int = 0) -> pl.Series:
        """A number for each row, equal where rows are; found once for all views of the same columns."""
        import polars as pl

        key = (tuple(self._columns), seed)
        if key not in self._hashes:
            whole = StoredFrame(self._columns, self._n_stored)
            found = scratch_array((self._n_stored,), "uint64")
            for start in range(0, self._n_stored, BLOCK_ROWS):
                rows = slice(start, start + BLOCK_ROWS)
                found[rows] = whole[rows].hash_rows(seed=seed).to_numpy()
            self._hashes[key] = found
        return pl.Series(self._hashes[key] if self._rows is None else self._hashes[key][self._rows])

    def below(self, other: pl.DataFrame | StoredFrame) -> StoredFrame:
        """These rows and those of another frame below them; columns that it lacks are empty there."""
        import numpy as np
        import polars as pl

        if isinstance(other, StoredFrame) and other._columns == self._columns:
            sides = [np.arange(own._n_stored) if own._rows is None else own._rows for own in (self, other)]
            return self._view(np.concatenate(sides))
        writer = Writer(self.schema, self.height + other.height)
        for own, above in ((self, 0), (other, self.height)):
            for start in range(0, own.height, BLOCK_ROWS):
                block = own[start : start + BLOCK_ROWS]
                for name, kind in self.schema.items():
                    cells = (
                        block[name] if name in block.columns else pl.repeat(None, block.height, dtype=kind, eager=True)
                    )
                    writer.write(name, above + start, cells)
        return writer.done()


class Writer:
    """Fills columns in files, piece by piece.

    Args:
        types: Float64, Datetime or String of each column.
        n_rows: How many rows there will be.
    """

    def __init__(self, types: Mapping[str, Any], n_rows: int) -> None:
        import numpy as np
        import polars as pl

        self._types, self._n_rows = dict(types), n_rows
        self._arrays: dict[str, np.ndarray] = {}
        self._texts: dict[str, dict[str, int]] = {}
        self._written = dict.fromkeys(types, 0)
        self._gaps = dict.fromkeys(types, False)
        #: Columns of more texts than can be told apart; all of their cells are missing.
        self.overfull: set[str] = set()
        for name, kind in types.items():
            if kind == pl.String:
                self._texts[name] = {}
            own = np.float64 if kind == pl.Float64 else np.int32 if kind == pl.String else np.int64
            self._arrays[name] = scratch_array((n_rows,), own)

    def write(self, name: str, start: int, cells: pl.Series) -> None:
        """Cells of a column from a row on."""
        if name in self.overfull:
            return
        numbers = self._numbers(name, cells)
        if name not in self.overfull:
            self._arrays[name][start : start + len(cells)] = numbers
            self._written[name] += len(cells)
            self._gaps[name] |= cells.null_count() > 0

    def scatter(self, name: str, rows: np.ndarray, cells: pl.Series) -> None:
        """Cells of a column at these rows; all others are missing."""
        array = self._arrays[name]
        array[:] = float("nan") if array.dtype.kind == "f" else _missing(array)
        array[rows] = self._numbers(name, cells)
        self._written[name], self._gaps[name] = self._n_rows, True

    def _numbers(self, name: str, cells: pl.Series) -> np.ndarray:
        """Cells as the file holds them."""
        import numpy as np
        import polars as pl

        kind = self._types[name]
        if kind == pl.Float64:
            return cells.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        if kind != pl.String:
            moments = cells.cast(pl.Datetime("us")).to_physical()
            return moments.fill_null(_missing(self._arrays[name])).to_numpy()
        known, texts = self._texts[name], cells.drop_nulls().unique().sort()
        for text in texts.to_list():
            known.setdefault(text, len(known))
        if len(known) > MOST_TEXTS:
            self.overfull.add(name)
            known.clear()
        numbers = [known.get(text, _NO_TEXT) for text in texts.to_list()]
        if not numbers:
            return np.full(len(cells), _NO_TEXT, dtype=np.int32)
        return cells.replace_strict(texts, numbers, default=_NO_TEXT, return_dtype=pl.Int32).to_numpy()

    def done(self, n_rows: int | None = None) -> StoredFrame:
        """What was written.

        Args:
            n_rows: How many rows there were in the end, no more than was said; None: as many.

        Raises:
            InternalError: A column has more or fewer cells than it must.
        """
        import polars as pl

        n_rows = self._n_rows if n_rows is None else n_rows
        columns = {}
        for name, whole in self._arrays.items():
            array = whole[:n_rows]
            if name in self.overfull:
                array[:] = _NO_TEXT
            elif self._written[name] != n_rows:
                raise InternalError(f"column {name!r} has {self._written[name]:,} cells of {n_rows:,}")
            texts = pl.Series(list(self._texts[name]), dtype=pl.String) if name in self._texts else None
            if texts is not None and not len(texts):
                texts = pl.Series([None], dtype=pl.String)
            columns[name] = _Column(array, self._types[name], self._gaps[name] or name in self.overfull, texts)
        return StoredFrame(columns, n_rows)


def _counted(n_rows: int) -> np.ndarray:
    import numpy as np

    return np.arange(n_rows)


def _missing(array: np.ndarray) -> int:
    """The integer that stands for a missing cell."""
    import numpy as np

    return int(np.iinfo(np.int64).min) if array.dtype == np.int64 else _NO_TEXT
