"""Categories with many levels: most of them stand in too few rows to be learned."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.audit.check import check
from netwright.base.figures import share
from netwright.base.finding import Finding
from netwright.base.option import flag
from netwright.base.table import Table

_FEWEST_LEVELS = 30
#: A level in fewer rows than this is rare.
_RARE = 5
#: From these shares of rows in rare levels on the column is worth a note, or a warning.
_WORTH_A_NOTE, _WORTH_A_WARNING = 0.1, 0.5


@check("many-levels")
def many_levels(table: Table) -> Iterator[Finding]:
    """Categories of at least 30 levels, a tenth of whose rows or more stand in levels of fewer than five rows."""
    for column in table.schema.features:
        if column.kind != "category":
            continue
        counts = table[column.name].drop_nulls().value_counts(name="rows")["rows"]
        n_rows, n_rare = int(counts.sum()), int(counts.filter(counts < _RARE).sum())
        if counts.len() < _FEWEST_LEVELS or n_rare < _WORTH_A_NOTE * n_rows:
            continue
        yield Finding(
            code="many-levels",
            where="data",
            severity="warning" if n_rare >= _WORTH_A_WARNING * n_rows else "note",
            message=f"{column.name}: {counts.len():,} levels; {share(n_rare, n_rows)} of its rows stand in levels of "
            f"fewer than {_RARE} rows",
            advice=f"group its levels in the file (a code by its first letters, say), or {flag('--drop', column.name)}",
            columns=(column.name,),
            evidence={"levels": counts.len(), "rows": n_rows, "rare": n_rare},
        )
