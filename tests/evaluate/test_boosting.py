from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from netwright.evaluate.baselines import BaselineTask, fit_baseline, grow_trees
from netwright.evaluate.boosting import Boosting, Judging, affordable
from netwright.evaluate.metrics import row_errors
from netwright.evaluate.tree_arrays import TreeArrays, mean_of_trees

RNG = np.random.default_rng(0)
SETTING = Boosting(0.1, leaves=8, rounds=120)
OTHERS = (SETTING, replace(SETTING, leaves=20, features=0.3))


def drawn(n_rows: int, n_classes: int = 0, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features with gaps and codes, a target, and which features are codes."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n_rows, 4))
    x[:, 1] = rng.integers(0, 6, n_rows)
    value = 2 * x[:, 0] + np.array([3.0, -1, 2, 0, -4, 1])[x[:, 1].astype(int)] + rng.normal(0, 0.7, n_rows)
    x[rng.random(n_rows) < 0.1, 2] = np.nan
    y = np.digitize(value, np.quantile(value, np.arange(1, n_classes) / n_classes)) if n_classes else value
    return x, y.astype(float), np.array([False, True, False, False])


def task_of(n_classes: int) -> BaselineTask:
    return BaselineTask("regression" if not n_classes else "binary" if n_classes == 2 else "multiclass", n_classes, 3)


def grown_on(n_classes: int, settings=(SETTING,), weights=None, n_judges: int = 120):
    x, y, codes = drawn(300, n_classes)
    apart, truth, _ = drawn(n_judges, n_classes, seed=1)
    judging = Judging(apart, truth, np.arange(n_judges) % 2 == 0)
    return grow_trees(settings, task_of(n_classes), x, y, codes, weights, judging), judging


def fitted_by_scikit_learn(n_classes: int):
    x, y, codes = drawn(300, n_classes)
    kind = HistGradientBoostingClassifier if n_classes else HistGradientBoostingRegressor
    return kind(max_iter=30, random_state=0, categorical_features=codes, early_stopping=False).fit(x, y)


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_stages_are_scikit_learns(n_classes):
    model, (x, _, _) = fitted_by_scikit_learn(n_classes), drawn(50, n_classes, seed=2)
    trees = TreeArrays.of(model, np.arange(4))
    staged = list(model.staged_decision_function(x) if n_classes else model.staged_predict(x))
    stages = trees.stages(x, 7)
    assert len(stages) == 5
    for stage, rounds in zip(stages, [7, 14, 21, 28, 30], strict=True):
        np.testing.assert_allclose(np.squeeze(stage.T), np.squeeze(staged[rounds - 1]), rtol=1e-12)


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_cut_trees_are_the_first_ones(n_classes):
    model, (x, _, _) = fitted_by_scikit_learn(n_classes), drawn(50, n_classes, seed=2)
    trees = TreeArrays.of(model, np.arange(4))
    shorter = trees.cut(7)
    assert len(shorter) == 7
    np.testing.assert_array_equal(shorter.stages(x, 99)[0], trees.stages(x, 7)[0])
    np.testing.assert_array_equal(trees.cut(len(trees)).number, trees.number)


def test_a_mean_of_trees_predicts_the_mean():
    x, y, codes = drawn(300)
    apart = drawn(40, seed=2)[0]
    parts = [
        TreeArrays.of(
            HistGradientBoostingRegressor(max_iter=n, random_state=n, categorical_features=codes).fit(x, y),
            np.arange(4),
        )
        for n in (10, 25)
    ]
    both = mean_of_trees(parts)
    np.testing.assert_allclose(both(apart), np.mean([part(apart) for part in parts], axis=0), rtol=1e-12)
    again = TreeArrays.of_arrays(both.arrays(), 0, codes)  # it passes what a stranger's trees have to pass
    np.testing.assert_array_equal(again(apart), both(apart))


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_no_row_has_a_say_in_how_many_trees_predict_it(n_classes):
    short = [replace(own, rounds=28) for own in OTHERS]  # of which none is ended before its last round
    (grown, judging) = grown_on(n_classes, short)
    # other truths of the second half: the first is predicted by other ends, the second as before
    rng, second = np.random.default_rng(5), ~judging.first_half
    changed = judging.y.copy()
    changed[second] = rng.permutation(changed[second])
    x, y, codes = drawn(300, n_classes)
    other = grow_trees(short, task_of(n_classes), x, y, codes, None, replace(judging, y=changed))
    np.testing.assert_array_equal(grown.outer[second], other.outer[second])
    assert (grown.outer[~second] != other.outer[~second]).any()


def test_trees_that_end_have_less_error_where_there_is_more_noise_than_truth():
    def noisy(n_rows, seed):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(n_rows, 12))
        return x, (x[:, 0] + x[:, 1] + rng.normal(0, 2.0, n_rows) > 0).astype(float)

    (x, y), (apart, truth), (new, unseen), codes = noisy(400, 0), noisy(100, 1), noisy(4_000, 2), np.zeros(12, bool)
    what, settings = BaselineTask("binary", 2, 0), affordable(5.0, 3, 400, 12, 1)
    grown = grow_trees(settings, what, x, y, codes, None, Judging(apart, truth, np.arange(100) % 2 == 0))
    usual = fit_baseline("trees", what, x, y, codes)
    ours, theirs = (row_errors("binary", unseen, own(new)).mean() for own in (grown.trees, usual))
    assert ours < 0.98 * theirs


def test_the_seed_decides():
    one, again = (grown_on(0, OTHERS)[0].outer for _ in range(2))
    np.testing.assert_array_equal(one, again)


def test_a_class_that_only_judges_and_one_of_two_rows_take_no_part():
    x, y, codes = drawn(300, 3)
    y[y == 2] = 1
    y[:2] = 2  # too few to grow trees for
    apart, truth, _ = drawn(60, 3, seed=1)
    what = BaselineTask("multiclass", 4, 0)
    truth[0] = 3  # never seen
    grown = grow_trees((SETTING,), what, x, y, codes, None, Judging(apart, truth, np.arange(60) % 2 == 0))
    assert grown.outer.shape == (60, 4)
    np.testing.assert_allclose(grown.outer.sum(axis=1), 1)
    assert grown.outer[0, 2] == pytest.approx(2 / 300, rel=0.01)
    assert 0 < grown.outer[0, 3] < 0.01


@pytest.mark.parametrize("n_judges", [1, 0])
def test_too_few_rows_to_end_by(n_judges):
    assert grown_on(0, n_judges=n_judges)[0] is None


def test_nothing_to_grow():
    assert grown_on(0, settings=())[0] is None
    x, y, codes = drawn(100)
    judging = Judging(x, y, np.arange(100) % 2 == 0)
    assert grow_trees((SETTING,), task_of(0), np.full_like(x, np.nan), y, codes, None, judging) is None
    one_class = np.zeros(100)
    assert grow_trees((SETTING,), task_of(2), x, one_class, codes, None, replace(judging, y=one_class)) is None


def test_more_seconds_are_more_settings_then_a_smaller_rate():
    found = [affordable(seconds, 3, 2_000, 10, 1) for seconds in (0.0, 0.1, 0.5, 2.0, 5.0, 100.0)]
    assert [len(own) for own in found] == sorted(len(own) for own in found)
    assert affordable(5.0, 0, 2_000, 10, 1) == ()
    assert found[0][0].rounds == 40
    assert len(found[-1]) == 3
    assert {own.rounds for own in found[-1]} == {1_000}
    rates = [own[0].learning_rate for own in found[1:]]
    assert rates[0] == 0.2
    assert rates[-1] == 0.1
    assert len(affordable(100.0, 1, 2_000, 10, 1)) == 1


def test_weights_of_classes_move_the_probabilities():
    weights = np.where(drawn(300, 2)[1] == 1, 5.0, 0.2)
    plain, weighed = grown_on(2)[0], grown_on(2, weights=weights)[0]
    assert weighed.outer[:, 1].mean() > plain.outer[:, 1].mean() + 0.05
