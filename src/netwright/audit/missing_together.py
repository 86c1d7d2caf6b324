"""Columns that are missing in the same rows, as happens where one cause lies behind them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.audit.check import check
from netwright.audit.gaps import Gap, find_gaps
from netwright.base.figures import count, listing, share
from netwright.base.finding import Finding
from netwright.base.table import Table

#: Gaps of two columns whose correlation is at least this are one gap.
_SAME = 0.9
#: A single row proves nothing.
_FEWEST = 2


@check("missing-together")
def missing_together(table: Table) -> Iterator[Finding]:
    """Columns that lack their value in the same rows, or nearly so."""
    for group in _groups(find_gaps(table, _FEWEST)):
        columns = tuple(name for gap in group for name in gap.columns)
        if len(columns) < 2:
            continue
        some = np.logical_or.reduce([gap.rows for gap in group])
        every = np.logical_and.reduce([gap.rows for gap in group])
        n_some, n_every = int(some.sum()), int(every.sum())
        if len(group) == 1:
            rows = f"missing in the same {count(n_some, 'row')} ({share(n_some, table.n_rows)})"
        else:
            rows = f"missing together in {n_every:,} of {count(n_some, 'row')}"
        yield Finding(
            code="missing-together",
            where="data",
            severity="note",
            message=f"{listing(columns, 4)}: {rows}",
            advice="one cause is likely, such as a form left empty; the marks of these gaps say the same",
            columns=columns,
            evidence={"rows": n_some, "together": n_every, "of": table.n_rows},
        )


def _groups(gaps: list[Gap]) -> list[list[Gap]]:
    """Gaps put together with the first one that they agree with."""
    if not gaps:
        return []
    masks = np.stack([gap.rows for gap in gaps]).astype(np.float32)
    centred = masks - masks.mean(axis=1, keepdims=True)
    centred /= np.sqrt((centred**2).sum(axis=1, keepdims=True))
    agree = centred @ centred.T >= _SAME
    groups: dict[int, list[Gap]] = {}
    for index, gap in enumerate(gaps):
        groups.setdefault(int(agree[index, : index + 1].argmax()), []).append(gap)
    return list(groups.values())
