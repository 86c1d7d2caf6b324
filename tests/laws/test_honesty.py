"""Nothing of the rows that judge reaches what they judge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import Run, train
from netwright.base.clock import Clock
from netwright.base.errors import InternalError
from netwright.base.plan import Preparation
from netwright.base.settings import Settings
from netwright.preparation.folds import prepare_folds
from netwright.run import begin, execute, load
from tests.training.engine import ended

Houses = Callable[..., pl.DataFrame]
FAST: dict[str, Any] = {"preset": "quick", "epochs": 4, "no_repair": True}


def weights(run: Run) -> list[np.ndarray]:
    return [parameter.detach().numpy() for parameter in run.model.fitted.networks[0].network.parameters()]


def shifted(frame: pl.DataFrame, rows: list[int]) -> pl.DataFrame:
    """Other cells in these rows; the target (a split key) stays."""
    here = pl.int_range(pl.len()).is_in(rows)
    return frame.with_columns(
        pl.when(here).then(pl.col("rooms") * 3 + 1).otherwise(pl.col("rooms")).alias("rooms"),
        pl.when(here).then(None).otherwise(pl.col("age")).alias("age"),
        pl.when(here).then(pl.lit("Daegu")).otherwise(pl.col("town")).alias("town"),
    )


def same(first: Run, second: Run) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(weights(first), weights(second), strict=True))


def test_other_cells_in_the_holdout_change_no_weight(houses: Houses) -> None:
    frame = houses(150)
    before = train(frame, "price", **FAST)
    assert before.record.test is not None
    rows = before.record.test.rows.tolist()
    after = train(shifted(frame, rows), "price", **FAST)
    assert after.record.test is not None
    assert after.record.test.rows.tolist() == rows
    assert same(before, after)
    assert before.metrics["validation"] == after.metrics["validation"]
    assert before.metrics["test"] != after.metrics["test"]


def test_other_test_data_change_no_weight(houses: Houses, tmp_path: Path) -> None:
    frame, test = houses(120), houses(40, seed=7)
    shifted(test, list(range(40))).write_csv(tmp_path / "t2.csv")
    test.write_csv(tmp_path / "t1.csv")
    runs = [train(frame, "price", test_data=str(tmp_path / name), **FAST) for name in ("t1.csv", "t2.csv")]
    assert same(*runs)
    assert runs[0].metrics["test"] != runs[1].metrics["test"]


def test_other_validation_cells_change_nothing_that_was_fitted(houses: Houses) -> None:
    def fitted(frame: pl.DataFrame) -> list[Any]:
        settings = Settings.from_options({"target": "price"})
        loaded = ended(load(frame, settings))
        begun = ended(begin(loaded, settings, Clock()))
        folds = prepare_folds(begun.split, loaded.target, Preparation(onehot_limit=2, bins={"rooms": 4}))
        return [(fold.preparer.to_json(), fold.scale, fold.valid) for fold in folds], begun.split.development.rows

    frame = houses(150)
    before, rows = fitted(frame)
    for number, (state, scale, valid) in enumerate(before):
        judged = [int(row) for row in rows[valid]]
        outside = [row for row in range(150) if row not in set(rows.tolist())]
        after, _ = fitted(shifted(frame, judged + outside))
        assert after[number][0] == state
        assert after[number][1] == scale


def test_the_seal_opens_once(houses: Houses) -> None:
    outcome = ended(execute(houses(100), Settings.from_options({"target": "price", **FAST})))
    assert len(outcome.record.facts["test_opened"]) == 1
    with pytest.raises(InternalError, match=r"opened by evaluation .* and again by me"):
        outcome.split.sealed.open("me")


def test_copies_of_a_row_never_stand_on_both_sides(houses: Houses) -> None:
    frame = houses(60)
    doubled = pl.concat([frame, frame[::2], frame[::3]])
    run = train(doubled, "price", **FAST)
    assert run.record.test is not None
    key = doubled.select(pl.concat_str(pl.all().cast(pl.String).fill_null("?"), separator="|")).to_series().to_list()
    test = {key[row] for row in run.record.test.rows}
    assert test & {key[row] for row in run.record.validation.rows} == set()
    for fold in run._outcome.split.folds:
        rows = run._outcome.split.development.rows
        assert {key[row] for row in rows[fold.train]} & {key[row] for row in rows[fold.valid]} == set()


def test_tensors_hold_no_test_row(houses: Houses) -> None:
    import netwright

    run = train(houses(100), "price", **FAST)
    for folds in (run.tensors(), netwright.prepare(houses(100), target="price")):
        assert all(len(fold.train) + len(fold.valid) == 80 for fold in folds)
