"""Splitting by group: all rows of a patient, a customer, a machine stay on one side.

Groups that share copies of a row are one unit. Units are dealt by chance, and of several ways to deal them that one is
taken which keeps the shares of the strata (classes, or bins of the target) best.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.base.finding import Finding
from netwright.base.seeds import derive_seed
from netwright.base.split import Fold
from netwright.preparation.split_rule import SplitRule

if TYPE_CHECKING:
    import polars as pl

#: A fold that trains on a smaller share of the rows than this is told.
_LEAST_TRAIN = 0.4
#: Ways to deal that are tried, fewer where there are so many units that each is good already.
_MOST_DRAWS, _UNITS_DRAWN = 32, 100_000


def group_numbers(cells: pl.Series) -> np.ndarray:
    """A number for each group; rows without one are groups of their own; int64, (n_rows,).

    Example:
        >>> import polars as pl
        >>> group_numbers(pl.Series(["kim", None, "lee", "kim", None])).tolist()
        [0, 2, 1, 0, 3]
    """
    import polars as pl

    known = cells.drop_nulls().unique(maintain_order=True)
    numbers = cells.to_frame("group").join(
        pl.DataFrame({"group": known, "number": np.arange(len(known))}), on="group", how="left", maintain_order="left"
    )["number"]
    missing = cells.is_null().to_numpy()
    filled = numbers.fill_null(0).to_numpy().astype(np.int64)
    filled[missing] = len(known) + np.arange(int(missing.sum()))
    return filled


def joined(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Units of rows that share a number in either numbering, directly or by way of others; (n_rows,).

    Args:
        one: A number for each row, from 0; (n_rows,).
        other: The same.

    Example:
        >>> joined(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2])).tolist()
        [0, 0, 0, 1]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_one, n_other = int(one.max()) + 1, int(other.max()) + 1
    edges = coo_array((np.ones(len(one), dtype=bool), (one, n_one + other)), shape=(n_one + n_other,) * 2)
    labels = connected_components(edges, directed=False)[1][one]
    _, first, unit = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[unit])


class GroupDealer:
    """Deals the units of one table.

    Args:
        units: A number for each row, from 0; (n_rows,).
        strata: The stratum of each row; (n_rows,).
        name: The column of the groups.
        where: The table, as messages name it.
        seed: The run's seed.
    """

    def __init__(self, units: np.ndarray, strata: np.ndarray, name: str, where: str, seed: int) -> None:
        self._units, self._name, self._where, self._seed = units, name, where, seed
        self.n_units = int(units.max()) + 1
        number = np.unique(strata, return_inverse=True)[1]
        #: Rows of each unit by stratum; (n_units, n_strata).
        self._rows = np.zeros((self.n_units, int(number.max()) + 1))
        np.add.at(self._rows, (units, number), 1)
        self._sizes = self._rows.sum(axis=1)

    def refuse_few(self, fewest: int, parts: str) -> None:
        """Too few groups cannot be dealt out.

        Raises:
            DataError: There are fewer than `fewest`.
        """
        if self.n_units < fewest:
            raise DataError(
                f"--group {self._name} must give at least {count(fewest, 'group')} to be split into {parts}, got "
                f"{self.n_units} in {self._where} (groups that share copies of a row count as one). Pass another "
                "column, or --split random."
            )

    def share(self, size: float, purpose: str, least: int) -> np.ndarray:
        """Whether each row belongs to a part of about this share of the rows; (n_rows,).

        Args:
            size: The share.
            purpose: `test` or `valid`.
            least: How many units must stay outside it.
        """
        wanted = size * self._sizes.sum()
        best, lowest = np.zeros(self.n_units, dtype=bool), np.inf
        for order in self._orders(purpose):
            chosen = self._part(order, wanted, self.n_units - least)
            off = self._deviation(self._rows[chosen].sum(axis=0), size)
            if off < lowest:
                best, lowest = chosen, off
        return np.asarray(best[self._units])

    def deal(self, n_folds: int, purpose: str) -> np.ndarray:
        """The fold of each row; (n_rows,)."""
        best, lowest = np.zeros(self.n_units, dtype=np.int64), np.inf
        for order in self._orders(purpose):
            fold = self._folds(order, n_folds)
            rows = np.zeros((n_folds, self._rows.shape[1]))
            np.add.at(rows, fold, self._rows)
            off = sum(self._deviation(own, 1 / n_folds) for own in rows)
            if off < lowest:
                best, lowest = fold, off
        return np.asarray(best[self._units])

    def _orders(self, purpose: str) -> list[np.ndarray]:
        rng = np.random.default_rng(derive_seed(self._seed, "groups", purpose))
        n_draws = max(1, min(_MOST_DRAWS, _UNITS_DRAWN // self.n_units))
        return [rng.permutation(self.n_units) for _ in range(n_draws)]

    def _part(self, order: np.ndarray, wanted: float, most: int) -> np.ndarray:
        """Units in this order, each taken where it brings the part nearer to the wanted rows."""
        chosen = np.zeros(self.n_units, dtype=bool)
        so_far = n_taken = 0.0
        for unit in order:
            size = self._sizes[unit]
            if n_taken < most and (not n_taken or abs(so_far + size - wanted) < abs(so_far - wanted)):
                chosen[unit] = True
                so_far, n_taken = so_far + size, n_taken + 1
            if so_far >= wanted:
                break
        return chosen

    def _folds(self, order: np.ndarray, n_folds: int) -> np.ndarray:
        """The fold of each unit: the largest first, each to the fold that has the least of its strata so far."""
        order = order[np.argsort(-self._sizes[order], kind="stable")]
        rows = np.column_stack([self._rows, self._sizes])
        filled, fold = np.zeros((n_folds, rows.shape[1])), np.zeros(self.n_units, dtype=np.int64)
        weighed = rows / rows.sum(axis=0) ** 2  # the fold that adds least to the sum of squared shares
        for unit in order:
            fold[unit] = np.argmin(filled @ weighed[unit])
            filled[fold[unit]] += rows[unit]
        return fold

    def _deviation(self, rows: np.ndarray, size: float) -> float:
        """How far a part is from this share of every stratum, the strata counting alike, and of all rows."""
        of_strata = rows / self._rows.sum(axis=0) - size
        of_all = rows.sum() / self._sizes.sum() - size
        return float((of_strata**2).mean() + of_all**2)


def uneven_groups(folds: Sequence[Fold], rule: SplitRule) -> Iterator[Finding]:
    """Groups so few or so unequal that folds are fewer, or train on fewer rows, than they should.

    Args:
        folds: As they were dealt.
        rule: What asked for them.
    """
    n_rows = len(folds[0].train) + len(folds[0].valid)
    wanted = 1 if rule.valid_size is not None else rule.folds * rule.repeats
    fewest = min(len(fold.train) for fold in folds)
    if len(folds) < wanted or fewest < _LEAST_TRAIN * n_rows:
        yield Finding(
            code="uneven-groups",
            where="split",
            severity="warning",
            message=f"{rule.by}: its groups are few or unequal: {count(len(folds), 'fold')} of {wanted}, the smallest "
            f"of which trains on {fewest:,} of {n_rows:,} rows",
            advice="read validation scores with care, or split the large groups; --split random ignores groups",
            columns=(rule.by,),
            evidence={"folds": len(folds), "wanted": wanted, "fewest_train": fewest, "rows": n_rows},
        )
