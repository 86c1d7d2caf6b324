"""Errors about cells: what must hold, what came, in which rows, and the flags that help."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.base.option import flag

if TYPE_CHECKING:
    import polars as pl

    from netwright.base.table import Table

_MOST_TEXTS = 3


def bad_cells(table: Table, name: str, must: str, cells: pl.Series, bad: pl.Series, advice: str) -> DataError:
    """The error about some cells of a column.

    Args:
        table: Where they stand.
        name: Of the column.
        must: What must hold, after `must`.
        cells: The column as texts.
        bad: Which of them it is about; at least one.
        advice: What to do, whole sentences; `{missing}` becomes `--missing` with each of the texts.

    Example:
        >>> from netwright.sources.registry import open_table
        >>> table = open_table({"price": ["12", "x", "x"]})
        >>> print(bad_cells(table, "price", "be numeric", table["price"], table["price"] == "x", "Pass {missing}."))
        column 'price' of the dictionary must be numeric, got 'x' in 2 of 3 rows (first: row 1). Pass --missing x.
    """
    positions = bad.arg_true()
    texts = cells.gather(positions).unique(maintain_order=True).to_list()
    first = int(table.rows[int(positions[0])])
    missing = " ".join(flag("--missing", text) for text in texts[:_MOST_TEXTS])
    rows = f"{len(positions):,} of {count(table.n_rows, 'row')}"
    sentence = advice.replace("{missing}", missing)
    return DataError(
        f"column {name!r} of {table.source.name} must {must}, got {quoted(texts)} in {rows} (first: row {first:,}). "
        f"{sentence}"
    )


def quoted(texts: Iterable[str]) -> str:
    """Some texts in quotes, the rest counted.

    Example:
        >>> quoted(["a", "b"]), quoted("abcde")
        ("'a', 'b'", "'a', 'b', 'c' and 2 more")
    """
    every = list(texts)
    shown = ", ".join(repr(text) for text in every[:_MOST_TEXTS])
    return shown if len(every) <= _MOST_TEXTS else f"{shown} and {len(every) - _MOST_TEXTS:,} more"


def not_numeric(table: Table, name: str, cells: pl.Series, bad: pl.Series) -> DataError:
    """The error about texts in a column that must be numeric."""
    advice = f"Pass {{missing}}, or {flag('--kind', name + '=category')}."
    return bad_cells(table, name, "be numeric", cells, bad, advice)


def not_finite(table: Table, name: str, values: pl.Series, infinite: pl.Series, otherwise: str = "") -> DataError:
    """The error about infinite numbers.

    Args:
        table: Where they stand.
        name: Of the column.
        values: The numbers.
        infinite: Which of them it is about; at least one.
        otherwise: What to do if they do not mean missing; empty advises to drop the column.
    """
    import polars as pl

    positions = infinite.arg_true()
    signs = values.gather(positions).cast(pl.String).unique(maintain_order=True).to_list()
    first = int(table.rows[int(positions[0])])
    if not otherwise:
        advice = f"Pass --missing inf, or {flag('--drop', name)}."
    elif len(positions) < len(values.drop_nulls()):
        advice = f"Pass --missing inf if that means missing, or {otherwise}."
    else:  # missing they would leave nothing
        advice = f"{otherwise[0].upper()}{otherwise[1:]}."
    return DataError(
        f"column {name!r} of {table.source.name} must be finite, got {' and '.join(signs)} in {len(positions):,} of "
        f"{count(table.n_rows, 'row')} (first: row {first:,}). {advice}"
    )


def no_such_column(table: Table, name: str, said_by: str) -> DataError:
    """The error about a column that the user named and the table lacks."""
    import difflib

    near = difflib.get_close_matches(name, table.schema.names, n=2)
    advice = f" Did you mean {' or '.join(repr(one) for one in near)}?" if near else ""
    return DataError(
        f"{table.source.name} must have the column {name!r} that {said_by} names, "
        f"got {quoted_names(table.schema.names)}.{advice}"
    )


def quoted_names(names: Iterable[str], most: int = 20) -> str:
    """Column names joined by commas, the rest counted."""
    every = list(names)
    shown = ", ".join(every[:most])
    return shown if len(every) <= most else f"{shown} and {len(every) - most:,} more"
