"""Dealing out rows: test rows under seal, then folds.

Rows that are copies of each other form one unit and stay on one side (`base/copies.py`). Units are shuffled, sorted
by stratum (class, or decile of the target on small tables), and dealt like cards, so that every part gets its share
of every stratum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from netwright.base.copies import find_copies
from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.base.seeds import derive_seed
from netwright.base.split import Fold, SealedRows, Split
from netwright.base.table import Table
from netwright.preparation.target import Target

#: Regression targets are stratified up to this many rows; beyond it chance alone balances well enough.
_STRATIFY_ROWS = 10_000
_TARGET_BINS = 10
#: With fewer rows nothing can be set aside to judge a network by.
MIN_ROWS = 10
#: The same where the caller keeps the test rows.
MIN_UNSEALED_ROWS = 4
#: Fold number of rows that every fold trains on (the only row of a class).
_ALWAYS_TRAIN = -1


@dataclass(frozen=True)
class SplitRule:
    """How to split.

    Args:
        how: `auto`, `random` or `stratified`.
        test_size: Share of rows set aside for the test.
        folds: How many folds; 1 with `valid_size`.
        valid_size: Share of the development rows that validate, in place of folds.
        seed: The run's seed.
        least_rows: Fewer rows than this are refused.
    """

    how: str = "auto"
    test_size: float = 0.2
    folds: int = 5
    valid_size: float | None = None
    seed: int = 0
    least_rows: int = MIN_ROWS


def split_table(table: Table, target: Target, rule: SplitRule, test: Table | None, valid: Table | None) -> Split:
    """Set the test rows aside and deal the others out.

    Args:
        table: Rows whose target is known.
        target: What is predicted.
        rule: How to split.
        test: Test rows that the user brought; none are cut from `table` then.
        valid: Validation rows that the user brought; they join the development rows as the one outer part.

    Raises:
        DataError: There are fewer rows than can be split.
    """
    if table.n_rows < rule.least_rows:
        raise DataError(
            f"{table.source.name} must have at least {rule.least_rows} rows with a target to be split, "
            f"got {table.n_rows}. Add rows; a network cannot be judged on fewer."
        )
    dealer = _Dealer(table, target, rule)
    if test is not None:
        development, sealed = table, SealedRows(test)
    elif rule.test_size == 0:
        development, sealed = table, SealedRows(None)
    else:
        # beside the test one row must train and, unless the user brought it, another must validate
        is_test = dealer.share(rule.test_size, "test", least=2 if valid is None else 1)
        development, sealed = table.take(np.flatnonzero(~is_test)), SealedRows(table.take(np.flatnonzero(is_test)))
    if valid is not None:
        folds: tuple[Fold, ...] = (_given_fold(development.n_rows, valid.n_rows),)
        development = _appended(development, valid)
    else:
        folds = _deal_folds(_Dealer(development, target, rule), rule)
    return Split(development, folds, sealed, dealer.words, rule.seed)


def _deal_folds(dealer: _Dealer, rule: SplitRule) -> tuple[Fold, ...]:
    if rule.valid_size is not None:
        is_valid = dealer.share(rule.valid_size, "valid", least=1)
        return (Fold(np.flatnonzero(~is_valid), np.flatnonzero(is_valid)),)
    n_folds = min(rule.folds, dealer.n_units)
    number = dealer.deal(n_folds)
    return tuple(Fold(np.flatnonzero(number != k), np.flatnonzero(number == k)) for k in range(n_folds))


class _Dealer:
    """Deals the rows of one table, unit by unit, stratum by stratum."""

    def __init__(self, table: Table, target: Target, rule: SplitRule) -> None:
        self._name = table.source.name
        self._units = find_copies(table).units
        self.n_units = int(self._units.max()) + 1
        self._seed = rule.seed
        self._first_row = np.unique(self._units, return_index=True)[1]
        numbers = target.numbers(table)[self._first_row]
        self._stratum, self.words = _strata(numbers, target, rule.how, table.n_rows)
        self._sizes = np.bincount(self._units)
        # the only row of a class is needed for training: it is not dealt out, unless there would be none to deal
        label = np.unique(numbers, return_inverse=True)[1]
        alone = np.bincount(label)[label] == 1
        keep = target.task != "regression" and int((~alone).sum()) >= max(2, rule.folds)
        self._dealt = ~alone if keep else np.ones(self.n_units, dtype=bool)

    def _order(self, purpose: str) -> np.ndarray:
        """Units to be dealt out: shuffled, then sorted by stratum."""
        # drawn row by row: with other columns, and so other copies, nearly the same rows are dealt out
        drawn = np.random.default_rng(derive_seed(self._seed, "split", purpose)).random(len(self._units))
        shuffled = np.argsort(drawn[self._first_row])
        order = shuffled[np.argsort(self._stratum[shuffled], kind="stable")]
        return np.asarray(order[self._dealt[order]])

    def share(self, size: float, purpose: str, least: int) -> np.ndarray:
        """Whether each row belongs to a part of about this share of the rows; (n_rows,).

        Args:
            size: The share.
            purpose: `test` or `valid`.
            least: How many different rows must stay outside it.

        Raises:
            DataError: Fewer would.
        """
        order = self._order(purpose)
        self._refuse_copies()
        wanted = math.ceil(size * len(self._units))
        ends = np.cumsum(self._sizes[order])
        # a unit is taken where the running total of taken rows should step over a whole number
        due = np.floor(ends * wanted / ends[-1] + 1e-9)
        taken, so_far = [], 0
        for unit, target_total in zip(order, due, strict=True):
            if so_far < target_total and so_far + self._sizes[unit] <= wanted:
                taken.append(unit)
                so_far += self._sizes[unit]
        if wanted <= len(self._units) - least:  # many copies of a few rows: spare some of the others
            taken = taken[: max(1, self.n_units - least)]
        chosen = np.zeros(self.n_units, dtype=bool)
        chosen[taken or order[:1]] = True
        left = self.n_units - int(chosen.sum())
        if left < least:
            raise DataError(
                f"--{purpose}-size {size:g} must leave at least {count(least, 'different row')} of {self._name} to "
                f"train on, got {left} of {self.n_units:,}. Pass a smaller share, or add rows."
            )
        return np.asarray(chosen[self._units])

    def deal(self, n_folds: int) -> np.ndarray:
        """The fold of each row, -1 for rows that every fold trains on; (n_rows,)."""
        self._refuse_copies()
        order = self._order("folds")
        fold = np.full(self.n_units, _ALWAYS_TRAIN)
        fold[order] = np.arange(len(order)) % n_folds
        return np.asarray(fold[self._units])

    def _refuse_copies(self) -> None:
        if self.n_units < 2:
            raise DataError(
                "the rows must differ to be split, got copies of a single row. Repeated rows stay on one side."
            )


def _strata(numbers: np.ndarray, target: Target, how: str, n_rows: int) -> tuple[np.ndarray, str]:
    """A stratum for each unit and the rule in words."""
    if how == "random" or (target.task == "regression" and how == "auto" and n_rows > _STRATIFY_ROWS):
        return np.zeros(len(numbers), dtype=np.int64), "at random"
    if target.task != "regression":
        return np.unique(numbers, return_inverse=True)[1], "stratified by class"
    bins = max(1, min(_TARGET_BINS, len(numbers) // _TARGET_BINS))
    edges = np.quantile(numbers, np.arange(1, bins) / bins)
    return np.digitize(numbers, edges), "stratified by target bins"


def _given_fold(n_train: int, n_valid: int) -> Fold:
    return Fold(np.arange(n_train), np.arange(n_train, n_train + n_valid))


def _appended(table: Table, more: Table) -> Table:
    """Further rows below; columns that they lack (only left-out ones may be) are empty there."""
    import polars as pl

    frame = pl.concat([table.frame, more.frame], how="diagonal").select(table.frame.columns)
    return replace(table, frame=frame, rows=np.concatenate([table.rows, more.rows]))
