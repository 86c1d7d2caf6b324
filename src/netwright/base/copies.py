"""Rows that are copies of each other, and rows that are alike by chance because few different ones are possible."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from netwright.base.table import Table

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

#: Copies of one entry agree in their target. From this share of the disagreement among any two rows on, those that
#: agree do so by chance.
_CHANCE_DISAGREEMENT = 0.1
#: Up to this share of repeats, keeping them together shifts no score, whatever they are.
_FEW_REPEATS = 0.05


@dataclass(frozen=True)
class Copies:
    """Which rows of a table repeat others.

    Args:
        alike: A number for each row, from 0 in order of first appearance; rows alike in every column share it;
            (n_rows,).
        by_chance: Whether rows are alike because few different ones are possible, so that they are no copies.
    """

    alike: np.ndarray
    by_chance: bool

    @cached_property
    def units(self) -> np.ndarray:
        """Rows that must stay together share a number, from 0 in order of first appearance; (n_rows,)."""
        import numpy as np

        return np.arange(len(self.alike)) if self.by_chance else self.alike

    @cached_property
    def repeats(self) -> np.ndarray:
        """Whether an earlier row is the same; (n_rows,)."""
        import numpy as np

        repeated = np.ones(len(self.alike), dtype=bool)
        repeated[np.unique(self.alike, return_index=True)[1]] = False
        return repeated


def find_copies(table: Table) -> Copies:
    """Rows that repeat others in every column that is used, the target included.

    Copies of one entry would let a network be tested on what it was trained on. But where many rows repeat and the
    features allow fewer different rows than there are, or rows with the same features often have different targets,
    they are no copies: keeping such rows together would put whole classes on one side.

    Args:
        table: Any typed table, with or without a target.

    Example:
        >>> from netwright.sources.registry import open_table
        >>> find_copies(open_table({"x": [1.5, 2.5, 1.5, 3.5]})).units.tolist()
        [0, 1, 0, 2]
    """
    import numpy as np

    columns = [column for column in table.schema.columns if column.role != "left_out"]
    telling = [c.name for c in columns if c.role == "target" or c.kind not in ("identifier", "constant")]
    if not telling:
        return Copies(np.arange(table.n_rows), by_chance=False)
    alike = _numbered(table.frame, telling)
    n_rows, n_different = table.n_rows, int(alike.max(initial=-1)) + 1
    if n_rows - n_different <= _FEW_REPEATS * n_rows:
        return Copies(alike, by_chance=False)
    target = table.schema.target
    features = [name for name in telling if target is None or name != target.name]
    if n_different > 1 and math.prod(_possible(table.frame[name]) for name in features) < n_rows:
        return Copies(alike, by_chance=True)
    if target is None or not features:
        return Copies(alike, by_chance=False)
    same_features = _pairs(_numbered(table.frame, features))
    shares = np.bincount(_numbered(table.frame, [target.name])) / n_rows
    disagreeing = (same_features - _pairs(alike)) / same_features
    return Copies(alike, by_chance=bool(disagreeing > _CHANCE_DISAGREEMENT * (1 - np.sum(shares**2))))


def _possible(values: pl.Series) -> float:
    """How many values a column can take: a rating takes five, but a number with a fraction is measured."""
    if values.dtype.is_float() and not bool((values == values.round()).all()):
        return math.inf
    return values.n_unique()


def _numbered(frame: pl.DataFrame, names: list[str]) -> np.ndarray:
    """Numbers from 0 in order of first appearance; int64, (n_rows,)."""
    import numpy as np

    hashes = frame.select(names).hash_rows(seed=0).to_numpy()
    _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return np.asarray(rank[inverse])


def _pairs(numbered: np.ndarray) -> float:
    """How many pairs of rows share their number."""
    import numpy as np

    sizes = np.bincount(numbered).astype(np.float64)
    return float((sizes * (sizes - 1) / 2).sum())
