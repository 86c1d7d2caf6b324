"""What the doctor knows beside the curves."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.plan import Plan
from netwright.doctor import reading
from netwright.doctor.case import Case
from tests.doctor.runs import case, classes, elsewhere, friedman, healthy


def test_facts_of_numbers():
    facts = healthy().facts
    assert facts.task == "regression" and facts.n_features == 6 and facts.n_train == 160
    assert facts.n_distinct == 320 and not facts.whole_numbers
    assert set(facts.input_spread) == {f"x{n}" for n in range(6)}
    assert all(spread == pytest.approx(1, abs=1e-3) for spread in facts.input_spread.values())
    assert facts.output_ends[0] < facts.target_ends[0] + 1 and facts.output_ends[1] > facts.target_ends[1] - 1
    assert facts.pinned_share < 0.05 and facts.error == facts.best_error
    assert set(facts.baseline_errors) == {"constant", "linear", "trees"}
    assert facts.error < facts.baseline_errors["constant"] and not facts.leaking


def test_facts_of_classes():
    facts = case(classes(), epochs=8).facts
    assert facts.task == "binary" and facts.classes == ("c0", "c1")
    assert sum(facts.class_counts) == sum(facts.predicted_counts) == 320
    assert facts.output_ends is None and facts.n_judged == 320


def test_planted_labels_are_among_the_doubtful_rows():
    data = classes(600, 0.0, class_sep=2.5)
    wrong = np.random.default_rng(0).choice(600, 30, replace=False)
    flipped = data["y"].to_numpy().copy()
    flipped[wrong] = np.where(flipped[wrong] == "c0", "c1", "c0")
    found = case(data.with_columns(y=pl.Series(flipped))).facts.doubtful_rows
    assert len(found) >= 5 and np.isin(found, wrong).mean() > 0.8
    assert list(found) == sorted(found)


def test_planted_numbers_are_among_the_doubtful_rows():
    data = friedman(600)
    wrong = np.random.default_rng(0).choice(600, 20, replace=False)
    y = data["y"].to_numpy().copy()
    y[wrong] += 30.0
    found = case(data.with_columns(y=pl.Series(y))).facts.doubtful_rows
    assert len(found) >= 8 and np.isin(found, wrong).mean() > 0.9


def test_the_lag_behind_the_baselines():
    from dataclasses import replace

    base = healthy()

    def lag(error: float, **errors: float) -> float:
        return reading.lag(Case(base.curves, base.plan, (), replace(base.facts, error=error, baseline_errors=errors)))

    assert lag(1.0, constant=3.0, linear=2.0, trees=1.0) == 0.0 and lag(3.0, constant=3.0, trees=1.0) == 1.0
    assert lag(2.0, constant=3.0, trees=1.0) == pytest.approx(0.5)
    assert lag(1.0, constant=1.0, trees=1.2) == 0.0 and lag(2.0, constant=1.0, trees=1.2) == 1.0
    assert np.isnan(lag(1.0, constant=3.0)) and np.isnan(lag(float("nan"), constant=3.0, trees=1.0))


def test_what_a_constant_loses():
    assert reading.constant_loss(elsewhere([1, 2], [1, 2])) is None
    from dataclasses import replace

    base = healthy()
    bare = replace(base, curves=replace(base.curves, constant_loss=None))
    assert reading.constant_loss(bare).tolist() == [1.0] * 2
    assert reading.constant_loss(replace(bare, plan=replace(base.plan, loss="mae"))) is None
    two = replace(
        bare,
        plan=Plan("c", "mlp", {}, loss="cross_entropy"),
        facts=replace(base.facts, task="binary", class_counts=(50, 50)),
    )
    assert reading.constant_loss(two) == pytest.approx(np.log(2))


def test_gaps_in_curves_are_held():
    values = np.array([[np.nan, 2.0, np.nan, 1.0, np.inf], [np.nan] * 5])
    assert reading.held(values)[0].tolist() == [2.0, 2.0, 2.0, 1.0, 1.0] and np.isnan(reading.held(values)[1]).all()
    assert reading.smoothed(np.array([[1.0, 1.0, 9.0, 1.0, 1.0]])).tolist() == [[1.0] * 5]
