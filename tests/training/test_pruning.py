"""What is given up before its end: never the plan that would have won, never a late bloomer."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from netwright.base.curves import Curves
from netwright.base.events import follow
from netwright.base.plan import Member, Plan
from netwright.evaluate.metrics import METRICS
from netwright.training.loop import train
from netwright.training.pruning import Limits, best_so_far, limits_of
from tests.training.engine import bucket_of, plan

EPOCHS = 40


def curves(errors: np.ndarray, own: Plan, status: str = "done") -> Curves:
    """One member whose RMSE goes like this."""
    row = errors[None, :]
    member = Member(own, 0, 0)
    return Curves((member,), row**2, row**2, row, row * 0, np.array([int(errors.argmin())]), (status,))


def falling(start: float, end: float, bend: float = 1.0) -> np.ndarray:
    """From start to end; a bend above 1 falls late."""
    return start + (end - start) * np.linspace(0, 1, EPOCHS + 1) ** bend


def own_plan(number: int, schedule: str = "cosine") -> Plan:
    return Plan(f"plan {number}", "mlp", {"n": number}, epochs=EPOCHS, schedule=schedule)


def finished(ends: list[float], bend: float = 1.0, schedule: str = "cosine") -> list[tuple[Plan, Curves]]:
    plans = [own_plan(number, schedule) for number in range(len(ends))]
    return [(own, curves(falling(2.0, end, bend), own)) for own, end in zip(plans, ends, strict=True)]


def given_up(limits: Limits, errors: np.ndarray, own: Plan) -> int | None:
    """The epoch at which a curve is given up."""
    best = np.minimum.accumulate(errors)
    return next((epoch for epoch in range(len(best)) if limits.hopeless(own, epoch, float(best[epoch]))), None)


def test_a_plan_far_behind_is_given_up_at_an_eighth() -> None:
    limits = limits_of(finished([1.0, 1.1, 1.2, 1.3, 1.4, 1.5]), METRICS["rmse"])
    assert given_up(limits, falling(8.0, 5.0), own_plan(9)) == EPOCHS // 8


def test_the_eventual_winner_goes_on_however_far_behind_it_begins() -> None:
    """Whatever has been seen to come back may come back again: the same relative fall is never cut off."""
    known = [*finished([1.0, 1.1, 1.2, 1.3]), *finished([1.0], bend=6.0)]
    limits = limits_of(known, METRICS["rmse"])
    for factor in (1.0, 0.9, 0.5):
        assert given_up(limits, factor * falling(2.0, 1.0, bend=6.0), own_plan(9)) is None


def test_a_late_bloomer_is_protected_by_an_earlier_one() -> None:
    late = falling(3.0, 0.9, bend=8.0)
    early_only = finished([1.0, 1.1, 1.2, 1.3, 1.4, 1.5], bend=0.2)
    assert given_up(limits_of(early_only, METRICS["rmse"]), late, own_plan(9)) is not None
    one_late = (own_plan(8), curves(falling(2.5, 1.0, bend=8.0), own_plan(8)))
    assert given_up(limits_of([*early_only, one_late], METRICS["rmse"]), late, own_plan(9)) is None


def test_schedules_are_compared_with_their_like_only() -> None:
    limits = limits_of(finished([1.0, 1.1, 1.2, 1.3, 1.4]), METRICS["rmse"])
    assert given_up(limits, falling(90.0, 80.0), own_plan(9, "coslog4")) is None


@pytest.mark.parametrize("status", ["cut", "pruned"])
def test_what_was_not_trained_to_its_end_says_nothing(status: str) -> None:
    ended = finished([1.0, 1.1, 1.2, 1.3])
    cut = [(own_plan(7), curves(falling(2.0, 0.5), own_plan(7), status))]
    assert limits_of([*ended, *cut], METRICS["rmse"]).reach == math.inf


def test_the_mean_over_members_of_their_lowest_errors() -> None:
    both = Curves.joined([curves(np.array(own), own_plan(0)) for own in ([4.0, 2.0, 3.0], [2.0, 5.0, 1.0])])
    assert best_so_far(both, METRICS["rmse"]).tolist() == [3.0, 2.0, 1.5]
    assert best_so_far(both, METRICS["accuracy"]).tolist() == [10.0, 4.0, 2.5]  # of names by the losses


@pytest.mark.parametrize("metric", ["log_loss", "balanced_accuracy", "roc_auc"])
def test_who_trains_is_compared_by_what_those_who_ended_are(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=300)
    frame = pl.DataFrame({"x": x, "price": np.where(x + rng.normal(size=300) > 1, "yes", "no")})
    seen: dict[int, float] = {}
    monkeypatch.setattr(Limits, "hopeless", lambda _, plan, epoch, error: bool(seen.update({epoch: error})))
    bucket = bucket_of(frame, plan(loss="cross_entropy", epochs=6), metric=metric, class_weight="balanced")
    (own,) = follow(train([bucket], limits=Limits(math.inf, {})))
    ended = best_so_far(own.judged.curves, METRICS[metric])
    assert len(seen) > 2 and all(error == pytest.approx(ended[epoch]) for epoch, error in seen.items())


def test_in_training_the_plan_that_is_given_up_stops_and_the_others_do_not_change(
    houses: Callable[..., pl.DataFrame],
) -> None:
    plans = [plan(learning_rate=0.01), plan(learning_rate=1e-7)]
    alone = follow(train([bucket_of(houses(), plans[:1])]))[0]
    seen = [(plan(learning_rate=0.01, clip_norm=float(number)), alone.judged.curves) for number in range(1, 6)]
    limits = limits_of(seen, METRICS["rmse"])
    good, bad = follow(train([bucket_of(houses(), plans)], limits=limits))
    assert set(bad.judged.curves.status) == {"pruned"}
    trained = (~np.isnan(bad.judged.curves.train_loss)).sum(axis=1) - 1
    assert set(trained) <= {2, 3, 6}  # an eighth, a quarter or half of twelve epochs
    assert "pruned" not in good.judged.curves.status
    np.testing.assert_array_equal(good.judged.curves.valid_loss, alone.judged.curves.valid_loss)
