"""What it helps to start from the encoder of an autoencoder where labels are few: dry_bean in two halves.

    python benchmarks/started.py --data ../shared/data [--rows 100 --rows 300] [--seeds 5]

The encoder learns without the target from one half, the networks from a few labelled rows of the second, which also
holds the test rows. Beside them stand the same shape from scratch, an encoder that saw the features of the second half,
and the linear model.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from netwright import train

_TARGET = "Class"


def compare(folder: Path, table: pl.DataFrame, n_rows: int, seeds: int) -> dict[str, object]:
    """Mean log-loss on test rows over seeds, by where the networks start."""
    starts = {
        "scratch": {"hidden": (64, 32), "activation": "tanh"},
        "other half": {"start_from": str(folder / "other")},
        "same half": {"start_from": str(folder / "same")},
    }
    losses: dict[str, list[float]] = {name: [] for name in (*starts, "linear")}
    for seed in range(seeds):
        for name, options in starts.items():
            run = train(table, _TARGET, preset="quick", train_rows=n_rows, seed=seed, no_repair=True, **options)
            losses[name].append(run.metrics["test"]["log_loss"])
        losses["linear"].append(run.metrics["baselines"]["linear"]["log_loss"])
    return {"rows": n_rows} | {name: round(float(np.mean(own)), 4) for name, own in losses.items()}


def main() -> None:
    """Print one line of JSON for each number of labelled rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, action="append")
    parser.add_argument("--seeds", type=int, default=5)
    said = parser.parse_args()
    table = pl.read_csv(said.data / "tables" / "dry_bean.csv.gz")
    order, half = np.random.default_rng(0).permutation(table.height), table.height // 2
    halves = {"other": table[order[:half]], "same": table[order[half:]]}
    with tempfile.TemporaryDirectory() as name:
        for which, rows in halves.items():
            options = {"task": "unsupervised", "preset": "quick", "drop": (_TARGET,), "no_repair": True}
            train(rows, out=Path(name) / which, **options)
        for n_rows in said.rows or (100, 300):
            print(json.dumps(compare(Path(name), halves["same"], n_rows, said.seeds)), flush=True)


if __name__ == "__main__":
    main()
