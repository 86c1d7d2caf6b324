"""Typed columns of any library brought to the few types that the kinds are told from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwright.sources.blanks import WHITE_SPACE
from netwright.sources.tokens import FEW
from netwright.sources.values import cell_text

if TYPE_CHECKING:
    import polars as pl

_WHOLE_AS_INTEGER = 2**53

#: Days from 1970 to the first of the year 1 and the last of the year 9999, and how many parts a day has.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_DAY_PARTS = {"us": 86_400 * 10**6, "ms": 86_400 * 10**3}


def tidy_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """The same cells in integers, Float64, Boolean, Datetime without zone, and String without surrounding blanks.

    NaN, empty texts and moments outside of the years 1 to 9999 become null; lists and structures become JSON text.

    Example:
        >>> import polars as pl
        >>> tidy_frame(pl.DataFrame({"a": [float("nan"), 1.0], "b": [" x ", ""]})).rows()
        [(None, 'x'), (1.0, None)]
    """
    import polars as pl

    return pl.DataFrame([tidy_series(column) for column in frame.get_columns()])


def tidy_series(column: pl.Series) -> pl.Series:
    """One column of `tidy_frame`."""
    import polars as pl

    kind = column.dtype
    if kind == pl.String or kind == pl.Categorical or kind == pl.Enum:
        if kind == pl.String and len(column) <= FEW:
            bare = [None if text is None else text.strip(WHITE_SPACE) or None for text in column.to_list()]
            return pl.Series(column.name, bare, dtype=pl.String)
        texts = column.cast(pl.String).str.strip_chars()
        return texts.set(texts == "", None)
    if kind.is_integer() or kind == pl.Boolean:
        return column
    if kind.is_float() or kind.is_decimal():
        return column.cast(pl.Float64).fill_nan(None)
    if kind == pl.Datetime:
        # the clock on the wall, as the owner of the data reads it
        if isinstance(kind, pl.Datetime) and kind.time_unit == "ns":  # whose ends a time zone would turn around
            column = column.cast(pl.Datetime("us", kind.time_zone))
        return _on_calendar(column).dt.replace_time_zone(None).cast(pl.Datetime("us"))
    if kind == pl.Date:
        return _on_calendar(column).cast(pl.Datetime("us"))
    if kind == pl.Duration:
        return column.dt.total_microseconds() / 1e6
    if kind == pl.Null:
        return column.cast(pl.String)
    return pl.Series(column.name, [cell_text(value) for value in column.to_list()], dtype=pl.String)


def _on_calendar(column: pl.Series) -> pl.Series:
    """The moments that Python and the library can show; marks of a missing one often lie far outside."""
    import polars as pl

    parts, unit, margin = column.to_physical(), 1, 0
    if isinstance(column.dtype, pl.Datetime):
        unit, margin = _DAY_PARTS[column.dtype.time_unit], int(column.dtype.time_zone is not None)
    off = (parts < (_FIRST_DAY + margin) * unit) | (parts >= (_LAST_DAY + 1 - margin) * unit)
    return column.set(off, None) if off.any() else column


def canonical_text(column: pl.Series) -> pl.Series:
    """Cells as the one text that a category of theirs has, whatever the type they came in.

    Example:
        >>> import polars as pl
        >>> canonical_text(pl.Series([1.0, 2.5])).to_list(), canonical_text(pl.Series(["1.0", "020"])).to_list()
        (['1', '2.5'], ['1', '020'])
        >>> canonical_text(pl.Series([True, None])).to_list()
        ['true', None]
    """
    import polars as pl

    kind = column.dtype
    if kind == pl.String:
        if len(column) <= FEW:
            if not any("." in text for text in column.to_list() if text):
                return column
        elif not column.str.contains(".", literal=True).any():
            return column
        # a column of integers with gaps is often written 1.0, 2.0: the same categories as 1, 2
        return column.str.replace(r"^([+-]?(?:0|[1-9]\d*))\.0*$", "${1}")
    if kind.is_float():
        whole = (column == column.round()) & (column.abs() < _WHOLE_AS_INTEGER)
        integers = column.set(~whole.fill_null(False), None).cast(pl.Int64).cast(pl.String)
        return integers.zip_with(integers.is_not_null(), column.cast(pl.String))
    if kind == pl.Datetime:
        return column.dt.strftime("%Y-%m-%d %H:%M:%S").str.replace(" 00:00:00$", "")
    return column.cast(pl.String)
