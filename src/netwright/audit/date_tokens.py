"""Dates that mean there is none: 1900-01-01 or 9999-12-31, repeated at the end of a column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from netwright.base.figures import count, share
from netwright.base.finding import Finding
from netwright.base.option import flag
from netwright.base.table import Column, Table

#: What programs and people write for a missing date.
_USUAL = frozenset({
    "0001-01-01", "1111-11-11", "1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01",
    "1970-01-01", "2099-12-31", "2999-12-31", "9999-12-31",
})  # fmt: skip
_FEWEST = 5
#: The token stands in so many times as many rows as the others do at the median.
_TIMES = 5
_FEWEST_OTHERS = 10
#: A date with its time of day may have come as a date and not as a text, which no token of the user's meets.
_WITH_CLOCK = "%Y-%m-%d %H:%M:%S"


def date_tokens(table: Table) -> Iterator[Finding]:
    """A finding for each date column whose first or last date is a usual mark and stands in many rows.

    Args:
        table: Any typed table.
    """
    for column in table.schema.features:
        if column.kind != "date":
            continue
        counted = table[column.name].drop_nulls().alias("date").value_counts(name="rows").sort("date")
        if counted.height <= _FEWEST_OTHERS:
            continue
        rows = counted["rows"].to_numpy()
        least = max(_FEWEST, _TIMES * float(np.median(rows)))
        days = counted["date"].dt.strftime("%Y-%m-%d")
        for end in (0, counted.height - 1):
            if rows[end] >= least and days[end] in _USUAL:
                yield _finding(column, counted["date"][end : end + 1], int(rows[end]), int(rows.sum()))


def _finding(column: Column, date: pl.Series, n_token: int, n_rows: int) -> Finding:
    day, form = date.dt.strftime("%Y-%m-%d")[0], column.reading.date_format
    if form and form != _WITH_CLOCK:
        advice = f"{flag('--missing', date.dt.strftime(form)[0])} treats it as missing"
    else:
        advice = "empty those cells in the file"
    return Finding(
        code="missing-token",
        where="data",
        severity="warning",
        message=f"{column.name}: {day} in {count(n_token, 'row')} ({share(n_token, n_rows)}), the end of the column",
        advice=f"a mark for a missing date: {advice}",
        columns=(column.name,),
        evidence={"value": day, "rows": n_token, "of": n_rows},
    )
