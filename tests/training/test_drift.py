"""Adversarial validation of the opened test rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import train
from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.preparation.load import read_table, with_roles
from netwright.sources.conform import conform
from netwright.sources.registry import open_table
from netwright.training.drift import _standard_error, find_drift

Houses = Callable[..., pl.DataFrame]


def two(first: pl.DataFrame, second: pl.DataFrame) -> tuple[Table, Table]:
    settings = Settings.from_options({"target": "price"})
    table = with_roles(read_table(first, settings), settings)
    return table, conform(open_table(second), table.schema)


def test_rows_of_one_source_are_not_told_apart(houses: Houses) -> None:
    aucs = []
    for seed in range(20):
        drift = find_drift(*two(houses(200, seed), houses(60, 1000 + seed)), seed)
        assert drift is not None
        aucs.append(drift.auc)
        assert drift.finding() is None or drift.auc < 0.7
    assert np.mean(aucs) == pytest.approx(0.5, abs=0.04)


def test_many_levels_of_one_source_are_no_shift() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "town": [f"t{number}" for number in rng.integers(0, 600, 4_000)],
            "rooms": rng.normal(size=4_000),
            "price": rng.normal(size=4_000),
        }
    )
    drift = find_drift(*two(frame[:2_000], frame[2_000:]), 0)
    assert drift is not None
    assert drift.auc == pytest.approx(0.5, abs=0.04)
    assert not drift.shifted


def test_a_shift_is_found_and_named(houses: Houses) -> None:
    shifted = houses(100, 1).with_columns(pl.col("rooms") + 2, town=pl.lit("Daegu"))
    drift = find_drift(*two(houses(200), shifted), 0)
    assert drift is not None
    assert drift.shifted
    assert drift.auc > 0.9
    assert {name for name, _ in drift.columns[:2]} == {"rooms", "town"}
    finding = drift.finding()
    assert finding is not None
    assert (finding.code, finding.severity, finding.columns[:2]) == ("shifted-test", "warning", ("town", "rooms"))


def test_gaps_alone_are_a_shift(houses: Houses) -> None:
    drift = find_drift(*two(houses(200), houses(100, 1).with_columns(age=pl.lit(None, dtype=pl.Float64))), 0)
    assert drift is not None
    assert drift.columns[0][0] == "age"


def test_few_rows_say_nothing(houses: Houses) -> None:
    assert find_drift(*two(houses(200), houses(20)), 0) is None


def test_the_same_seed_gives_the_same(houses: Houses) -> None:
    tables = two(houses(3_000), houses(2_500, 1))
    assert find_drift(*tables, 3) == find_drift(*tables, 3)


def test_standard_error_against_draws() -> None:
    from sklearn.metrics import roc_auc_score

    rng, y = np.random.default_rng(0), np.repeat([0, 1], [120, 60])
    aucs = [roc_auc_score(y, rng.normal(size=180) + 0.8 * y) for _ in range(400)]
    assert _standard_error(float(np.mean(aucs)), y) == pytest.approx(np.std(aucs), rel=0.15)


def test_a_run_reports_it_after_the_choice(houses: Houses, tmp_path: Path) -> None:
    houses(60, 1).with_columns(pl.col("rooms") + 3).write_csv(tmp_path / "later.csv")
    run = train(houses(150), "price", preset="quick", epochs=2, test_data=str(tmp_path / "later.csv"))
    assert run.metrics["drift"]["shifted"]
    assert "shifted-test" in {finding.code for finding in run.findings}
    calm = train(houses(200), "price", preset="quick", epochs=2)
    assert not calm.metrics["drift"]["shifted"]
