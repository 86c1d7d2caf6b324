"""What a network has to beat: the constant, a linear model and boosted trees, from scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netwright.base.plan import Task

#: A fitted baseline: features (n_rows, n_features) to values (n_rows,) or probabilities (n_rows, n_classes).
Predict = Callable[[np.ndarray], np.ndarray]

BASELINES = ("constant", "linear", "trees")

#: Trees on fewer cells than this grow on one thread: handing work around would cost more than it saves, and far
#: more on a machine that is busy with something else.
_MANY_CELLS = 1_000_000
#: Passes of the solver of logistic regression; scaled features need far fewer.
_LOGISTIC_PASSES = 300
#: Classes with fewer rows are left to their share; and with fewer rows in all none are held back for an early end.
_FEWEST_OF_A_CLASS, _ROWS_TO_HOLD_BACK = 10, 200


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
) -> Predict:
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


def _constant(what: BaselineTask, y: np.ndarray, weights: np.ndarray | None = None) -> Predict:
    if what.task == "regression":
        mean = float(y.mean())
        return lambda x: np.full(len(x), mean)
    counts = np.bincount(y.astype(int), weights, minlength=what.n_classes)
    shares = _with_unseen(counts / counts.sum(), counts == 0, len(y))
    return lambda x: np.tile(shares, (len(x), 1))


def _with_unseen(probabilities: np.ndarray, unseen: np.ndarray, n_rows: int) -> np.ndarray:
    """Classes without a train row get a chance like Laplace's: with none, a single such row would decide log-loss.

    Args:
        probabilities: 0 for those classes; (..., n_classes).
        unseen: Which they are; (n_classes,).
        n_rows: Train rows.
    """
    chance = 1 / (n_rows + len(unseen))
    return np.asarray(np.where(unseen, chance, probabilities * (1 - chance * unseen.sum())))


def _regression(name: str, what: BaselineTask, x: np.ndarray, y: np.ndarray, categorical: np.ndarray) -> Predict:
    if name == "linear":
        from sklearn.linear_model import Ridge

        linear = Ridge(alpha=1.0).fit(x, y)
        return lambda rows: np.asarray(linear.predict(rows))
    from sklearn.ensemble import HistGradientBoostingRegressor

    filled = ~np.isnan(x).all(axis=0)  # a column without a value cannot be cut
    if not filled.any():
        return _constant(what, y, None)
    trees = HistGradientBoostingRegressor(categorical_features=categorical[filled], random_state=what.seed)
    trees.fit(x[:, filled], y)
    return lambda rows: np.asarray(trees.predict(rows[:, filled]))


def _classification(
    name: str,
    what: BaselineTask,
    x: np.ndarray,
    y: np.ndarray,
    categorical: np.ndarray,
    weights: np.ndarray | None,
) -> Predict:
    classes = np.unique(y.astype(int))
    if len(classes) < 2:
        return _constant(what, y, weights)
    if name == "linear":
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        with warnings.catch_warnings():  # an early end of the solver is good enough for a baseline
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = LogisticRegression(max_iter=_LOGISTIC_PASSES).fit(x, y.astype(int), weights)
    else:
        return _tree_classes(what, x, y, categorical, weights)

    def predict(rows: np.ndarray) -> np.ndarray:
        probabilities = np.zeros((len(rows), what.n_classes))
        probabilities[:, classes] = model.predict_proba(rows)
        return _with_unseen(probabilities, ~np.isin(np.arange(what.n_classes), classes), len(y))

    return predict


def _tree_classes(
    what: BaselineTask, x: np.ndarray, y: np.ndarray, categorical: np.ndarray, weights: np.ndarray | None
) -> Predict:
    """Boosted trees that stop when rows held back no longer gain: to the end, they grow far too sure of classes.

    A class of a few rows cannot be held back, and trees that chase it diverge: it gets its share of the rows.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    labels = y.astype(int)
    counts = np.bincount(labels, minlength=what.n_classes)
    often, filled = np.flatnonzero(counts >= _FEWEST_OF_A_CLASS), ~np.isnan(x).all(axis=0)
    if len(often) < 2 or not filled.any():
        return _constant(what, y, weights)
    own = np.isin(labels, often)
    trees = HistGradientBoostingClassifier(
        categorical_features=categorical[filled],
        random_state=what.seed,
        early_stopping=len(y) >= _ROWS_TO_HOLD_BACK,
        l2_regularization=1.0,  # without it leaves of rare classes diverge
    ).fit(x[own][:, filled], labels[own], None if weights is None else weights[own])

    def predict(rows: np.ndarray) -> np.ndarray:
        probabilities = np.tile(np.where(counts < _FEWEST_OF_A_CLASS, counts / len(y), 0.0), (len(rows), 1))
        rest = 1 - probabilities.sum(axis=1, keepdims=True)
        probabilities[:, often] = trees.predict_proba(rows[:, filled]) * rest
        return _with_unseen(probabilities, counts == 0, len(y))

    return predict
