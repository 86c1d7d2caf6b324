"""Candidates: which plan is best, and what the choice itself costs."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.split import Fold, SealedRows, Split
from netwright.base.table import Provenance, Schema, Table
from netwright.evaluate.metrics import METRICS
from netwright.training.candidate import Candidate, best_of, fold_errors, nested_outer
from netwright.training.race import Trained

RMSE = METRICS["rmse"]


#: Nothing of how a plan was trained is read here.
UNREAD = object.__new__(Trained)


def split_of(*valid: list[int]) -> Split:
    everyone = {row for own in valid for row in own}
    folds = tuple(Fold(np.array(sorted(everyone - set(own))), np.array(own)) for own in valid)
    table = Table(pl.DataFrame(), Schema(()), Provenance("x", "x"), np.arange(len(everyone)))
    return Split(table, folds, SealedRows(None), "", 0)


def candidate(split: Split, truth: np.ndarray, errors: list[float]) -> Candidate:
    """One that is off by so much in each fold."""
    outer = tuple(truth[fold.valid] + error for fold, error in zip(split.folds, errors, strict=True))
    return Candidate(UNREAD, outer, fold_errors(RMSE, truth, split, outer))


def test_a_fold_has_no_say_in_the_plan_that_it_judges() -> None:
    split, truth = split_of([0, 1], [2, 3], [4, 5]), np.arange(6.0)
    lucky = candidate(split, truth, [0.0, 5.0, 5.0])  # best on the first fold, bad elsewhere
    steady = candidate(split, truth, [3.0, 3.0, 3.0])
    nested = nested_outer([lucky, steady], split, RMSE, truth, seed=0)
    errors = fold_errors(RMSE, truth, split, nested)
    # fold 0: the others say steady; folds 1 and 2: (0 + 5) / 2 against 3 says lucky
    assert errors.tolist() == [3.0, 5.0, 5.0]
    assert best_of([lucky, steady]) is steady


def test_folds_that_share_rows_have_no_say_either() -> None:
    split, truth = split_of([0, 1], [2, 3], [0, 2], [1, 3]), np.arange(4.0)
    first = candidate(split, truth, [0.0, 1.0, 0.0, 0.0])
    second = candidate(split, truth, [2.0, 0.0, 2.0, 2.0])
    errors = fold_errors(RMSE, truth, split, nested_outer([first, second], split, RMSE, truth, seed=0))
    assert errors[0] == 2.0  # only fold 1 is free of its rows, and there the second is better


def test_one_part_is_judged_by_halves() -> None:
    split, truth = split_of(list(range(200))), np.random.default_rng(0).normal(size=200)
    noise = np.random.default_rng(1).normal(size=(40, 200))
    plans = [Candidate(UNREAD, (own,), fold_errors(RMSE, truth, split, [own])) for own in noise]
    honest = fold_errors(RMSE, truth, split, nested_outer(plans, split, RMSE, truth, seed=0))[0]
    assert best_of(plans).errors[0] < honest  # the best of forty looks better than it is
    assert honest == pytest.approx(np.sqrt(2), abs=0.15)


def test_a_single_plan_is_itself() -> None:
    split, truth = split_of([0, 1], [2, 3]), np.arange(4.0)
    only = candidate(split, truth, [1.0, 2.0])
    assert nested_outer([only], split, RMSE, truth, seed=0) is only.outer
