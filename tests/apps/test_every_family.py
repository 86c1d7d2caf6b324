"""Every family from a table with gaps to a bundle that predicts the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import load, train
from netwright.models.family import PREDICT, families, purpose_of

Houses = Callable[..., pl.DataFrame]
#: Small enough for a test.
SMALL: dict[str, dict[str, Any]] = {"linear": {}, "textcnn": {"hidden": "12,6", "kind": ["street=text"]}}


def with_gaps(houses: Houses, n_rows: int, seed: int = 0) -> pl.DataFrame:
    """Numbers, categories, a long category and a boolean, each of them with cells that are missing."""
    frame = houses(n_rows, seed).with_columns(pl.Series("street", [f"s{row % 30}" for row in range(n_rows)]))
    for step, name in enumerate(("rooms", "town", "river", "street"), 3):
        here = pl.int_range(pl.len()) % (step * 2) == 1
        frame = frame.with_columns(pl.when(here).then(None).otherwise(pl.col(name)).alias(name))
    return frame


PREDICTING = [name for name in families.names() if purpose_of(name) == PREDICT]
OF_SERIES = [name for name in PREDICTING if "past" in families.get(name).takes]
OF_PICTURES = [name for name in PREDICTING if "image" in families.get(name).takes]
OF_CELLS = [name for name in PREDICTING if name not in (*OF_SERIES, *OF_PICTURES)]


@pytest.mark.parametrize("name", OF_CELLS)
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_it_trains_on_gaps_and_returns_from_its_bundle(houses: Houses, tmp_path: Path, name: str, task: str) -> None:
    frame, new = with_gaps(houses, 100), with_gaps(houses, 23, seed=5).drop("price")
    if task != "regression":
        lower, upper = (45, 45) if task == "binary" else (38, 52)
        price = pl.col("price")
        grade = pl.when(price < lower).then(pl.lit("a")).when(price < upper).then(pl.lit("b")).otherwise(pl.lit("c"))
        frame = frame.with_columns(grade.alias("price"))
    options = SMALL.get(name, {"hidden": "12,6"})
    run = train(frame, "price", model=[name], preset="quick", epochs=3, no_repair=True, **options)
    assert run.record.plan.family == name
    assert run.metrics["test"]
    run.save(tmp_path / "run")
    before = run.model.predict(new)
    assert before.height == 23
    assert before.null_count().sum_horizontal().item() == 0
    assert load(tmp_path / "run").predict(new).equals(before)


@pytest.mark.parametrize("name", OF_SERIES)
def test_so_does_one_of_series(tmp_path: Path, name: str) -> None:
    days = [f"2024-{1 + day // 28:02}-{1 + day % 28:02}" for day in range(140)]
    sold = [None if day % 37 == 5 else 20 + day / 10 + 5 * (day % 7) for day in range(140)]
    frame = pl.DataFrame({"day": days, "sold": sold})
    small = {"epochs": 2, "no_repair": True, "past": 14}
    run = train(frame, "sold", time="day", horizon=3, model=[name], preset="quick", **small)
    assert run.record.plan.family == name
    run.save(tmp_path / "run")
    before = run.model.forecast()
    assert before.height == 3
    assert load(tmp_path / "run").forecast().equals(before)


@pytest.mark.parametrize("name", OF_PICTURES)
def test_so_does_one_of_pictures(tmp_path: Path, name: str) -> None:
    from PIL import Image

    shades = np.random.default_rng(0)
    for number in range(60):
        side = ("왼쪽", "오른쪽")[number % 2]
        pixels = shades.integers(0, 90, (8, 8)).astype(np.uint8)
        pixels[:, slice(0, 4) if number % 2 else slice(4, 8)] += 150
        (tmp_path / "그림" / side).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "그림" / side / f"{number}.png")
    run = train(tmp_path / "그림", model=[name], preset="quick", epochs=2, no_repair=True, filters="4,4")
    assert run.record.plan.family == name
    run.save(tmp_path / "run")
    before = run.model.predict(tmp_path / "그림")
    assert before.height == 60
    assert load(tmp_path / "run").predict(tmp_path / "그림").equals(before)


@pytest.mark.parametrize("name", [name for name in families.names() if purpose_of(name) == "reconstruct"])
def test_so_does_one_that_gives_rows_back(houses: Houses, tmp_path: Path, name: str) -> None:
    frame, new = with_gaps(houses, 100), with_gaps(houses, 23, seed=5)
    run = train(frame, task="unsupervised", model=[name], preset="quick", epochs=3, no_repair=True, hidden="12,6")
    assert run.record.plan.family == name
    assert run.metrics["test"]["reconstruction_error"] > 0
    run.save(tmp_path / "run")
    before = run.model.predict(new)
    assert before.height == 23
    assert before.null_count().sum_horizontal().item() == 0
    again = load(tmp_path / "run")
    assert again.predict(new).equals(before)
    given_back = run.model.reconstructed(run.model.table(new))
    assert given_back.columns == ["row", *(column.name for column in run.record.schema.features)]
    assert again.reconstructed(again.table(new)).equals(given_back)


def test_families_are_compared_on_the_same_folds(houses: Houses) -> None:
    run = train(houses(100), "price", model=["realmlp", "tabm"], preset="quick", epochs=2, no_repair=True, hidden="8")
    names = [row["name"] for row in run.record.leaderboard]
    assert {"realmlp", "tabm", "trees", "linear", "constant"} == set(names)
    scores = {row["name"]: row["valid_score"] for row in run.record.leaderboard}
    assert run.record.plan.name == min(("realmlp", "tabm"), key=scores.__getitem__)
    assert all(row["fit_seconds"] > 0 for row in run.record.leaderboard if row["family"] != "baseline")
