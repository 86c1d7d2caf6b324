"""Values of Python as typed columns: for sources that hand over cells one by one."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

_INT64 = 2**63
_NUMBERS = frozenset({int, float, Decimal})
_DAYS = frozenset({datetime.date, datetime.datetime})

#: What pandas writes for a missing value, by the names of its types: pandas itself may be absent.
_MISSING_TYPES = frozenset({"NAType", "NaTType"})


def series_from_values(name: str, values: Sequence[Any]) -> pl.Series:
    """One column from its values.

    Args:
        name: Of the column.
        values: Numbers, texts, dates, lists, ...; None, NaN and pandas' marks are missing.

    Returns:
        A column of one type where all values agree, else of texts; halves of characters become �.

    Example:
        >>> series_from_values("a", [1, None, 2.5]).to_list(), series_from_values("a", [1.0, "x"]).to_list()
        ([1.0, None, 2.5], ['1', 'x'])
    """
    import polars as pl

    if set(map(type, values)) in ({float}, {float, type(None)}):
        return pl.Series(name, values, dtype=pl.Float64).fill_nan(None)
    name = well_formed(name)
    cells = [_plain(value) for value in values] if _has_strangers(values) else list(values)
    types = set(map(type, cells)) - {type(None)}
    if types == {str}:
        return _texts(name, cells)
    if types == {bool}:
        return pl.Series(name, cells, dtype=pl.Boolean)
    if types == {int} and all(cell is None or -_INT64 <= cell < _INT64 for cell in cells):
        return pl.Series(name, cells, dtype=pl.Int64)
    if types and types <= _NUMBERS:
        return pl.Series(name, [None if cell is None else _as_float(cell) for cell in cells], dtype=pl.Float64)
    if types and types <= _DAYS:
        return pl.Series(name, [_moment(cell) for cell in cells], dtype=pl.Datetime("us"))
    return _texts(name, [cell_text(cell) for cell in cells])


def well_formed(text: str) -> str:
    """A text without halves of characters: programs that cut texts at a fixed length leave them behind.

    Example:
        >>> well_formed("집"), well_formed("a\\ud83d"), well_formed("\\ud83d\\ude00")
        ('집', 'a�', '😀')
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _texts(name: str, cells: list[str | None]) -> pl.Series:
    import polars as pl

    try:
        return pl.Series(name, cells, dtype=pl.String)
    except UnicodeEncodeError:
        return pl.Series(name, [None if cell is None else well_formed(cell) for cell in cells], dtype=pl.String)


def _as_float(value: float | Decimal) -> float:
    """The nearest number of double precision, infinite where a whole number is too large for it."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def cell_text(value: Any) -> str | None:
    """A value as a text file would hold it.

    Example:
        >>> cell_text(3.0), cell_text(0.5), cell_text(True), cell_text([1, "가"]), cell_text(None)
        ('3', '0.5', 'true', '[1, "가"]', None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ").removesuffix(" 00:00:00")
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes_text(bytes(value))
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=cell_text)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    try:
        return str(value)
    except ValueError:  # a whole number of thousands of digits
        return repr(_as_float(value))


def _has_strangers(values: Sequence[Any]) -> bool:
    # NaN is a float of its own: it has to be looked for one by one
    types = set(map(type, values))
    return bool(types - {str, int, bool, type(None), datetime.date, datetime.datetime})


def _plain(value: Any) -> Any:
    """A value of Python for one of NumPy or pandas; None for their marks of a missing one."""
    if type(value).__name__ in _MISSING_TYPES:
        return None
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        value = value.item()
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if isinstance(value, datetime.timedelta):
        value = value.total_seconds()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value if type(value) is not Decimal or value.is_finite() else _plain(float(value))


def _moment(value: datetime.date | None) -> datetime.datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    return datetime.datetime.combine(value, datetime.time())


def _bytes_text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()
