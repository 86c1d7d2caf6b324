from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge

from netwright.evaluate.baselines import BASELINES, BaselineTask, fit_baseline

RNG = np.random.default_rng(0)
X, NEW = RNG.normal(size=(150, 3)), RNG.normal(size=(20, 3))
Y = 2 * X[:, 0] - X[:, 1] + RNG.normal(0, 0.1, 150)
NONE = np.zeros(3, dtype=bool)
REGRESSION = BaselineTask("regression", 0, 7)


def classes(n_classes: int) -> tuple[BaselineTask, np.ndarray]:
    y = np.digitize(Y, np.quantile(Y, np.arange(1, n_classes) / n_classes)).astype(float)
    return BaselineTask("binary" if n_classes == 2 else "multiclass", n_classes, 7), y


def test_constant_is_the_mean():
    predict = fit_baseline("constant", REGRESSION, X, Y, NONE)
    np.testing.assert_array_equal(predict(NEW), np.full(20, Y.mean()))


def test_constant_of_classes_is_their_shares():
    predict = fit_baseline(
        "constant", BaselineTask("multiclass", 3, 0), X[:8], np.array([0, 0, 0, 0, 1, 1, 2, 2.0]), NONE
    )
    np.testing.assert_allclose(predict(NEW), np.tile([0.5, 0.25, 0.25], (20, 1)))


def test_linear_is_ridge():
    predict = fit_baseline("linear", REGRESSION, X, Y, NONE)
    np.testing.assert_allclose(predict(NEW), Ridge(alpha=1.0).fit(X, Y).predict(NEW), rtol=1e-12)


def test_trees_are_scikit_learns():
    gaps = np.where(RNG.random(X.shape) < 0.2, np.nan, X)
    predict = fit_baseline("trees", REGRESSION, gaps, Y, NONE)
    expected = HistGradientBoostingRegressor(random_state=7).fit(gaps, Y).predict(NEW)
    np.testing.assert_allclose(predict(NEW), expected, rtol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("name", ["linear", "trees"])
def test_probabilities(name, n_classes):
    what, y = classes(n_classes)
    trees = HistGradientBoostingClassifier(random_state=7, l2_regularization=1.0, early_stopping=len(y) >= 200)
    model = LogisticRegression(max_iter=300) if name == "linear" else trees
    predicted = fit_baseline(name, what, X, y, NONE)(NEW)
    np.testing.assert_allclose(predicted, model.fit(X, y).predict_proba(NEW), atol=1e-9)
    np.testing.assert_allclose(predicted.sum(axis=1), 1)


def test_codes_of_categories_are_no_numbers_to_trees():
    codes = np.arange(300)[:, None] % 12
    y = np.array([3.0, -1, 2, 5, 0, 9, 4, -2, 1, 7, 8, 6])[codes[:, 0]]
    predict = fit_baseline("trees", REGRESSION, codes.astype(float), y, np.array([True]))
    expected = HistGradientBoostingRegressor(categorical_features=[0], random_state=7).fit(codes, y).predict(codes)
    np.testing.assert_allclose(predict(codes.astype(float)), expected)
    assert np.isfinite(predict(np.array([[np.nan], [99.0]]))).all()


@pytest.mark.parametrize("name", BASELINES)
def test_a_class_that_a_fold_lacks_has_the_chance_of_a_row(name):
    what, y = BaselineTask("multiclass", 5, 0), np.where(Y > 0, 3.0, 1.0)
    predicted = fit_baseline(name, what, X, y, NONE)(NEW)
    assert predicted.shape == (20, 5)
    np.testing.assert_allclose(predicted[:, [0, 2, 4]], 1 / (150 + 5))
    np.testing.assert_allclose(predicted.sum(axis=1), 1)


@pytest.mark.parametrize("name", BASELINES)
def test_a_fold_of_one_class(name):
    predicted = fit_baseline(name, BaselineTask("binary", 2, 0), X, np.ones(150), NONE)(NEW)
    np.testing.assert_allclose(predicted, np.tile([1 / 152, 151 / 152], (20, 1)))


@pytest.mark.parametrize("name", BASELINES)
def test_no_features(name):
    nothing, none = np.zeros((150, 0)), np.zeros(0, dtype=bool)
    np.testing.assert_array_equal(fit_baseline(name, REGRESSION, nothing, Y, none)(nothing), np.full(150, Y.mean()))
    what, y = classes(2)
    np.testing.assert_allclose(fit_baseline(name, what, nothing, y, none)(nothing[:3]), np.full((3, 2), 0.5))


@pytest.mark.parametrize("n_rows", [2, 5])
@pytest.mark.parametrize("name", BASELINES)
def test_a_handful_of_rows(name, n_rows):
    predicted = fit_baseline(name, REGRESSION, X[:n_rows], Y[:n_rows], NONE)(NEW)
    assert np.isfinite(predicted).all()
    y = np.arange(n_rows, dtype=float)  # every row a class of its own
    shares = fit_baseline(name, BaselineTask("multiclass", n_rows, 0), X[:n_rows], y, NONE)(NEW)
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_trees_that_stop_early_keep_lonely_classes():
    # more than 10,000 rows: scikit-learn then holds rows back by class, which one row of a class does not allow
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(10_100, 1)), np.zeros(10_100)
    y[x[:, 0] > 0], y[0] = 1, 2
    predicted = fit_baseline("trees", BaselineTask("multiclass", 3, 0), x, y, np.zeros(1, dtype=bool))(x[:50])
    assert predicted.shape == (50, 3)
    assert (predicted[:, :2].argmax(axis=1) == (x[:50, 0] > 0)).mean() > 0.9


def test_the_seed_is_that_of_the_run():
    big = np.random.default_rng(0).normal(size=(10_500, 1))
    y = big[:, 0] + np.random.default_rng(1).normal(size=10_500)
    one, same, other = (
        fit_baseline("trees", BaselineTask("regression", 0, seed), big, y, np.zeros(1, dtype=bool))(big[:100])
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_trees_do_not_chase_classes_of_a_few_rows():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 3))
    y = np.where(x[:, 0] > 0, 1.0, 0.0)
    y[:4] = 2  # a class of four rows has its share, and no tree
    predicted = fit_baseline("trees", BaselineTask("multiclass", 4, 0), x, y, np.zeros(3, dtype=bool))(x)
    np.testing.assert_allclose(predicted.sum(axis=1), 1)
    assert predicted[:, 2] == pytest.approx(4 / 600, rel=0.01)
    assert 0 < predicted[0, 3] < 0.01  # a class that never came
    assert (predicted[:, :2].argmax(axis=1) == (x[:, 0] > 0)).mean() > 0.95


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_a_column_without_a_value_stops_no_tree(task):
    x = np.random.default_rng(0).normal(size=(60, 2))
    x[:, 1] = np.nan
    y = x[:, 0] if task == "regression" else (x[:, 0] > 0).astype(float)
    what = BaselineTask(task, 0 if task == "regression" else 2, 0)
    for cells in (x, np.full((60, 2), np.nan)):
        assert np.isfinite(fit_baseline("trees", what, cells, y, np.zeros(2, dtype=bool))(cells)).all()
