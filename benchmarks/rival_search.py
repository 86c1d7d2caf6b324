"""Rivals that use a budget of seconds: boosted trees tuned by random search, and AutoGluon.

The search: every configuration is judged by 5-fold cross-validation with early stopping on the fold left out; the
package's defaults come first, then draws, until the budget is used. What predicts is the mean of the five fold models
of the best configuration. A configuration that the clock cuts is thrown away; where the defaults alone would take too
long, every fold of them gets its share of the seconds, and a note says so.

The space is the one published for TabArena (Erickson et al., "TabArena: A Living Benchmark for Machine Learning on
Tabular Data", NeurIPS 2025), made for tuning with cross-validation; so are 10,000 trees at most, but for CatBoost's
defaults, whose rate follows from their 1,000. Patience is 100 trees: a longer one leaves fewer configurations to a
short budget.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cores import PatientClock
from rival_models import THREADS

FOLDS = 5
_MOST_TREES, _PATIENCE = 10_000, 100
#: Kept back from the budget: seconds, and a share of it, to predict and to end.
_RESERVE, _RESERVE_SHARE = 0.5, 0.02
#: AutoGluon's time_limit is approximate, it loads its models to predict, and ends slowly.
_AUTOGLUON_SHARE = 0.05

#: The clock of the searches: what others do on the machine takes nothing from them.
clock = PatientClock()

#: A fit of one fold: parameters, fold, the time at which to stop; the model, and its predictions of the fold left out.
FitFold = Callable[[dict[str, Any], int, float], tuple[Any, np.ndarray]]


def drawn(rival: str, rng: np.random.Generator) -> dict[str, Any]:
    """Parameters from TabArena's space of LightGBM or CatBoost."""

    def log(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    def log_int(low: int, high: int) -> int:
        return int(log(low, high + 1))

    if rival == "LightGBM":
        return {
            "learning_rate": log(5e-3, 0.1),
            "feature_fraction": float(rng.uniform(0.4, 1)),
            "bagging_fraction": float(rng.uniform(0.7, 1)),
            "bagging_freq": 1,
            "num_leaves": log_int(2, 200),
            "min_data_in_leaf": log_int(1, 64),
            "extra_trees": bool(rng.integers(2)),
            "min_data_per_group": log_int(2, 100),
            "cat_l2": log(5e-3, 2),
            "cat_smooth": log(1e-3, 100),
            "max_cat_to_onehot": log_int(8, 100),
            "lambda_l1": log(1e-5, 1),
            "lambda_l2": log(1e-5, 2),
        }
    return {
        "iterations": _MOST_TREES,
        "learning_rate": log(5e-3, 0.1),
        "bootstrap_type": "Bernoulli",
        "subsample": float(rng.uniform(0.7, 1)),
        "grow_policy": ("SymmetricTree", "Depthwise")[int(rng.integers(2))],
        "depth": int(rng.integers(4, 9)),
        "colsample_bylevel": float(rng.uniform(0.85, 1)),
        "l2_leaf_reg": log(1e-4, 5),
        "leaf_estimation_iterations": log_int(1, 20),
        "one_hot_max_size": log_int(8, 100),
        "model_size_reg": log(0.1, 1.5),
        "max_ctr_complexity": int(rng.integers(2, 6)),
        "boosting_type": "Plain",
    }


def loss(predicted: np.ndarray, truth: np.ndarray, n_classes: int) -> float:
    """RMSE, or log-loss of probabilities.

    Example:
        >>> loss(np.array([1.0, 3.0]), np.array([1.0, 1.0]), 0)
        1.4142135623730951
    """
    if not n_classes:
        return float(np.sqrt(np.mean((predicted - truth) ** 2)))
    return float(-np.log(np.clip(predicted[np.arange(len(truth)), truth], 1e-15, 1)).mean())


def search(
    rival: str, fit_fold: FitFold, judge: Callable[[list[np.ndarray]], float], seed: int, end: float
) -> tuple[list[Any], str]:
    """The fold models of the best configuration until `end`, and a note.

    Args:
        rival: Whose space.
        fit_fold: Fits one fold.
        judge: The loss of the predictions of all folds left out.
        seed: Of the draws.
        end: As `clock()` tells it.
    """
    rng = np.random.default_rng(seed)
    best: tuple[float, list[Any], int] | None = None
    tried, hurried = 0, False
    while best is None or clock() < end:
        parameters = drawn(rival, rng) if tried else {}
        models, left_out = [], []
        for fold in range(FOLDS):
            now = clock()
            stop = end if best else now + max(end - now, 0.0) / (FOLDS - fold)
            model, predicted = fit_fold(parameters, fold, stop)
            if clock() >= stop:
                if best:
                    return best[1], _note(best[2], tried, hurried)
                hurried = True
            models.append(model)
            left_out.append(predicted)
        score = judge(left_out)
        if best is None or score < best[0]:
            best = score, models, tried
        tried += 1
    return best[1], _note(best[2], tried, hurried)


def _note(best: int, tried: int, hurried: bool) -> str:
    return f"number {best + 1} of {tried} configurations" + (", the defaults cut by the clock" if hurried else "")


def tuned(
    rival: str, x: Any, y: Any, x_test: Any, categories: list[str], n_classes: int, seed: int, deadline: float
) -> tuple[np.ndarray, float, str]:
    """Predictions of the test rows by the best configuration, seconds, and a note.

    Args:
        rival: LightGBM or CatBoost.
        x: Columns as the rival reads them.
        y: Values, or numbers of classes.
        x_test: Columns of the test rows.
        categories: Names of the columns of categories.
        n_classes: 0 where the target is a number.
        seed: Of folds, draws and fits.
        deadline: When the process must have ended, as `clock()` tells it.
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    begun = clock()
    splitter = (StratifiedKFold if n_classes else KFold)(FOLDS, shuffle=True, random_state=seed)
    folds = list(splitter.split(x, y))
    maker = _lightgbm if rival == "LightGBM" else _catboost
    fit_fold, predict = maker(x, y, folds, categories, n_classes, seed)
    rows = np.concatenate([valid for _, valid in folds])
    end = deadline - _RESERVE - _RESERVE_SHARE * (deadline - begun)
    models, note = search(rival, fit_fold, lambda parts: loss(np.concatenate(parts), y[rows], n_classes), seed, end)
    seconds = clock() - begun
    return np.mean([predict(model, x_test) for model in models], axis=0), seconds, note


def _lightgbm(
    x: Any, y: Any, folds: list[Any], categories: list[str], n_classes: int, seed: int
) -> tuple[FitFold, Callable[[Any, Any], np.ndarray]]:
    import lightgbm

    objective = "regression" if not n_classes else "binary" if n_classes == 2 else "multiclass"
    always = {"objective": objective, "num_threads": THREADS, "seed": seed, "verbosity": -1}
    if n_classes > 2:
        always["num_class"] = n_classes

    def predict(model: Any, frame: Any) -> np.ndarray:
        values = np.asarray(model.predict(frame, num_iteration=model.best_iteration))
        return np.column_stack([1 - values, values]) if n_classes == 2 else values

    def fit_fold(parameters: dict[str, Any], fold: int, stop: float) -> tuple[Any, np.ndarray]:
        train, valid = folds[fold]
        rows = lightgbm.Dataset(x.iloc[train], y[train], categorical_feature=categories)
        judged = lightgbm.Dataset(x.iloc[valid], y[valid], reference=rows)

        def in_time(env: Any) -> None:
            if clock() >= stop:
                raise lightgbm.callback.EarlyStopException(env.iteration, env.evaluation_result_list)

        callbacks = [lightgbm.early_stopping(_PATIENCE, verbose=False), in_time]
        settings = {"num_boost_round": _MOST_TREES, "valid_sets": [judged], "callbacks": callbacks}
        model = lightgbm.train(always | parameters, rows, **settings)
        return model, predict(model, x.iloc[valid])

    return fit_fold, predict


def _catboost(
    x: Any, y: Any, folds: list[Any], categories: list[str], n_classes: int, seed: int
) -> tuple[FitFold, Callable[[Any, Any], np.ndarray]]:
    import catboost

    always = {"thread_count": THREADS, "random_seed": seed, "verbose": False, "allow_writing_files": False}
    always["loss_function"] = "RMSE" if not n_classes else "Logloss" if n_classes == 2 else "MultiClass"
    if n_classes > 2:
        always["classes_count"] = n_classes
    pools = [
        tuple(catboost.Pool(x.iloc[rows], y[rows], cat_features=categories) for rows in (train, valid))
        for train, valid in folds
    ]

    class Clock:
        def __init__(self, stop: float):
            self.stop = stop

        def after_iteration(self, info: Any) -> bool:
            return clock() < self.stop

    def predict(model: Any, frame: Any) -> np.ndarray:
        return np.asarray(model.predict_proba(frame) if n_classes else model.predict(frame))

    def fit_fold(parameters: dict[str, Any], fold: int, stop: float) -> tuple[Any, np.ndarray]:
        rows, judged = pools[fold]
        model = (catboost.CatBoostClassifier if n_classes else catboost.CatBoostRegressor)(**always | parameters)
        patience = {"early_stopping_rounds": _PATIENCE, "use_best_model": True}
        model.fit(rows, eval_set=judged, callbacks=[Clock(stop)], **patience)
        return model, predict(model, judged)

    return fit_fold, predict


def autogluon(rows: Any, y: Any, judged: Any, classes: list[str], deadline: float) -> tuple[np.ndarray, float, str]:
    """Predictions of the test rows by AutoGluon's best model, seconds, and a note.

    Args:
        rows: Train columns as read.
        y: Values, or classes as texts.
        judged: Test columns.
        classes: Sorted; none where the target is a number.
        deadline: When the process should have ended, as `time.time()` tells it.
    """
    from autogluon.tabular import TabularPredictor

    begun = time.time()
    target = "the target"
    kind = "regression" if not classes else "binary" if len(classes) == 2 else "multiclass"
    metric = "log_loss" if classes else "root_mean_squared_error"
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "models")
        predictor = TabularPredictor(target, problem_type=kind, eval_metric=metric, path=place, verbosity=0)
        limit = (1 - _AUTOGLUON_SHARE) * (deadline - time.time()) - _RESERVE
        options = {"presets": "medium_quality", "num_cpus": THREADS, "num_gpus": 0, "time_limit": limit}
        predictor.fit(rows.assign(**{target: y}), **options)
        seconds = time.time() - begun
        note = f"best of {len(predictor.model_names())} models, time_limit {limit:.0f} s, used {seconds:.0f} s"
        if not classes:
            return np.asarray(predictor.predict(judged), dtype=float), seconds, note
        return predictor.predict_proba(judged).reindex(columns=classes, fill_value=0.0).to_numpy(), seconds, note
