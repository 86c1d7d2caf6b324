"""Parquet files with a large table: one column at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.stored import is_large
from netwright.base.table import Provenance, Table
from netwright.sources.files import stem_of
from netwright.sources.large import LargeFile, fingerprint_of, sampled_rows
from netwright.sources.typed import tidy_series
from netwright.sources.untyped import untyped_table

if TYPE_CHECKING:
    import polars as pl

#: Cells of a column that are in memory at once: texts take more room than numbers.
_TEXTS_AT_ONCE = 1_000_000


class LargeParquet(LargeFile):
    """A `.parquet` file with a large table.

    Args:
        path: Of the file.
        frame: The file as a lazy frame.
        n_rows: How many rows it has, as its metadata say.
    """

    def __init__(self, path: Path, frame: pl.LazyFrame, n_rows: int) -> None:
        source = Provenance(path.name, stem_of(path), how=("parquet",), fingerprint=fingerprint_of(path))
        self._types = frame.collect_schema()
        super().__init__(source, self._types.names(), n_rows)
        self._frame = frame

    @classmethod
    def of(cls, path: Path) -> LargeParquet | None:
        """The file, or None where its table is not large."""
        import polars as pl

        frame = pl.scan_parquet(path)
        n_rows = int(frame.select(pl.len()).collect().item())
        return cls(path, frame, n_rows) if is_large(n_rows, len(frame.collect_schema())) else None

    def sample(self) -> Table:
        """See `LargeFile.sample`."""
        import polars as pl

        rows = sampled_rows(self.n_rows)
        columns = [tidy_series(self._column(name).gather(rows)) for name in self.names]
        return replace(untyped_table(pl.DataFrame(columns), self.source), rows=rows)

    def pieces(self) -> Iterator[tuple[int, pl.DataFrame]]:
        """Column by column; see `LargeFile.pieces`."""
        for name in self.names:
            whole = self._types[name].is_numeric() or self._types[name].is_temporal()
            at_once = self.n_rows if whole else _TEXTS_AT_ONCE
            for start in range(0, self.n_rows, at_once):
                yield start, tidy_series(self._column(name, start, at_once)).to_frame()

    def _column(self, name: str, start: int = 0, length: int | None = None) -> pl.Series:
        return self._frame.select(name).slice(start, length).collect().to_series()
