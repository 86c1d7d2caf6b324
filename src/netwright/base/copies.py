"""Rows that are copies of each other, exact or nearly, and rows that are alike by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from netwright.base.near_copies import near_groups
from netwright.base.near_pictures import near_pictures, picture_array
from netwright.base.table import ARRAY_KINDS, Column, Table

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

#: Copies of one entry agree in their target. From this share of the disagreement among any two rows on, those that
#: agree do so by chance.
_CHANCE_DISAGREEMENT = 0.1
#: A column is one of whole numbers from this share on.
_MOSTLY_WHOLE = 0.8
#: Up to this share of repeats, keeping them together shifts no score, whatever they are.
_FEW_REPEATS = 0.05
#: Fewer different rows than this (the four of a logical gate, say) cannot be dealt out without their copies.
_FEWEST_DIFFERENT = 30
#: Rows of a large table that show whether a column may number them.
_FIRST_ROWS = 10_000


@dataclass(frozen=True)
class Copies:
    """Which rows of a table repeat others.

    Args:
        alike: A number for each row, from 0 in order of first appearance; rows alike in every column share it;
            (n_rows,).
        by_chance: Whether rows are alike because few different ones are possible, so that they are no copies.
        near: The same as `alike`, but rows that differ by a hair share their number too; `alike` where None.
    """

    alike: np.ndarray
    by_chance: bool
    near: np.ndarray | None = None

    @cached_property
    def units(self) -> np.ndarray:
        """Rows that must stay together share a number, from 0 in order of first appearance; (n_rows,)."""
        import numpy as np

        together = self.alike if self.near is None else self.near
        if not self.by_chance:
            return together
        # alike by chance, but near copies of any of them could be copies of each of them
        kinds = np.unique(np.stack([together, self.alike]), axis=1)[0]
        single = np.bincount(kinds)[together] == 1
        return in_order(np.where(single, len(together) + np.arange(len(together)), together))

    @cached_property
    def repeats(self) -> np.ndarray:
        """Whether an earlier row is the same; (n_rows,)."""
        return _later(self.alike)

    @cached_property
    def near_repeats(self) -> np.ndarray:
        """Whether an earlier row is nearly the same, but none the same; (n_rows,)."""
        import numpy as np

        return np.zeros_like(self.repeats) if self.near is None else _later(self.near) & ~self.repeats


def find_copies(table: Table) -> Copies:
    """Rows that repeat others, in full or nearly, in every column that is used, the target included.

    Copies of one entry would let a network be tested on what it was trained on. But where many rows repeat, and rows
    with the same features often have different targets, they are no copies: keeping such rows together would put whole
    classes on one side. Without a target, rows are alike by chance where the features allow fewer different rows than
    there are. A large table is searched for exact copies only.

    Args:
        table: Any typed table, with or without a target.

    Example:
        >>> from netwright.sources.registry import open_table
        >>> find_copies(open_table({"x": [1.5, 2.5, 1.5, 3.5]})).units.tolist()
        [0, 1, 0, 2]
    """
    import numpy as np

    exact = find_exact_copies(table)
    if table.in_files or _in_windows(table):  # distances of all rows in all columns would not fit the memory
        return exact
    pictures = [column for column in _telling(table) if column.kind == "image"]
    if pictures:  # what shows the same is a copy, whatever else is said of it
        near = near_pictures([picture_array(table[own.name], own.shape) for own in pictures])
        return Copies(exact.alike, exact.by_chance, in_order(_joined(exact.alike, near)))
    telling = [column.name for column in _telling(table)]
    numbers = [name for name in telling if table[name].dtype.is_float()]
    first = np.unique(exact.alike, return_index=True)[1]
    near = near_groups(table.frame[first], numbers, [name for name in telling if name not in numbers])
    return Copies(exact.alike, exact.by_chance, in_order(near[exact.alike]))


def find_exact_copies(table: Table) -> Copies:
    """The same without a look for near copies."""
    import numpy as np

    telling = [column.name for column in _telling(table)]
    if not telling or _in_windows(table):
        return Copies(np.arange(table.n_rows), by_chance=False)
    alike = _numbered(table.frame, telling)
    n_rows, n_different = table.n_rows, int(alike.max(initial=-1)) + 1
    if n_rows - n_different <= _FEW_REPEATS * n_rows:
        return Copies(alike, by_chance=False)
    target = table.schema.target
    features = [name for name in telling if target is None or name != target.name]
    few_possible = n_different > 1 and math.prod(_possible(table.frame[name]) for name in features) < n_rows
    if few_possible and (target is None or n_different < _FEWEST_DIFFERENT):
        return Copies(alike, by_chance=True)
    if target is None or not features:
        return Copies(alike, by_chance=False)
    same_features = _pairs(_numbered(table.frame, features))
    shares = np.bincount(_numbered(table.frame, [target.name])) / n_rows
    disagreeing = (same_features - _pairs(alike)) / same_features
    return Copies(alike, by_chance=bool(disagreeing > _CHANCE_DISAGREEMENT * (1 - np.sum(shares**2))))


def _in_windows(table: Table) -> bool:
    """Whether rows are windows of a series: they overlap, and none is a copy."""
    target = table.schema.target
    return target is not None and target.kind in ARRAY_KINDS


def in_order(groups: np.ndarray) -> np.ndarray:
    """Other numbers for the same groups, from 0 in order of first appearance; (n_rows,).

    Example:
        >>> import numpy as np
        >>> in_order(np.array([7, 3, 7, 5])).tolist()
        [0, 1, 0, 2]
    """
    import numpy as np

    ordered = np.sort(groups)
    if bool((ordered[1:] != ordered[:-1]).all()):  # all differ: far quicker to see than to number
        return np.arange(len(groups))
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse])


def _joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Numbers shared by rows that share one in either numbering, directly or by way of others; (n_rows,)."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_one, n_all = int(one.max(initial=-1)) + 1, int(one.max(initial=-1)) + int(other.max(initial=-1)) + 2
    edges = coo_array((np.ones(len(one), dtype=bool), (one, n_one + other)), shape=(n_all, n_all))
    return np.asarray(connected_components(edges, directed=False)[1][one])


def _telling(table: Table) -> list[Column]:
    """The columns that tell rows apart; what numbers or names a row does not say what is in it."""
    columns = [column for column in table.schema.columns if column.role != "left_out"]
    # of a large table most columns show by their first rows that they number nothing, and need not be read
    first = table.frame[:_FIRST_ROWS] if table.in_files else table.frame
    return [
        column
        for column in columns
        if column.role == "target"
        or (column.kind not in ("identifier", "constant") and not _numbers_rows(table, first, column.name))
    ]


def _numbers_rows(table: Table, first: pl.DataFrame, name: str) -> bool:
    return _could_number(first[name]) and _is_a_numbering(table[name])


def _could_number(values: pl.Series) -> bool:
    """Whether these are whole numbers without gaps and repeats."""
    if not values.dtype.is_float() or len(values) < 2 or values.null_count():
        return False
    # what is told soonest first
    return bool((values == values.round()).all()) and values.n_unique() == len(values)


def _is_a_numbering(values: pl.Series) -> bool:
    """Whether these are row numbers, if not all without a gap: whole, all different, half of them neighbours."""
    return _could_number(values) and values.sort().diff().median() == 1


def _later(groups: np.ndarray) -> np.ndarray:
    """Whether an earlier row has the same number; (n_rows,)."""
    import numpy as np

    later = np.ones(len(groups), dtype=bool)
    later[np.unique(groups, return_index=True)[1]] = False
    return later


def _possible(values: pl.Series) -> float:
    """How many values a column can take: a rating takes five, but a number with a fraction is measured."""
    import polars as pl

    if isinstance(values.dtype, pl.Array):
        return math.inf
    if values.dtype.is_float():
        whole = (values == values.round()).fill_null(True)
        # a few copies with noise do not make a rating a measurement
        return values.filter(whole).n_unique() if whole.sum() >= _MOSTLY_WHOLE * len(values) else math.inf
    return values.n_unique()


def _numbered(frame: pl.DataFrame, names: list[str]) -> np.ndarray:
    """A number for each different row of these columns, from 0 in order of first appearance; int64, (n_rows,)."""
    return in_order(frame.select(names).hash_rows(seed=0).to_numpy())


def _pairs(numbered: np.ndarray) -> float:
    """How many pairs of rows share their number."""
    import numpy as np

    sizes = np.bincount(numbered).astype(np.float64)
    return float((sizes * (sizes - 1) / 2).sum())
