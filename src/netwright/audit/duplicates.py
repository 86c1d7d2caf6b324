"""Rows that occur more than once."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.audit.check import check
from netwright.base.figures import count, share
from netwright.base.finding import Finding
from netwright.base.table import Table

_SHOWN_ROWS = 5
_MANY = 0.01


@check("duplicates")
def duplicates(table: Table) -> Iterator[Finding]:
    """Rows that repeat an earlier one in every column that is used."""
    names = [column.name for column in table.schema.columns if column.kind not in ("identifier", "constant")]
    names = [name for name in names if table.schema[name].role != "left_out"] or names
    if not names or table.n_rows < 2:
        return
    repeated = ~table.frame.select(names).hash_rows(seed=0).is_first_distinct().to_numpy()
    n_repeated = int(repeated.sum())
    if n_repeated:
        repeats = count(n_repeated, "row repeats", "rows repeat")
        yield Finding(
            code="duplicates",
            where="data",
            severity="warning" if n_repeated >= _MANY * table.n_rows else "note",
            message=f"{repeats} an earlier one ({share(n_repeated, table.n_rows)})",
            advice="copies stay on one side of the split",
            evidence={"rows": n_repeated, "of": table.n_rows, "first": table.rows[repeated][:_SHOWN_ROWS].tolist()},
        )
