"""Ranges that the user declared valid: cells outside of them count as missing, in this table and in every later one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.base.errors import PlanError
from netwright.base.figures import count, share
from netwright.base.finding import Finding
from netwright.base.table import Column, Table

if TYPE_CHECKING:
    import polars as pl

#: The least and the most that is valid; None is no end.
Range = tuple[float | None, float | None]

_MANY = 0.01


def parse_range_options(options: Iterable[str]) -> dict[str, Range]:
    """The meaning of `--range COL=LOW:HIGH`.

    Args:
        options: Such as `age=0:120`, `income=0:`, `depth=:-5.5`.

    Raises:
        PlanError: Not of that form, no end at all, the ends the wrong way round, or a column with two ranges.

    Example:
        >>> parse_range_options(["age=0:120", "income=0:"])
        {'age': (0.0, 120.0), 'income': (0.0, None)}
    """
    ranges: dict[str, Range] = {}
    for option in options:
        name, named, text = option.rpartition("=")
        low_text, parted, high_text = text.partition(":")
        try:
            low, high = (float(end) if end.strip() else None for end in (low_text, high_text))
            sound = bool(named and name.strip() and parted) and all(
                end is None or math.isfinite(end) for end in (low, high)
            )
        except ValueError:
            sound = False
        if not sound or (low is None and high is None):
            raise PlanError(
                f"--range must be COL=LOW:HIGH with numbers, such as age=0:120, age=0: or age=:120, got {option!r}."
            )
        if low is not None and high is not None and low > high:
            raise PlanError(f"--range must go from low to high, got {option!r}. Did you mean {name}={high:g}:{low:g}?")
        if ranges.setdefault(name.strip(), (low, high)) != (low, high):
            raise PlanError(f"column {name.strip()!r} must have one --range, got a second one: {option!r}.")
    return ranges


def with_ranges(table: Table, ranges: Mapping[str, Range]) -> Table:
    """The same table with the ranges in its schema and the cells outside of them missing.

    Args:
        table: Typed, as `infer_kinds` gives it.
        ranges: By column.

    Raises:
        PlanError: A column is not numeric.
    """
    schema = table.schema
    for name, (low, high) in ranges.items():
        column = schema[name]
        if column.kind != "numeric":
            raise PlanError(
                f"--range must name a numeric column, got {name!r}, whose kind is {column.kind}. "
                f"Pass --kind {name}=numeric if it holds numbers."
            )
        schema = schema.with_column(replace(column, low=low, high=high))
    return within_ranges(table.with_schema(schema))


def within_ranges(table: Table) -> Table:
    """The same table without the cells that lie outside of the ranges of its schema, and with findings that say so."""
    frame, findings = table.frame, []
    for column in table.schema.columns:
        if column.low is None and column.high is None:
            continue
        cells = frame[column.name]
        beyond = outside(cells, column)
        if n_outside := int(beyond.sum()):
            frame = frame.with_columns(cells.set(beyond, None))
            findings.append(range_finding(table, column, n_outside, len(cells) - cells.null_count()))
    return replace(table, frame=frame, findings=(*table.findings, *findings)) if findings else table


def outside(cells: pl.Series, column: Column) -> pl.Series:
    """Which cells of a column lie outside of its range; (n_rows,)."""
    import polars as pl

    numbers = cells.cast(pl.Float64, strict=False)  # classes that are numbers are texts by now
    outside = pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    if column.low is not None:
        outside = outside | (numbers < column.low)
    if column.high is not None:
        outside = outside | (numbers > column.high)
    return outside.fill_null(False)


def range_finding(table: Table, column: Column, n_outside: int, n_cells: int) -> Finding:
    """What was found of a column with cells outside of its range."""
    if column.low is None:
        valid = f"above {column.high:g}"
    elif column.high is None:
        valid = f"below {column.low:g}"
    else:
        valid = f"outside of {column.low:g} to {column.high:g}"
    fate = "their rows have no target" if column.role == "target" else "they count as missing"
    return Finding(
        code="out-of-range",
        where="data",
        severity="warning" if n_outside >= _MANY * n_cells else "note",
        message=f"{column.name}: {count(n_outside, 'value')} of {table.source.name} {valid} "
        f"({share(n_outside, n_cells)}): {fate}",
        advice="the --range that was declared holds for every later table as well",
        columns=(column.name,),
        evidence={"values": n_outside, "of": n_cells, "low": column.low, "high": column.high},
    )
