"""Columns from records and from dictionaries of columns, nested ones flattened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import listing
from netwright.sources.header import refuse_twins, refuse_width
from netwright.sources.values import series_from_values

if TYPE_CHECKING:
    import polars as pl


def frame_of_records(records: Sequence[Mapping[Any, Any]], name: str) -> pl.DataFrame:
    """A frame with one row a record and one column a key that any of them has.

    Args:
        records: Objects within them become columns `outer.inner`; lists become JSON text.
        name: As messages name the data.

    Raises:
        DataError: A key of an object and one of an object within it lead to the same column, or there are too many.

    Example:
        >>> frame_of_records([{"id": 1, "at": {"city": "Seoul"}}, {"id": 2}], "f.json").rows()
        [(1, 'Seoul'), (2, None)]
    """
    import polars as pl

    flat = [_flat(record, name) for record in records]
    names = dict.fromkeys(key for record in flat for key in record)
    refuse_width(len(names), name)
    return pl.DataFrame([series_from_values(key, [record.get(key) for record in flat]) for key in names])


def _flat(record: Mapping[Any, Any], name: str) -> dict[str, Any]:
    pairs = list(_flattened(record))
    found = dict(pairs)
    if len(found) < len(pairs):
        refuse_twins([key for key, _ in pairs], name)
    return found


def _flattened(record: Mapping[Any, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, Mapping) and value:
            yield from _flattened(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", None if isinstance(value, Mapping) else value


def frame_of_columns(columns: Mapping[Any, Any], name: str) -> pl.DataFrame:
    """A frame from a dictionary of columns.

    Args:
        columns: Lists, arrays or series of one length.
        name: As messages name the data.

    Raises:
        DataError: A value is no column, the lengths differ, or two keys are the same text.

    Example:
        >>> frame_of_columns({"a": [1, 2], "b": ["x", None]}, "f.json").rows()
        [(1, 'x'), (2, None)]
    """
    import polars as pl

    refuse_width(len(columns), name)
    refuse_twins([str(key) for key in columns], name)
    series = []
    for key, values in columns.items():
        if isinstance(values, str | bytes | Mapping) or not hasattr(values, "__iter__"):
            raise DataError(
                f"column {str(key)!r} of {name} must be a list, an array or a series, got {type(values).__name__}."
            )
        listed = values.tolist() if hasattr(values, "tolist") else list(values)
        if not isinstance(listed, list):
            raise DataError(f"column {str(key)!r} of {name} must hold one value a row, got a single value.")
        series.append(series_from_values(str(key), listed))
    lengths = {len(one) for one in series}
    if len(lengths) > 1:
        got = listing([f"{one.name} {len(one):,}" for one in series])
        raise DataError(f"the columns of {name} must have the same number of rows, got {got}.")
    return pl.DataFrame(series)
