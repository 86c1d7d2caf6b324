"""Missing values: how many, and columns that hardly hold any."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.audit.check import check
from netwright.base.figures import count, share
from netwright.base.finding import Finding
from netwright.base.option import flag
from netwright.base.table import Table

#: A column that lacks more than this share of its values can carry little beside the fact that it is missing.
_MOSTLY_MISSING = 0.5


@check("missing")
def missing(table: Table) -> Iterator[Finding]:
    """One finding a column with gaps; a warning where most of it is missing."""
    for column in table.schema.columns:
        n_missing = table[column.name].null_count()
        if not n_missing or column.role != "feature" or column.kind == "constant":
            continue
        mostly = n_missing > _MOSTLY_MISSING * table.n_rows
        filled = "median" if column.kind in ("numeric", "ordinal", "date") else "a level of its own"
        yield Finding(
            code="missing",
            where="data",
            severity="warning" if mostly else "note",
            message=f"{column.name}: {count(n_missing, 'value')} missing ({share(n_missing, table.n_rows)})",
            advice=f"filled ({filled}) and marked; {flag('--drop', column.name)} leaves it out" if mostly else "",
            columns=(column.name,),
            evidence={"missing": n_missing, "rows": table.n_rows},
        )
