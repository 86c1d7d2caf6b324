"""Every cell of the rows that judge may change, of every kind of column, and nothing that was learned does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import Run, train
from netwright.base.clock import Clock
from netwright.base.plan import Preparation
from netwright.base.settings import Settings
from netwright.preparation.folds import prepare_folds
from netwright.run import begin, load
from tests.training.engine import ended

KINDS = ("size=ordinal:S<M<L", "town=category", "street=category", "open=boolean", "built=date", "rooms=numeric")
FAST: dict[str, Any] = {"target": "price", "epochs": 3, "kind": KINDS, "folds": 3}


def every_kind(n_rows: int, seed: int = 0) -> pl.DataFrame:
    """Numbers, an ordinal, categories of few and of many levels, a boolean, a date; gaps in all of them."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, 4000, n_rows)
    frame = pl.DataFrame(
        {
            "rooms": rng.uniform(2, 9, n_rows).round(3),
            "방": rng.normal(size=n_rows).round(4),
            "size": rng.choice(["S", "M", "L"], n_rows),
            "town": rng.choice(["Seoul", "부산", "Jeju"], n_rows),
            "street": [f"s{number}" for number in rng.integers(0, 40, n_rows)],
            "open": rng.choice(["no", "yes"], n_rows),
            "built": [str(np.datetime64("2001-01-01") + np.timedelta64(int(d), "D")) for d in day],
        }
    )
    seoul = (frame["town"] == "Seoul").cast(pl.Float64)
    price = (frame["rooms"] * 4 + frame["방"] + 3 * seoul + pl.Series(rng.normal(size=n_rows))).round(4)
    empty = {name: pl.Series(rng.random(n_rows) < 0.05) for name in frame.columns}
    gaps = [pl.when(empty[name]).then(None).otherwise(pl.col(name)).alias(name) for name in frame.columns]
    return frame.with_columns(gaps).with_columns(price=price)


def changed(frame: pl.DataFrame, rows: np.ndarray) -> pl.DataFrame:
    """Every cell of these rows another one of the same kind; the target (a split key) stays."""
    here = pl.Series(np.isin(np.arange(frame.height), rows))
    other = frame.with_columns(
        rooms=pl.col("rooms").fill_null(5.0) * 3 + 17.001,
        방=pl.lit(None, dtype=pl.Float64),
        size=pl.col("size").replace({"S": "L", "M": "S", "L": "M"}).fill_null("M"),
        town=pl.lit("대구"),
        street=pl.lit("new street"),
        open=pl.col("open").replace({"no": "yes", "yes": "no"}).fill_null("no"),
        built=pl.lit("2031-05-05"),
    )
    return frame.with_columns(
        pl.when(here).then(other[name]).otherwise(frame[name]).alias(name) for name in frame.columns if name != "price"
    )


def weights(run: Run) -> list[np.ndarray]:
    return [parameter.detach().numpy() for parameter in run.model.fitted.networks[0].network.parameters()]


def learned(run: Run) -> tuple[Any, ...]:
    """All that ships beside the weights, and all scores that no test row has a part in."""
    folds = [(fold.preparer.to_json(), fold.scale) for fold in run.model.fitted.networks[0].folds]
    curves = run.record.curves
    kept = {name: run.metrics[name] for name in ("train", "validation", "verdict", "more_rows") if name in run.metrics}
    kept["verdict"] = {name: value for name, value in kept["verdict"].items() if name not in ("seconds", "sentence")}
    importance = [(own.column, own.rise) for own in run.record.importance]
    return folds, kept, importance, curves.train_loss.tolist(), curves.valid_loss.tolist(), run.record.plan.key


def alike(one: Run, other: Run) -> None:
    for first, second in zip(weights(one), weights(other), strict=True):
        np.testing.assert_array_equal(first, second)
    assert repr(learned(one)) == repr(learned(other))


@pytest.mark.parametrize("model", ["mlp", "realmlp", "tabm", "linear"])
def test_every_test_cell_of_the_holdout(model: str) -> None:
    frame = every_kind(160)
    before = train(frame, model=model, preset="quick", **FAST)
    assert before.record.test is not None
    rows = before.record.test.rows
    after = train(changed(frame, rows), model=model, preset="quick", **FAST)
    assert after.record.test is not None
    assert after.record.test.rows.tolist() == rows.tolist()
    alike(before, after)
    assert before.metrics["test"] != after.metrics["test"]


def test_every_test_cell_of_a_whole_run_with_a_choice_of_plans() -> None:
    """Two families, the choice between them, and the learning curve over sample size."""
    frame = every_kind(480)
    before = train(frame, **FAST)
    assert before.record.test is not None
    after = train(changed(frame, before.record.test.rows), **FAST)
    assert "more_rows" in before.metrics
    alike(before, after)


def test_every_cell_of_test_data_its_target_too(tmp_path: Path) -> None:
    frame, test = every_kind(120), every_kind(50, seed=9)
    test.write_csv(tmp_path / "one.csv")
    other = changed(test, np.arange(50)).with_columns(price=pl.col("price").reverse() + 400)
    other.write_csv(tmp_path / "two.csv")
    runs = [train(frame, preset="quick", test_data=str(tmp_path / name), **FAST) for name in ("one.csv", "two.csv")]
    alike(*runs)
    assert runs[0].metrics["test"] != runs[1].metrics["test"]


def test_every_validation_and_test_cell_leaves_each_fitted_value() -> None:
    frame = every_kind(200)
    preparation = Preparation(scale="quantile", onehot_limit=3, bins={"방": 4})

    def fitted(of: pl.DataFrame) -> tuple[list[Any], list[np.ndarray]]:
        settings = Settings.from_options(FAST)
        loaded = ended(load(of, settings))
        begun = ended(begin(loaded, settings, Clock()))
        split = begun.split
        states = [(fold.preparer.to_json(), fold.scale) for fold in prepare_folds(split, loaded.target, preparation)]
        return states, [split.development.rows[fold.valid] for fold in split.folds]

    before, judged = fitted(frame)
    inside = np.concatenate(judged)
    outside = np.setdiff1d(np.arange(200), inside)
    for number, valid in enumerate(judged):
        after, again = fitted(changed(frame, np.concatenate([valid, outside])))
        assert [own.tolist() for own in again] == [own.tolist() for own in judged]
        assert repr(after[number]) == repr(before[number])
