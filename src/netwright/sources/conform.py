"""A later table brought to the columns of the one that a model learned from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import count, listing
from netwright.base.table import FEATURE_KINDS, Column, Schema, Table
from netwright.sources.casting import cast_cells
from netwright.sources.complaints import bad_cells, not_finite, quoted_names
from netwright.sources.plain_numbers import finite_ones, plain_numbers
from netwright.sources.ranges import within_ranges
from netwright.sources.typed import canonical_text

if TYPE_CHECKING:
    import polars as pl

_MOST_NAMES = 20

#: What the cells of a kind must do, after "must".
_MUST = {"numeric": "be numeric, as in training", "date": "hold dates, as in training"}


def conform(table: Table, schema: Schema, *, require_target: bool = False, missing: tuple[str, ...] = ()) -> Table:
    """The same rows under a saved schema.

    Args:
        table: As a source gave it; its columns may stand in any order, others may be among them.
        schema: Of the training table.
        require_target: Whether the target must be there.
        missing: More texts that mean a missing value.

    Returns:
        The columns of the schema that the table has, in the schema's order and typed by its kinds: every feature,
        the target if present, columns that were left out if present. Unseen categories stay as they are; numbers
        outside of a range that was declared are missing, and `findings` says so.

    Raises:
        DataError: A feature (or the required target) is missing, or holds cells that its kind cannot mean.

    Example:
        >>> from netwright.base.table import Column
        >>> from netwright.sources.registry import open_table
        >>> schema = Schema((Column("rooms", "numeric"), Column("city", "category")))
        >>> conform(open_table({"city": ["Seoul"], "more": [0], "rooms": ["4"]}), schema).frame.rows()
        [(4.0, 'Seoul')]
    """
    import polars as pl

    _refuse_missing(table, [column.name for column in schema.features])
    if require_target and schema.target is not None and schema.target.name not in table.schema:
        raise DataError(
            f"{table.source.name} must have the target {schema.target.name!r}, which the predictions are held against, "
            f"got none among {quoted_names(table.schema.names)}. Add it with its true values; rows where it is empty "
            f"are left out."
        )
    present = tuple(_with_missing(column, missing) for column in schema.columns if column.name in table.schema)
    tokens = {column.name: column.reading.missing for column in present if is_plainly_written(column)}
    plain = finite_ones(plain_numbers(table.frame, tokens))
    frame = pl.DataFrame([plain[one.name] if one.name in plain else _typed(table, one) for one in present])
    return within_ranges(replace(table, frame=frame, schema=Schema(present)))


def is_plainly_written(column: Column) -> bool:
    """Whether a column holds numbers with a decimal point and no marks of thousands."""
    return column.kind == "numeric" and column.reading.decimal == "." and not column.reading.thousands


def _refuse_missing(table: Table, needed: list[str]) -> None:
    lacking = [name for name in needed if name not in table.schema]
    if lacking:
        raise DataError(
            f"{table.source.name} must have every column that the model reads, got no "
            f"{listing([repr(name) for name in lacking], _MOST_NAMES)} ({count(len(lacking), 'column')} of "
            f"{len(needed):,}) among {quoted_names(table.schema.names)}. Add it, empty where it is not known."
        )


def _with_missing(column: Column, missing: tuple[str, ...]) -> Column:
    tokens = tuple(dict.fromkeys(column.reading.missing + missing))
    return replace(column, reading=replace(column.reading, missing=tokens))


def _refuse_no_pictures(table: Table, column: Column) -> None:
    own = table.schema[column.name]
    if own.kind != "image" or own.shape != column.shape:
        got = f"pictures of {own.shape}" if own.kind == "image" else "no pictures"
        raise DataError(
            f"column {column.name!r} of {table.source.name} must hold pictures of {column.shape} (channels, height, "
            f"width), as in training, got {got}. Pass a folder of pictures, or a table that names their files."
        )


def _typed(table: Table, column: Column) -> pl.Series:
    cells = table[column.name]
    if column.kind == "image" and column.role == "feature":
        _refuse_no_pictures(table, column)
    cast = cast_cells(cells, column)
    values = cast.values
    infinite = values.is_infinite().fill_null(False) if column.kind == "numeric" else None
    if column.role == "left_out" or (column.role == "feature" and column.kind not in FEATURE_KINDS):
        # nobody reads it: what is wrong with it does no harm
        return values if infinite is None else values.set(infinite, None)
    if cast.unreadable.any():
        advice = "Pass {missing} if that means missing, or correct the cells."
        raise bad_cells(table, column.name, _MUST[column.kind], canonical_text(cells), cast.unreadable, advice)
    if infinite is not None and infinite.any():
        raise not_finite(table, column.name, values, infinite, "correct the cells")
    return values
