"""Rows that differ from another one by a hair."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.audit.check import check
from netwright.base.copies import find_copies
from netwright.base.figures import count, share
from netwright.base.finding import Finding
from netwright.base.table import Table

_SHOWN_ROWS = 5
_MANY = 0.01
_CELLS = "the same categories, and numbers that differ by a hair: they stay on one side of the split"
_PICTURES = "pictures that show the same, scaled or packed anew: they stay on one side of the split"


@check("near-duplicates")
def near_duplicates(table: Table) -> Iterator[Finding]:
    """Rows with the categories of another one and nearly its numbers: measured again, rounded again, or made up."""
    if table.n_rows < 2:
        return
    copies = find_copies(table)
    n_near = int(copies.near_repeats.sum())
    if n_near:
        repeats = count(n_near, "row nearly repeats", "rows nearly repeat")
        yield Finding(
            code="near-duplicates",
            where="data",
            severity="warning" if n_near >= _MANY * table.n_rows else "note",
            message=f"{repeats} another one ({share(n_near, table.n_rows)})",
            advice=_PICTURES if any(own.kind == "image" for own in table.schema.features) else _CELLS,
            evidence={
                "rows": n_near,
                "of": table.n_rows,
                "first": table.rows[copies.near_repeats][:_SHOWN_ROWS].tolist(),
            },
        )
