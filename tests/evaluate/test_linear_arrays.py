from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from netwright.evaluate.baselines import BASELINES, BaselineTask, fit_baseline
from netwright.evaluate.fitted import ClassShares, Constant
from netwright.evaluate.linear_arrays import LinearArrays
from netwright.evaluate.mixing import chosen_classes, mean_of_members, tempered, weighted_mean
from netwright.evaluate.tree_arrays import TreeArrays

RNG = np.random.default_rng(0)
X, NEW = RNG.normal(size=(300, 4)), RNG.normal(size=(700, 4))
Y = 2 * X[:, 0] - X[:, 1] + RNG.normal(0, 0.5, 300)


def in_classes(n: int) -> np.ndarray:
    return np.digitize(Y, np.quantile(Y, np.arange(1, n) / n)).astype(float)


def test_ridge() -> None:
    model = Ridge().fit(X, Y)
    np.testing.assert_allclose(LinearArrays.of(model)(NEW), model.predict(NEW), rtol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_logistic_regression(n: int) -> None:
    model = LogisticRegression().fit(X, in_classes(n))
    ours = LinearArrays.of(model, ClassShares(np.zeros(n), np.arange(n)))
    np.testing.assert_allclose(ours(NEW), model.predict_proba(NEW), rtol=1e-12, atol=1e-15)
    again = LinearArrays.of_arrays(ours.arrays(), n, 4)
    np.testing.assert_array_equal(again(NEW), ours(NEW))
    assert ours.n_parameters == model.coef_.size + model.intercept_.size


def test_what_was_learned_in_32_bits_predicts_in_64() -> None:
    model = Ridge().fit(X.astype(np.float32), Y)
    found = LinearArrays.of(model)(NEW.astype(np.float32))
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, model.predict(NEW.astype(np.float32)), rtol=1e-4, atol=1e-5)


def test_a_row_gives_the_same_bits_among_any_others() -> None:
    model = LinearArrays.of(LogisticRegression().fit(X, in_classes(3)), ClassShares(np.zeros(3), np.arange(3)))
    np.testing.assert_array_equal(np.concatenate([model(NEW[n : n + 1]) for n in range(300)]), model(NEW)[:300])
    assert model(NEW[:0]).shape == (0, 3)


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("n_classes", [0, 2, 5])
def test_every_baseline_comes_back_from_its_arrays(name: str, n_classes: int) -> None:
    """Rare classes and unseen ones among them."""
    y = Y if not n_classes else np.minimum(in_classes(2), n_classes - 1)
    if n_classes == 5:
        y[:150] = np.where(Y[:150] > 0, 3.0, 1.0)
        y[:4] = 2.0  # a rare class; 4 is never seen
        y[150:] = np.where(Y[150:] > 0, 3.0, 1.0)
    task: Any = {0: "regression", 2: "binary", 5: "multiclass"}[n_classes]
    fitted = fit_baseline(name, BaselineTask(task, n_classes, 1), X, y, np.zeros(4, dtype=bool))
    assert fitted.kind == name
    kinds = {"constant": Constant, "linear": LinearArrays, "trees": TreeArrays}
    assert isinstance(fitted, kinds[name])
    again: Any
    if isinstance(fitted, Constant):
        again = Constant.of_arrays(fitted.arrays(), n_classes)
    elif isinstance(fitted, LinearArrays):
        again = LinearArrays.of_arrays(fitted.arrays(), n_classes, 4)
    else:
        again = TreeArrays.of_arrays(fitted.arrays(), n_classes, np.zeros(4, dtype=bool))
    np.testing.assert_array_equal(again(NEW), fitted(NEW))
    assert again.arrays().keys() == fitted.arrays().keys()
    if n_classes:
        np.testing.assert_allclose(fitted(NEW).sum(axis=1), 1)
    assert fitted.n_parameters > 0 and fitted.row_products > 0


SHARES: dict[str, tuple[dict[str, Any], str]] = {
    "out of range": ({"known": [0, 3]}, "must be two at least, rising"),
    "falling": ({"known": [1, 0]}, "must be two at least, rising"),
    "one": ({"known": [1]}, "must be two at least, rising"),
    "below 0": ({"shares": [0.0, 0.0, -0.2]}, "must be positive and sum to 1"),
    "of known": ({"shares": [0.2, 0.0, 0.2]}, "must be 0 where they are known"),
    "no room": ({"room": [1.0, 0.0]}, "must be 0 where they are known"),
    "too much": ({"room": [1.0, 1.0]}, "must be positive and sum to 1"),
    "NaN": ({"room": [1.0, np.nan]}, "'room' must hold finite numbers"),
}


@pytest.mark.parametrize("name", SHARES)
def test_shares_that_give_no_probabilities_are_refused(name: str) -> None:
    edits, reason = SHARES[name]
    sound = ClassShares(np.array([0.0, 0.0, 0.2]), np.array([0, 1]), 1.0, 0.8).arrays()
    ClassShares.of_arrays(sound, 3)
    with pytest.raises(ValueError, match=reason):
        ClassShares.of_arrays(sound | {key: np.array(own, sound[key].dtype) for key, own in edits.items()}, 3)
    with pytest.raises(ValueError, match="'known' must be there"):
        ClassShares.of_arrays({key: own for key, own in sound.items() if key != "known"}, 3)


def test_a_constant_of_a_stranger_sums_to_1() -> None:
    with pytest.raises(ValueError, match="must be positive and sum to 1"):
        Constant.of_arrays({"values": np.array([0.5, 0.6])}, 2)
    with pytest.raises(ValueError, match=r"'values' must be of type f8 and shape \(1,\)"):
        Constant.of_arrays({"values": np.array([0.5, 0.5])}, 0)


def test_probabilities_of_nothing_stay_at_any_temperature() -> None:
    sure = np.array([[0.0, 1.0], [5e-324, 1.0]])
    for temperature in (0.001, 0.5, 2.0, 1_000.0):
        found = tempered(sure, temperature)
        assert np.isfinite(found).all() and found[0].tolist() == [0.0, 1.0]
        np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_allclose(tempered(np.array([[0.2, 0.3, 0.5]]), 0.5), np.array([[4.0, 9.0, 25.0]]) / 38)


def test_a_mean_over_members_is_that_of_numpy_and_of_each_row_alone() -> None:
    members = RNG.normal(size=(11, 40, 1))
    np.testing.assert_array_equal(mean_of_members(members), members.mean(axis=0))
    alone = [mean_of_members(members[:, row : row + 1])[0] for row in range(40)]
    np.testing.assert_array_equal(alone, members.mean(axis=0))


def test_a_mean_is_by_weight_and_a_single_one_as_it_is() -> None:
    one, other = RNG.normal(size=(5, 2)), RNG.normal(size=(5, 2))
    np.testing.assert_allclose(weighted_mean([one, other], [0.25, 0.75]), one / 4 + 3 * other / 4)
    np.testing.assert_allclose(weighted_mean([one, other], [1, 3]), weighted_mean([one, other], [0.25, 0.75]))
    assert weighted_mean([one], [0.3]) is one


def test_a_threshold_is_reached_by_itself() -> None:
    chances = np.array([[0.75, 0.25], [0.5, 0.5]])
    assert chosen_classes(chances, 0.25).tolist() == [1, 1]
    assert chosen_classes(chances, np.nextafter(0.25, 1)).tolist() == [0, 1]
    assert chosen_classes(chances).tolist() == [0, 0]
