"""What the time limit cut is said, and the leaderboard is in order even where folds have no score."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

import netwright.stages.trained
from netwright.apps.api import train
from netwright.apps.terminal import Terminal
from netwright.stages import account

Houses = Callable[..., pl.DataFrame]


@pytest.mark.parametrize("few", [0, 10**9])
def test_a_plan_that_was_cut_short_says_so(few: int, houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "_FEW_EPOCHS", few)
    stream = io.StringIO()
    terminal = Terminal(stream=stream)
    run = train(
        houses(200),
        "price",
        model=["mlp"],
        epochs=200_000,
        no_repair=True,
        patience="off",
        time_limit=4,
        watch=terminal.show,
    )
    assert set(run.curves.status) == {"cut"}
    (finding,) = [finding for finding in run.record.findings if finding.code == "cut_short"]
    reached = run.curves.train_loss.shape[1] - 1
    assert finding.message.startswith(f"mlp was cut short by the time limit after {reached} of at most 200000 epochs")
    early = few > reached  # such networks are neither healthy nor fit for a verdict against them
    assert ("untrained" in finding.message, finding.severity == "warning") == (early, early)
    assert ("are untrained" in stream.getvalue()) == early
    assert not early or ("healthy" not in stream.getvalue() and run.metrics["verdict"]["answer"] != "no")
    assert "the time limit cut 5 of 5 networks short" in stream.getvalue()


def test_a_plan_without_any_epoch_is_left_out_by_name(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = netwright.stages.trained.train
    stream = io.StringIO()
    terminal = Terminal(stream=stream)

    def without_linear(buckets, deadline, *kept):
        return trained([bucket for bucket in buckets if bucket.plan.name != "linear"], deadline, *kept)

    monkeypatch.setattr(netwright.stages.trained, "train", without_linear)
    run = train(
        houses(100), "price", model=["mlp", "linear"], preset="quick", epochs=2, no_repair=True, watch=terminal.show
    )
    assert [row["name"] for row in run.record.leaderboard if row["family"] != "baseline"] == ["mlp"]
    assert [f.message for f in run.record.findings if f.code == "no_time"] == [
        "linear was left out: no time for a single epoch"
    ]
    assert "warning: no time for a single epoch of linear; raise --time-limit" in stream.getvalue()


def test_the_leaderboard_is_in_order_where_folds_have_no_score() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=60)
    rare = [f"{'yes' if row % 10 == 0 else 'no'}" for row in range(60)]
    frame = pl.DataFrame({"x": x, "z": rng.normal(size=60), "y": rare})
    run = train(
        frame, "y", metric="roc_auc", preset="quick", epochs=2, no_repair=True, folds=10, model=["mlp", "linear"]
    )
    scores = [row["valid_score"] for row in run.record.leaderboard]
    assert scores == sorted(scores, reverse=True)
    assert all(np.isfinite(row["valid_std"]) for row in run.record.leaderboard)
