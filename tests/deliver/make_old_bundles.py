"""Write samples of the bundle format at hand, to be kept: `python -m tests.deliver.make_old_bundles v3`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import polars as pl

import netwright
from netwright.deliver.bundle import bundle_files
from tests.deliver.conftest import table
from tests.mixed import Ingredients

PARENT = Path(__file__).parent / "old_bundles"
#: Target and options of the training, and how what was trained is mixed.
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "regression-mixture": ("price", {"drop": ["class"], "kind": ["grade=ordinal:S<M<L"], "bin": ["면적=3"]}, {}),
    "classes-mixture": (
        "class",
        {"drop": ["price"], "kind": ["grade=ordinal:S<M<L", "street=category"]},
        {"temperature": 1.5},
    ),
    "binary-mixture": ("new", {"drop": ["price", "class"]}, {"temperature": 0.8, "threshold": 0.35}),
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
    for name, (target, options, mixing) in CASES.items():
        folder = PARENT / f"{version}-{name}"
        (folder / "model").mkdir(parents=True)
        mixture = Ingredients.of(table(160), target, **options).mixed(**mixing)
        for file, content in bundle_files(mixture).items():
            (folder / "model" / file).write_bytes(content)
        rows().write_csv(folder / "rows.csv")
        netwright.load(folder).predict(folder / "rows.csv", interval=0.9).write_csv(folder / "predictions.csv")


if __name__ == "__main__":
    make(sys.argv[1])
