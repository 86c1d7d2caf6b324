"""Candidates: which plan is best, and what the choice itself costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from netwright.base.curves import Curves
from netwright.base.plan import Member, Plan
from netwright.base.split import Fold, SealedRows, Split
from netwright.base.table import Provenance, Schema, Table
from netwright.evaluate.metrics import METRICS
from netwright.training.candidate import Candidate, fold_errors, mean_error
from netwright.training.choice import PlanChoice
from netwright.training.outer import OuterPredictions, first_half
from netwright.training.progress import Judged
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


def choice(candidates: list[Candidate], split: Split, truth: np.ndarray) -> PlanChoice:
    return PlanChoice(candidates, split, truth, seed=0)


def test_a_fold_has_no_say_in_the_plan_that_it_judges() -> None:
    split, truth = split_of([0, 1], [2, 3], [4, 5]), np.arange(6.0)
    lucky = candidate(split, truth, [0.0, 5.0, 5.0])  # best on the first fold, bad elsewhere
    steady = candidate(split, truth, [3.0, 3.0, 3.0])
    nested = choice([lucky, steady], split, truth).nested_outer()
    errors = fold_errors(RMSE, truth, split, nested)
    # fold 0: the others say steady; folds 1 and 2: (0 + 5) / 2 against 3 says lucky
    assert errors.tolist() == [3.0, 5.0, 5.0]
    assert choice([lucky, steady], split, truth).best() is steady


def test_folds_that_share_rows_have_no_say_either() -> None:
    split, truth = split_of([0, 1], [2, 3], [0, 2], [1, 3]), np.arange(4.0)
    first = candidate(split, truth, [0.0, 1.0, 0.0, 0.0])
    second = candidate(split, truth, [2.0, 0.0, 2.0, 2.0])
    errors = fold_errors(RMSE, truth, split, choice([first, second], split, truth).nested_outer())
    assert errors[0] == 2.0  # only fold 1 is free of its rows, and there the second is better


def test_one_part_is_judged_by_halves() -> None:
    """Pure noise, plans of several epochs, as the loop keeps them: no choice of plan or epoch shows any skill."""
    n_rows, n_plans, n_epochs, found, best = 60, 10, 8, [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=n_rows)
        split = split_of(list(range(n_rows)))
        half = first_half(np.arange(n_rows), 0, 0)
        plans = []
        for _ in range(n_plans):
            kept = OuterPredictions([half])
            for epoch in range(n_epochs):
                own = rng.normal(size=n_rows)
                errors = np.array([[RMSE.score(truth[rows], own[rows]) for rows in (half, ~half)]])
                kept.update(epoch, errors, own[None, :, None], np.array([True]))
            judged = object.__new__(Judged)
            object.__setattr__(judged, "half_errors", kept.best)
            members, flat = (Member(Plan("a", "mlp", {}), 0, 0),), np.ones((1, 1))
            object.__setattr__(judged, "curves", Curves(members, flat, flat, flat, flat, np.array([0]), ("done",)))
            trained = object.__new__(Trained)
            object.__setattr__(trained, "members", members)
            object.__setattr__(trained, "judged", judged)
            outer = (kept.result()[0, :, 0],)
            plans.append(Candidate(trained, outer, fold_errors(RMSE, truth, split, outer)))
        found.append(fold_errors(RMSE, truth, split, choice(plans, split, truth).nested_outer())[0])
        best.append(choice(plans, split, truth).best().errors[0])
    assert np.mean(found) == pytest.approx(np.sqrt(2), abs=0.03)
    assert np.mean(best) < np.mean(found) - 0.1  # what the choice on all rows would have shown


def test_a_plan_that_has_learned_nothing_is_never_best() -> None:
    split, truth = split_of([0, 1], [2, 3], [4, 5]), np.arange(6.0)
    empty = replace(candidate(split, truth, [0.0, 0.0, 0.0]), has_learned=False)
    poor = candidate(split, truth, [9.0, 9.0, 9.0])
    unknown = replace(poor, errors=np.full(3, np.nan))
    for other in (poor, unknown):
        assert choice([empty, other], split, truth).best() is other
        nested = choice([empty, other], split, truth).nested_outer()
        assert all(own is theirs for own, theirs in zip(nested, other.outer, strict=True))


def test_a_fold_without_a_score_is_passed_over_and_an_infinite_one_is_not() -> None:
    assert mean_error(np.array([1.0, np.nan, 3.0])) == 2.0
    assert mean_error(np.array([1.0, np.inf])) == np.inf
    assert mean_error(np.full(2, np.nan)) == np.inf


def test_a_single_plan_is_itself() -> None:
    split, truth = split_of([0, 1], [2, 3]), np.arange(4.0)
    only = candidate(split, truth, [1.0, 2.0])
    assert choice([only], split, truth).nested_outer() is only.outer
