"""A table with a column of paths: where the cells name picture files, the pictures take their place."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.base.option import flag
from netwright.base.table import Schema, Table
from netwright.sources.contract import ReadOptions, is_path
from netwright.sources.picture_table import FILE, picture_cells, picture_column
from netwright.sources.pictures import Pictures, is_picture, read_pictures

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

#: So many cells among the first of a column say whether it names pictures: more than this share must be files.
_FIRST, _LOOKED_AT, _MOST_MISSING = 20, 1_000, 0.5


def with_pictures(
    table: Table, data: object, options: ReadOptions, named: Collection[str] = (), kept: Collection[str] = ()
) -> Table:
    """The table with pictures where a column of texts names picture files, relative to the table's own file.

    Rows whose picture is not there or cannot be read are left out and told.

    Args:
        table: As a source gave it.
        data: What the user named.
        options: How pictures are read.
        named: Columns that must be pictures; where empty they are found.
        kept: Columns whose texts stay as they are.

    Raises:
        DataError: A column that must be pictures names none, or columns of pictures have no size in common.
    """
    folder = Path(os.fspath(data)).expanduser().parent if is_path(data) else Path()  # type: ignore[call-overload]
    columns = [
        column.name
        for column in table.schema.columns
        if column.kind != "image" and column.name not in kept and (column.name in named or not named)
        if _names_pictures(table[column.name], folder)
    ]
    if not columns:
        return table
    cells = {name: table[name].to_list() for name in columns}
    exists = _all([[_is_file(folder, cell) for cell in own] for own in cells.values()])
    kept_rows = exists.nonzero()[0]
    found, left = dict[str, Pictures](), table.take(kept_rows)
    shape = options.shape
    for name in columns:
        own = [str(cells[name][row]) for row in kept_rows]
        found[name] = read_pictures([folder / path for path in own], own, shape, options.image_size)
        channels, height, width = found[name].array.shape[1:]
        shape = shape or (channels, height, width)  # columns stand side by side: the first one says the size
    if len({pictures.array.shape[1:] for pictures in found.values()}) > 1:
        raise DataError(f"the pictures in {', '.join(map(repr, columns))} must all be grey or all have colours.")
    read = _all([pictures.read for pictures in found.values()])
    left = left.take(read.nonzero()[0])
    return _replaced(table, left, found, read, int((~exists).sum()))


def _replaced(table: Table, left: Table, found: dict[str, Pictures], read: np.ndarray, n_lost: int) -> Table:
    """The rows that have all their pictures, these in place of the paths."""
    frame, schema, notes = left.frame, left.schema, list(table.source.notes)
    findings = list(table.findings)
    for name, pictures in found.items():
        array = pictures.array[read[pictures.read]]
        if len(found) == 1 and FILE not in schema:
            frame, schema = _with_files(frame, schema, name)
        frame = frame.with_columns(picture_cells(array, name))
        schema = schema.with_column(picture_column(array, name))
        notes.append(
            f"column {name!r} read as {count(len(array), 'picture')} ({schema[name].why}), since its cells name files; "
            f"{flag('--kind', f'{name}=text')} keeps the names."
        )
        notes += pictures.notes
        findings += pictures.findings()
    if n_lost:
        notes.append(f"{count(n_lost, 'row')} left out: no picture file of that name.")
    return replace(
        left,
        frame=frame,
        schema=schema,
        source=replace(table.source, notes=tuple(notes)),
        findings=tuple(findings),
    )


def _with_files(frame: pl.DataFrame, schema: Schema, name: str) -> tuple[pl.DataFrame, Schema]:
    """The same with the paths kept, to name rows by."""
    column = replace(schema[name], name=FILE, kind="text", role="left_out", why="names the picture")
    files = frame[name].alias(FILE)
    return frame.insert_column(0, files), Schema((column, *schema.columns))


def _names_pictures(cells: pl.Series, folder: Path) -> bool:
    """Whether a column of texts names picture files, most of which are there."""
    import polars as pl

    if cells.dtype != pl.String:
        return False
    filled = cells.head(_LOOKED_AT).drop_nulls().head(_FIRST)
    if not len(filled) or not all(is_picture(Path(text)) for text in filled):
        return False
    there = [_is_file(folder, text) for text in filled]
    return sum(there) > _MOST_MISSING * len(there)


def _is_file(folder: Path, cell: str | None) -> bool:
    try:
        return cell is not None and is_picture(Path(cell)) and (folder / cell).is_file()
    except (OSError, ValueError):  # no file can be called that
        return False


def _all(rows: list[list[bool]] | list[np.ndarray]) -> np.ndarray:
    """Where all of several lists hold; (n,)."""
    import numpy as np

    return np.asarray(np.stack([np.asarray(own, dtype=bool) for own in rows]).all(axis=0))
