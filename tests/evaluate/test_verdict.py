from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy import stats

from netwright.base.holm import holm_adjusted
from netwright.evaluate.verdict import corrected_p_value, judge_folds, of_cut_networks

SECONDS = {"constant": 0.0, "linear": 0.1, "trees": 0.5, "network": 3.5}


def judge(network, share=0.25, seconds=None, **baselines):
    arrays = {name: np.asarray(errors, dtype=float) for name, errors in baselines.items()}
    return judge_folds(np.asarray(network, dtype=float), arrays, share, seconds or SECONDS)


class TestCorrectedPValue:
    @pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 1.0])
    @pytest.mark.parametrize("n_folds", [2, 5, 10])
    def test_against_the_formula(self, share, n_folds):
        d = np.random.default_rng(n_folds).normal(0.3, 1, n_folds)
        t = d.mean() / math.sqrt((1 / n_folds + share) * d.var(ddof=1))
        assert corrected_p_value(d, share) == pytest.approx(2 * (1 - stats.t.cdf(abs(t), n_folds - 1)), abs=1e-12)

    def test_without_overlap_it_is_the_paired_t_test(self):
        one, other = np.random.default_rng(0).normal(size=(2, 8))
        assert corrected_p_value(one - other, 0.0) == pytest.approx(stats.ttest_rel(one, other).pvalue)

    def test_sides_are_alike_and_overlap_makes_it_careful(self):
        d = np.array([1.0, 0.2, 0.7, 0.4])
        assert corrected_p_value(d, 0.25) == corrected_p_value(-d, 0.25) > corrected_p_value(d, 0.0)

    def test_differences_without_spread(self):
        assert corrected_p_value(np.zeros(5), 0.25) == 1.0
        assert corrected_p_value(np.full(5, 0.5), 0.25) == 0.0

    def test_type_one_error(self):
        """Two linear models, each on a noise column of its own: neither is better (HONESTY.md, at most 6 % of 5 %)."""
        rng, n_rows, n_folds, n_draws = np.random.default_rng(0), 100, 5, 2000
        y = rng.normal(size=(n_draws, n_rows))
        folds = np.arange(n_rows) % n_folds
        errors = np.empty((2, n_draws, n_folds))
        for model in range(2):
            x = rng.normal(size=(n_draws, n_rows))
            for fold in range(n_folds):
                held = folds == fold
                slope = (x[:, ~held] * y[:, ~held]).sum(1) / (x[:, ~held] ** 2).sum(1)
                errors[model, :, fold] = ((y[:, held] - slope[:, None] * x[:, held]) ** 2).mean(1)
        rejected = np.mean([corrected_p_value(d, 0.25) < 0.05 for d in errors[0] - errors[1]])
        assert rejected <= 0.06


class TestRivalWithoutError:
    @pytest.mark.parametrize("rival", [[0.0] * 5, [1e-17, 0.0, 2e-16, 0.0, 0.0]], ids=["none", "rounding"])
    def test_it_cannot_be_beaten(self, rival):
        own = judge([0.04, 0.2, 0.01, 0.3, 0.02], seconds={"pca": 0.1, "network": 3.0}, pca=rival)
        assert own.sentence == "No network is needed: principal components give rows back exactly."
        assert own.answer == "no" and own.gain <= -1 and own.interval is None and own.p_value is None
        assert of_cut_networks(own, 1, 40) == own

    def test_one_part_is_enough_to_see_it(self):
        own = judge([0.1], linear=[0.0], constant=[0.5])
        assert own.answer == "no"
        assert own.sentence == "No network is needed: a linear model makes no error on validation rows."

    def test_errors_that_may_be_negative_and_networks_without_error_are_compared(self):
        assert judge([0.0] * 5, linear=[0.0] * 5).answer == "undecided"
        assert "exactly" not in judge([-1.0] * 5, linear=[-2.0] * 5).sentence


class TestCutNetworks:
    def test_no_is_not_said_of_untrained_networks(self):
        no = judge([9.0, 9.1, 8.9, 9.0, 9.05], constant=[9] * 5, linear=[5] * 5, trees=[3, 3.1, 2.9, 3.0, 3.05])
        assert no.answer == "no"
        cut = of_cut_networks(no, 1, 40)
        assert cut.answer == "undecided" and "after 1 of 40 epochs" in cut.sentence
        assert cut.sentence.startswith("Undecided") and "No network" not in cut.sentence
        assert (cut.gain, cut.p_value, cut.against) == (no.gain, no.p_value, no.against)

    def test_another_answer_stays(self):
        yes = judge([2.0, 2.1, 1.9, 2.0, 2.05], constant=[9] * 5, linear=[5] * 5, trees=[3, 3.1, 2.9, 3.0, 3.05])
        assert of_cut_networks(yes, 1, 40) == yes


class TestJudgeFolds:
    def test_yes(self):
        verdict = judge([2.0, 2.1, 1.9, 2.0, 2.05], constant=[9] * 5, linear=[5] * 5, trees=[3, 3.1, 2.9, 3.0, 3.05])
        assert (verdict.answer, verdict.against) == ("yes", "trees")
        assert verdict.gain == pytest.approx((3.01 - 2.01) / 3.01)
        assert verdict.seconds == 3.0
        assert verdict.sentence == (
            "A network is worth it here: 33 % less error on validation rows than boosted trees (the same in every "
            "fold, p < 0.001), for 3.0 s more training."
        )

    def test_the_p_value_is_adjusted_for_the_baselines(self):
        network = np.array([2.0, 2.1, 1.9, 2.0, 2.2])
        more = {
            "constant": [9, 9.1, 8.9, 9, 9],
            "linear": [0.4, 0.1, 0.3, 0.2, 0.35],
            "trees": [0.2, 0.25, 0.1, 0.15, 0.1],
        }
        baselines = {name: network + np.array(errors) for name, errors in more.items()}
        raw = {name: corrected_p_value(errors - network, 0.25) for name, errors in baselines.items()}
        verdict = judge(network, **baselines)
        assert verdict.against == "trees"
        assert verdict.p_value == holm_adjusted(raw)["trees"] > raw["trees"]

    def test_no(self):
        verdict = judge([3.0, 3.1, 2.9, 3.0], constant=[9] * 4, linear=[2.0, 2.05, 1.95, 2.0], trees=[4] * 4)
        assert (verdict.answer, verdict.against) == ("no", "linear")
        assert verdict.gain == pytest.approx(-0.5)
        assert verdict.sentence.startswith(
            "No network is needed here: it makes 50 % more error on validation rows than a linear model (95 % "
            "interval 45 to 55 % more, p < 0.001). Use a linear model."
        )
        assert verdict.sentence.endswith("Use a linear model.")

    def test_undecided(self):
        verdict = judge([1.0, 3.0, 2.0, 4.0], constant=[9] * 4, linear=[5] * 4, trees=[3.0, 2.0, 4.0, 2.0])
        assert (verdict.answer, verdict.against) == ("undecided", "trees")
        assert verdict.p_value > 0.05
        assert "under" not in verdict.sentence
        assert verdict.sentence.endswith("Boosted trees are simpler.")
        constant = judge([1.0, 3.0, 2.0], constant=[1.5, 2.6, 2.2], linear=[9] * 3, trees=[9] * 3)
        assert constant.sentence.endswith("The constant is simpler.")

    def test_one_part(self):
        verdict = judge([2.0], constant=[9], linear=[2.5], trees=[4])
        assert (verdict.answer, verdict.against, verdict.p_value) == ("undecided", "linear", None)
        assert verdict.gain == pytest.approx(0.2)
        assert verdict.sentence == (
            "Undecided: one validation part shows 20 % less error than a linear model, and cannot tell whether that "
            "is chance. Train with folds to find out."
        )
        json.dumps(verdict.to_json(), allow_nan=False)

    def test_no_difference_at_all(self):
        verdict = judge([2.0, 3.0, 4.0], constant=[2.0, 3.0, 4.0], linear=[5] * 3, trees=[5] * 3)
        assert (verdict.answer, verdict.gain, verdict.p_value) == ("undecided", 0.0, 1.0)
        assert (
            "under 1 % less error on validation rows than the constant (the same in every fold, p = 1)"
            in verdict.sentence
        )

    @pytest.mark.parametrize("who", ["network", "linear"])
    def test_folds_that_cannot_be_judged_are_left_out_for_all(self, who):
        errors = {"network": [2.0, 2.1, 1.9, 7.0], "constant": [9.0] * 4, "linear": [3.0, 3.1, 2.9, 1.0],
                  "trees": [4.0] * 4}  # fmt: skip
        fewer = {name: values[:3] for name, values in errors.items()}
        errors[who][3] = math.nan
        assert judge(errors.pop("network"), **errors) == judge(fewer.pop("network"), **fewer)

    def test_no_fold_can_be_judged(self):
        verdict = judge([math.nan] * 3, constant=[1] * 3, linear=[1] * 3, trees=[1] * 3)
        assert (verdict.answer, verdict.p_value, verdict.gain) == ("undecided", None, 0.0)
        assert verdict.sentence.startswith("Undecided: no fold could be judged")
        assert "nan" not in verdict.sentence
        json.dumps(verdict.to_json(), allow_nan=False)

    def test_infinite_errors_are_not_judged(self):
        verdict = judge([math.inf, 2.0], constant=[9, 9], linear=[3, 3], trees=[4, 4])
        assert verdict.answer == "undecided"
        assert verdict.p_value is None

    def test_a_baseline_without_any_error(self):
        verdict = judge([0.10, 0.11, 0.12, 0.1], constant=[1] * 4, linear=[0] * 4, trees=[1] * 4)
        assert (verdict.answer, verdict.gain) == ("no", -1.0)
        assert verdict.sentence == "No network is needed: a linear model makes no error on validation rows."
        perfect = judge([0.0, 0.0], constant=[1] * 2, linear=[0] * 2, trees=[1] * 2)
        assert (perfect.answer, perfect.gain) == ("undecided", 0.0)

    def test_scores_turned_into_errors(self):
        # accuracy: .9 against .8 comes as .1 and .2: half of the mistakes are gone
        verdict = judge([0.1, 0.09, 0.11, 0.1], constant=[0.5] * 4, linear=[0.2] * 4, trees=[0.3] * 4)
        assert (verdict.answer, verdict.against) == ("yes", "linear")
        assert verdict.gain == pytest.approx(0.5)

    def test_small_gains_and_no_price(self):
        verdict = judge([0.999, 1.0, 1.001], constant=[1.004, 1.005, 1.006], linear=[2] * 3, trees=[2] * 3,
                        seconds=SECONDS | {"network": 0.0})  # fmt: skip
        assert verdict.sentence == (
            "A network is worth it here: under 1 % less error on validation rows than the constant (the same in every "
            "fold, p < 0.001), and no more training time."
        )
        assert verdict.seconds == 0.0

    def test_to_json(self):
        verdict = judge([2.0, 2.2, 2.1], constant=[9] * 3, linear=[3] * 3, trees=[4] * 3)
        entry = json.loads(json.dumps(verdict.to_json()))
        assert list(entry) == ["answer", "against", "gain", "interval", "p_value", "seconds", "sentence"]
        assert entry["gain"] == verdict.gain


class TestInterval:
    def test_by_hand(self):
        d = np.array([1.0, 1.2, 0.9, 1.1, 1.3])
        verdict = judge(3 - d, constant=[9] * 5, linear=[3] * 5, trees=[5] * 5)
        half = stats.t.ppf(0.975, 4) * math.sqrt((1 / 5 + 0.25) * d.var(ddof=1))
        assert verdict.interval == pytest.approx(((d.mean() - half) / 3, (d.mean() + half) / 3))
        assert "37 % less error" in verdict.sentence
        assert "(95 % interval 27 to 46 % less, p < " in verdict.sentence

    def test_both_ways(self):
        verdict = judge([2.0, 3.2, 2.6, 3.3], constant=[9] * 4, linear=[3] * 4, trees=[5] * 4)
        assert verdict.interval[0] < 0 < verdict.interval[1]
        assert "(95 % interval 38 % more to 53 % less, p = " in verdict.sentence

    def test_none_with_one_part(self):
        assert judge([2.0], constant=[9], linear=[3], trees=[5]).interval is None


def null_simulation(n_draws, n_plans, n_baselines, seed=0, n_rows=120, n_folds=5):
    """Fold errors of learners of which none is better: least squares on three noise columns of its own.

    Returns:
        Errors; (draw, learner, fold): first the network's plans, then the baselines.
    """
    rng, folds = np.random.default_rng(seed), np.arange(n_rows) % n_folds
    y = rng.normal(size=(n_draws, n_rows))
    errors = np.empty((n_draws, n_plans + n_baselines, n_folds))
    for learner in range(n_plans + n_baselines):
        x = rng.normal(size=(n_draws, n_rows, 3))
        for fold in range(n_folds):
            held = folds == fold
            own, target = x[:, ~held], y[:, ~held, None]
            slope = np.linalg.solve(own.transpose(0, 2, 1) @ own, own.transpose(0, 2, 1) @ target)
            missed = y[:, held] - (x[:, held] @ slope)[..., 0]
            errors[:, learner, fold] = np.sqrt((missed**2).mean(1))
    return errors


@pytest.mark.parametrize(("n_plans", "n_baselines"), [(1, 1), (1, 3), (4, 3)])
def test_type_one_error_of_the_verdict(n_plans, n_baselines):
    """At most 6 % at nominal 5 % over 2,000 null simulations, the choice among plans included (HONESTY.md)."""
    names = ["constant", "linear", "trees"][:n_baselines]
    decided = 0
    for errors in null_simulation(2_000, n_plans, n_baselines):
        plans = errors[:n_plans]
        # as nested_outer does: each fold by the plan that is best on the others
        nested = [plans[np.argmin(np.delete(plans, fold, axis=1).mean(1)), fold] for fold in range(5)]
        verdict = judge(nested, **dict(zip(names, errors[n_plans:], strict=True)))
        decided += verdict.answer != "undecided"
    assert decided / 2_000 <= 0.06


def test_two_folds_decide_nothing():
    """Equal differences in both would look like proof: with accuracy they come about in one null table of fifteen."""
    verdict = judge([0.1, 0.1], constant=[0.5, 0.5], linear=[0.2, 0.2], trees=[0.3, 0.3])
    assert (verdict.answer, verdict.p_value) == ("undecided", None)
    assert "two folds show 50 % less error" in verdict.sentence
