"""The rivals themselves: what they read, how they are made and fitted, and their errors.

It runs in the rivals' environment; `rival_fit.py` says what is not a default, and starts it.
"""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from typing import Any

THREADS = 2
#: Those that choose and fit until the budget is used, of `rival_search.py`.
TUNED = {"LightGBM tuned": "LightGBM", "CatBoost tuned": "CatBoost"}
_PYTABKIT = {"RealMLP-TD": "RealMLP_TD", "RealMLP-TD-S": "RealMLP_TD_S", "TabM": "TabM_D"}
#: What pytabkit imports while it fits, imported before: imports are not counted.
_LATE = ("pytabkit.models.alg_interfaces.tabm_interface", "torch.profiler", "narwhals.stable")
#: scikit-learn's trees take at most 255 categories: the most frequent are kept, the others are missing.
_MOST_CATEGORIES = 250
_SMALLEST_PROBABILITY = 1e-15


def estimator(rival: str, regression: bool, seed: int, categories: list[str]) -> Any:
    """The rival, not fitted, its modules imported."""
    kind = "Regressor" if regression else "Classifier"
    if rival in _PYTABKIT:
        import torch

        torch.set_num_threads(THREADS)
        for name in _LATE:
            importlib.import_module(name)
        options: dict[str, Any] = {} if regression else {"val_metric_name": "cross_entropy"}
        if not regression and rival.startswith("RealMLP"):
            options["use_ls"] = False
        family = getattr(importlib.import_module("pytabkit"), f"{_PYTABKIT[rival]}_{kind}")
        return family(device="cpu", n_threads=THREADS, random_state=seed, **options)
    if rival == "CatBoost":
        family = getattr(importlib.import_module("catboost"), f"CatBoost{kind}")
        quiet = {"verbose": False, "allow_writing_files": False}
        return family(thread_count=THREADS, random_seed=seed, cat_features=categories, **quiet)
    if rival == "LightGBM":
        family = getattr(importlib.import_module("lightgbm"), f"LGBM{kind}")
        return family(n_jobs=THREADS, random_state=seed, verbose=-1)
    if rival == "sklearn MLP":
        return sklearn_mlp(regression, seed, categories)
    ensemble = importlib.import_module("sklearn.ensemble")
    return getattr(ensemble, f"HistGradientBoosting{kind}")(random_state=seed)


def sklearn_mlp(regression: bool, seed: int, categories: list[str]) -> Any:
    """scikit-learn's MLP, 64-32, early stopping; medians and indicators, scaled numbers, one-hot categories.

    The target is standardised too, which the plain regressor does not do: that makes it the stronger rival.
    """
    from sklearn.compose import ColumnTransformer, TransformedTargetRegressor, make_column_selector
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=3)
    columns = [("numbers", numbers, make_column_selector(dtype_include="number")), ("texts", one_hot, categories)]
    options: dict[str, Any] = {"hidden_layer_sizes": (64, 32), "early_stopping": True, "random_state": seed}
    if regression:
        network: Any = TransformedTargetRegressor(MLPRegressor(**options), transformer=StandardScaler())
    else:
        network = MLPClassifier(**options)
    return make_pipeline(ColumnTransformer(columns), network)


def inputs(rival: str, rows: Any, judged: Any) -> tuple[Any, Any, list[str], str]:
    """Train and test columns as this rival takes them, the names of the categories, and notes on what was done.

    Columns get short names, since LightGBM refuses some.
    """
    import pandas as pd

    numbers = [n for n in rows if pd.api.types.is_numeric_dtype(rows[n]) and not pd.api.types.is_bool_dtype(rows[n])]
    rival = TUNED.get(rival, rival)
    most = {name: rows[name].count() if rival == "CatBoost" else len(rows) / 2 for name in rows}
    texts = [name for name in rows if name not in numbers and rows[name].nunique() < most[name]]
    left_out = [name for name in rows if name not in (*numbers, *texts)]
    notes = [f"without {', '.join(left_out)}"] if left_out else []
    columns: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    medians = 0
    for index, name in enumerate((*numbers, *texts)):
        if name in numbers:
            pair = [pd.to_numeric(frame[name], errors="coerce").astype(float) for frame in (rows, judged)]
            if rival in _PYTABKIT and any(part.isna().any() for part in pair):
                median = pair[0].median()
                pair = [part.fillna(0.0 if pd.isna(median) else median) for part in pair]
                medians += 1
        else:
            pair = [frame[name].astype(object).map(str, na_action="ignore") for frame in (rows, judged)]
            if rival in ("CatBoost", "sklearn MLP"):
                pair = [part.fillna("missing").astype(object) for part in pair]
            else:
                kept = _MOST_CATEGORIES if rival == "HistGB" else None
                kind = pd.CategoricalDtype(sorted(pair[0].value_counts().index[:kept]))
                pair = [part.where(part.isin(kind.categories)).astype(kind) for part in pair]
        for frame, part in zip(columns, pair, strict=True):
            frame[f"c{index}"] = part
    notes += [f"median for gaps in {medians} of {len(numbers)} columns of numbers"] if medians else []
    train, test = (pd.DataFrame(frame) for frame in columns)
    return train, test, [f"c{index + len(numbers)}" for index in range(len(texts))], "; ".join(notes)


def class_errors(classes: list[str], probabilities: Any, truth: Any) -> dict[str, float]:
    """Log-loss, and 1 - AUC of two classes or the error rate of more; a class that was never seen has no chance."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    place = {label: index for index, label in enumerate(classes)}
    own = np.array([place.get(label, -1) for label in truth])
    chance = np.where(own >= 0, probabilities[np.arange(len(own)), np.maximum(own, 0)], 0.0)
    errors = {"log_loss": float(-np.log(np.clip(chance, _SMALLEST_PROBABILITY, 1.0)).mean())}
    if len(classes) == 2:
        return errors | {"one_minus_auc": float(1 - roc_auc_score(own == 1, probabilities[:, 1]))}
    return errors | {"error_rate": float(np.mean(probabilities.argmax(axis=1) != own))}


def fit(
    rival: str, train: Path, test: Path, target: str, regression: bool, seed: int, deadline: float = 0.0
) -> dict[str, Any]:
    """Errors on the test rows, seconds to fit (imports and reading not counted) and notes.

    Args:
        rival: One of `RIVALS`.
        train: Rows to fit.
        test: Rows to judge.
        target: Column to predict.
        regression: Whether it is a number.
        seed: Of the split.
        deadline: When a rival that uses a budget must have ended, as `time.time()` tells it.
    """
    import numpy as np
    import pandas as pd

    rows, judged = (pd.read_csv(path, na_values="?", encoding="utf-8") for path in (train, test))
    y, truth = (frame.pop(target).to_numpy(dtype=float if regression else str).copy() for frame in (rows, judged))
    classes = [] if regression else sorted(set(y.tolist()))
    if rival == "AutoGluon":
        from rival_search import autogluon

        predicted, seconds, notes = autogluon(rows, y, judged[rows.columns], classes, deadline)
        return {"errors": errors_of(predicted, truth, classes), "fit_seconds": seconds, "notes": notes}
    x, x_test, categories, notes = inputs(rival, rows, judged[rows.columns])
    if not regression:
        y = np.array([classes.index(label) for label in y])
    if rival in TUNED:
        from rival_search import tuned

        predicted, seconds, said = tuned(TUNED[rival], x, y, x_test, categories, len(classes), seed, deadline)
        notes = "; ".join(note for note in (said, notes) if note)
        return {"errors": errors_of(predicted, truth, classes), "fit_seconds": seconds, "notes": notes}
    model = estimator(rival, regression, seed, categories)
    if rival == "sklearn MLP" and not regression:
        kept = np.bincount(y)[y] > 1  # a class with a single row cannot be split off for early stopping
        x, y = x[kept], y[kept]
    start = time.perf_counter()
    model.fit(x, y)
    seconds = time.perf_counter() - start
    if regression:
        predicted = np.ravel(model.predict(x_test))
    else:
        predicted = np.zeros((len(x_test), len(classes)))
        predicted[:, np.unique(y)] = model.predict_proba(x_test)
    return {"errors": errors_of(predicted, truth, classes), "fit_seconds": seconds, "notes": notes}


def errors_of(predicted: Any, truth: Any, classes: list[str]) -> dict[str, float]:
    """Errors of values, or of probabilities, a column a class."""
    import numpy as np

    if not classes:
        return {"rmse": float(np.sqrt(np.mean((np.asarray(predicted, dtype=float) - truth) ** 2)))}
    return class_errors(classes, np.asarray(predicted, dtype=float), truth)
