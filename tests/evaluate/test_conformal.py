from __future__ import annotations

import json
import math

import numpy as np
import pytest

from netwright.base.errors import PlanError
from netwright.evaluate.conformal import Conformal, Difficulty, calibrate, check_level, kept_ranks, rank_of
from netwright.evaluate.coverage import coverage, promise

ROWS = np.arange(1, 10)


def numbers(errors, predicted=None, part=None, rule=""):
    errors = np.asarray(errors, dtype=float)
    predicted = np.zeros(len(errors)) if predicted is None else predicted
    part = np.arange(len(errors)) % 5 if part is None else part
    return calibrate("regression", predicted + errors, predicted, part, rule)


@pytest.mark.parametrize("n_rows", [1, 4, 9, 19, 39])
@pytest.mark.parametrize("level", [0.1, 0.5, 0.8, 0.9, 0.95])
def test_the_quantile_is_the_finite_sample_one(n_rows, level):
    # the next of n + 1 exchangeable scores has each rank with the same chance: count in how many of them it is held
    scores = np.arange(1, n_rows + 2)
    held = []
    for last in scores:
        others = np.delete(scores, last - 1)
        held.append(last <= numbers(others).quantile(level))
    assert np.mean(held) >= level - 1e-12  # never less than promised
    assert np.mean(held) < level + 1 / (n_rows + 1)  # and not more than one rank above it


def test_rounding_takes_no_further_rank():
    assert rank_of(0.9, 99) == 90
    for n_rows in range(9, 1000, 10):
        assert rank_of(0.9, n_rows) == round(0.9 * (n_rows + 1))
    assert rank_of(1e-9, 5) == 1


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 90.0, math.nan])
def test_a_level_is_a_share(level):
    with pytest.raises(PlanError, match=r"--interval must be a share between 0 and 1, such as 0\.9, got"):
        check_level(level)
    with pytest.raises(PlanError):
        numbers(ROWS).quantile(level)


def test_too_few_rows_give_infinite_ends_and_say_so():
    few = numbers(ROWS)
    lower, upper = few.interval(np.array([3.0]), 0.95)
    assert (lower[0], upper[0]) == (-math.inf, math.inf)
    assert promise(few, 0.95, "price") == (
        "a level of 95 % needs at least 19 validation rows, got 9: all ends are infinite"
    )
    chances = np.tile([0.6, 0.3, 0.1], (9, 1))
    classes = calibrate("multiclass", np.zeros(9), chances, np.arange(9))
    assert classes.sets(chances, 0.95).all()
    assert promise(classes, 0.95, "kind").endswith("every set holds all classes")


def test_the_prediction_lies_between_the_ends():
    rng = np.random.default_rng(0)
    predicted = rng.normal(size=500) * 100
    model = numbers(rng.normal(size=500) * np.abs(predicted), predicted)
    new = np.array([0.0, -1e9, 1e300, 5e-324, 1e15])
    for level in (0.001, 0.5, 0.9, 0.999):
        lower, upper = model.interval(new, level)
        assert (lower <= new).all() and (new <= upper).all()
    wide, narrow = model.interval(new, 0.95), model.interval(new, 0.6)
    assert (wide[0] <= narrow[0]).all() and (narrow[1] <= wide[1]).all()


def test_perfect_predictions_and_a_constant_prediction():
    perfect = numbers(np.zeros(200), np.arange(200.0))
    assert [end[0] for end in perfect.interval(np.array([7.0]), 0.9)] == [7.0, 7.0]
    constant = numbers(np.linspace(-1, 1, 400), np.full(400, 3.0))
    assert len(constant.difficulty.knots) == 1
    lower, upper = constant.interval(np.array([3.0]), 0.9)
    assert upper[0] - lower[0] == pytest.approx(1.8, rel=0.05)


def test_width_follows_the_size_of_errors():
    rng = np.random.default_rng(1)
    predicted = rng.uniform(0, 10, 2_000)
    grows = numbers(rng.normal(size=2_000) * (0.2 + predicted), predicted)
    lower, upper = grows.interval(np.array([1.0, 9.0]), 0.9)
    width = upper - lower
    assert 4 < width[1] / width[0] < 12  # truly 9.2 / 1.2
    level = numbers(rng.normal(size=2_000), predicted)
    lower, upper = level.interval(np.linspace(0, 10, 50), 0.9)
    assert (upper - lower).max() / (upper - lower).min() < 1.15


def test_small_tables_have_one_width():
    rng = np.random.default_rng(0)
    predicted = rng.uniform(0, 10, 59)
    assert numbers(rng.normal(size=59) * predicted, predicted).difficulty == Difficulty()


def test_no_row_says_how_difficult_it_is_itself():
    # without the cross-wise fit a single huge error would be divided by a difficulty that it made huge itself
    errors, predicted = np.ones(300), np.arange(300.0)
    errors[150] = 1e6
    part = np.arange(300) % 5
    truth = predicted + errors
    model = calibrate("regression", truth, predicted, part)
    assert max(model.scores) == pytest.approx(1e6, rel=0.2)
    single = calibrate("regression", truth, predicted, np.zeros(300))
    assert max(single.scores) == pytest.approx(1e6, rel=0.2)
    assert single.n_folds == 1


def test_huge_and_broken_predictions():
    rng = np.random.default_rng(0)
    predicted = rng.normal(size=200) * 1e300
    model = numbers(rng.normal(size=200) * 1e300, predicted)
    assert math.isfinite(model.quantile(0.5))
    predicted[:30] = np.nan  # 15 % of the rows: no finite width holds 90 %
    broken = calibrate("regression", np.zeros(200), predicted, np.arange(200) % 5)
    assert broken.quantile(0.9) == math.inf and math.isfinite(broken.quantile(0.8))
    again = Conformal.from_json(json.loads(json.dumps(broken.to_json(), allow_nan=False)))
    assert again == broken
    assert calibrate("regression", np.zeros(0), np.zeros(0), np.zeros(0)) is None


def test_thinning_never_narrows():
    rng = np.random.default_rng(0)
    scores = np.sort(rng.exponential(size=54_321))
    model = numbers(scores, part=np.zeros(len(scores)))
    assert len(model.scores) <= 1_000
    for level in (0.01, 0.5, 0.8, 0.9, 0.95, 0.99, 0.9999):
        exact = scores[rank_of(level, len(scores)) - 1]
        assert exact <= model.quantile(level) <= exact * 1.05 + 0.003
    for n_rows in (1, 999, 1_000, 1_001, 1_399, 1_400, 10**7):
        ranks = kept_ranks(n_rows)
        assert ranks[0] == 1 and ranks[-1] == n_rows and (np.diff(ranks) > 0).all() and len(ranks) <= 1_000


def test_sets_hold_the_most_probable_class_and_grow_with_the_level():
    rng = np.random.default_rng(0)
    chances = rng.dirichlet(np.ones(4), 400)
    truth = np.array([rng.choice(4, p=own) for own in chances])
    model = calibrate("multiclass", truth.astype(float), chances, np.arange(400) % 5)
    new = rng.dirichlet(np.ones(4), 300)
    small, large = model.sets(new, 0.5), model.sets(new, 0.95)
    assert small[np.arange(300), new.argmax(axis=1)].all()
    assert (small <= large).all() and small.sum() < large.sum()


def test_a_class_that_training_lacked_is_as_far_off_as_can_be():
    chances = np.tile([0.9, 0.1], (20, 1))
    model = calibrate("binary", np.r_[np.zeros(16), -np.ones(4)], chances, np.arange(20))
    assert model.scores[-4:] == (1.0,) * 4


@pytest.mark.parametrize(
    "change",
    [
        {"ranks": [1, 1, 3]},
        {"ranks": [1, 2, 4]},
        {"scores": [3.0, 2.0, 1.0]},
        {"scores": [1.0, 2.0]},
        {"difficulty": {"knots": [0.0, 0.0], "factors": [1.0, 2.0]}},
        {"difficulty": {"knots": [0.0, 1.0], "factors": [1.0]}},
    ],
)
def test_parts_that_do_not_fit_are_refused(change):
    sound = numbers([1.0, 2.0, 3.0]).to_json()
    assert Conformal.from_json(sound).n_rows == 3
    with pytest.raises(ValueError, match=r"rise|ranks"):
        Conformal.from_json(sound | change)


def test_coverage_is_counted_in_all_and_by_group():
    model = numbers(np.linspace(-1, 1, 99))
    predicted = np.arange(100.0)
    truth = np.where(predicted < 20, predicted + 5, predicted)
    found = coverage(model, truth, predicted)
    assert (found["level"], found["test_coverage"]) == (0.9, 0.8)
    assert found["mean_width"] == pytest.approx(2 * model.quantile(0.9))
    assert found["worst_group"] == {"what": "prediction from 0 to 19.0", "coverage": 0.0, "rows": 20}
    assert len(found["groups"]) == 5
    assert found["expected"][0] < 0.9 < found["expected"][1]
    few = coverage(model, truth[:12], predicted[:12])
    assert few["worst_group"] is None and few["groups"] == []
    infinite = coverage(numbers(ROWS), truth, predicted, level=0.99)
    assert (infinite["test_coverage"], infinite["mean_width"], infinite["expected"]) == (1.0, None, None)


def test_coverage_of_sets():
    chances = np.array([[0.8, 0.2]] * 30 + [[0.3, 0.7]] * 12 + [[0.5, 0.5]] * 0)
    model = calibrate("binary", np.zeros(30), chances[:30], np.arange(30) % 3)
    truth = np.r_[np.zeros(27), -np.ones(3), np.ones(6), np.zeros(6)]
    found = coverage(model, truth, chances, ("아니오", "예"))
    assert found["test_coverage"] == pytest.approx(33 / 42)
    assert found["mean_size"] == 1.0
    assert found["worst_group"] == {"what": "predicted 예", "coverage": 0.5, "rows": 12}


@pytest.mark.parametrize(
    ("rule", "said"), [("by time (when), gap 0", "later rows"), ("by group (id)", "over groups"), ("at random", "")]
)
def test_the_promise_in_words(rule, said):
    text = promise(numbers(np.ones(40), rule=rule), 0.9, "집값")
    assert "lower to upper should hold the true 집값 of at least 90 % of new rows, on average" in text
    assert ("proves only 80 %" in text) == (rule == "at random")  # that theory takes rows drawn by chance
    found = coverage(numbers(np.ones(40), rule=rule), np.zeros(40), np.zeros(40))
    assert (found["expected"] is None) == (rule != "at random")
    assert said in text and ("later rows" in text) == (said == "later rows")
    assert "folds" not in promise(numbers(np.ones(40), part=np.zeros(40)), 0.9, "y")
