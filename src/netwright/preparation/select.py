"""Columns that tell nothing: those that trees use no more than copies of columns whose rows were shuffled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from netwright.base.seeds import derive_seed
from netwright.base.table import Schema
from netwright.preparation.encoder import Encoder
from netwright.preparation.small_trees import Goal, PlainRows, growing_seconds, grown
from netwright.preparation.values import Values

#: How often shuffled copies are drawn, and of how many columns at most.
_ROUNDS, _MOST_PROBES = 3, 30
#: What stands for the encoder of a column that is left out.
LEFT_OUT = "left_out"


@dataclass(frozen=True)
class LeftOut(Encoder):
    """The place of a column that a fold leaves out: no features."""

    name = LEFT_OUT

    def dense(self, values: Values) -> np.ndarray:
        """Nothing; float32, (n_rows, 0)."""
        return np.zeros((len(values.array), 0), dtype=np.float32)


def selecting_seconds(n_rows: int, n_columns: int, n_classes: int) -> float:
    """Declared seconds of `columns_without_use`.

    Args:
        n_rows: Train rows of a fold.
        n_columns: That are features.
        n_classes: 0 for values.
    """
    return _ROUNDS * growing_seconds(n_rows, n_columns + min(n_columns, _MOST_PROBES), n_classes)


def columns_without_use(schema: Schema, values: Mapping[str, Values], goal: Goal) -> frozenset[str]:
    """The columns by which trees gain no more than by the best shuffled copy, in every round; never all of them.

    Args:
        schema: Says which columns are features.
        values: The cells of the train rows, by column.
        goal: What the rows are to predict.

    Source: shuffled copies as the bar after M. B. Kursa and W. R. Rudnicki, "Feature Selection with the Boruta
    Package", Journal of Statistical Software 36 (2010).
    """
    rows = PlainRows.of(schema, values, goal)
    names = tuple(dict.fromkeys(rows.columns))
    useful = set[str]()
    for number in range(_ROUNDS):
        stream = np.random.default_rng(derive_seed(goal.seed, "probes", number))
        probed = names if len(names) <= _MOST_PROBES else stream.choice(names, _MOST_PROBES, replace=False)
        own = [np.flatnonzero([column == name for column in rows.columns]) for name in probed]
        shuffled = [rows.features[stream.permutation(len(rows.features))][:, places] for places in own]
        trees = grown(
            np.concatenate([rows.features, *shuffled], axis=1),
            np.concatenate([rows.categorical, *(rows.categorical[places] for places in own)]),
            rows.goal,
        )
        if trees is None:
            return frozenset()
        owners = [*rows.columns, *(f"{place}" for place, places in enumerate(own) for _ in places)]
        gains = trees.gains(len(owners))
        n_own = len(rows.columns)
        bar = max(np.bincount(np.array(owners[n_own:], dtype=int), weights=gains[n_own:]), default=0.0)
        total = dict.fromkeys(names, 0.0)
        for column, gain in zip(rows.columns, gains[:n_own], strict=True):
            total[column] += float(gain)
        useful |= {name for name, gain in total.items() if gain > bar}
    return frozenset(names) - useful if useful else frozenset()
