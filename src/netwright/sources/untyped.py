"""What every source hands on: cells under names, nothing known about them yet."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.table import Column, Provenance, Reading, Schema, Table
from netwright.sources.header import refuse_twins, refuse_width

if TYPE_CHECKING:
    import polars as pl

_NOT_FOR_FILE_NAMES = re.compile(r"[\\/:*?\"<>|\s\x00-\x1f]+")


def untyped_table(frame: pl.DataFrame, source: Provenance, reading: Reading | None = None) -> Table:
    """A table whose columns are all of unknown kind.

    Args:
        frame: Texts as they stand in the source, or typed columns where it has types.
        source: Where the cells came from.
        reading: How numbers are written, if the user said so.

    Raises:
        DataError: There is no column or no row, there are too many columns, or two columns have the same name.
    """
    import numpy as np

    if not frame.width:
        raise DataError(f"{source.name} must have columns, got none.")
    refuse_width(frame.width, source.name)
    refuse_twins(frame.columns, source.name)
    if not frame.height:
        raise DataError(f"{source.name} must have rows, got a header and no rows.")
    columns = tuple(Column(name, reading=reading or Reading()) for name in frame.columns)
    return Table(frame, Schema(columns), source, np.arange(frame.height))


def cells_fingerprint(frame: pl.DataFrame) -> str:
    """SHA-256 of names and cells, for data that come without bytes.

    Example:
        >>> import polars as pl
        >>> cells_fingerprint(pl.DataFrame({"a": [1]})) == cells_fingerprint(pl.DataFrame({"a": [1]}))
        True
        >>> cells_fingerprint(pl.DataFrame({"a": [1]})) == cells_fingerprint(pl.DataFrame({"a": [2]}))
        False
    """
    return hashlib.sha256(frame.write_csv(quote_style="non_numeric").encode("utf-8")).hexdigest()


def short_name(text: str) -> str:
    """A name that a folder may carry.

    Example:
        >>> short_name("sales/2024: north")
        'sales_2024_north'
    """
    return _NOT_FOR_FILE_NAMES.sub("_", text).strip("._") or "data"
