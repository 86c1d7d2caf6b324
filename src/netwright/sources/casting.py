"""Cells brought to the type of a column whose kind is known: the same for the training file and every later one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.base.table import ARRAY_KINDS, Column
from netwright.sources.booleans import aligned
from netwright.sources.dates import DIGITS, parse_dates
from netwright.sources.numbers import NumberStyle, parse_numbers
from netwright.sources.tokens import blank, numbers_of
from netwright.sources.typed import canonical_text
from netwright.sources.values import cell_text

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Cast:
    """A column in the type of its kind.

    Args:
        values: Float64, Datetime or String; null where missing or unreadable; numbers may be infinite.
        unreadable: True where a cell holds something that the kind cannot mean; (n_rows,).
    """

    values: pl.Series
    unreadable: pl.Series


def cast_cells(cells: pl.Series, column: Column) -> Cast:
    """The cells of a column as its kind has them.

    Args:
        cells: As a source gave them: texts without surrounding blanks, or one of the types of `tidy_frame`.
        column: Kind, levels and reading.

    Example:
        >>> import polars as pl
        >>> cast = cast_cells(pl.Series(["1", "x", None]), Column("rooms", "numeric"))
        >>> cast.values.to_list(), cast.unreadable.to_list()
        ([1.0, None, None], [False, True, False])
    """
    if column.kind in ARRAY_KINDS:
        return Cast(cells, _none_of(cells))
    if column.kind == "numeric":
        values, filled = _as_numbers(cells, column)
    elif column.kind == "date":
        values, filled = _as_dates(cells, column)
    else:
        values = as_texts(cells, column.reading.missing)
        if column.kind == "boolean":
            values = aligned(values, column.levels)
        return Cast(values.alias(cells.name), _none_of(values))
    return Cast(values.alias(cells.name), filled & values.is_null())


def _none_of(cells: pl.Series) -> pl.Series:
    import polars as pl

    return pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(cells))


def as_texts(cells: pl.Series, missing: tuple[str, ...]) -> pl.Series:
    """Cells as canonical texts, null where missing.

    Example:
        >>> import polars as pl
        >>> as_texts(pl.Series([1.0, -999.0]), ("-999",)).to_list()
        ['1', None]
    """
    import polars as pl

    if cells.dtype == pl.String:
        cells = blank(cells, missing)
    numbers = [cell_text(number) for number in numbers_of(missing)]
    return blank(canonical_text(cells), tuple(map(str, numbers))) if numbers else canonical_text(cells)


def _as_numbers(cells: pl.Series, column: Column) -> tuple[pl.Series, pl.Series]:
    import polars as pl

    if cells.dtype == pl.String:
        texts = blank(cells, column.reading.missing)
        style = NumberStyle(column.reading.decimal, column.reading.thousands)
        values, filled = parse_numbers(texts, style), texts.is_not_null()
    elif cells.dtype == pl.Datetime:
        return pl.Series([None] * len(cells), dtype=pl.Float64), cells.is_not_null()
    else:
        values = cells.cast(pl.Float64).fill_nan(None)
        filled = values.is_not_null()
    gone = are_missing_numbers(values, column.reading.missing)
    return values.set(gone, None), filled & ~gone


def are_missing_numbers(values: pl.Series, missing: tuple[str, ...]) -> pl.Series:
    """Which numbers equal one that means missing; `inf` means the infinite ones of either sign.

    Example:
        >>> import polars as pl
        >>> are_missing_numbers(pl.Series([-999.0, 1.0, float("-inf")]), ("-999", "inf")).to_list()
        [True, False, True]
    """

    numbers = numbers_of(missing)
    if not numbers:
        return _none_of(values)
    gone = values.is_in([number for number in numbers if math.isfinite(number)])
    if any(math.isinf(number) for number in numbers):
        gone = gone | values.is_infinite()
    return gone.fill_null(False)


def _as_dates(cells: pl.Series, column: Column) -> tuple[pl.Series, pl.Series]:
    import polars as pl

    if cells.dtype == pl.Datetime:
        return cells, cells.is_not_null()
    texts = as_texts(cells, column.reading.missing)
    form = column.reading.date_format
    if cells.dtype != pl.String and form != DIGITS:
        return pl.Series([None] * len(cells), dtype=pl.Datetime("us")), texts.is_not_null()
    return parse_dates(texts, form), texts.is_not_null()
