"""Parquet files: columns that know their types."""

from __future__ import annotations

import io

from netwright.base.errors import DataError
from netwright.base.table import Provenance, Table
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.files import existing_file, read_file
from netwright.sources.large import LargeFile
from netwright.sources.large_parquet import LargeParquet
from netwright.sources.registry import source
from netwright.sources.typed import tidy_frame
from netwright.sources.untyped import untyped_table


@source("parquet")
class ParquetSource(Source):
    """`.parquet` files."""

    suffixes = (".parquet",)

    def read(self, data: object, options: ReadOptions) -> Table:
        """The table in a Parquet file; see `Source.read`."""
        import polars as pl

        file = read_file(data)
        try:
            frame = pl.read_parquet(io.BytesIO(file.data))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DataError(
                f"{file.name} must be a whole Parquet file, got one that cannot be read ({_first_line(error)}). "
                f"Write it again, or save the table as .csv."
            ) from error
        source = Provenance(file.name, file.stem, how=("parquet",), fingerprint=file.fingerprint)
        return untyped_table(tidy_frame(frame), source)

    def large(self, data: object, options: ReadOptions) -> LargeFile | None:
        """A file of many rows and columns, as its metadata say; see `Source.large`."""
        import polars as pl

        path = existing_file(data)
        if path.suffix.lower() == ".gz":
            return None
        try:
            return LargeParquet.of(path)
        except (pl.exceptions.PolarsError, OSError):  # reading says what is wrong
            return None


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
