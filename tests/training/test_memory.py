from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import torch

import netwright.run
from netwright.apps.api import train
from netwright.training.memory import free_memory, member_bytes, step_bytes
from tests.command import Command
from tests.training.engine import bucket_of, plan

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
    monkeypatch.setattr(netwright.run, "_MEMORY_SHARE", 1e-9)
    in_turns = train(frame, "price", **options)
    assert [row["valid_score"] for row in together.record.leaderboard] == [
        row["valid_score"] for row in in_turns.record.leaderboard
    ]
    assert together.metrics["test"] == in_turns.metrics["test"]


def test_turns_are_said(nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netwright.run, "_MEMORY_SHARE", 1e-9)
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
