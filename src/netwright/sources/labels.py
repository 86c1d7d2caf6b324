"""The target as the task needs it: classes by their labels, or numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.option import flag
from netwright.base.table import Column, Reading, Table
from netwright.sources.casting import cast_cells
from netwright.sources.complaints import not_finite, not_numeric
from netwright.sources.distinct import Distinct
from netwright.sources.numbers import find_style
from netwright.sources.tokens import NUMBER_MISSING, blank
from netwright.sources.typed import canonical_text

if TYPE_CHECKING:
    import polars as pl

_LABEL_KINDS = ("category", "boolean", "ordinal", "constant")


def as_labels(table: Table, name: str) -> Table:
    """The same table with one column as classes.

    Args:
        table: Typed, as `infer_kinds` gives it.
        name: Of the column.

    Returns:
        A table in which that column is String: `1` for 1.0; a category unless it was boolean or ordinal already.

    Raises:
        DataError: There is no such column.

    Example:
        >>> from netwright.sources.kinds import infer_kinds
        >>> from netwright.sources.registry import open_table
        >>> table = as_labels(infer_kinds(open_table({"quality": [5.0, 6.0, None]})), "quality")
        >>> table["quality"].to_list(), table.schema["quality"].kind
        (['5', '6', None], 'category')
    """
    column = table.schema[name]
    if column.kind in _LABEL_KINDS:
        return table
    reading = Reading(column.reading.missing)
    return _with(table, replace(column, kind="category", reading=reading), canonical_text(table[name]))


def as_numbers(table: Table, name: str) -> Table:
    """The same table with one column as numbers.

    Args:
        table: Typed, as `infer_kinds` gives it.
        name: Of the column.

    Returns:
        A table in which that column is numeric.

    Raises:
        DataError: A cell is no number, or the column holds dates; there is no such column.

    Example:
        >>> from netwright.sources.kinds import infer_kinds
        >>> from netwright.sources.registry import open_table
        >>> table = as_numbers(infer_kinds(open_table({"sold": ["0", "1", "0"]})), "sold")
        >>> table["sold"].to_list()
        [0.0, 1.0, 0.0]
    """
    column = table.schema[name]
    if column.kind == "numeric":
        return table
    if column.kind == "date":
        raise DataError(
            f"column {name!r} of {table.source.name} must be numeric, got dates. "
            f"Pass {flag('--kind', name + '=numeric')} if they are numbers, or another --target."
        )
    missing = tuple(dict.fromkeys(NUMBER_MISSING + column.reading.missing))
    seen = Distinct.of(blank(table[name], missing))
    style = find_style(seen.texts, seen.counts).style if len(seen) else None
    reading = Reading(missing, style.decimal, style.thousands) if style else Reading(missing)
    numeric = replace(column, kind="numeric", levels=(), reading=reading)
    cast = cast_cells(table[name], numeric)
    if cast.unreadable.any():
        raise not_numeric(table, name, table[name], cast.unreadable)
    infinite = cast.values.is_infinite().fill_null(False)
    if infinite.any():
        raise not_finite(table, name, cast.values, infinite, "correct the cells")
    return _with(table, numeric, cast.values)


def _with(table: Table, column: Column, values: pl.Series) -> Table:
    frame = table.frame.with_columns(values.alias(column.name))
    return replace(table, frame=frame, schema=table.schema.with_column(column))
