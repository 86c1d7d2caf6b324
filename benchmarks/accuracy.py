"""Test error of netwright against rivals, on the same splits of the development tables.

Error is RMSE or log-loss (floor 0.001); repeated rows stay on one side. Each split is written to two files, and every
competitor reads those. The last line is one JSON object.

    python benchmarks/accuracy.py                      # all tables, 3 splits
    python benchmarks/accuracy.py --tables boston,mpg --splits 1 --option dropout=0
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from tables import BenchTable, chosen, split_files

_FLOOR = 0.001


def sklearn_mlp(table: BenchTable, train: Path, test: Path, seed: int, raw_target: bool = False) -> float:
    """scikit-learn's MLP, 64-32, early stopping; medians and indicators, scaled numbers, one-hot categories.

    The target is standardised too, which the plain regressor does not do: that makes it the stronger rival.
    """
    import pandas as pd
    from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    rows, judged = (pd.read_csv(path, na_values="?") for path in (train, test))
    x, y = rows.drop(columns=table.target), rows[table.target]
    numeric = [name for name in x if pd.api.types.is_numeric_dtype(x[name])]
    others = [name for name in x if name not in numeric and x[name].nunique() < len(x) / 2]
    prepare = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numeric),
            ("texts", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=3), others),
        ],
        sparse_threshold=0,
    )
    options: dict[str, Any] = {"hidden_layer_sizes": (64, 32), "early_stopping": True, "random_state": seed}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if table.regression:
            network: Any = MLPRegressor(**options)
            network = network if raw_target else TransformedTargetRegressor(network, transformer=StandardScaler())
            predicted = make_pipeline(prepare, network).fit(x, y).predict(judged[x.columns])
            return float(np.sqrt(np.mean((predicted - judged[table.target]) ** 2)))
        # a class with a single row cannot be split off for early stopping
        counts = y.value_counts()
        kept = y.map(counts) > 1
        model = make_pipeline(prepare, MLPClassifier(**options)).fit(x[kept], y[kept].astype(str))
    probabilities = model.predict_proba(judged[x.columns])
    column = {label: index for index, label in enumerate(model.classes_)}
    own = [column.get(str(label), -1) for label in judged[table.target]]
    chance = [row[index] if index >= 0 else 0.0 for row, index in zip(probabilities, own, strict=True)]
    return float(np.mean(-np.log(np.clip(chance, 1e-15, 1))))


def netwright(table: BenchTable, train: Path, test: Path, seed: int, **options: Any) -> dict[str, float]:
    """netwright at its defaults (or with options), and the baselines that it trains along."""
    import netwright as nw

    task = {"task": "regression"} if table.regression else {}
    run = nw.train(train, table.target, test_data=str(test), seed=seed, **task, **options)
    metric = "rmse" if table.regression else "log_loss"
    scores = {name: own[metric] for name, own in run.metrics["baselines"].items()}
    return {"netwright": run.metrics["test"][metric], **scores}


def measure(table: BenchTable, splits: int, options: dict[str, Any]) -> dict[str, list[float]]:
    """Errors of every competitor, one a split."""
    errors: dict[str, list[float]] = {}
    for number in range(splits):
        with tempfile.TemporaryDirectory() as folder:
            train, test = split_files(table, number, Path(folder))
            start = time.perf_counter()
            own = netwright(table, train, test, number, **options)
            own["seconds"] = time.perf_counter() - start
            own["sklearn_mlp"] = sklearn_mlp(table, train, test, number)
            if table.regression:
                own["sklearn_mlp_raw_target"] = sklearn_mlp(table, train, test, number, raw_target=True)
        for name, error in own.items():
            errors.setdefault(name, []).append(error)
    return errors


def geometric_mean_ratio(results: dict[str, dict[str, list[float]]], rival: str) -> float:
    """Geometric mean over tables and splits of our error over the rival's; under 1 is better than the rival."""
    logs = []
    for errors in results.values():
        theirs = errors.get(rival) or errors["sklearn_mlp"]
        ratios = [
            math.log(max(ours, _FLOOR) / max(other, _FLOOR))
            for ours, other in zip(errors["netwright"], theirs, strict=True)
        ]
        logs.append(float(np.mean(ratios)))
    return math.exp(float(np.mean(logs)))


def main() -> None:
    """Print a line a table, and the whole as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables")
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--option", action="append", default=[], help="an option of netwright.train, NAME=VALUE")
    arguments = parser.parse_args()
    options = {name: _value(text) for name, text in (entry.split("=", 1) for entry in arguments.option)}
    results = {}
    for table in chosen(arguments.tables):
        results[table.name] = errors = measure(table, arguments.splits, options)
        means = "  ".join(f"{name} {np.mean(values):.5g}" for name, values in errors.items())
        print(f"{table.name:<12}{means}", flush=True)
    ratios = {rival: geometric_mean_ratio(results, rival) for rival in ("sklearn_mlp", "linear", "trees")}
    ratios["sklearn_mlp_raw_target"] = geometric_mean_ratio(results, "sklearn_mlp_raw_target")
    print(json.dumps({"error_ratio": {name: round(ratio, 4) for name, ratio in ratios.items()}, "tables": results}))


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


if __name__ == "__main__":
    main()
