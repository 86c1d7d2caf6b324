"""The typical row: the median of each number and date, the most frequent level of each category."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from netwright.base.table import ARRAY_KINDS, Column, Schema, Table
from netwright.preparation.values import MISSING, NO_MOMENT, Arrays, Codes, Moments, Numbers, Values, feature_values

#: A cell: a number, a level, or a moment as ISO 8601 text; None where a column holds no value at all.
Cell = float | str | None
TypicalRow = Mapping[str, Cell]
#: ISO 8601 as `str` and NumPy write it. NumPy reads more: `now`, and numbers without end.
_MOMENT = re.compile(r"-?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?")


def typical_row(table: Table) -> dict[str, Cell]:
    """The cell of each feature column that stands for all of its rows, gaps aside.

    A median is a value that occurs: of an even number of them the lower one of the two in the middle. Of levels that
    are equally frequent the first in sorted order is taken. A text stands for all only where most rows have it.

    Args:
        table: The development rows.

    Example:
        >>> from netwright.base.table import Column, Schema
        >>> from netwright.sources.kinds import infer_kinds
        >>> from netwright.sources.registry import open_table
        >>> typical_row(infer_kinds(open_table({"rooms": [4.5, 6.5, 5.5, 9.0], "city": ["b", "a", "b", "c"]})))
        {'rooms': 5.5, 'city': 'b'}
    """
    kinds = {column.name: column.kind for column in table.schema.features}
    return {
        name: _typical_text(values) if kinds[name] == "text" and isinstance(values, Codes) else _typical(values)
        for name, values in feature_values(table).items()
    }


def _typical_text(values: Codes) -> Cell:
    """The text of most rows, if there is one; else none: no review stands for all."""
    counts = values.counts()
    most = int(counts.max(initial=0))
    return values.levels[int(counts.argmax())] if 2 * most > len(values.array) else None


def _typical(values: Values) -> Cell:
    if isinstance(values, Arrays):  # no picture stands for all
        return None
    if isinstance(values, Numbers):
        known = values.array[~np.isnan(values.array)]
        return float(_lower_median(known)) if len(known) else None
    if isinstance(values, Moments):
        known = values.array[values.array != NO_MOMENT]
        return str(np.datetime64(int(_lower_median(known)), "us")) if len(known) else None
    counts = values.counts()
    return values.levels[int(counts.argmax())] if counts.any() else None


def _lower_median(known: np.ndarray) -> np.generic:
    middle = (len(known) - 1) // 2
    median: np.generic = np.partition(known, middle)[middle]
    return median


def typical_values(schema: Schema, row: TypicalRow) -> dict[str, Values]:
    """The typical row as cells that encoders read, one of each feature column.

    Args:
        schema: Of the table it was learned from.
        row: As `typical_row` gave it.

    Raises:
        ValueError: A cell is not of its column's kind.
        KeyError: A feature column has none.
    """
    return {column.name: _cells(column, row[column.name]) for column in schema.features}


def _cells(column: Column, cell: Cell) -> Values:
    if column.kind in ARRAY_KINDS:
        if cell is not None:
            raise ValueError(f"there is no typical cell of {column.name!r}")
        return Arrays(np.zeros((1, *column.shape)))
    if column.kind == "numeric" and not isinstance(cell, str):
        return Numbers(np.array([np.nan if cell is None else cell], dtype=np.float64))
    if cell is not None and (column.kind == "numeric" or not isinstance(cell, str)):
        raise ValueError(f"the typical cell of {column.name!r} is of another kind")
    if column.kind == "date":
        if cell is not None and not _MOMENT.fullmatch(str(cell)):
            raise ValueError(f"the typical cell of {column.name!r} is no moment")
        return Moments(np.array([NO_MOMENT if cell is None else np.datetime64(cell, "us").astype(np.int64)]))
    return Codes(np.array([MISSING if cell is None else 0]), () if cell is None else (str(cell),))
