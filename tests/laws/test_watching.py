"""Watching changes nothing that is learned, and a run that is stopped in the middle of an epoch sees the same."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from netwright.base.plan import Plan
from netwright.base.signals import LAYER_SIGNALS
from netwright.training import watching
from netwright.training.device import Threads
from netwright.training.population import Bucket
from netwright.training.race import Race
from netwright.training.state import capture, restore
from tests.laws.stopping import whole_and_resumed
from tests.training.engine import REALMLP, TABM, bucket_of, plan, trained_plans

Houses = Callable[..., pl.DataFrame]

SIMPLE = replace(REALMLP, family="realmlp-s", config={"hidden": [16, 8], "activation": "tanh"})
#: Noise, clipping, momentum, members that leave early, plans side by side.
BUCKETS = {
    "mlp": [plan(clip_norm=0.05), plan(epochs=40, patience=2, learning_rate=0.05)],
    "momentum": [plan(optimizer="momentum", l1=1e-3, activation="tanh")],
    "linear": [plan(hidden=[])],
    "realmlp": [REALMLP],
    "realmlp-s": [SIMPLE],
    "tabm": [TABM],
    "tabm-mini": [replace(TABM, family="tabm-mini")],
}


@pytest.mark.parametrize("name", BUCKETS)
def test_watching_changes_no_bit(houses: Houses, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    streets = pl.Series("street", [f"street {number % 17}" for number in range(123)])
    frame = houses(123).with_columns(streets)
    monkeypatch.setattr(watching, "due", lambda epoch, steps, last: True)
    seen = trained_plans(frame, BUCKETS[name])
    monkeypatch.setattr(watching, "due", lambda epoch, steps, last: False)
    unseen = trained_plans(frame, BUCKETS[name])
    for one, other in zip(seen, unseen, strict=True):
        mine, theirs = one.judged, other.judged
        assert np.isfinite(mine.curves.signals["gradient_norm"][:, 1]).all()
        assert all(np.isnan(values).all() for values in theirs.curves.signals.values())
        for part in ("train_loss", "valid_loss", "valid_score", "learning_rate", "best_epoch"):
            np.testing.assert_array_equal(getattr(mine.curves, part), getattr(theirs.curves, part))
        for own, its in zip(mine.outer, theirs.outer, strict=True):
            np.testing.assert_array_equal(own, its)
        for parameter, its_parameter in zip(one.network.parameters(), other.network.parameters(), strict=True):
            assert torch.equal(parameter, its_parameter)


@pytest.mark.parametrize("chosen", [plan(), TABM], ids=["mlp", "tabm"])
def test_a_chunk_that_waits_for_others_keeps_what_it_saw(
    houses: Houses, chosen: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last step is done, its epoch not judged: the state in between holds the step."""
    monkeypatch.setattr(Bucket, "n_chunks", lambda self, threads: 2)
    bucket = bucket_of(houses(90), chosen)
    race, later = Race(bucket, 1), Race(bucket, 1)
    for number, chunk in enumerate(race.chunks):
        race.take(number, chunk.measure(), 0.0)
    race.close_epoch(0.0)
    race.chunks[0].train_epoch(1)
    restore([later], capture([race], Threads(1, 1), 0.0, over=False))
    for one in (race, later):
        for number, chunk in enumerate(one.chunks):
            chunk.train_epoch(1)
            one.take(number, chunk.measure(), 0.0)
        one.close_epoch(0.0)
    mine, theirs = (one.progress[chosen.key].result().curves.signals for one in (race, later))
    for name in LAYER_SIGNALS:
        np.testing.assert_array_equal(mine[name], theirs[name])
    assert (mine["gradient_norm"][:, 1] > 0).all()
    assert np.isfinite(mine["activation_spread"][:, 0, -2]).all()


def test_resumed_curves_hold_the_same_signals(tmp_path: Path) -> None:
    options = {"model": "mlp", "hidden": "8,4", "folds": 3, "epochs": 20, "batch_size": 8, "patience": "off"}
    options["no_repair"] = True
    whole, stopped, steps = whole_and_resumed(tmp_path, [7, 40, 60], 0.0, **options)
    assert stopped["curves.csv"] == whole["curves.csv"]
    assert len(steps) == 3 and all(steps)
    with (tmp_path / "stopped" / "curves.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    seen = {int(row["epoch"]) for row in rows if row["gradient_norm_1"]}
    assert {1, 20} < seen < set(range(1, 21))
    assert {int(row["epoch"]) for row in rows if row["dead_share_2"]} == seen | {0}
    assert {int(row["epoch"]) for row in rows if row["output_spread"]} == seen | {0}
