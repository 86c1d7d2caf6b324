"""Rows that occur more than once."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.audit.check import check
from netwright.base.copies import find_exact_copies
from netwright.base.figures import count, share
from netwright.base.finding import Finding
from netwright.base.table import Table

_SHOWN_ROWS = 5
_MANY = 0.01
_CHANCE = "few different rows are possible in these columns, so they count as rows of their own, not as copies"


@check("duplicates")
def duplicates(table: Table) -> Iterator[Finding]:
    """Rows that repeat an earlier one in every column that is used."""
    if table.n_rows < 2:
        return
    copies = find_exact_copies(table)
    n_repeated = int(copies.repeats.sum())
    if n_repeated:
        repeats = count(n_repeated, "row repeats", "rows repeat")
        grave = n_repeated >= _MANY * table.n_rows and not copies.by_chance
        yield Finding(
            code="duplicates",
            where="data",
            severity="warning" if grave else "note",
            message=f"{repeats} an earlier one ({share(n_repeated, table.n_rows)})",
            advice=_CHANCE if copies.by_chance else "copies stay on one side of the split",
            evidence={
                "rows": n_repeated,
                "of": table.n_rows,
                "by_chance": copies.by_chance,
                "first": table.rows[copies.repeats][:_SHOWN_ROWS].tolist(),
            },
        )
