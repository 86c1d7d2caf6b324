from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import torch

import netwright.stages.trained
from netwright.apps.api import train
from netwright.base.clock import Clock
from netwright.base.errors import PlanError
from netwright.base.settings import Settings
from netwright.preparation.folds import prepare_folds
from netwright.run import begin, load
from netwright.stages.begun import buckets_of
from netwright.training.loop import train as run_population
from netwright.training.memory import free_memory, member_bytes, step_bytes
from netwright.training.needs import outlined_folds, prepared_bytes
from netwright.training.population import in_turns
from tests.command import Command
from tests.training.engine import SMALL, bucket_of, ended, plan

CPU = torch.device("cpu")


def test_free_memory_is_some_and_below_all_of_it() -> None:
    free = free_memory(CPU)
    assert free is not None
    total = next(
        int(line.split()[1]) * 1024
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        if line.startswith("MemTotal:")
    )
    assert 1 << 20 < free < total


def test_a_member_needs_its_weights_six_times_and_its_rows_four() -> None:
    assert member_bytes(1_000) == 24_000
    assert step_bytes(1_000, 50, 32) == 16 * (1_000 + 50 * 32)


def test_more_members_and_wider_networks_need_more(houses) -> None:
    frame = houses(90)
    small, large = bucket_of(frame, plan(hidden=[8])), bucket_of(frame, plan(hidden=[64]))
    twice = bucket_of(frame, plan(hidden=[8]), [(fold, seed) for seed in (0, 1) for fold in range(5)])
    assert small.bytes < large.bytes
    data = sum(fold.inputs.dense.nbytes + fold.inputs.codes.nbytes + 4 * len(fold.target) for fold in small.folds)
    assert twice.bytes - data == 2 * (small.bytes - data)


def test_what_does_not_fit_is_trained_in_turns_with_the_same_result(houses, monkeypatch: pytest.MonkeyPatch) -> None:
    frame: pl.DataFrame = houses(100)
    options = {"model": ["mlp", "linear"], "preset": "quick", "epochs": 3}
    together = train(frame, "price", **options)
    monkeypatch.setattr(netwright.run, "free_memory", lambda device: 3 << 20)
    monkeypatch.setattr(netwright.stages.trained, "_MEMORY_SHARE", 1e-9)
    in_turns = train(frame, "price", **options)
    assert [row["valid_score"] for row in together.record.leaderboard] == [
        row["valid_score"] for row in in_turns.record.leaderboard
    ]
    assert together.metrics["test"] == in_turns.metrics["test"]


def test_turns_are_said(nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netwright.stages.trained, "_MEMORY_SHARE", 1e-9)
    said = nw(
        "train", "sample:diabetes", "--target", "target", "--model", "mlp", "--model", "linear", "--preset", "quick",
        "--epochs", "2", "--out", tmp_path / "run",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "in 2 turns of at most 0.0 GB: together they would not fit the memory" in said.err


def test_what_does_not_even_fit_alone_is_refused_before_the_start(
    nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(netwright.run, "free_memory", lambda device: 1 << 20)
    said = nw("train", "sample:diabetes", "--target", "target", "--hidden", "500,500", "--out", tmp_path / "run")
    assert said.code == 2
    assert "training must fit the memory, but --model mlp needs about" in said.err
    assert "Pass fewer --folds" in said.err
    assert not (tmp_path / "run").exists()


def test_the_need_is_known_before_anything_is_prepared(houses) -> None:
    settings = Settings.from_options({"target": "price", "model": ("mlp", "realmlp"), "preset": "quick"})
    begun = ended(begin(ended(load(houses(3_000), settings)), settings, Clock()))
    told, needed = (buckets_of(begun, prepare) for prepare in (outlined_folds, prepare_folds))
    assert [bucket.bytes for bucket in told] == [bucket.bytes for bucket in needed]
    assert prepared_bytes(told) == prepared_bytes(needed) > 5 * 2_400 * 5 * 4


def test_what_would_not_fit_is_refused_before_baselines_and_training(houses, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def watch(event: object) -> None:
        seen.append(type(event).__name__)

    monkeypatch.setattr(netwright.run, "free_memory", lambda device: 3 << 20)
    with pytest.raises(PlanError, match=r"must fit the memory, but model mlp needs about [\d.]+ GB and 3 MB are free"):
        train(houses(1_500), "price", preset="quick", hidden=(900, 900), watch=watch)
    assert "Audited" in seen
    assert "BaselinesFitted" not in seen


def test_copies_of_a_table_that_would_not_fit_are_refused_before_the_split(houses, monkeypatch) -> None:
    monkeypatch.setattr(netwright.run, "free_memory", lambda device: 1 << 15)
    with pytest.raises(PlanError, match=r"but .* with 500 rows and 5 columns needs about 0 MB and 0 MB are free"):
        train(houses(500), "price", preset="quick")


def test_plans_of_a_bucket_that_do_not_fit_together_are_trained_in_turns_with_the_same_bits(houses) -> None:
    plans = [replace(SMALL, name=f"rate {rate}", learning_rate=rate, epochs=3) for rate in (0.01, 0.02, 0.03)]
    bucket = bucket_of(houses(120), plans)
    turns = in_turns([bucket], bucket.bytes // 2)
    names = [[plan.name for own in turn for plan in own.plans] for turn in turns]
    assert names == [["rate 0.01"], ["rate 0.02"], ["rate 0.03"]]
    together = ended(run_population([bucket]))
    apart = [one for turn in turns for one in ended(run_population(turn))]
    for one, other in zip(together, apart, strict=True):
        assert one.plan == other.plan
        for mine, theirs in zip(one.network.parameters(), other.network.parameters(), strict=True):
            assert torch.equal(mine, theirs)
    assert in_turns([bucket], None) == [[bucket]]
