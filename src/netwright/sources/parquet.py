"""Parquet files: columns that know their types."""

from __future__ import annotations

import io
import re

from netwright.base.errors import DataError
from netwright.base.memory import free_bytes, refuse_too_large
from netwright.base.table import Provenance, Table
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.files import FileBytes, existing_file, read_file
from netwright.sources.large import LargeFile
from netwright.sources.large_parquet import LargeParquet
from netwright.sources.panics import Panic, no_panic
from netwright.sources.registry import source
from netwright.sources.typed import tidy_frame
from netwright.sources.untyped import untyped_table

#: Bytes that a cell takes while it is read, and how many cells are read without being asked for.
_CELL_BYTES, _CELLS_UNASKED = 16, 10_000_000
_WORDS = re.compile(r"[A-Za-z][\w ,'/-]{3,80}")


@source("parquet")
class ParquetSource(Source):
    """`.parquet` files."""

    suffixes = (".parquet",)

    def read(self, data: object, options: ReadOptions) -> Table:
        """The table in a Parquet file; see `Source.read`."""
        import polars as pl

        file = read_file(data)
        source = Provenance(file.name, file.stem, how=("parquet",), fingerprint=file.fingerprint)
        try:
            with no_panic():
                _refuse_large(file)
                return untyped_table(tidy_frame(pl.read_parquet(io.BytesIO(file.data))), source)
        except (pl.exceptions.PolarsError, Panic, OSError) as error:
            raise DataError(
                f"{file.name} must be a whole Parquet file, got one that cannot be read{_reason(error)}. "
                f"Write it again, or save the table as .csv."
            ) from error

    def large(self, data: object, options: ReadOptions) -> LargeFile | None:
        """A file of many rows and columns, as its metadata say; see `Source.large`."""
        import polars as pl

        path = existing_file(data)
        if path.suffix.lower() == ".gz":
            return None
        try:
            with no_panic():
                return LargeParquet.of(path)
        except (pl.exceptions.PolarsError, Panic, OSError):  # reading says what is wrong
            return None


def _refuse_large(file: FileBytes) -> None:
    """Raise if the file says that its table is larger than the memory: a few bytes can stand for billions of rows.

    Raises:
        PlanError: It does.
    """
    import polars as pl

    frame = pl.scan_parquet(io.BytesIO(file.data))
    n_rows, n_columns = int(frame.select(pl.len()).collect().item()), len(frame.collect_schema())
    if n_rows * n_columns > _CELLS_UNASKED:
        advice = "Pass a part of its rows or columns."
        what = f"the table must fit the memory, but {file.name} with {n_rows:,} rows and {n_columns:,} columns needs"
        refuse_too_large(what, _CELL_BYTES * n_rows * n_columns, free_bytes(), advice)


def _reason(error: BaseException) -> str:
    """What the library says in words; its own structures are left out."""
    said = str(error).strip().partition("\n")[0].rpartition(": ")[2].rstrip(".")
    return f" ({said})" if _WORDS.fullmatch(said) else ""
