"""What a network has to beat: the constant, a linear model and boosted trees, from scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwright.base.plan import Task
from netwright.evaluate.boosting import Boosting, Grown, Judging, grow
from netwright.evaluate.fitted import ClassShares, Constant
from netwright.evaluate.linear_arrays import LinearArrays
from netwright.evaluate.tree_arrays import TreeArrays

#: Arrays that predict: features (n_rows, n_features) to values (n_rows,) or probabilities (n_rows, n_classes).
Fitted = Constant | LinearArrays | TreeArrays

BASELINES = ("constant", "linear", "trees")

#: Trees on fewer cells than this grow on one thread: handing work around would cost more than it saves, and far
#: more on a machine that is busy with something else.
_MANY_CELLS = 1_000_000
#: Passes of the solver of logistic regression; scaled features need far fewer.
_LOGISTIC_PASSES = 300
#: Classes with fewer rows are left to their share, where rows apart end the trees and where none do; with fewer rows in
#: all none are held back for an early end.
_FEWEST_JUDGED, _FEWEST_OF_A_CLASS, _ROWS_TO_HOLD_BACK = 3, 10, 200


@dataclass(frozen=True)
class BaselineTask:
    """What the baselines learn.

    Args:
        task: Regression or classes.
        n_classes: How many classes there are; 0 for regression.
        seed: For what is random in the trees.
    """

    task: Task
    n_classes: int
    seed: int


def fit_baseline(
    name: str,
    what: BaselineTask,
    x: np.ndarray,
    y: np.ndarray,
    categorical: np.ndarray,
    weights: np.ndarray | None = None,
) -> Fitted:
    """Fit one baseline on the train rows of one fold.

    Args:
        name: One of `BASELINES`.
        what: What is learned.
        x: Scaled features without gaps for `linear`, plain ones (gaps are NaN) for `trees`; (n_rows, n_features).
        y: Values or class numbers; (n_rows,).
        categorical: For `trees`, which features are codes of categories; (n_features,).
        weights: What each row counts, for classes; None where all count alike; (n_rows,).
    """
    from threadpoolctl import threadpool_limits

    if name == "constant" or x.shape[1] == 0:
        return _constant(what, y, weights)
    with threadpool_limits(1 if x.size < _MANY_CELLS else None):
        if what.task == "regression":
            return _regression(name, what, x, y, categorical)
        return _classification(name, what, x, y, categorical, weights)


def _constant(what: BaselineTask, y: np.ndarray, weights: np.ndarray | None = None) -> Fitted:
    if what.task == "regression":
        return Constant(np.array([float(y.mean())]), is_class=False)
    counts = np.bincount(y.astype(int), weights, minlength=what.n_classes)
    chance, factor = _of_unseen(counts == 0, len(y))
    return Constant(np.where(counts == 0, chance, counts / counts.sum() * factor), is_class=True)


def _of_unseen(unseen: np.ndarray, n_rows: int) -> tuple[float, float]:
    """Classes without a train row get a chance like Laplace's: with none, a single such row would decide log-loss.

    Args:
        unseen: Which they are; (n_classes,).
        n_rows: Train rows.

    Returns:
        The chance of each of them, and what that leaves of the chance of the others.
    """
    chance = 1 / (n_rows + len(unseen))
    return chance, float(1 - chance * unseen.sum())


def _regression(name: str, what: BaselineTask, x: np.ndarray, y: np.ndarray, categorical: np.ndarray) -> Fitted:
    if name == "linear":
        from sklearn.linear_model import Ridge

        return LinearArrays.of(Ridge(alpha=1.0).fit(x, y))
    from sklearn.ensemble import HistGradientBoostingRegressor

    filled = _filled(x)
    if not len(filled):
        return _constant(what, y, None)
    trees = HistGradientBoostingRegressor(categorical_features=categorical[filled], random_state=what.seed)
    return TreeArrays.of(trees.fit(x[:, filled], y), filled)


def _classification(
    name: str,
    what: BaselineTask,
    x: np.ndarray,
    y: np.ndarray,
    categorical: np.ndarray,
    weights: np.ndarray | None,
) -> Fitted:
    classes = np.unique(y.astype(int))
    if len(classes) < 2:
        return _constant(what, y, weights)
    if name != "linear":
        return _tree_classes(what, x, y, categorical, weights)
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    with warnings.catch_warnings():  # an early end of the solver is good enough for a baseline
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(max_iter=_LOGISTIC_PASSES).fit(x, y.astype(int), weights)
    unseen = ~np.isin(np.arange(what.n_classes), classes)
    chance, factor = _of_unseen(unseen, len(y))
    return LinearArrays.of(model, ClassShares(np.where(unseen, chance, 0.0), classes, 1.0, factor))


def _tree_classes(
    what: BaselineTask, x: np.ndarray, y: np.ndarray, categorical: np.ndarray, weights: np.ndarray | None
) -> Fitted:
    """Boosted trees that stop when rows held back no longer gain: to the end, they grow far too sure of classes."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    known, filled = _modelled(what, y, _FEWEST_OF_A_CLASS), _filled(x)
    if known is None or not len(filled):
        return _constant(what, y, weights)
    own = np.isin(y, known.known)
    trees = HistGradientBoostingClassifier(
        categorical_features=categorical[filled],
        random_state=what.seed,
        early_stopping=len(y) >= _ROWS_TO_HOLD_BACK,
        l2_regularization=1.0,  # without it leaves of rare classes diverge
    ).fit(x[own][:, filled], y[own].astype(int), None if weights is None else weights[own])
    return TreeArrays.of(trees, filled, known)


def _filled(x: np.ndarray) -> np.ndarray:
    """The features that have a value: others cannot be cut; (n_filled,)."""
    return np.flatnonzero(~np.isnan(x).all(axis=0))


def _modelled(what: BaselineTask, y: np.ndarray, fewest: int) -> ClassShares | None:
    """Which classes trees model, None where there are not two of them.

    A class of a few rows cannot be held back, and trees that chase it diverge: it gets its share of the rows.
    """
    counts = np.bincount(y.astype(int), minlength=what.n_classes)
    often = np.flatnonzero(counts >= fewest)
    if len(often) < 2:
        return None
    shares = np.where(counts < fewest, counts / len(y), 0.0)
    chance, factor = _of_unseen(counts == 0, len(y))
    return ClassShares(np.where(counts == 0, chance, shares * factor), often, float(1 - shares.sum()), factor)


def grow_trees(
    settings: Sequence[Boosting],
    what: BaselineTask,
    x: np.ndarray,
    y: np.ndarray,
    categorical: np.ndarray,
    weights: np.ndarray | None,
    judging: Judging,
) -> Grown | None:
    """Trees that end where rows apart gain no more; None where there is nothing to grow, or to end them by.

    Args:
        settings: How they grow; none gives None.
        what: What is learned.
        x: Plain features of the train rows of one fold, gaps are NaN; (n_rows, n_features).
        y: Values or class numbers; (n_rows,).
        categorical: Which features are codes of categories; (n_features,).
        weights: What each row counts, for classes; None where all count alike; (n_rows,).
        judging: The outer rows of the fold.
    """
    from threadpoolctl import threadpool_limits

    known = None if what.task == "regression" else _modelled(what, y, _FEWEST_JUDGED)
    filled = _filled(x) if x.shape[1] else np.zeros(0, dtype=int)
    if not settings or not len(filled) or (known is None and what.task != "regression"):
        return None
    own = np.ones(len(y), dtype=bool) if known is None else np.isin(y, known.known)
    weights = None if weights is None else weights[own]
    with threadpool_limits(1 if x.size < _MANY_CELLS else None):
        return grow(settings, what.task, what.seed, x[own], y[own], categorical, filled, weights, judging, known)
