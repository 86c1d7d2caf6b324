"""Levels of several categories that stand in exactly the same rows, as `No internet service` does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from netwright.audit.check import check
from netwright.base.figures import count, listing, share
from netwright.base.finding import Finding
from netwright.base.table import Table

#: In fewer rows than this, or a smaller share of them, levels may agree by chance.
_FEWEST_ROWS, _FEWEST_SHARE = 10, 0.01
_KINDS = ("category", "ordinal", "boolean")


@check("repeated-level")
def repeated_level(table: Table) -> Iterator[Finding]:
    """Levels of several categories, of more than two levels each, that stand in the same rows."""
    same: dict[bytes, list[tuple[str, str]]] = {}
    n_rows = table.n_rows
    for column in table.schema.features:
        cells = table[column.name]
        if column.kind not in _KINDS or cells.dtype != pl.String:
            continue
        counts = cells.drop_nulls().value_counts(name="rows").sort(column.name)
        least = max(_FEWEST_ROWS, _FEWEST_SHARE * n_rows)
        for level, number in counts.iter_rows():
            if least <= number <= n_rows / 2:
                # as bits: two levels that are the same have the same ones
                rows = np.packbits((cells == level).fill_null(False).to_numpy()).tobytes()
                same.setdefault(rows, []).append((column.name, level))
    for rows, places in same.items():
        columns = tuple(name for name, _ in places)
        if len(columns) < 3 and not _is_worth_it(table, columns):
            continue
        number = int(np.unpackbits(np.frombuffer(rows, dtype=np.uint8)).sum())
        levels = list(dict.fromkeys(level for _, level in places))
        yield Finding(
            code="repeated-level",
            where="data",
            severity="note",
            message=f"{listing(columns, 4)}: {' or '.join(levels[:3])} in the same {count(number, 'row')} "
            f"({share(number, n_rows)})",
            advice="one column says it for all of them; their importances share between them",
            columns=columns,
            evidence={"rows": number, "of": n_rows, "levels": dict(places)},
        )


def _is_worth_it(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether there are two columns, neither of which follows from the other by having two levels alone."""
    return len(columns) == 2 and all(table[name].n_unique() > 2 for name in columns)
