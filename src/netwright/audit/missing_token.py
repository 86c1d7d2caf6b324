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
#: Usual tokens below zero where all else is zero or more: up to so many of them, beside so many different others.
_MOST_BELOW, _FEWEST_OTHERS_ABOVE = 3, 7
_NO_SCALE = -7
#: A usual token that lies less far off than the others reach: this share of their range (5 % to 95 %), and in so many
#: times as many rows as they stand in at the median.
_NEAR, _TIMES = 0.5, 10


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
            apart = f"far from all others ({side} {shown(token.nearest)})"
            if token.value < 0 <= token.nearest:
                apart = f"below zero, where nothing else is (at least {shown(token.nearest)})"
            yield Finding(
                code="missing-token",
                where="data",
                severity="warning",
                message=f"{name}: {shown(token.value)} in {count(token.rows, 'row')} "
                f"({share(token.rows, tally.n_rows)}), {apart}",
                advice=f"a mark for a missing value, or a cap: {as_missing(table, token.value, alike)}",
                columns=(name,),
                evidence={"value": token.value, "rows": token.rows, "of": tally.n_rows, "nearest": token.nearest},
            )
    yield from date_tokens(table)


def tokens_of(tally: Tally) -> list[Token]:
    """The values at either end of a column that stand apart, in ascending order."""
    found = _below_zero(tally)
    if len(tally.values) >= 2 + _FEWEST_OTHERS_USUAL:
        for end, next_ in ((0, 1), (-1, -2)):
            one = Token(float(tally.values[end]), int(tally.rows[end]), float(tally.values[next_]))
            known = any(one.value == token.value for token in found)
            if not known and one.rows >= _FEWEST and _stands_apart(tally, one):
                found.append(one)
    return sorted(found)


def _below_zero(tally: Tally) -> list[Token]:
    """Usual tokens where nothing else is below zero."""
    n_below = int(np.searchsorted(tally.values, 0.0))
    others = tally.values[n_below:]
    if not 0 < n_below <= _MOST_BELOW or len(others) < _FEWEST_OTHERS_ABOVE:
        return []
    tokens = [
        Token(float(value), int(rows), float(others[0]))
        for value, rows in zip(tally.values[:n_below], tally.rows[:n_below], strict=True)
    ]
    # -1 alone is a mark, -2 and -1 are the beginning of a scale
    if not all(_is_usual(token.value) and (token.value == -1 or token.value <= _NO_SCALE) for token in tokens):
        return []
    return [token for token in tokens if token.rows >= _FEWEST]


def _stands_apart(tally: Tally, end: Token) -> bool:
    core = tally.values[1:-1]  # the other end may hold a token of its own
    usual = _is_usual(end.value)
    with np.errstate(over="ignore"):
        gap, extent = abs(end.value - end.nearest), float(core[-1] - core[0])
    if gap >= extent:
        return len(core) >= (_FEWEST_OTHERS_USUAL if usual else _FEWEST_OTHERS)
    if not usual or end.value < 0 or len(core) < _FEWEST_OTHERS:
        return False
    others = tally.but(tally.values != end.value)
    with np.errstate(over="ignore"):
        far = gap >= _NEAR * (others.quantile(0.95) - others.quantile(0.05))
    return far and end.rows >= _TIMES * float(np.median(others.rows))


def _is_usual(value: float) -> bool:
    digits = exact(abs(value))
    return value in _USUAL or (len(digits) > 1 and set(digits) == {"9"}) or value == -9
