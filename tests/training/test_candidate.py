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
from netwright.training.candidate import Candidate, Naming, fold_errors, mean_error
from netwright.training.choice import PlanChoice
from netwright.training.outer import OuterPredictions, first_half
from netwright.training.progress import Judged
from netwright.training.race import Trained
from netwright.training.threshold import fit_threshold

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


def of_names(split: Split, truth: np.ndarray, chances: np.ndarray, *, finds_threshold: bool = True) -> Candidate:
    """A plan with these chances of the positive class, judged by balanced accuracy."""
    outer = [np.stack([1 - own, own], axis=1) for own in (chances[fold.valid] for fold in split.folds)]
    metric = METRICS["balanced_accuracy"]
    naming = Naming.of(metric, truth, split, outer) if finds_threshold else None
    errors = naming.errors(range(len(outer))) if naming else fold_errors(metric, truth, split, outer)
    return Candidate(UNREAD, tuple(outer), errors, naming=naming)


def test_of_a_rare_class_the_plan_that_tells_it_apart_is_best_wherever_its_threshold_is() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.uniform(size=600) < 0.05).astype(int)
    split = split_of(*[list(range(k, 600, 5)) for k in range(5)])
    apart = 0.02 + 0.1 * truth + 0.02 * rng.uniform(size=600)  # never above a half
    lucky = np.where(rng.uniform(size=600) < 0.5, 0.6, 0.4) + 0.1 * truth * (rng.uniform(size=600) < 0.3)
    plans = [of_names(split, truth, own) for own in (lucky, apart)]
    assert plans[1].errors.max() < 0.03 < 0.3 < plans[0].errors.mean()
    assert choice(plans, split, truth).best() is plans[1]
    plain = [of_names(split, truth, own, finds_threshold=False) for own in (lucky, apart)]
    assert plain[1].errors.tolist() == [0.5] * 5  # by the likelier class nothing is told of it


@pytest.mark.parametrize("n_folds", [1, 2, 5])
def test_a_fold_has_no_say_in_the_thresholds_by_which_others_choose(n_folds: int) -> None:
    rng = np.random.default_rng(1)
    truth = (rng.uniform(size=300) < 0.2).astype(int)
    split = split_of(*[list(range(k, 300, n_folds)) for k in range(n_folds)])
    chances = np.clip(0.2 * truth + 0.3 * rng.uniform(size=300), 0, 1)
    own = of_names(split, truth, chances)
    for fold in range(n_folds if n_folds > 1 else 0):
        other = truth.copy()
        other[split.folds[fold].valid] = rng.permutation(other[split.folds[fold].valid])
        rest = [k for k in range(n_folds) if k != fold]
        assert own.errors_among(rest).tolist() == of_names(split, other, chances).errors_among(rest).tolist()
    metric = METRICS["balanced_accuracy"]
    half = first_half(split.folds[0].valid, 0, 0)
    parts = [split.folds[0].valid[side] for side in (half, ~half)] if n_folds == 1 else [f.valid for f in split.folds]
    errors = []
    for k, rows in enumerate(parts):
        others = [part for number, part in enumerate(parts) if number != k]
        at = fit_threshold(metric, [truth[part] for part in others], [chances[part] for part in others])
        named = np.eye(2)[(chances[rows] >= at).astype(int)]
        errors.append(metric.error(metric.score(truth[rows], named)))
    expected = [float(np.mean(errors))] if n_folds == 1 else errors
    assert own.errors == pytest.approx(expected, abs=0.03)  # thresholds are looked at between other neighbours


def test_on_noise_a_plan_with_a_threshold_shows_no_skill() -> None:
    scores = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        truth, split = (rng.uniform(size=200) < 0.15).astype(int), split_of(*[list(range(k, 200, 4)) for k in range(4)])
        scores.append(of_names(split, truth, rng.uniform(size=200)).errors.mean())
    assert np.mean(scores) == pytest.approx(0.5, abs=4 * np.std(scores) / len(scores) ** 0.5)
