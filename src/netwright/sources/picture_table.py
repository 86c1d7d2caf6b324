"""Pictures as a table: a column of arrays, with the file and the label beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netwright.base.table import CLASS_OF_PICTURE, Column, Provenance, Schema, Table

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    from netwright.base.finding import Finding

#: What the columns of pictures are called.
IMAGE, FILE, LABEL = "image", "file", "label"


def picture_cells(array: np.ndarray, name: str = IMAGE) -> pl.Series:
    """Pictures as cells; of arrays of one axis, which polars handles the fastest.

    Args:
        array: uint8; (n_pictures, channels, height, width).
        name: Of the column.
    """
    import polars as pl

    width = array[0].size if len(array) else 1
    return pl.Series(name, array.reshape(len(array), -1), dtype=pl.Array(pl.UInt8, width))


def picture_column(array: np.ndarray, name: str = IMAGE) -> Column:
    """The schema entry of a column of pictures."""
    channels, height, width = array.shape[1:]
    why = f"{height} x {width} {'grey' if channels == 1 else 'colour'}"
    return Column(name, "image", shape=(channels, height, width), why=why)


def picture_table(
    array: np.ndarray,
    files: Sequence[str] | None,
    labels: Sequence[str] | None,
    source: Provenance,
    findings: tuple[Finding, ...] = (),
) -> Table:
    """A table of pictures.

    Args:
        array: uint8; (n_pictures, channels, height, width).
        files: The name of each, or None.
        labels: The class of each, or None.
        source: Where they came from.
        findings: What was noticed.
    """
    import numpy as np
    import polars as pl

    cells, columns = [], []
    if files is not None:
        cells.append(pl.Series(FILE, files, dtype=pl.String))
        columns.append(Column(FILE, "text", "left_out", why="names the picture"))
    cells.append(picture_cells(array))
    columns.append(picture_column(array))
    if labels is not None:
        cells.append(pl.Series(LABEL, labels, dtype=pl.String))
        columns.append(Column(LABEL, "category", why=CLASS_OF_PICTURE))
    return Table(pl.DataFrame(cells), Schema(tuple(columns)), source, np.arange(len(array)), findings)
