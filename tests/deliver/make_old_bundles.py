"""Write samples of the bundle format at hand, to be kept: `python -m tests.deliver.make_old_bundles v2`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

import netwright
from tests.deliver.conftest import table

PARENT = Path(__file__).parent / "old_bundles"
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "regression-mlp": (
        "price",
        {"drop": ["class"], "model": "mlp", "kind": ["grade=ordinal:S<M<L"], "bin": ["면적=3"]},
    ),
    "classes-realmlp": (
        "class",
        {"drop": ["price"], "model": "realmlp", "kind": ["grade=ordinal:S<M<L", "street=category"]},
    ),
}


def rows() -> pl.DataFrame:
    """New rows with gaps and a level that training never saw."""
    number = pl.int_range(12)
    return (
        table(12, seed=9)
        .drop("price", "class")
        .with_columns(
            pl.when(number == 3).then(pl.lit("대구")).otherwise(pl.col("지역")).alias("지역"),
            pl.when(number == 4).then(None).otherwise(pl.col("street")).alias("street"),
            pl.when(number == 5).then(None).otherwise(pl.col("built")).alias("built"),
        )
    )


def make(version: str) -> None:
    """A folder a case: the bundle, rows, and the predictions that come out of it."""
    for name, (target, options) in CASES.items():
        folder = PARENT / f"{version}-{name}"
        folder.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as place:
            run = Path(place) / "run"
            netwright.train(table(), target, preset="quick", hidden="6,4", epochs=4, folds=3, out=run, **options)
            shutil.copytree(run / "model", folder / "model")
        rows().write_csv(folder / "rows.csv")
        netwright.load(folder).predict(folder / "rows.csv", interval=0.9).write_csv(folder / "predictions.csv")


if __name__ == "__main__":
    make(sys.argv[1])
