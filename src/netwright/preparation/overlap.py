"""Test or validation rows that the user brought, held against the train rows: are they later, are their groups new?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.base.figures import count, share
from netwright.base.finding import Finding
from netwright.base.table import Table
from netwright.preparation.by_time import Times, train_before


def overlaps(train: Table, how: str, by: str, gap: float, test: Table | None, valid: Table | None) -> Iterator[Finding]:
    """What the rule of the split says about rows that it did not deal out; they are left as they are.

    Args:
        train: The user's other rows.
        how: `time` or `group`; nothing is said under other rules.
        by: The column of times or groups.
        gap: Distance in time that train rows should keep.
        test: The user's own test rows.
        valid: The user's own validation rows.
    """
    for given in (test, valid):
        if given is None or how not in ("time", "group") or by not in given.frame.columns:
            continue
        if given[by].null_count() == given.n_rows:  # nobody knows when they were, or of whom
            continue
        n_rows = _not_before(train, given, by, gap) if how == "time" else _in_shared_groups(train, given, by)
        if not n_rows:
            continue
        what = "are not from before the first row of" if how == "time" else f"share their {by} with rows of"
        yield Finding(
            code=f"{how}-overlap",
            where="data",
            severity="warning",
            message=f"{count(n_rows, 'train row')} ({share(n_rows, train.n_rows)}) {what} {given.source.name}",
            advice=f"take them out of {train.source.name}, or read the score as one for rows like those of training",
            columns=(by,),
            evidence={"rows": n_rows, "of": train.n_rows},
        )


def _not_before(train: Table, given: Table, by: str, gap: float) -> int:
    times, judged = Times.of(train, by), Times.of(given, by)
    return int(times.known.sum()) - len(train_before(times, float(np.nanmin(judged.values)), gap))


def _in_shared_groups(train: Table, given: Table, by: str) -> int:
    return int(train[by].is_in(given[by].drop_nulls().unique().implode()).fill_null(False).sum())
