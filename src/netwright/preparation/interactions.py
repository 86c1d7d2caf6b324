"""Derived features that are found: pairs of numeric columns that trees cut by one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

import numpy as np

from netwright.base.errors import PlanError
from netwright.base.formula import Formula, parse_formula, quoted
from netwright.base.table import Schema
from netwright.preparation.derived import evaluated
from netwright.preparation.small_trees import Goal, PlainRows, growing_seconds, grown
from netwright.preparation.values import Values

#: Pairs that are looked at closely, for each that is wanted.
_PAIRS_FOR_ONE = 4
#: Groups of equal size that a feature is cut into, to see how much it tells; fewer where they would be small; and ...
_MOST_GROUPS, _FEWEST_GROUPS, _ROWS_OF_A_GROUP = 16, 4, 40
#: ... how many times more it must tell than numbers drawn by chance do on average.
_TIMES_CHANCE = 3.0


def finding_seconds(n_rows: int, n_columns: int, n_classes: int) -> float:
    """Declared seconds of `found_formulas`.

    Args:
        n_rows: Train rows of a fold.
        n_columns: That are features.
        n_classes: 0 for values.
    """
    return 2 * growing_seconds(n_rows, n_columns, n_classes)


def found_formulas(
    schema: Schema, values: Mapping[str, Values], n: int, goal: Goal, taken: Collection[str]
) -> tuple[Formula, ...]:
    """Ratios, differences and products of two numeric columns that tell of the target what no column alone does.

    Trees are grown on the train rows. The pairs whose cuts follow each other with the largest gain are looked at: of
    each pair the ratio (both ways), difference or product that explains most of what trees without any interaction
    leave over, in groups of equal size. Those that explain most are taken, fewer than `n` where others are no better
    than chance.

    Args:
        schema: Says which columns are features and of which kind.
        values: The cells of the train rows, by column.
        n: How many are wanted.
        goal: What the rows are to predict.
        taken: Names that are no longer free.
    """
    rows = PlainRows.of(schema, values, goal)
    deep = grown(rows.features, rows.categorical, rows.goal)
    flat = grown(rows.features, rows.categorical, rows.goal, additive=True)
    if deep is None or flat is None:
        return ()
    numeric = {column.name for column in schema.features if column.kind == "numeric"}
    gains = defaultdict[tuple[str, str], float](float)
    for one, other, gain in deep.pairs():
        pair = rows.columns[one], rows.columns[other]
        if numeric.issuperset(pair):
            gains[pair] += gain
    pairs = sorted(gains, key=lambda pair: (-gains[pair], pair))[: _PAIRS_FOR_ONE * n]
    n_rows, best = len(rows.features), []
    n_groups = min(_MOST_GROUPS, max(_FEWEST_GROUPS, n_rows // _ROWS_OF_A_GROUP))
    for pair in pairs:
        told = [
            (-_told(evaluated(own, rows.cells), flat.left, n_groups), own.text, own) for own in _formulas(pair, taken)
        ]
        best += [min(told)] if told else []
    chance = (n_groups - 1) / n_rows
    return tuple(own for told, _, own in sorted(best)[:n] if -told > _TIMES_CHANCE * chance)


def outlined_formulas(schema: Schema, n: int, taken: Collection[str]) -> tuple[Formula, ...]:
    """As many formulas as may be found, whichever they are: to tell how wide inputs may become.

    Args:
        schema: Says which columns are features and of which kind.
        n: How many are wanted.
        taken: Names that are no longer free.
    """
    numeric = [column.name for column in schema.features if column.kind == "numeric"]
    found: list[Formula] = []
    for pair in combinations(numeric, 2):
        found += list(_formulas(pair, taken))[:1]
        if len(found) >= n:
            break
    return tuple(found[:n])


def _formulas(pair: tuple[str, str], taken: Collection[str]) -> Iterator[Formula]:
    """What may be made of two columns, each called by its own text."""
    one, other = map(quoted, pair)
    for text in (f"{one} / {other}", f"{other} / {one}", f"{one} - {other}", f"{one} * {other}"):
        if text not in taken:
            try:
                yield parse_formula(f"{quoted(text)} = {text}")
            except PlanError:  # names too long for a formula
                return


def _told(feature: np.ndarray, left: np.ndarray, n_groups: int) -> float:
    """Share of what is left over that the groups of a feature explain, missing cells being a group."""
    known = np.isfinite(feature)
    if not known.any():
        return 0.0
    edges = np.unique(np.quantile(feature[known], np.linspace(0, 1, n_groups + 1)[1:-1]))
    groups = np.where(known, np.searchsorted(edges, feature, side="left"), len(edges) + 1)
    counts = np.maximum(np.bincount(groups, minlength=len(edges) + 2), 1)
    centered = left - left.mean(axis=0)
    sums = np.stack([np.bincount(groups, weights=own, minlength=len(counts)) for own in centered.T])
    whole = float((centered**2).sum())
    return float((sums**2 / counts).sum()) / whole if whole > 0 else 0.0
