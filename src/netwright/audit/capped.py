"""Values piled up at the end of a column's range: what lay beyond was cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from netwright.audit.check import check
from netwright.audit.missing_token import tokens_of
from netwright.audit.tally import Tally, shown, tallies
from netwright.base.figures import count, listing, share
from netwright.base.finding import Finding
from netwright.base.table import Table

_FEWEST_ROWS = 50
#: Fewer different values are codes or ratings, which may end anywhere.
_FEWEST_VALUES = 30
#: The pile holds at least this many rows, this share of them in a target or a feature ...
_FEWEST_PILED, _SHARE_OF_TARGET, _SHARE_OF_FEATURE = 10, 0.01, 0.03
#: ... and this many times as many as the mean of the values next to it.
_TIMES = 5
_NEIGHBOURS = 10


@dataclass(frozen=True)
class _Pile:
    column: str
    value: float
    rows: int
    of: int
    which: str

    def __str__(self) -> str:
        rows = f"{count(self.rows, 'row')} ({share(self.rows, self.of)})"
        return f"{rows} at its {self.which} value, {shown(self.value)}"


@check("capped")
def capped(table: Table) -> Iterator[Finding]:
    """Many rows at the largest value of a column, or at the smallest other than zero, and few near it."""
    features = []
    for column, tally in tallies(table, _FEWEST_ROWS):
        least = _SHARE_OF_TARGET if column.role == "target" else _SHARE_OF_FEATURE
        for end, which, beyond in ((-1, "largest", "larger"), (0, "smallest", "smaller")):
            if not _piles_up(tally, end, least):
                continue
            pile = _Pile(column.name, float(tally.values[end]), int(tally.rows[end]), tally.n_rows, which)
            if column.role == "target":
                advice = f"nothing {beyond} can be learned or predicted; leave those rows out if that matters"
                yield _finding([pile], f"{pile.column}: {pile}, few near it: probably cut off there", advice)
            else:
                features.append(pile)
    if features:
        named = listing([f"{pile.column}: {pile}" for pile in features], 3)
        few = "few near it" if len(features) == 1 else "few near those"
        yield _finding(features, f"{named}; {few}: perhaps cut off there")


def _finding(piles: list[_Pile], message: str, advice: str = "") -> Finding:
    return Finding(
        code="capped",
        where="data",
        severity="warning" if advice else "note",
        message=message,
        advice=advice,
        columns=tuple(dict.fromkeys(pile.column for pile in piles)),
        evidence={"piles": [asdict(pile) for pile in piles]},
    )


def _piles_up(tally: Tally, end: int, least: float) -> bool:
    if len(tally.values) < _FEWEST_VALUES or (end == 0 and tally.values[0] == 0):
        return False
    if any(token.value == tally.values[end] for token in tokens_of(tally)):
        return False
    near = tally.rows[-1 - _NEIGHBOURS : -1] if end else tally.rows[1 : 1 + _NEIGHBOURS]
    n_piled = int(tally.rows[end])
    return n_piled >= max(_FEWEST_PILED, least * tally.n_rows) and bool(n_piled >= _TIMES * np.mean(near))
