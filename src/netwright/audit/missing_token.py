"""Numbers and dates that mean there is none: -200, 999, 99999, repeated and far from all others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from netwright.audit.check import check
from netwright.audit.date_tokens import date_tokens
from netwright.audit.tally import Tally, as_missing, exact, shown, tallies
from netwright.base.figures import count, share
from netwright.base.finding import Finding
from netwright.base.table import Table

_FEWEST_ROWS = 20
#: A token stands in at least so many rows.
_FEWEST = 5
#: Numbers that people write for a missing one, beside those of nines only.
_USUAL = frozenset({-1, -2, -3, -7, -8, -88, -888, -8888, -200, -100, -1000, 888, 8888, 88888})
#: The others take at least so many different values, fewer for a usual token: 24 after 1 to 8 is a code like them.
_FEWEST_OTHERS, _FEWEST_OTHERS_USUAL = 20, 4
#: Whole numbers from zero up to at least so many different ones, and -1: nothing else than a mark.
_FEWEST_COUNTS = 10
#: A usual token below zero, where all others are above, lies this share of their range (5 % to 95 %) from them.
_BELOW = 0.1


class Token(NamedTuple):
    """A value that stands apart at the end of a column.

    Args:
        value: The value.
        rows: In how many rows it stands.
        nearest: The nearest of the others.
    """

    value: float
    rows: int
    nearest: float


@check("missing-token")
def missing_token(table: Table) -> Iterator[Finding]:
    """An extreme number or date that repeats and stands apart (99999, 1900-01-01): a missing value, or a cap."""
    found = {column.name: (tally, tokens_of(tally)) for column, tally in tallies(table, _FEWEST_ROWS)}
    for name, (tally, tokens) in found.items():
        for token in tokens:
            alike = tuple(other for other, (_, its) in found.items() if any(token.value == one.value for one in its))
            side = "at most" if token.value > token.nearest else "at least"
            yield Finding(
                code="missing-token",
                where="data",
                severity="warning",
                message=f"{name}: {shown(token.value)} in {count(token.rows, 'row')} "
                f"({share(token.rows, tally.n_rows)}), far from all others ({side} {shown(token.nearest)})",
                advice=f"a mark for a missing value, or a cap: {as_missing(table, token.value, alike)}",
                columns=(name,),
                evidence={"value": token.value, "rows": token.rows, "of": tally.n_rows, "nearest": token.nearest},
            )
    yield from date_tokens(table)


def tokens_of(tally: Tally) -> list[Token]:
    """The values at either end of a column that stand apart, lower end first."""
    if len(tally.values) < 2 + _FEWEST_OTHERS_USUAL:
        return []
    ends = ((0, 1), (len(tally.values) - 1, len(tally.values) - 2))
    return [
        Token(float(tally.values[end]), int(tally.rows[end]), float(tally.values[next_]))
        for end, next_ in ends
        if tally.rows[end] >= _FEWEST and _stands_apart(tally, end, next_)
    ]


def _stands_apart(tally: Tally, end: int, next_: int) -> bool:
    value, nearest = float(tally.values[end]), float(tally.values[next_])
    core = tally.values[1:-1]  # the other end may hold a token of its own
    usual = _is_usual(value)
    with np.errstate(over="ignore"):
        gap, extent = abs(value - nearest), float(core[-1] - core[0])
    if gap >= extent and len(core) >= (_FEWEST_OTHERS_USUAL if usual else _FEWEST_OTHERS):
        return True
    if not usual or value > 0 or nearest < 0:
        return False
    rest = Tally(tally.values[1:], tally.rows[1:])
    with np.errstate(over="ignore"):
        if gap >= _BELOW * (rest.quantile(0.95) - rest.quantile(0.05)) > 0:
            return len(core) >= _FEWEST_COUNTS
    return value == -1 and len(core) >= _FEWEST_COUNTS and bool((rest.values == np.round(rest.values)).all())


def _is_usual(value: float) -> bool:
    digits = exact(abs(value))
    return value in _USUAL or (len(digits) > 1 and set(digits) == {"9"}) or value == -9
