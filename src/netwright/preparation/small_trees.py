"""Small boosted trees on the train rows of one fold: which columns, and which pairs of them, tell of the target."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from netwright.base.table import Schema
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.values import Values, cells_at

#: Rows that trees look at, and how many trees grow to how many leaves.
_MOST_ROWS, _TREES, _LEAVES = 5_000, 40, 8
#: Fewer rows than this, and a leaf is chance.
_ROWS_OF_A_LEAF = 20
#: Seconds of a tree on one machine of today: of any, and for each cell.
_TREE_SECONDS, _CELL_SECONDS = 6e-4, 1.5e-8
#: Trees that were grown are kept: plans that differ in other choices ask for the same ones.
_MOST_KEPT = 64


@dataclass(frozen=True)
class Goal:
    """What the train rows of one fold are to predict.

    Args:
        numbers: Values or class numbers; (n_rows,).
        n_classes: 0 for values.
        weights: What each row counts; None where all count alike; (n_rows,).
        seed: Of all that is drawn.
    """

    numbers: np.ndarray
    n_classes: int = 0
    weights: np.ndarray | None = None
    seed: int = 0

    def take(self, rows: np.ndarray) -> Goal:
        """That of some of the rows."""
        return Goal(self.numbers[rows], self.n_classes, None if self.weights is None else self.weights[rows], self.seed)

    @property
    def varies(self) -> bool:
        """Whether there is anything to learn."""
        return len(self.numbers) > 1 and bool((self.numbers != self.numbers[0]).any())


@dataclass(frozen=True)
class PlainRows:
    """Some train rows as trees read them.

    Args:
        cells: By column.
        features: NaN is missing; (n_rows, n_features).
        categorical: Which features are codes; (n_features,).
        columns: The column that each feature is made of.
        goal: What these rows are to predict.
    """

    cells: Mapping[str, Values]
    features: np.ndarray
    categorical: np.ndarray
    columns: tuple[str, ...]
    goal: Goal

    @classmethod
    def of(cls, schema: Schema, values: Mapping[str, Values], goal: Goal) -> PlainRows:
        """The train rows, or a sample of them where they are many.

        Args:
            schema: Says which columns are features.
            values: The cells of the train rows.
            goal: What they are to predict.
        """
        n_rows = len(goal.numbers)
        rows = np.arange(n_rows)
        if n_rows > _MOST_ROWS:
            rows = np.sort(np.random.default_rng(goal.seed).choice(n_rows, _MOST_ROWS, replace=False))
        taken = cells_at(values, rows)
        cells = {column.name: taken[column.name] for column in schema.features}
        plain = PlainFeatures.fit(schema, cells)
        columns = [name for name, span in plain.spans().items() for _ in range(span.start, span.stop)]
        return cls(cells, plain.transform(cells).dense, plain.categorical, tuple(columns), goal.take(rows))


@dataclass(frozen=True)
class Trees:
    """Fitted trees: what each node gained, and what is left of the target.

    Args:
        nodes: One array a tree, as scikit-learn keeps them.
        places: The feature that each feature of the trees is.
        left: The target less what the trees predict, for classes their indicator less their probability; (n_rows, n).
    """

    nodes: tuple[np.ndarray, ...]
    places: np.ndarray
    left: np.ndarray

    def gains(self, n_features: int) -> np.ndarray:
        """What the cuts of each feature gained in all; (n_features,)."""
        total = np.zeros(n_features)
        for nodes in self.nodes:
            cuts = nodes[nodes["is_leaf"] == 0]
            np.add.at(total, self.places[cuts["feature_idx"].astype(int)], cuts["gain"])
        return total

    def pairs(self) -> Iterator[tuple[int, int, float]]:
        """Two features that follow each other on a path, with what the second cut gained."""
        for nodes in self.nodes:
            for node in nodes[nodes["is_leaf"] == 0]:
                for child in (nodes[node["left"]], nodes[node["right"]]):
                    if not child["is_leaf"] and child["feature_idx"] != node["feature_idx"]:
                        one, other = (int(self.places[int(own["feature_idx"])]) for own in (node, child))
                        yield min(one, other), max(one, other), float(child["gain"])


def growing_seconds(n_rows: int, n_features: int, n_classes: int) -> float:
    """Declared seconds of `grown`.

    Args:
        n_rows: Train rows of a fold.
        n_features: Of each.
        n_classes: 0 for values.

    Example:
        >>> round(growing_seconds(400, 13, 0), 3), round(growing_seconds(400, 13, 20), 1)
        (0.027, 0.5)
    """
    n_outputs = n_classes if n_classes > 2 else 1
    return _TREES * n_outputs * (_TREE_SECONDS + _CELL_SECONDS * min(n_rows, _MOST_ROWS) * n_features)


_kept: OrderedDict[bytes, Trees | None] = OrderedDict()
_keeping = Lock()


def grown(features: np.ndarray, categorical: np.ndarray, goal: Goal, *, additive: bool = False) -> Trees | None:
    """Trees on these rows; None where there is nothing to learn, or nothing to learn it from.

    Args:
        features: NaN is missing; (n_rows, n_features).
        categorical: Which are codes; (n_features,).
        goal: What is to be predicted.
        additive: Whether a tree may cut by one feature only, so that no two of them act together.
    """
    told = hashlib.blake2b(repr((features.shape, goal.n_classes, goal.seed, additive)).encode("ascii"))
    for array in (features, categorical, goal.numbers, np.zeros(0) if goal.weights is None else goal.weights):
        told.update(np.ascontiguousarray(array).tobytes())
    key = told.digest()
    with _keeping:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    trees = _grown(features, categorical, goal, additive)
    with _keeping:
        _kept[key] = trees
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return trees


def _grown(features: np.ndarray, categorical: np.ndarray, goal: Goal, additive: bool) -> Trees | None:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    filled = np.flatnonzero(~np.isnan(features).all(axis=0))  # a column without a value cannot be cut
    if not goal.varies or not len(filled) or len(features) < 2 * _ROWS_OF_A_LEAF:
        return None
    # codes first: scikit-learn moves them there, and numbers its nodes by what comes of it
    filled = filled[np.argsort(~categorical[filled], kind="stable")]
    kind: Any = HistGradientBoostingClassifier if goal.n_classes else HistGradientBoostingRegressor
    trees = kind(
        max_iter=_TREES,
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=_ROWS_OF_A_LEAF,
        early_stopping=False,
        categorical_features=categorical[filled],
        interaction_cst="no_interactions" if additive else None,
        random_state=goal.seed % 2**31,
    )
    own = features[:, filled]
    with threadpool_limits(1):  # sums over several threads would be in no fixed order
        labels = goal.numbers.astype(int) if goal.n_classes else goal.numbers
        trees.fit(own, labels, sample_weight=goal.weights)
        if goal.n_classes:
            left = (labels[:, None] == trees.classes_) - trees.predict_proba(own)
        else:
            left = (labels - trees.predict(own))[:, None]
    # gains are no part of scikit-learn's promises; `tests/preparation/test_small_trees.py` holds it to them
    nodes = tuple(tree.nodes for of_step in trees._predictors for tree in of_step)
    return Trees(nodes, filled, np.asarray(left, dtype=np.float64))
