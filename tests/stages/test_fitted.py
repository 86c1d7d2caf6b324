"""Plans are fitted to a time limit before they train, and keep what was decided."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from netwright.apps.api import train
from netwright.apps.terminal import Terminal
from netwright.base.clock import Clock
from netwright.base.events import follow
from netwright.base.plan import Plan
from netwright.base.settings import Settings
from netwright.run import begin, load, train_plans
from netwright.stages import fitted
from netwright.stages.begun import Begun
from netwright.stages.searched import search
from netwright.training.pace import expected_epochs
from netwright.tune.presets import EFFORTS, Proposal

Houses = Callable[..., pl.DataFrame]


def begun_of(frame: pl.DataFrame, **options: Any) -> Begun:
    settings = Settings.from_options({"target": "price", "folds": 3, **options})
    return follow(begin(follow(load(frame, settings)), settings, Clock()))


def epochs(begun: Begun) -> dict[str, int]:
    return {plan.name: plan.epochs for plan in begun.proposal.plans}


def test_plans_that_take_too_long_get_fewer_epochs_and_end_their_schedule(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = begun_of(houses(), time_limit=1_000.0, model=("mlp", "realmlp"))
    monkeypatch.setattr(fitted, "epoch_seconds", lambda bucket: 1e-4)
    assert fitted.fit_to_time(begun) == begun  # there is time for all of it
    monkeypatch.setattr(fitted, "epoch_seconds", lambda bucket: 20.0)
    short = fitted.fit_to_time(begun)
    assert all(2 <= n < 40 and n < epochs(begun)[name] for name, n in epochs(short).items())
    (said,) = [finding.message for finding in short.findings if finding.code == "fitted_to_time"]
    assert all(f"{name} {epochs(begun)[name]} -> {n} epochs" in said for name, n in epochs(short).items())
    statuses = {one.plan.name: set(one.trained.judged.curves.status) for one in follow(train_plans(short))}
    assert statuses == {"mlp": {"done"}, "realmlp": {"done"}}


def test_one_family_makes_way_where_the_choice_is_open(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitted, "epoch_seconds", lambda bucket: 60.0)
    short = fitted.fit_to_time(begun_of(houses(), time_limit=1_000.0))
    assert set(epochs(short)) == {"realmlp"}
    assert any("mlp left out; realmlp" in finding.message for finding in short.findings)
    named = begun_of(houses(), time_limit=1_000.0, model=("mlp", "realmlp"))
    assert set(epochs(fitted.fit_to_time(named))) == {"mlp", "realmlp"}


def test_a_long_preset_keeps_both_families_where_they_are_as_long_as_usual(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = begun_of(houses(), preset="best", time_limit=1_000.0)
    usual = epochs(begun_of(houses()))
    assert all(n > 1.5 * usual[name] for name, n in epochs(begun).items()), "else the test tells nothing"
    # half of the time, shared by both, is as much as 0.4 of the epochs of the default preset
    costs = {plan.key: 2_500.0 / 4 * plan.epochs / usual[plan.name] for plan in begun.proposal.plans}
    monkeypatch.setattr(fitted, "_seconds", lambda own: {key: 4 * cost for key, cost in costs.items()})
    short = fitted.fit_to_time(begun)
    assert all(0.35 < n / usual[name] < 0.42 for name, n in epochs(short).items()) and len(epochs(short)) == 2
    monkeypatch.setattr(fitted, "_seconds", lambda own: {key: 8 * cost for key, cost in costs.items()})
    assert set(epochs(fitted.fit_to_time(begun))) == {"realmlp"}


def test_without_a_limit_or_with_epochs_the_clock_has_no_say(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(bucket: object) -> float:
        raise AssertionError("nothing is to be timed")

    monkeypatch.setattr(fitted, "epoch_seconds", refuse)
    for options in ({}, {"time_limit": 1.0, "epochs": 50}):
        begun = begun_of(houses(), **options)
        assert fitted.fit_to_time(begun) is begun


def test_a_preset_ends_by_declared_work_and_not_by_the_clock(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EFFORTS, "medium", replace(EFFORTS["medium"], seconds=1.0))
    whole = begun_of(houses())
    declared = fitted._declared(whole)
    assert sum(declared.values()) > 0.5, "else the test tells nothing"
    short = fitted.fit_to_time(whole)
    assert 0.3 < sum(fitted._declared(short).values()) <= 0.5, "half of it is for the search"
    (said,) = [finding for finding in short.findings if finding.code == "fitted_to_time"]
    assert said.message.startswith("fitted to the minute or so of --preset medium: ") and "--preset best" in said.advice
    more = fitted.fit_to_time(begun_of(houses(), folds=10))
    assert fitted.means_of(more) == 2.0, "twice the folds of the preset"
    assert sum(epochs(more).values()) >= 0.8 * sum(epochs(short).values())
    for options in ({"epochs": 50}, {"preset": "best"}, {"preset": "quick"}, {"hidden": (8,)}):
        assert math.isinf(fitted.means_of(begun_of(houses(), **options)))


def test_the_search_of_a_preset_keeps_to_what_its_plans_left(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EFFORTS, "medium", replace(EFFORTS["medium"], seconds=3.0))
    begun = fitted.fit_to_time(begun_of(houses()))
    before = follow(train_plans(begun))
    found = follow(search(begun, before)).candidates[len(before) :]
    assert found and all(one.plan.epochs == expected_epochs(one.plan) for one in found)
    tried = replace(begun, proposal=Proposal.of([one.plan for one in found]))
    assert sum(fitted._declared(tried).values()) <= 3.0 - 0.9 * sum(fitted._declared(begun).values())


def test_an_epoch_is_timed_on_this_machine(houses: Houses) -> None:
    begun = begun_of(houses(), time_limit=1_000.0, preset="quick")
    assert 0 < sum(fitted._seconds(begun).values()) < 600


def test_what_the_limit_did_is_told_while_it_runs(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitted, "epoch_seconds", lambda bucket: 0.5)
    stream = io.StringIO()
    train(houses(), "price", preset="quick", folds=2, time_limit=5.0, watch=Terminal(stream=stream).show)
    assert "note: fitted to --time-limit: mlp" in stream.getvalue()
    assert "2 networks (mlp) as one program" in stream.getvalue()


@pytest.mark.parametrize(("dear", "open_choice"), [("realmlp", True), ("tabm", True), ("tabm", False)])
def test_a_plan_that_can_end_is_not_cut_for_one_that_cannot(dear: str, open_choice: bool) -> None:
    plans = Plan(dear, dear, {}, epochs=256), Plan("mlp", "mlp", {}, epochs=100)
    seconds = dict(zip((plan.key for plan in plans), (200.0, 2.0), strict=True))
    short = fitted.fitted(Proposal(plans, (1, 1)), seconds, 10.0, open_choice=open_choice)
    got = {plan.name: plan.epochs for plan in short.plans}
    assert got == ({"mlp": 100} if open_choice else {dear: 10, "mlp": 100})
