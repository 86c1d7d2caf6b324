"""Columns that others already say: one-to-one, or following from another column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from netwright.audit.check import check
from netwright.audit.correlations import correlations
from netwright.base.figures import listing
from netwright.base.finding import Finding
from netwright.base.option import flag
from netwright.base.table import Column, Table

_FEWEST_ROWS = 20
_MOST_COLUMNS = 150
#: A column with more levels than this share of the rows names rows: what follows from it follows from nothing else.
_MOST_LEVELS = 0.5
#: Were two columns unrelated, so many levels of the one would be expected to hold several values of the other.
_BY_CHANCE = 10.0
#: Rows looked at first: they refute most pairs.
_FIRST_LOOK = 1_000
#: What numbers say of each other in a straight line is said by `correlated`.
_STRAIGHT = 0.95


@dataclass(frozen=True, eq=False)
class _Coded:
    """A column as numbers of its levels; a missing value is a level of its own.

    Args:
        column: Which.
        codes: The level of each row, from 0 in the order of the levels; (n_rows,).
        n_levels: How many there are.
    """

    column: Column
    codes: np.ndarray
    n_levels: int

    @property
    def name(self) -> str:
        """Of the column."""
        return self.column.name


@check("redundant")
def redundant(table: Table) -> Iterator[Finding]:
    """Features that say the same as another level by level, or that follow from it."""
    if table.n_rows < _FEWEST_ROWS:
        return
    # from many levels to few: a column can only follow from one with as many levels or more
    coded = sorted(_coded(table), key=lambda one: -one.n_levels)
    possible = _not_refuted(coded)
    groups: list[list[_Coded]] = []
    follows: dict[str, _Coded] = {}  # the determining column with the fewest levels, the last one found
    for index, one in enumerate(coded):
        earlier = [group for group in groups if possible[coded.index(group[0]), index]]
        like = next((group for group in earlier if _say_the_same(group[0], one)), None)
        if like is not None:
            like.append(one)
            continue
        for group in earlier:
            if _follows_from(group[0], one):
                follows[one.name] = group[0]
        groups.append([one])
    for group in groups:
        if len(group) > 1:
            yield from _same(table, group)
    for group in groups:
        names = [name for name in table.schema.names if follows.get(name) is group[0]]
        if names:
            yield _following(group[0], names)


def _coded(table: Table) -> Iterator[_Coded]:
    for column in [own for own in table.schema.features if own.kind != "text"][:_MOST_COLUMNS]:
        cells = table[column.name]
        # the order of numbers matters, that of texts does not and is slow to find
        codes = cells.cast(pl.Categorical).to_physical() if cells.dtype == pl.String else cells.rank("dense")
        different, numbered = np.unique(codes.cast(pl.Int64).fill_null(-1).to_numpy(), return_inverse=True)
        if len(different) > 1:
            yield _Coded(column, numbered, len(different))


def _not_refuted(coded: list[_Coded]) -> np.ndarray:
    """[i, j] is whether j may follow from i, judged by some of the rows; (n_columns, n_columns)."""
    if not coded:
        return np.zeros((0, 0), dtype=bool)
    step = -(-len(coded[0].codes) // _FIRST_LOOK)
    rows = np.stack([one.codes[::step] for one in coded], axis=1)
    possible = [~_differs_within(rows[:, index], rows) for index in range(len(coded))]
    return np.stack(possible)


def _differs_within(levels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether a column takes several values within one level; (n_rows,) and (n_rows, n_columns) -> (n_columns,)."""
    order = np.argsort(levels, kind="stable")
    levels, others = levels[order], others[order]
    differ = (others[1:] != others[:-1]) & (levels[1:] == levels[:-1])[:, None]
    return np.asarray(differ.any(axis=0))


def _say_the_same(one: _Coded, other: _Coded) -> bool:
    """Whether the levels of two columns go with each other one by one, by more than chance."""
    if one.n_levels != other.n_levels:
        return False
    if one.n_levels > _MOST_LEVELS * len(one.codes):  # measured numbers: they must rise or fall together
        reverse = one.n_levels - 1 - other.codes
        return np.array_equal(one.codes, other.codes) or np.array_equal(one.codes, reverse)
    return _follows_from(one, other)


def _follows_from(one: _Coded, other: _Coded) -> bool:
    """Whether each level of one column has a single level of the other, by more than chance."""
    if one.n_levels > _MOST_LEVELS * len(one.codes):
        return False
    return not _differs_within(one.codes, other.codes[:, None])[0] and _is_no_chance(one, other)


def _is_no_chance(one: _Coded, other: _Coded) -> bool:
    """Whether unrelated columns would hardly look so: enough levels of the one repeat, and the other varies."""
    shares = np.bincount(other.codes) / len(other.codes)
    # a level of k rows holds one value of the other by chance with the probability of the sum of p^k
    sizes, levels = np.unique(np.bincount(one.codes), return_counts=True)
    pure = np.array([float(np.sum(shares**size)) for size in sizes])
    return float(np.sum(levels * (1 - pure))) >= min(_BY_CHANCE, 0.5 * one.n_levels)


def _same(table: Table, group: list[_Coded]) -> Iterator[Finding]:
    names = [name for name in table.schema.names if any(one.name == name for one in group)]
    if all(one.column.kind == "numeric" for one in group):
        straight = {(a, b) for a, b, strength in correlations(table, names) if abs(strength) >= _STRAIGHT}
        if len(straight) == len(names) * (len(names) - 1) // 2:
            return
    measured = group[0].n_levels > _MOST_LEVELS * table.n_rows
    how = (
        "rise and fall together in every row" if measured else f"say the same, {group[0].n_levels:,} levels one by one"
    )
    yield Finding(
        code="redundant",
        where="data",
        severity="note",
        message=f"{listing(names, 4)} {how}",
        advice=f"{flag('--drop', names[-1])} leaves one out; together they share their importance",
        columns=tuple(names),
        evidence={"levels": group[0].n_levels},
    )


def _following(one: _Coded, names: list[str]) -> Finding:
    verb = "follows" if len(names) == 1 else "follow"
    return Finding(
        code="redundant",
        where="data",
        severity="note",
        message=f"{listing(names, 4)} {verb} from {one.name}: each of its {one.n_levels:,} levels has one value there",
        advice="harmless to a network; their importances share between them",
        columns=(one.name, *names),
        evidence={"from": one.name, "levels": one.n_levels},
    )
