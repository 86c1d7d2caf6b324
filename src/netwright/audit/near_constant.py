"""Columns that hold the same value in nearly every row."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.audit.check import check
from netwright.base.figures import count, listing
from netwright.base.finding import Finding
from netwright.base.table import Table

_SAME = 0.98
_FEWEST_ROWS = 50


@check("near-constant")
def near_constant(table: Table) -> Iterator[Finding]:
    """Features with one value in at least 98 % of the rows: little can be learned from the others."""
    if table.n_rows < _FEWEST_ROWS:
        return
    others: dict[str, int] = {}
    for column in table.schema.features:
        counts = table[column.name].drop_nulls().value_counts(name="rows")["rows"]
        n_same = int(counts.to_numpy().max(initial=0))
        if _SAME * table.n_rows <= n_same < table.n_rows:
            others[column.name] = table.n_rows - n_same
    if others:
        order = sorted(others, key=lambda name: others[name])  # the fewer rows differ, the less it can say
        rows = count(table.n_rows, "row")
        if len(order) == 1:
            message = f"{order[0]}: the same value in all but {others[order[0]]:,} of {rows}"
        else:
            named = listing([f"{name} ({others[name]:,})" for name in order], 6)
            message = f"the same value in nearly all of {rows}: {named} (rows that differ)"
        yield Finding(
            code="near-constant",
            where="data",
            severity="note",
            message=message,
            advice="--drop leaves out those whose few other rows do not matter",
            columns=tuple(order),
            evidence={"rows": table.n_rows, "other": {name: others[name] for name in order}},
        )
