from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from netwright.evaluate import tree_arrays
from netwright.evaluate.fitted import ClassShares
from netwright.evaluate.tree_arrays import TreeArrays

CATEGORICAL = np.array([True, False, True, False, False, False])


def cells(n_rows: int, seed: int, n_levels: int = 60, gaps: float = 0.1) -> np.ndarray:
    """Numbers, rounded numbers and codes, with gaps."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n_rows, 6))
    x[:, 0], x[:, 2] = rng.integers(0, n_levels, n_rows), rng.integers(0, 4, n_rows)
    x[:, 5] = x[:, 5].round(1)
    x[rng.random(x.shape) < gaps] = np.nan
    return x


def truth(x: np.ndarray, seed: int) -> np.ndarray:
    known = np.nan_to_num(x)
    noise = np.random.default_rng(seed).normal(size=len(x))
    return np.asarray(known[:, 0] % 7 + 2 * known[:, 1] + 3 * np.isnan(x[:, 3]) + known[:, 5] + noise)


def classes_of(y: np.ndarray, n: int) -> np.ndarray:
    return np.clip(np.digitize(y, np.quantile(y, np.arange(1, n) / n)), 0, n - 1)


def new_cells(seed: int) -> np.ndarray:
    """Further rows, with codes that training never had, and numbers beyond all others."""
    x = cells(500, seed, n_levels=250)
    x[0, 1], x[1, 1], x[2, 3], x[3, 3] = np.inf, -np.inf, 1e300, -1e300
    x[4] = np.nan
    return x


def shares(n: int) -> ClassShares:
    return ClassShares(np.zeros(n), np.arange(n))


@settings(max_examples=12, deadline=None)
@given(st.integers(30, 1_500), st.integers(0, 10**6), st.sampled_from([0.0, 0.1, 0.5]), st.sampled_from([0, 2, 3]))
def test_trees_predict_to_the_bit_as_those_of_scikit_learn(n_rows: int, seed: int, gaps: float, n_classes: int) -> None:
    x = cells(n_rows, seed, gaps=gaps)
    y, new = truth(x, seed), new_cells(seed)
    options: dict[str, Any] = {"categorical_features": CATEGORICAL, "random_state": 0, "max_iter": 30}
    if not n_classes:
        regression = HistGradientBoostingRegressor(**options).fit(x, y)
        ours = TreeArrays.of(regression, np.arange(6))
        np.testing.assert_array_equal(ours(new), regression.predict(new))
        return
    early = n_rows > 200
    classifier = HistGradientBoostingClassifier(early_stopping=early, **options).fit(x, classes_of(y, n_classes))
    ours = TreeArrays.of(classifier, np.arange(6), shares(n_classes))
    np.testing.assert_array_equal(ours(new), classifier.predict_proba(new))
    again = TreeArrays.of_arrays(ours.arrays(), n_classes, CATEGORICAL)
    np.testing.assert_array_equal(again(new), ours(new))


def test_many_classes_are_summed_in_an_order_of_our_own() -> None:
    """The softmax of eight classes and more, in scikit-learn column by column."""
    x = cells(600, 2)
    y = classes_of(truth(x, 2), 10)
    trees = HistGradientBoostingClassifier(categorical_features=CATEGORICAL, max_iter=10, random_state=0).fit(x, y)
    ours = TreeArrays.of(trees, np.arange(6), shares(10))
    np.testing.assert_allclose(ours(x), trees.predict_proba(x), rtol=1e-12)


def test_without_categories_and_on_some_of_the_features() -> None:
    x = cells(300, 1)[:, [1, 3, 4, 5]]
    y = np.nan_to_num(x) @ [1.0, -2.0, 0.5, 3.0]
    ours = TreeArrays.of(HistGradientBoostingRegressor(random_state=0).fit(x[:, [0, 2]], y), np.array([0, 2]))
    expected = HistGradientBoostingRegressor(random_state=0).fit(x[:, [0, 2]], y).predict(x[:, [0, 2]])
    np.testing.assert_array_equal(ours(x), expected)
    assert set(ours.feature.tolist()) == {-1, 0, 2} and ours.levels.shape == (0, 32)
    assert ours.n_parameters == len(ours.number) + 1 and ours.row_products > len(ours.number)


def test_rows_that_nothing_can_be_learned_from() -> None:
    """Trees of one leaf."""
    x = cells(30, 1)
    trees = HistGradientBoostingRegressor(categorical_features=CATEGORICAL, min_samples_leaf=40).fit(x, truth(x, 1))
    ours = TreeArrays.of(trees, np.arange(6))
    assert (ours.sizes == 1).all()
    np.testing.assert_array_equal(ours(new_cells(1)), trees.predict(new_cells(1)))
    assert np.array_equal(TreeArrays.of_arrays(ours.arrays(), 0, CATEGORICAL)(x), ours(x))


def test_a_category_of_one_level_goes_where_its_gaps_do_not() -> None:
    rng = np.random.default_rng(0)
    x = np.where(rng.random((200, 1)) < 0.5, 0.0, np.nan)
    y = np.where(np.isnan(x[:, 0]), 5.0, 1.0) + rng.normal(0, 0.01, 200)
    trees = HistGradientBoostingRegressor(categorical_features=[0], random_state=0).fit(x, y)
    found = TreeArrays.of(trees, np.arange(1))(np.array([[0.0], [np.nan], [7.0]]))
    np.testing.assert_allclose(found, [1.0, 5.0, 5.0], atol=0.05)


def test_a_row_gives_the_same_bits_among_any_others(monkeypatch: pytest.MonkeyPatch) -> None:
    x = cells(700, 3)
    y = classes_of(truth(x, 3), 3)
    trees = HistGradientBoostingClassifier(categorical_features=CATEGORICAL, max_iter=20).fit(x, y)
    ours = TreeArrays.of(trees, np.arange(6), shares(3))
    whole = ours(x)
    np.testing.assert_array_equal(np.concatenate([ours(x[row : row + 1]) for row in range(40)]), whole[:40])
    assert ours(x[:0]).shape == (0, 3)
    monkeypatch.setattr(tree_arrays, "_CELLS_AT_ONCE", 1)
    monkeypatch.setattr(tree_arrays, "_ROWS_AT_ONCE", 3)
    np.testing.assert_array_equal(ours(x[:50]), whole[:50])


def by_walking(trees: TreeArrays, row: np.ndarray) -> float:
    """From node to node, as a tree is read."""
    total, first = float(trees.start[0]), 0
    for size in trees.sizes:
        node = 0
        while trees.feature[first + node] >= 0:
            at = first + node
            value = row[trees.feature[at]]
            if np.isnan(value):
                left = bool(trees.missing_left[at])
            elif trees.category[at] >= 0:
                bits = np.unpackbits(trees.levels[trees.category[at]], bitorder="little")
                left = bool(bits[int(value)])
            else:
                left = bool(value <= trees.number[at])
            node = node + 1 if left else int(trees.right[at])
        total += float(trees.number[first + node])
        first += size
    return total


def fitted() -> TreeArrays:
    x = cells(400, 5)
    options: dict[str, Any] = {"categorical_features": CATEGORICAL, "random_state": 0, "max_iter": 12}
    return TreeArrays.of(HistGradientBoostingRegressor(**options).fit(x, truth(x, 5)), np.arange(6))


def test_leaves_are_those_that_a_walk_ends_at() -> None:
    trees, rows = fitted(), cells(60, 8)
    np.testing.assert_array_equal(trees(rows), [by_walking(trees, row) for row in rows])


def changed(**edits: Any) -> dict[str, np.ndarray]:
    arrays = {name: own.copy() for name, own in fitted().arrays().items()}
    for name, edit in edits.items():
        arrays[name] = edit(arrays[name])
    return arrays


def first(own: np.ndarray, value: Any) -> np.ndarray:
    own[0] = value
    return own


#: What is no tree, with what is said of it.
NO_TREES: dict[str, tuple[dict[str, Any], str]] = {
    "a loop": ({"right": lambda own: first(own, 0)}, "children of a node must come after it"),
    "one child twice": ({"right": lambda own: first(own, 1)}, "children of a node must come after it"),
    "beyond the tree": ({"right": lambda own: first(own, 10**6)}, "children of a node must come after it"),
    "another parent": ({"right": lambda own: first(own, 2)}, "must be the child of one other"),
    "sizes": ({"sizes": lambda own: first(own, own[0] + 2)}, "nodes each, and of all nodes together"),
    "no tree": ({"sizes": lambda own: own[:0]}, "nodes each, and of all nodes together"),
    "a large tree": ({"sizes": lambda own: first(own, 64)}, "1 to 63 nodes each"),
    "a leaf with children": ({"feature": lambda own: first(own, -1)}, "one more leaf than splits"),
    "a feature": ({"feature": lambda own: first(own, 6)}, "on features that there are"),
    "a feature below 0": ({"feature": lambda own: first(own, -2)}, "on features that there are"),
    "levels": ({"levels": lambda own: own[1:]}, "must have their levels, in order"),
    "kinds": ({"feature": lambda own: np.where(own == 0, 1, own).astype("i4")}, "on levels where the features are"),
    "NaN": ({"number": lambda own: first(own, np.nan)}, "'number' must hold finite numbers"),
    "a type": ({"number": lambda own: own.astype("f4")}, "'number' must be of type f8"),
    "a shape": ({"right": lambda own: own[1:]}, "'right' must be of type i4 and shape"),
    "outputs": ({"start": lambda own: np.append(own, 0.0)}, "'start' must be of type f8 and shape"),
}


@pytest.mark.parametrize("name", NO_TREES)
def test_arrays_that_are_no_trees_are_refused(name: str) -> None:
    edits, reason = NO_TREES[name]
    with pytest.raises(ValueError, match=reason):
        TreeArrays.of_arrays(changed(**edits), 0, CATEGORICAL)
    TreeArrays.of_arrays(changed(), 0, CATEGORICAL)


def test_there_are_as_many_trees_of_each_class() -> None:
    x = cells(300, 3)
    model = HistGradientBoostingClassifier(categorical_features=CATEGORICAL, max_iter=5).fit(
        x, classes_of(truth(x, 3), 3)
    )
    arrays = TreeArrays.of(model, np.arange(6), shares(3)).arrays()
    last = int(arrays["sizes"][-1])
    names = ("feature", "number", "right", "missing_left", "category")
    n_levels = int((arrays["category"][:-last] >= 0).sum())
    fewer = arrays | {name: arrays[name][:-last] for name in names}
    fewer |= {"sizes": arrays["sizes"][:-1], "levels": arrays["levels"][:n_levels]}
    with pytest.raises(ValueError, match="as many trees of each output"):
        TreeArrays.of_arrays(fewer, 3, CATEGORICAL)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_whatever_is_taken_for_trees_predicts(data: st.DataObject) -> None:
    """A few numbers changed anywhere: refused, or every row ends in a leaf that the walk ends in, too."""
    arrays = {name: own.copy() for name, own in ARRAYS.items()}
    for _ in range(data.draw(st.integers(1, 3))):
        own = arrays[data.draw(st.sampled_from(["sizes", "feature", "right", "category", "missing_left"]))]
        own[data.draw(st.integers(0, len(own) - 1))] = data.draw(st.integers(0, 65))
    try:
        trees = TreeArrays.of_arrays(arrays, 0, CATEGORICAL)
    except ValueError:
        return
    np.testing.assert_array_equal(trees(ROWS), [by_walking(trees, row) for row in ROWS])


ARRAYS, ROWS = fitted().arrays(), cells(9, 4)
