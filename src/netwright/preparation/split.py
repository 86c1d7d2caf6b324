"""Dealing out rows: test rows under seal, then folds, by the same rule.

By chance, rows that are copies of each other form one unit and stay on one side (`base/copies.py`). Units are shuffled,
sorted by stratum (class, or decile of the target on small tables), and dealt like cards, so that every part gets its
share of every stratum. `by_time.py` and `by_group.py` hold the other rules. By time copies need no care: rows of one
time stay together, and what happens again later is another event.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.base.copies import find_copies
from netwright.base.errors import DataError, PlanError
from netwright.base.figures import count
from netwright.base.finding import Finding
from netwright.base.plan import of_classes
from netwright.base.seeds import derive_seed
from netwright.base.split import Fold, SealedRows, Split
from netwright.base.stored import StoredFrame
from netwright.base.table import Table
from netwright.preparation.by_group import GroupDealer, group_numbers, joined, uneven_groups
from netwright.preparation.by_time import Times, expanding_folds, last_part, refuse_few_times
from netwright.preparation.overlap import overlaps
from netwright.preparation.sampling import balanced_weights, drawn, resampled
from netwright.preparation.split_rule import MIN_ROWS, MIN_UNSEALED_ROWS, SplitRule, made, notes, way, words
from netwright.preparation.target import Target
from netwright.preparation.window import PAST

__all__ = ["MIN_ROWS", "MIN_UNSEALED_ROWS", "SplitRule", "split_table", "units_of"]

_TARGET_BINS = 10
#: Fold number of rows that every fold trains on (the only row of a class).
_ALWAYS_TRAIN = -1
#: Fewer train rows than this teach next to nothing.
_FEW_SAMPLED = 50
#: How far copies may make a part larger than asked for.
_MOST_OVER = 1.1


def split_table(table: Table, target: Target, rule: SplitRule, test: Table | None, valid: Table | None) -> Split:
    """Set the test rows aside and deal the others out.

    Args:
        table: Rows whose target is known.
        target: What is predicted.
        rule: How to split.
        test: Test rows that the user brought; none are cut from `table` then.
        valid: Validation rows that the user brought; they join the development rows as the one outer part.

    Raises:
        DataError: There are fewer rows, times or groups than can be split.
        PlanError: The rule does not fit the table.
    """
    _refuse_classes_of_numbers(target, rule)
    everyone = table.n_rows
    if rule.how == "time":
        table = table.take(np.flatnonzero(Times.of(table, rule.by).known))
    n_placed = table.n_rows
    if n_placed < rule.least_rows and target.steps:
        past = table.schema[PAST].shape[-1]
        raise DataError(
            f"{table.source.name} must leave at least {rule.least_rows} origins of forecasts, steps with a window of "
            f"{past} behind and a horizon of {target.steps} ahead, got {n_placed}. Pass a smaller --past or "
            "--horizon, or add rows."
        )
    if n_placed < rule.least_rows:
        named = [target.name and "a target", f"a {rule.by}" if rule.how == "time" else ""]
        needed = " and ".join(word for word in named if word)
        rows = f"at least {rule.least_rows} rows{' with ' if needed else ''}{needed}"
        raise DataError(
            f"{table.source.name} must have {rows} to be split, got {n_placed}. "
            "Add rows; a network cannot be judged on fewer."
        )
    if test is not None:
        development, sealed = table, SealedRows(test)
    elif rule.test_size == 0:
        development, sealed = table, SealedRows(None)
    else:
        # beside the test one row must train and, unless the user brought it, another must validate
        before, tested = _holdout(table, target, rule, least=2 if valid is None else 1)
        development, sealed = table.take(before), SealedRows(table.take(tested))
    n_too_near = n_placed - development.n_rows - (0 if test is not None else sealed.n_rows)
    findings = tuple(overlaps(development, rule.how, rule.by, rule.gap, test, valid))
    development, n_before = _with_train_rows(development, target, rule), development.n_rows
    if valid is not None:
        folds: tuple[Fold, ...] = (_given_fold(development.n_rows, valid.n_rows),)
        development = _appended(development, valid)
    else:
        folds = _deal_folds(development, target, rule)
    development = replace(development, units=units_of(development, rule.how, rule.by))
    findings += tuple(uneven_groups(folds, rule)) if rule.how == "group" and valid is None else ()
    n_dealt = [len(fold.train) for fold in folds]
    folds = tuple(_evened(folds, target.numbers(development), target, rule))
    findings += tuple(_few_sampled(n_dealt, folds, rule))
    distance = Times.of(development, rule.by).distance(rule.gap) if rule.gap else ""
    left_out = {"without_time": everyone - n_placed, "gap": n_too_near, "train_rows": n_before - development.n_rows}
    left_out["train_rows"] += valid.n_rows if valid is not None else 0
    return Split(
        development,
        folds,
        sealed,
        "as given" if test is not None and valid is not None else words(target, rule, n_placed),
        rule.seed,
        notes=tuple(notes(rule, distance, left_out, n_dealt, folds)),
        made=made(rule, left_out),
        findings=findings,
    )


def _refuse_classes_of_numbers(target: Target, rule: SplitRule) -> None:
    for flag, value in (("sampling", rule.sampling), ("class-weight", rule.class_weight)):
        if not of_classes(target.task) and value != "none":
            raise PlanError(f"--{flag} must come with classes, but {target.name!r} is a number. Leave it out.")


def _holdout(table: Table, target: Target, rule: SplitRule, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the development rows and of the test rows."""
    if rule.how == "time":
        times = Times.of(table, rule.by)
        refuse_few_times(times, table.source.name, least + 1)
        return last_part(times, rule.test_size, "test", rule.gap, least)
    if rule.how == "group":
        groups = _group_dealer(table, target, rule)
        parts = "train, validation and test" if least > 1 else "train and test"
        groups.refuse_few(least + 1, parts)
        # small groups are needed for the folds beside a large one
        least = max(least, min(rule.folds, groups.n_units // 2))
        is_test = groups.share(rule.test_size, "test", least)
    else:
        is_test = _Dealer(table, target, rule).share(rule.test_size, "test", least)
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def _with_train_rows(development: Table, target: Target, rule: SplitRule) -> Table:
    """As many development rows as asked for, drawn after the test rows were dealt out, which so do not depend on it."""
    if rule.train_rows is None:
        return development
    if rule.train_rows > development.n_rows:
        raise PlanError(
            f"--train-rows must be at most {development.n_rows:,}, the rows that are not tested on, got "
            f"{rule.train_rows:,}."
        )
    strata = _strata(target.numbers(development), target, "stratified", development.n_rows)
    return development.take(drawn(strata, rule.train_rows, rule.seed))


def _deal_folds(development: Table, target: Target, rule: SplitRule) -> tuple[Fold, ...]:
    if rule.how == "time":
        times = Times.of(development, rule.by)
        refuse_few_times(times, development.source.name, 2)
        if rule.valid_size is None:
            return expanding_folds(times, rule.folds, rule.gap)
        return (Fold(*last_part(times, rule.valid_size, "valid", rule.gap, least=1)),)
    dealer: GroupDealer | _Dealer
    if rule.how == "group":
        dealer = _group_dealer(development, target, rule)
        dealer.refuse_few(2, "train and validation")
    else:
        dealer = _Dealer(development, target, rule)
    if rule.valid_size is not None:
        is_valid = dealer.share(rule.valid_size, "valid", least=1)
        return (Fold(np.flatnonzero(~is_valid), np.flatnonzero(is_valid)),)
    n_folds, folds = min(rule.folds, dealer.n_units), []
    for repeat in range(rule.repeats):
        number = dealer.deal(n_folds, f"folds {repeat}" if repeat else "folds")
        folds += [Fold(np.flatnonzero(number != k), np.flatnonzero(number == k)) for k in range(n_folds)]
    return tuple(folds)


def units_of(table: Table, how: str, by: str) -> np.ndarray:
    """Rows that stay together, and are no more evidence than one: copies, and under a split by group groups; (n_rows,).

    Args:
        table: Any rows of a split.
        how: Its rule.
        by: The column of times or groups; a table without it has copies only.
    """
    copies = find_copies(table).units
    return joined(group_numbers(table[by]), copies) if how == "group" and by in table.frame.columns else copies


def _group_dealer(table: Table, target: Target, rule: SplitRule) -> GroupDealer:
    units = units_of(table, "group", rule.by)
    strata = _strata(target.numbers(table), target, "stratified", table.n_rows)
    return GroupDealer(units, strata, rule.by, table.source.name, rule.seed)


def _evened(folds: tuple[Fold, ...], numbers: np.ndarray, target: Target, rule: SplitRule) -> Iterator[Fold]:
    """The folds with their train rows sampled and weighted; never their outer rows."""
    for k, fold in enumerate(folds):
        seed = derive_seed(rule.seed, "sampling", k)
        train = resampled(fold.train, numbers[fold.train], rule.sampling, seed)
        yield Fold(train, fold.valid, _class_weights(numbers[train], target, rule.class_weight))


def _few_sampled(n_dealt: list[int], folds: tuple[Fold, ...], rule: SplitRule) -> Iterator[Finding]:
    fewest, before = min(zip((len(fold.train) for fold in folds), n_dealt, strict=True))
    if rule.sampling != "none" and fewest < _FEW_SAMPLED and fewest < before:
        yield Finding(
            code="few-sampled",
            where="split",
            severity="warning",
            message=f"--sampling {rule.sampling} leaves {fewest:,} of {before:,} train rows: a class is too rare",
            advice="--sampling over or --class-weight balanced keeps every row",
            evidence={"rows": fewest, "of": before},
        )


def _class_weights(labels: np.ndarray, target: Target, asked: str | Mapping[str, float]) -> np.ndarray | None:
    if asked == "none":
        return None
    if asked == "balanced":
        return balanced_weights(labels, len(target.classes))
    assert not isinstance(asked, str), "settings were checked"
    unknown = [label for label in asked if label not in target.classes]
    if unknown:
        raise PlanError(f"--class-weight must name classes of {target.name!r}, got {unknown[0]!r}.")
    return np.array([asked.get(label, 1.0) for label in target.classes])


class _Dealer:
    """Deals the rows of one table, unit by unit, stratum by stratum."""

    def __init__(self, table: Table, target: Target, rule: SplitRule) -> None:
        self._name = table.source.name
        self._units = find_copies(table).units
        self.n_units = int(self._units.max()) + 1
        self._seed = rule.seed
        single = self.n_units == len(self._units)
        self._first_row = np.arange(self.n_units) if single else np.unique(self._units, return_index=True)[1]
        numbers = target.numbers(table)[self._first_row]
        self._stratum = _strata(numbers, target, rule.how, table.n_rows)
        self._sizes = np.bincount(self._units)
        self._dealt = np.ones(self.n_units, dtype=bool)
        if of_classes(target.task):
            # the only row of a class is needed for training: it is not dealt out, unless there would be none to deal
            label = np.unique(numbers, return_inverse=True)[1]
            alone = np.bincount(label)[label] == 1
            if int((~alone).sum()) >= max(2, rule.folds):
                self._dealt = ~alone

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
        # the share is one of units, spread evenly over the strata: a row with copies is as likely as any other
        due = np.floor(np.arange(1, len(order) + 1) * math.ceil(size * self.n_units) / len(order) + 1e-9)
        taken = self._taken(order, due, _MOST_OVER * wanted)
        if wanted <= len(self._units) - least:  # many copies of a few rows: spare some of the others
            taken = taken[: max(1, self.n_units - least)]
        chosen = np.zeros(self.n_units, dtype=bool)
        chosen[taken if len(taken) else order[:1]] = True
        left = self.n_units - int(chosen.sum())
        if left < least:
            raise DataError(
                f"--{purpose}-size {size:g} must leave at least {count(least, 'different row')} of {self._name} to "
                f"train on, got {left} of {self.n_units:,}. Pass a smaller share, or add rows."
            )
        return np.asarray(chosen[self._units])

    def _taken(self, order: np.ndarray, due: np.ndarray, most: float) -> np.ndarray:
        """Units in their order, as many as are due by then, while there is room for their rows."""
        steps = np.diff(due, prepend=0.0)
        if self.n_units == len(self._units) and len(due) and steps.max() <= 1 and due[-1] <= most:
            return np.asarray(order[steps > 0])  # single rows, of which each that is due is taken
        taken: list[int] = []
        so_far = 0
        for unit, n_due in zip(order, due, strict=True):
            if len(taken) < n_due and so_far + self._sizes[unit] <= most:
                taken.append(unit)
                so_far += self._sizes[unit]
        return np.array(taken, dtype=np.int64)

    def deal(self, n_folds: int, purpose: str) -> np.ndarray:
        """The fold of each row, -1 for rows that every fold trains on; (n_rows,)."""
        self._refuse_copies()
        order = self._order(purpose)
        fold = np.full(self.n_units, _ALWAYS_TRAIN)
        fold[order] = np.arange(len(order)) % n_folds
        return np.asarray(fold[self._units])

    def _refuse_copies(self) -> None:
        if self.n_units < 2:
            raise DataError(
                "the rows must differ to be split, got copies of a single row. Repeated rows stay on one side."
            )


def _strata(numbers: np.ndarray, target: Target, how: str, n_rows: int) -> np.ndarray:
    """A stratum for each unit, by its target."""
    dealt = way(target, how, n_rows)
    if dealt == "at random":
        return np.zeros(len(numbers), dtype=np.int64)
    if dealt == "stratified by class":
        return np.unique(numbers, return_inverse=True)[1]
    bins = max(1, min(_TARGET_BINS, len(numbers) // _TARGET_BINS))
    edges = np.quantile(numbers, np.arange(1, bins) / bins)
    return np.asarray(np.digitize(numbers, edges))


def _given_fold(n_train: int, n_valid: int) -> Fold:
    return Fold(np.arange(n_train), np.arange(n_train, n_train + n_valid))


def _appended(table: Table, more: Table) -> Table:
    """Further rows below; columns that they lack (only left-out ones may be) are empty there."""
    import polars as pl

    frame: Any
    if table.in_files or more.in_files:
        frame = StoredFrame.of(table.frame).below(more.frame)
    else:
        frame = pl.concat([table.frame, more.frame], how="diagonal").select(table.frame.columns)
    return replace(table, frame=frame, rows=np.concatenate([table.rows, more.rows]), units=None)
