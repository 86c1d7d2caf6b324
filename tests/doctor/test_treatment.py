"""Rounds of treatment: what helps is kept, what does not is as if it had never been tried."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright import train
from netwright.base.finding import Finding
from netwright.base.plan import Member, Plan
from netwright.doctor.case import Case
from netwright.doctor.prescription import changes, controls, prescribe
from netwright.doctor.remedy import remedies
from netwright.training.candidate import Candidate
from netwright.training.choice import PlanChoice, rows_p_value
from netwright.training.race import Trained
from tests.laws.stopping import whole_and_resumed
from tests.training.test_candidate import candidate, split_of

QUICK: dict[str, Any] = {"preset": "quick", "model": "mlp", "hidden": "16", "folds": 4, "epochs": 12}


def finding(code: str, **evidence: Any) -> Finding:
    told = {"jumps": 8, "epochs": 12, "size": 0.3, "shown": 4, "of": 4, "rate": 3.0, "try_rate": 0.3}
    return Finding(code, "training", "warning", "x", evidence={"variant": "", "strength": 0.9, **told, **evidence})


def with_plan(one: Candidate, name: str, parent: Candidate | None = None) -> Candidate:
    """A candidate of a plan of that name."""
    trained = object.__new__(Trained)
    object.__setattr__(trained, "members", (Member(Plan(name, name, {}), 0, 0),))
    return replace(one, trained=trained, parent="" if parent is None else parent.plan.key)


@pytest.fixture
def jumps_at_large_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    """A doctor that knows one symptom."""

    def diagnose(case: Case, lang: str = "en") -> list[Finding]:
        assert case.plan is not None
        return [finding("oscillating")] if case.plan.learning_rate > 0.5 else []

    monkeypatch.setattr("netwright.stages.treated.diagnose", diagnose)


@pytest.fixture
def ails_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """A doctor who finds everyone ill."""
    monkeypatch.setattr("netwright.stages.treated.diagnose", lambda case, lang="en": [finding("oscillating")])


def table(n_rows: int = 240, noise: float = 0.3) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, n_rows))
    return pl.DataFrame({"a": a, "b": b, "price": 3 * a - 2 * b * a + noise * rng.normal(size=n_rows)})


@pytest.fixture
def pure_noise() -> Iterator[pl.DataFrame]:
    rng = np.random.default_rng(1)
    yield pl.DataFrame({name: rng.normal(size=200) for name in ("a", "b", "price")})


@pytest.mark.usefixtures("jumps_at_large_rates")
def test_a_cure_that_helps_is_kept_and_told() -> None:
    ill = train(table(), "price", learning_rate=3.0, no_repair=True, **QUICK)
    cured = train(table(), "price", learning_rate=3.0, **QUICK)
    assert cured.metrics["test"]["rmse"] < 0.7 * ill.metrics["test"]["rmse"]
    assert cured.record.plan.learning_rate < 0.5
    (told,) = [f for f in cured.findings if f.code == "oscillating"]
    assert told.severity == "note"  # it does not ail the plan that ships
    trials = told.evidence["remedies"]
    assert [t["kind"] for t in trials].count("control") == [t["kind"] for t in trials].count("remedy") > 1
    (kept,) = [t for t in trials if t["accepted"]]
    assert kept["plan_key"] == cured.record.plan.key
    assert kept["changes"]["learning_rate"] == [3.0, cured.record.plan.learning_rate]
    assert kept["before"] > kept["after"] and kept["gain"] > 0.3 and kept["p_value"] < 0.05
    assert all(t["reason"] for t in trials if not t["accepted"])
    json.dumps(told.to_json(), allow_nan=False)
    names = [row["name"] for row in cured.record.leaderboard]
    assert set(names) >= {t["plan"] for t in trials}
    assert {member.plan.key for member in cured.curves.members} >= {t["plan_key"] for t in trials}


@pytest.mark.usefixtures("jumps_at_large_rates")
def test_only_reported_where_the_user_says_so() -> None:
    run = train(table(), "price", learning_rate=3.0, no_repair=True, **QUICK)
    (told,) = [f for f in run.findings if f.code == "oscillating"]
    assert told.severity == "warning"
    assert "remedies" not in told.evidence
    assert run.record.plan.learning_rate == 3.0


@pytest.mark.usefixtures("ails_always")
def test_what_does_not_help_is_taken_back(pure_noise: pl.DataFrame) -> None:
    plain = train(pure_noise, "price", no_repair=True, **QUICK)
    treated = train(pure_noise, "price", **QUICK)
    (told,) = [f for f in treated.findings if f.code == "oscillating"]
    assert told.severity == "warning"
    assert told.evidence["remedies"] and not any(t["accepted"] for t in told.evidence["remedies"])
    assert treated.record.plan == plain.record.plan
    for name in ("test", "train"):  # that of validation knows that on other folds a cure might have been taken
        assert treated.metrics[name] == plain.metrics[name]
    for ours, theirs in zip(
        treated.model.fitted.networks[0].network.parameters(),
        plain.model.fitted.networks[0].network.parameters(),
        strict=True,
    ):
        assert (ours == theirs).all()


@pytest.mark.usefixtures("jumps_at_large_rates")
def test_a_plan_that_another_one_beats_is_left_alone() -> None:
    run = train(table(), "price", learning_rate=3.0, **{**QUICK, "model": ("mlp", "realmlp")})
    told = [f for f in run.findings if f.code == "oscillating" and "mlp + " not in f.message]
    assert all(f.severity == "note" or "remedies" in f.evidence for f in told)


@pytest.mark.usefixtures("jumps_at_large_rates")
def test_networks_that_all_diverged_are_cured_before_they_are_refused() -> None:
    options = {**QUICK, "optimizer": "sgd", "learning_rate": 1e6}
    run = train(table(), "price", **options)
    assert np.isfinite(run.metrics["test"]["rmse"])
    assert run.record.plan.learning_rate < 1e6


@pytest.mark.usefixtures("jumps_at_large_rates")
def test_one_validation_part_is_enough() -> None:
    options = {name: value for name, value in QUICK.items() if name != "folds"} | {"valid_size": 0.3}
    run = train(table(400), "price", learning_rate=3.0, **options)
    assert run.record.plan.learning_rate < 0.5


@pytest.mark.usefixtures("jumps_at_large_rates")
def test_a_stopped_treatment_goes_on(tmp_path: Path) -> None:
    options = {**QUICK, "folds": 3, "epochs": 3, "learning_rate": 3.0, "hidden": "8"}
    whole, stopped, steps = whole_and_resumed(tmp_path, [2, 4, 3], 0.003, **options)
    assert stopped == whole
    proposed = 3 * 2  # epochs of two batches; what comes after them are steps of the cures
    assert steps[0] < proposed <= steps[1] < steps[2]


def test_a_round_tries_the_first_cure_of_each_finding_first() -> None:
    plan = Plan("a", "mlp", {"hidden": [64, 32], "dropout": 0.9, "activation": "sigmoid"}, learning_rate=1.0)
    tried = prescribe(plan, [finding("oscillating"), finding("vanishing-gradient")], (), most=3)
    assert [own.remedy for own in tried] == ["usual-rate", "other-activation", "lower-rate"]
    again = prescribe(plan, [finding("oscillating")], {own.plan.key for own in tried}, most=1)
    assert again[0].remedy not in ("usual-rate", "lower-rate")
    drawn = controls(plan, tried, seed=0)
    assert len(drawn) == 3 and all(own.is_control and own.plan.epochs == plan.epochs for own in drawn)
    assert len({own.plan.key for own in (*tried, *drawn)}) == 6


@pytest.mark.parametrize("name", remedies.names())
def test_every_remedy_edits_what_it_says_and_nothing_else(name: str) -> None:
    """On a plan with everything wrong each of them has something to offer, or says why not."""
    remedy = remedies.get(name)
    config = {"hidden": [256, 256, 256], "dropout": 0.3, "activation": "sigmoid", "embedding": 8}
    edits = []
    for code in remedy.cures:
        for optimizer, activation, dropout, loss in (
            ("sgd", "sigmoid", 0.9, "mae"),
            ("adamw", "relu", 0.1, "huber"),
        ):
            plan = Plan(
                "a",
                "mlp",
                {**config, "activation": activation, "dropout": dropout},
                optimizer=optimizer,
                learning_rate=0.5,
                weight_decay=0.5,
                loss=loss,
                batch_size=1,
                betas=(0.99, 0.9),
            )
            edited = remedy.edit(plan, finding(code))
            if isinstance(edited, Plan):
                assert edited.key != plan.key and edited.family == plan.family
                edits.append(set(changes(plan, edited)))
            else:
                assert edited.reason
    assert edits, f"{name} never has anything to offer"
    assert name == "usual-choices" or all(len(changed) <= 3 for changed in edits)
    assert remedy.en and any("가" <= letter <= "힣" or letter.isascii() for letter in remedy.ko)


def test_noise_alone_is_rarely_taken_for_a_gain() -> None:
    """Six tries under the null: networks differ row by row, and a little more from fold to fold than rows explain."""
    n_folds, n_rows, n_draws = 5, 40, 400
    split, truth = split_of(*np.arange(n_folds * n_rows).reshape(n_folds, n_rows).tolist()), np.zeros(n_folds * n_rows)
    rng = np.random.default_rng(0)
    n_accepted = 0
    for _ in range(n_draws):
        rows = rng.normal(size=(n_folds, n_rows))

        def drawn(name: str, parent: Candidate | None = None, rows: np.ndarray = rows) -> Candidate:
            own = rows + 0.4 * rng.normal(size=rows.shape)
            own *= 1 + 0.04 * rng.normal(size=(n_folds, 1))
            return with_plan(candidate(split, truth, list(own)), name, parent)

        parent = drawn("parent")
        tried = [drawn(f"try {number}", parent) for number in range(6)]
        n_accepted += len(PlanChoice([parent, *tried], split, truth, 0).admitted()) > 1
    assert 0 < n_accepted < 0.08 * n_draws


def test_a_gain_beyond_noise_is_taken_and_the_best_of_the_tries_with_it() -> None:
    split, truth = split_of(*[[2 * k, 2 * k + 1] for k in range(5)]), np.zeros(10)
    parent = with_plan(candidate(split, truth, [10.0, 10.5, 9.5, 10.2, 9.9]), "parent")
    good = with_plan(candidate(split, truth, [8.0, 8.6, 7.4, 8.1, 8.0]), "good", parent)
    poor = with_plan(candidate(split, truth, [10.0, 10.6, 9.4, 10.1, 10.0]), "poor", parent)
    choice = PlanChoice([parent, poor, good], split, truth, 0)
    assert choice.best() is good
    assert choice.p_value(good, parent) < 0.01 < choice.p_value(poor, parent)
    assert PlanChoice([parent, poor], split, truth, 0).best() is parent


def test_rows_judge_where_folds_are_too_few() -> None:
    rng = np.random.default_rng(0)
    loss = rng.exponential(size=500)
    accepted = sum(rows_p_value(loss + rng.normal(size=500), loss + rng.normal(size=500)) < 0.05 for _ in range(400))
    assert accepted < 40
    assert rows_p_value(0.5 * loss, loss) < 1e-6
    assert rows_p_value(np.full(500, np.nan), loss) == 1.0
