"""What ships, and what the choice of it costs: no row has a say in what judges it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from netwright.base.curves import Curves
from netwright.base.plan import Member, Plan, Task
from netwright.base.split import Fold, SealedRows, Split
from netwright.base.table import Provenance, Schema, Table
from netwright.evaluate.metrics import METRICS
from netwright.training.baselines import TrainedBaseline
from netwright.training.blending import BlendChoice, Ways
from netwright.training.candidate import Candidate, fold_errors
from netwright.training.choice import PlanChoice
from netwright.training.fitted_baseline import FittedBaseline
from netwright.training.outer import OuterPredictions, first_half
from netwright.training.progress import Judged
from netwright.training.race import Trained

RMSE = METRICS["rmse"]


def split_of(n_rows: int, n_folds: int = 5) -> Split:
    order = np.random.default_rng(1).permutation(n_rows)
    valid = [np.sort(own) for own in np.array_split(order, n_folds)] if n_folds > 1 else [np.arange(n_rows // 2)]
    folds = tuple(Fold(np.setdiff1d(np.arange(n_rows), own), own) for own in valid)
    table = Table(pl.DataFrame(), Schema(()), Provenance("x", "x"), np.arange(n_rows))
    return Split(table, folds, SealedRows(None), "", 0)


def candidate(split: Split, truth: np.ndarray, predicted: np.ndarray, number: int, metric: str = "rmse") -> Candidate:
    """A plan of this number that predicts so."""
    outer = tuple(predicted[fold.valid] for fold in split.folds)
    half = first_half(split.folds[0].valid, 0, 0)
    errors = [
        METRICS[metric].error(METRICS[metric].score(truth[split.folds[0].valid][rows], outer[0][rows]))
        for rows in (half, ~half)
    ]
    return Candidate(trained(number, np.array([errors])), outer, fold_errors(METRICS[metric], truth, split, outer))


def trained(number: int, half_errors: np.ndarray) -> Trained:
    """What is read of how a plan was trained: its name, and the errors of halves of its outer rows."""
    members, flat = (Member(Plan(f"p{number}", "mlp", {"width": number}), 0, 0),), np.ones((1, 1))
    judged, own = object.__new__(Judged), object.__new__(Trained)
    object.__setattr__(judged, "half_errors", half_errors)
    object.__setattr__(judged, "curves", Curves(members, flat, flat, flat, flat, np.array([0]), ("done",)))
    object.__setattr__(own, "members", members)
    object.__setattr__(own, "judged", judged)
    return own


def blended(
    split: Split,
    truth: np.ndarray,
    plans: list[Candidate],
    ways: Ways | None = None,
    metric: str = "rmse",
    task: Task = "regression",
) -> BlendChoice:
    choice = PlanChoice(plans, split, truth, seed=0)
    return BlendChoice(choice, plans, split, truth, METRICS[metric], task, ways or Ways(ensemble=True), seed=0)


def baseline(split: Split, predicted: np.ndarray, name: str = "trees") -> TrainedBaseline:
    return TrainedBaseline(tuple(predicted[fold.valid] for fold in split.folds), 0.0, FittedBaseline(name, ()))


def probabilities(chance: np.ndarray) -> np.ndarray:
    return np.stack([1 - chance, chance], axis=1)


@pytest.mark.parametrize("n_plans", [3, 12])
def test_a_baseline_that_is_far_ahead_has_nearly_all_the_weight_however_many_plans_there_are(n_plans: int) -> None:
    rng = np.random.default_rng(0)
    split, truth, alike = split_of(400), rng.normal(size=400), rng.normal(size=400)
    plans = [candidate(split, truth, truth + 2 * alike + 0.2 * rng.normal(size=400), n) for n in range(n_plans)]
    trees = baseline(split, truth + 0.3 * rng.normal(size=400))
    own = blended(split, truth, plans, Ways(ensemble=True, joining=(trees,)))
    assert own.best().weights["trees"] > 0.9
    alone = fold_errors(RMSE, truth, split, trees.outer).mean()
    assert own.nested().errors(RMSE, truth, split).mean() < 1.1 * alone


@pytest.mark.parametrize("n_folds", [1, 5])
def test_plans_that_err_apart_predict_together(n_folds: int) -> None:
    rng = np.random.default_rng(0)
    split, truth = split_of(400, n_folds), rng.normal(size=400)
    plans = [candidate(split, truth, truth + rng.normal(size=400), number) for number in range(4)]
    own = blended(split, truth, plans)
    assert len(own.best().weights) == 4 and sum(own.best().weights.values()) == pytest.approx(1)
    alone = blended(split, truth, plans, Ways())
    ensemble, single = own.nested().errors(RMSE, truth, split), alone.nested().errors(RMSE, truth, split)
    assert ensemble.mean() < 0.7 * single.mean()
    assert alone.best().weights == {own.plan().plan.key: 1.0}


@pytest.mark.parametrize("n_folds", [1, 5])
def test_a_plan_that_nothing_helps_stands_alone(n_folds: int) -> None:
    rng = np.random.default_rng(0)
    split, truth = split_of(400, n_folds), rng.normal(size=400)
    good = candidate(split, truth, truth + 0.1 * rng.normal(size=400), 0)
    # the same error and more of its own: every weight on it costs
    bad = [candidate(split, truth, truth + 3 + rng.normal(size=400), number) for number in (1, 2)]
    own = blended(split, truth, [good, *bad])
    assert own.best().weights == {good.plan.key: 1.0}
    judged = own.nested()
    assert all((a == b).all() for a, b in zip(judged.outer, good.outer, strict=True))


def test_the_rows_of_a_fold_have_no_say_in_what_judges_them() -> None:
    """Change the truth of one fold: its own nested predictions stay, bit for bit."""
    rng = np.random.default_rng(0)
    split, truth = split_of(300), (rng.uniform(size=300) < 0.3).astype(float)
    said = [
        probabilities(np.clip(0.3 + 0.3 * (truth - 0.3) + 0.2 * rng.normal(size=300), 0.01, 0.99)) for _ in range(5)
    ]
    for metric in ("log_loss", "balanced_accuracy"):

        def nested(truth: np.ndarray, metric: str = metric) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
            plans = [candidate(split, truth, own, number, metric) for number, own in enumerate(said[:4])]
            ways = Ways(ensemble=True, joining=(baseline(split, said[4]),))
            found = blended(split, truth, plans, ways, metric, "binary").nested()
            return found.outer[0], found.thresholds[0], found.outer[1]

        other = truth.copy()
        other[split.folds[0].valid] = 1 - other[split.folds[0].valid]
        before, after = nested(truth), nested(other)
        assert (before[0] == after[0]).all()
        assert before[1] is None or (before[1] == np.asarray(after[1])).all()
        assert (before[2] != after[2]).any()  # but it has one in those of the others


def of_epochs(split: Split, truth: np.ndarray, rng: np.random.Generator, number: int) -> Candidate:
    """A plan of several epochs of noise with a single validation part, as the loop keeps them."""
    own, half = truth[split.folds[0].valid], first_half(split.folds[0].valid, 0, 0)
    kept = OuterPredictions([half])
    for epoch in range(6):
        said = 0.7 * rng.normal(size=len(own))
        errors = np.array([[RMSE.score(own[rows], said[rows]) for rows in (half, ~half)]])
        kept.update(epoch, errors, said[None, :, None], np.array([True]))
    outer = (kept.result()[0, :, 0],)
    return Candidate(trained(number, kept.best), outer, fold_errors(RMSE, truth, split, outer))


@pytest.mark.parametrize("n_folds", [1, 5])
def test_on_noise_the_procedure_shows_no_skill(n_folds: int) -> None:
    gains, naive = [], []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        split, truth = split_of(100, n_folds), rng.normal(size=100)
        plans = [candidate(split, truth, 0.7 * rng.normal(size=100), number) for number in range(8)]
        if n_folds == 1:
            plans = [of_epochs(split, truth, rng, number) for number in range(8)]
        ways = Ways(ensemble=True, joining=(baseline(split, 0.3 * rng.normal(size=100)),))
        own = blended(split, truth, plans, ways)
        constant = np.sqrt(np.mean([np.mean(truth[fold.valid] ** 2) for fold in split.folds]))
        gains.append(constant - own.nested().errors(RMSE, truth, split).mean())
        weights = own.best().weights
        of = {one.plan.key: one for one in plans} | {"trees": ways.joining[0]}
        outer = [sum(w * of[name].outer[k] for name, w in weights.items()) for k in range(len(split.folds))]
        naive.append(constant - fold_errors(RMSE, truth, split, [np.asarray(one) for one in outer]).mean())
    error = np.std(gains) / np.sqrt(len(gains))
    assert np.mean(gains) < 2 * error
    assert np.mean(naive) > np.mean(gains) + 3 * error  # what rows that choose and judge would have shown


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "f1_macro"])
def test_on_noise_a_threshold_shows_no_skill(metric: str) -> None:
    found, naive = [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        split, truth = split_of(100), (rng.uniform(size=100) < 0.5).astype(float)
        plans = [candidate(split, truth, probabilities(rng.uniform(size=100)), n, metric) for n in range(4)]
        own = blended(split, truth, plans, None, metric, "binary")
        found.append(own.nested().errors(METRICS[metric], truth, split).mean())
        naive.append(min(one.errors.mean() for one in plans))
    error = np.std(found) / np.sqrt(len(found))
    assert np.mean(found) > 0.5 - 2 * error
    assert np.mean(naive) < np.mean(found) - 3 * error


def test_baselines_join_where_they_help_and_where_they_may() -> None:
    rng = np.random.default_rng(0)
    split, truth = split_of(400), rng.normal(size=400)
    plans = [candidate(split, truth, truth + rng.normal(size=400), number) for number in range(2)]
    trees = baseline(split, truth + 0.3 * rng.normal(size=400))
    own = blended(split, truth, plans, Ways(ensemble=True, joining=(trees,)))
    weights = own.best().weights
    assert weights["trees"] > 0.5 and any(one.plan.key in weights for one in plans)  # it always has a network
    assert "trees" not in own.best(("plan", "networks")).weights
    networks = own.nested(("plan", "networks")).errors(RMSE, truth, split)
    assert own.nested().errors(RMSE, truth, split).mean() < networks.mean()


def test_what_saves_next_to_nothing_does_not_join() -> None:
    rng = np.random.default_rng(0)
    split, truth, error = split_of(400), rng.normal(size=400), rng.normal(size=400)
    plans = [candidate(split, truth, truth + error, 0)]
    nearly = baseline(split, truth + np.sqrt(0.99) * error + 0.1 * rng.normal(size=400))
    assert blended(split, truth, plans, Ways(ensemble=True, joining=(nearly,))).best().weights == {
        plans[0].plan.key: 1.0
    }


def test_without_temperature_the_same_is_chosen() -> None:
    rng = np.random.default_rng(0)
    split, chance = split_of(300), np.clip(rng.beta(1, 3, size=300), 0.02, 0.98)
    truth = (rng.uniform(size=300) < chance).astype(float)
    power = chance**3 / (chance**3 + (1 - chance) ** 3)
    plan = candidate(split, truth, probabilities(power), 0, "f1_macro")
    own = blended(split, truth, [plan], Ways(), "f1_macro", "binary")
    plain = own.untempered()
    assert own.best().temperature != 1 and plain.best().temperature == 1
    assert own.best().weights == plain.best().weights
    nested = plain.nested()
    assert all((a == b).all() for a, b in zip(nested.plain, nested.outer, strict=True))


def test_plans_that_have_not_learned_or_are_not_admitted_never_join() -> None:
    rng = np.random.default_rng(0)
    split, truth = split_of(200), rng.normal(size=200)
    plans = [candidate(split, truth, truth + rng.normal(size=200), number) for number in range(5)]
    plans[1] = replace(plans[1], has_learned=False)
    plans[2] = replace(plans[2], parent=plans[0].plan.key)  # no better than its parent
    plans[3] = replace(plans[3], outer=(np.full(40, np.nan), *plans[3].outer[1:]), errors=np.full(5, np.inf))
    assert set(blended(split, truth, plans).best().weights) == {plans[0].plan.key, plans[4].plan.key}
    cure = candidate(split, truth, truth + 0.2 * rng.normal(size=200), 7)
    better = [*plans, replace(cure, parent=plans[0].plan.key)]
    assert cure.plan.key in blended(split, truth, better).best().weights


def test_a_temperature_is_kept_where_it_helps_rows_that_had_no_say() -> None:
    rng = np.random.default_rng(0)
    split = split_of(600)
    chance = 1 / (1 + np.exp(-2 * rng.normal(size=600)))
    truth = (rng.uniform(size=600) < chance).astype(float)
    right = candidate(split, truth, probabilities(chance), 0, "log_loss")
    power = chance**3 / (chance**3 + (1 - chance) ** 3)
    too_sure = candidate(split, truth, probabilities(power), 1, "log_loss")
    log_loss = METRICS["log_loss"]
    found = blended(split, truth, [too_sure], Ways(), "log_loss", "binary")
    assert found.best().temperature == pytest.approx(3, rel=0.25)
    assert found.nested().errors(log_loss, truth, split).mean() < too_sure.errors.mean() - 0.05
    assert all((a == b).all() for a, b in zip(found.nested().plain, too_sure.outer, strict=True))
    assert blended(split, truth, [right], Ways(), "log_loss", "binary").best().temperature == pytest.approx(1, abs=0.2)
    uncalibrated = blended(split, truth, [too_sure], Ways(calibrate=False), "log_loss", "binary")
    assert uncalibrated.best().temperature == 1


def test_a_threshold_where_classes_are_unlike_and_the_metric_counts_them_alike() -> None:
    rng = np.random.default_rng(0)
    split = split_of(1_000)
    chance = np.clip(rng.beta(1, 8, size=1_000), 0.001, 0.999)
    truth = (rng.uniform(size=1_000) < chance).astype(float)
    metric = METRICS["balanced_accuracy"]
    plan = candidate(split, truth, probabilities(chance), 0, metric.name)
    own = blended(split, truth, [plan], Ways(), metric.name, "binary")
    threshold = own.best().threshold
    assert threshold is not None and 0.03 < threshold < 0.3
    assert own.nested().errors(metric, truth, split).mean() < plan.errors.mean() - 0.1
    same, per_fold = own.thresholds(plan.outer)  # a baseline gets one by the same rule
    assert same == pytest.approx(threshold, abs=0.05) and all(own is not None for own in per_fold)
    log_loss = blended(split, truth, [plan], Ways(), "log_loss", "binary")
    assert log_loss.best().threshold is None and log_loss.thresholds(plan.outer) == (None, (None,) * 5)


def test_cheaper_plans_are_taken_within_the_noise_only() -> None:
    rng = np.random.default_rng(0)
    split, truth = split_of(500), rng.normal(size=500)
    error = rng.normal(size=500)
    best = candidate(split, truth, truth + error, 0)
    near = candidate(split, truth, truth + error + 0.05 * rng.normal(size=500), 1)
    poor = candidate(split, truth, truth + 1.3 * error, 2)
    costs = {best.plan.key: 100.0, near.plan.key: 10.0, poor.plan.key: 1.0}
    own = blended(split, truth, [best, near, poor], Ways(ensemble=True, costs=costs))
    assert own.best().weights == {near.plan.key: 1.0}


def test_one_plan_without_calibration_is_itself() -> None:
    split, truth = split_of(20), np.arange(20.0)
    only = candidate(split, truth, truth + 1, 0)
    own = blended(split, truth, [only])
    assert own.best().weights == {only.plan.key: 1.0}
    assert all((a == b).all() for a, b in zip(own.nested().outer, only.outer, strict=True))


def test_folds_that_share_rows_do_not_choose_for_each_other() -> None:
    rng = np.random.default_rng(0)
    once, again = split_of(200), split_of(200)
    order = np.random.default_rng(9).permutation(200)
    other = tuple(Fold(np.setdiff1d(np.arange(200), own), np.sort(own)) for own in np.array_split(order, 5))
    split, truth = replace(again, folds=(*once.folds, *other)), rng.normal(size=200)
    plans = [candidate(split, truth, truth + rng.normal(size=200), number) for number in range(3)]
    own = blended(split, truth, plans)
    changed = truth.copy()
    changed[split.folds[0].valid] += 5
    moved = blended(split, changed, plans)
    assert (own.nested().outer[0] == moved.nested().outer[0]).all()


def test_networks_that_are_worse_than_the_constant_are_of_no_use() -> None:
    rng = np.random.default_rng(0)
    split, truth = split_of(400), rng.normal(size=400)
    shared = rng.normal(size=400)
    # they err the other way, so that a little of each would lower the error of the trees
    plans = [candidate(split, truth, truth - 4 * shared + rng.normal(size=400), number) for number in range(3)]
    trees, constant = baseline(split, truth + 0.5 * shared), baseline(split, np.zeros(400), "constant")
    before = blended(split, truth, plans, Ways(ensemble=True, joining=(trees,))).best().weights
    after = blended(split, truth, plans, Ways(ensemble=True, joining=(trees,), constant=constant))
    assert len(before) > 2
    assert len(after.best().weights) == 2 and "trees" in after.best().weights  # it always has a network
    good = candidate(split, truth, truth + 0.3 * rng.normal(size=400), 7)
    both = blended(split, truth, [*plans, good], Ways(ensemble=True, joining=(trees,), constant=constant))
    assert set(both.best().weights) == {good.plan.key, "trees"}
