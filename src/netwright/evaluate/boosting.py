"""Boosted trees that end where rows apart from their own gain no more, of several settings, as one sum of trees.

What networks have to beat should have had its chances. Networks end at the epoch that the outer rows of their fold
choose; these trees end by the same rule: each half of the rows is predicted by as many trees as the other half chose,
and what ships has as many as all of them chose. (Growing stops where all of them see no gain for long; that ends the
search and chooses nothing.) Where time allows, several settings grow; the mean of their sums is again a sum of trees,
so that nothing has to be chosen among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netwright.base.plan import Task
from netwright.evaluate.fitted import ClassShares
from netwright.evaluate.linear_arrays import probabilities_of
from netwright.evaluate.metrics import row_errors
from netwright.evaluate.tree_arrays import TreeArrays, mean_of_trees

#: An end is looked for every so many rounds, and this many without gain are enough.
_EVERY, _PATIENCE = 10, 30
#: Numbers that are kept for looking for the end, at most.
_MOST_SUMS = 1 << 26
#: Seconds of a tree on one machine of today: of any, for each leaf, and for each cell that its splits look at.
_TREE_SECONDS, _LEAF_SECONDS, _CELL_SECONDS = 2e-4, 5e-5, 1.5e-8
_LEAST_FEATURES = 3
#: Rounds times the learning rate that a setting must be given; and rounds in any case.
_LEARNED, _LEAST_ROUNDS = 30.0, 40


@dataclass(frozen=True)
class Boosting:
    """How trees grow.

    Args:
        learning_rate: What each tree counts.
        leaves: Of a tree at most.
        depth: Of a tree at most; None where its leaves are the only bound.
        leaf_rows: Rows of a leaf at least.
        features: Share of the features that a split may look at, drawn anew for each; three at least.
        l2: How strongly leaves are drawn to nothing.
        rounds: Trees an output at most.
    """

    learning_rate: float = 0.1
    leaves: int = 31
    depth: int | None = None
    leaf_rows: int = 10
    features: float = 0.5
    l2: float = 1.0
    rounds: int = 1_000

    def share(self, n_features: int) -> float:
        """Of this many features, which share a split may look at."""
        return min(1.0, max(self.features, _LEAST_FEATURES / max(1, n_features)))

    def within(self, seconds: float, n_rows: int, n_features: int, n_outputs: int) -> Boosting:
        """As many rounds of it as take some declared seconds.

        Args:
            seconds: For growing.
            n_rows: That are learned from.
            n_features: Of each row.
            n_outputs: Trees a round.
        """
        cells = n_rows * self.share(n_features) * n_features
        leaves = min(self.leaves, n_rows // self.leaf_rows, 2**self.depth if self.depth else self.leaves)
        tree = _TREE_SECONDS + _LEAF_SECONDS * leaves + _CELL_SECONDS * cells
        rounds = int(seconds / (n_outputs * tree))
        return replace(self, rounds=min(self.rounds, rounds))


#: Trees bounded by their depth, trees of a few leaves, and trees that see few features at a time: three of seven that
#: were compared on the development tables (LOG.md).
_SETTINGS = (Boosting(depth=5, leaf_rows=3), Boosting(leaves=8), Boosting(features=0.2, l2=5.0))
_LARGE_RATE = 0.2


def affordable(seconds: float, most: int, n_rows: int, n_features: int, n_outputs: int) -> tuple[Boosting, ...]:
    """The settings that some declared seconds allow: one at least, with a larger rate where they allow few rounds.

    Args:
        seconds: For growing them all on the rows of a fold.
        most: How many settings.
        n_rows: Rows that are learned from.
        n_features: Of each row.
        n_outputs: Trees a round.

    Example:
        >>> [own.learning_rate for own in affordable(5.0, 3, 400, 13, 1)]
        [0.1, 0.1, 0.1]
        >>> [(own.learning_rate, own.rounds) for own in affordable(0.01, 3, 30_000, 14, 1)]
        [(0.2, 40)]
    """
    for count in range(most, 0, -1):
        own = [one.within(seconds / count, n_rows, n_features, n_outputs) for one in _SETTINGS[:count]]
        if all(one.rounds * one.learning_rate >= _LEARNED for one in own):
            return tuple(own)
    # a larger rate does more with few rounds; so few of them cost less than the usual settings would
    last = _SETTINGS[0].within(seconds, n_rows, n_features, n_outputs)
    return (replace(last, learning_rate=_LARGE_RATE, rounds=max(last.rounds, _LEAST_ROUNDS)),) if most else ()


@dataclass(frozen=True)
class Judging:
    """Rows that say when trees end.

    Args:
        x: Plain features, NaN is a gap; (n_rows, n_features).
        y: Values or class numbers; (n_rows,).
        first_half: Which are the first half; bool, (n_rows,).
        weights: What each row counts; None where all count alike; (n_rows,).
    """

    x: np.ndarray
    y: np.ndarray
    first_half: np.ndarray
    weights: np.ndarray | None = None


@dataclass(frozen=True)
class Grown:
    """Trees, and what they say of the rows that judged them.

    Args:
        trees: What ships.
        outer: Predictions of the judging rows, each half by trees that the other half ended.
    """

    trees: TreeArrays
    outer: np.ndarray


def grow(
    settings: Sequence[Boosting],
    task: Task,
    seed: int,
    x: np.ndarray,
    y: np.ndarray,
    categorical: np.ndarray,
    filled: np.ndarray,
    weights: np.ndarray | None,
    judging: Judging,
    shares: ClassShares | None = None,
) -> Grown | None:
    """Grow trees of all settings; None where the judging rows are too few, or too many, to end them.

    Args:
        settings: At least one.
        task: What is predicted.
        seed: For the features that splits look at.
        x: Plain features of the train rows; (n_rows, n_features).
        y: Values, or numbers of the classes that are modelled; (n_rows,).
        categorical: Which features are codes; (n_features,).
        filled: The features that have a value: others cannot be cut; (n_filled,).
        weights: What each row counts; None where all count alike; (n_rows,).
        judging: Rows apart; of classes those that are not modelled take no part in ending.
        shares: From modelled classes to all of them; None for regression.
    """
    judges = np.ones(len(judging.y), dtype=bool) if shares is None else np.isin(judging.y, shares.known)
    halves = [judges & judging.first_half, judges & ~judging.first_half]
    n_outputs = 1 if shares is None or len(shares.known) == 2 else len(shares.known)
    n_stages = max(own.rounds for own in settings) // _EVERY + 1
    if not all(half.any() for half in halves) or n_stages * n_outputs * len(judges) > _MOST_SUMS:
        return None
    parts, sums = [], np.zeros((n_outputs, len(judges)))
    labels = y if task == "regression" else y.astype(int)
    beside = Judging(judging.x[judges][:, filled], judging.y[judges].astype(labels.dtype), judges[judges])
    if weights is not None:
        beside = replace(beside, weights=np.ones(len(beside.y)) if judging.weights is None else judging.weights[judges])
    for number, own in enumerate(settings):
        model = _fitted(own, task, seed + number, x[:, filled], labels, categorical[filled], weights, beside)
        trees = TreeArrays.of(model, filled, shares)
        stages = trees.stages(judging.x, _EVERY)
        errors = np.stack([_errors(task, stage, judging, shares) for stage in stages])
        first, second, every = (_end(errors, half, judging.weights) for half in (*halves, judges))
        sums += np.where(judging.first_half, stages[second], stages[first]) / len(settings)
        parts.append(trees.cut(min(len(trees), (every + 1) * _EVERY)))
    outer = sums[0] if shares is None else shares.filled(probabilities_of(sums.T))
    return Grown(mean_of_trees(parts), outer)


def _end(errors: np.ndarray, rows: np.ndarray, weights: np.ndarray | None) -> int:
    """The stage at which some rows have least error."""
    return int(np.argmin(np.average(errors[:, rows], axis=1, weights=None if weights is None else weights[rows])))


def _errors(task: Task, sums: np.ndarray, judging: Judging, shares: ClassShares | None) -> np.ndarray:
    """The error of each judging row; (n_rows,)."""
    predicted = sums[0] if shares is None else shares.filled(probabilities_of(sums.T))
    return row_errors(task, judging.y, predicted)


def _fitted(
    own: Boosting,
    task: Task,
    seed: int,
    x: np.ndarray,
    labels: np.ndarray,
    categorical: np.ndarray,
    weights: np.ndarray | None,
    judging: Judging,
) -> Any:
    """Trees of scikit-learn, grown some rounds beyond their best."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind: Any = HistGradientBoostingRegressor if task == "regression" else HistGradientBoostingClassifier
    model = kind(
        learning_rate=own.learning_rate,
        max_iter=own.rounds,
        max_leaf_nodes=own.leaves,
        max_depth=own.depth,
        min_samples_leaf=own.leaf_rows,
        max_features=own.share(x.shape[1]),
        l2_regularization=own.l2,
        categorical_features=categorical,
        early_stopping=True,
        n_iter_no_change=_PATIENCE,
        random_state=seed % 2**31,
    )
    return model.fit(x, labels, weights, X_val=judging.x, y_val=judging.y, sample_weight_val=judging.weights)
