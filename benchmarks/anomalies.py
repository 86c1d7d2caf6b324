"""How well anomaly scores find a class that was planted as rare rows, beside an isolation forest.

    python benchmarks/anomalies.py --data ../shared/data [--class BOMBAY --class SEKER ...] [--seeds 5]

5 % of the rows are of one class, the others of the rest (of dry_bean at most 3,000 of them). No label is shown to
anyone; the area under the ROC of the score of *all* rows is taken afterwards. breast_cancer plants malignant rows among
benign ones. A class need not be an anomaly: one that lies amid the others is found by nobody, and the figures say so.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import polars as pl

from netwright import train

#: Rows of the other classes at most, and the share of planted ones.
_MOST, _SHARE = 3_000, 0.05


def planted(table: pl.DataFrame, odd: np.ndarray, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Rows of which 5 % are odd, and which; in a random order."""
    stream = np.random.default_rng(seed)
    usual, rare = stream.permutation(np.flatnonzero(~odd))[:_MOST], stream.permutation(np.flatnonzero(odd))
    rows = np.concatenate([usual, rare[: round(_SHARE / (1 - _SHARE) * len(usual))]])
    rows = stream.permutation(rows)
    return table[rows], odd[rows]


def forest(table: pl.DataFrame, seed: int) -> np.ndarray:
    """Scores of scikit-learn's isolation forest with its defaults."""
    from sklearn.ensemble import IsolationForest

    x = table.to_numpy().astype(np.float64)
    return np.asarray(-IsolationForest(random_state=seed).fit(x).score_samples(x))


def compare(name: str, table: pl.DataFrame, odd: np.ndarray, seeds: int, preset: str) -> dict[str, object]:
    """Areas under the ROC of both, the mean over seeds."""
    from sklearn.metrics import roc_auc_score

    areas, start = [], time.perf_counter()
    for seed in range(seeds):
        rows, truth = planted(table, odd, seed)
        run = train(rows, task="unsupervised", preset=preset, seed=seed)
        score = run.model.predict(rows)["score"].to_numpy()
        areas.append((roc_auc_score(truth, score), roc_auc_score(truth, forest(rows, seed))))
    ours, others = np.mean(areas, axis=0)
    seconds = (time.perf_counter() - start) / seeds
    return {
        "set": name,
        "autoencoder": round(ours, 4),
        "isolation_forest": round(others, 4),
        "seconds": round(seconds, 1),
    }


def main() -> None:
    """Print a line of JSON for each set."""
    from sklearn.datasets import load_breast_cancer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with tables/dry_bean.csv.gz")
    parser.add_argument("--class", dest="classes", action="append", help="of dry_bean; BOMBAY")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--preset", default="quick")
    asked = parser.parse_args()
    cancer = load_breast_cancer()
    table = pl.DataFrame(cancer.data, schema=[str(name) for name in cancer.feature_names])
    print(json.dumps(compare("breast_cancer", table, cancer.target == 0, asked.seeds, asked.preset)), flush=True)
    beans = pl.read_csv(asked.data / "tables" / "dry_bean.csv.gz")
    label = beans.columns[-1]
    for name in asked.classes or ["BOMBAY"]:
        odd = (beans[label] == name).to_numpy()
        found = compare(f"dry_bean, {name}", beans.drop(label), odd, asked.seeds, asked.preset)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
