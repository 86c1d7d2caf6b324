"""A run that is stopped, however often and wherever, becomes one that never was: weights, history, metrics."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from netwright.tune.presets import EFFORTS, Search
from tests.laws.stopping import whole_and_resumed

FAMILIES = ("mlp", "realmlp", "realmlp-s", "tabm", "tabm-mini", "linear")
MLP: dict[str, Any] = {"model": "mlp", "hidden": "8,4", "folds": 3}
SHORT: dict[str, Any] = {"preset": "quick", "epochs": 4, "no_repair": True, "patience": "off"}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_goes_on_in_the_middle_of_an_epoch(tmp_path: Path, family: str) -> None:
    # a save after every step: killed at the 7th, then at the 5th after that, then at once
    whole, stopped, steps = whole_and_resumed(tmp_path, [7, 5, 1], 0.0, model=family, folds=3, batch_size=8, **SHORT)
    assert stopped == whole
    assert len(steps) == 3 and 0 < steps[0] < steps[1] < steps[2]


def test_so_does_one_without_a_target(tmp_path: Path) -> None:
    options = {"target": None, "task": "unsupervised", "model": "autoencoder", "folds": 3, "batch_size": 8}
    whole, stopped, steps = whole_and_resumed(tmp_path, [7, 5, 1], 0.0, **options, **SHORT)
    assert stopped == whole
    assert len(steps) == 3 and 0 < steps[0] < steps[1] < steps[2]


@pytest.mark.parametrize(
    "options",
    [
        *({"optimizer": name, **MLP} for name in ("adam", "adamw", "sgd", "momentum", "rmsprop")),
        {"dropout": 0.4, **MLP},
        {"l1": 0.001, "weight_decay": 0.01, **MLP},
        {"target": "town", "class_weight": "balanced", **MLP},
        {"target": "town", "model": "tabm", "folds": 2},
        {"valid_size": 0.3, "model": "mlp"},
        {"repeats": 2, **MLP},
        {"batch_size": "full", "epochs": 12, "no_repair": True, **MLP},
    ],
    ids=lambda options: ",".join(f"{name}={value}" for name, value in options.items() if name not in MLP),
)
def test_every_part_of_the_state_counts(tmp_path: Path, options: dict[str, Any]) -> None:
    whole, stopped, steps = whole_and_resumed(tmp_path, [3, 2], 0.0, **SHORT | options)
    assert stopped == whole
    assert all(steps)


def test_members_that_stopped_early_stay_stopped(tmp_path: Path) -> None:
    options = {"preset": "quick", "epochs": 40, "no_repair": True, "patience": 2, "learning_rate": 0.05, **MLP}
    whole, stopped, steps = whole_and_resumed(tmp_path, [3, 3, 2], 0.001, **options)
    assert stopped == whole
    assert all(steps)


def test_two_plans_side_by_side_and_the_rows_that_are_tried(tmp_path: Path) -> None:
    options = {"preset": "medium", "epochs": 6, "no_repair": True, "model": ("mlp", "realmlp"), "folds": 3}
    whole, stopped, steps = whole_and_resumed(tmp_path, [2, 3, 4, 6], 0.002, n_rows=600, **options)
    assert stopped == whole
    assert len(steps) == 4


def test_a_search_proposes_what_it_would_have_proposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    effort = replace(EFFORTS["medium"], search=Search(patience=2, share=4.0), epochs=(4, 12), least_steps=1)
    monkeypatch.setitem(EFFORTS, "medium", effort)
    options = {"preset": "medium", "model": ("mlp",), "folds": 3, "no_repair": True}
    # in the first turn, in two rounds of the search, and between rounds
    whole, stopped, steps = whole_and_resumed(tmp_path, [1, 2, 2], 0.003, **options)
    assert stopped == whole
    assert len(steps) == 3
    board = (tmp_path / "whole" / "leaderboard.csv").read_text(encoding="utf-8")
    assert board.count("mlp #") >= 2


def test_after_the_end_of_training_nothing_is_trained_again(tmp_path: Path) -> None:
    whole, stopped, steps = whole_and_resumed(tmp_path, [1], 1e9, **SHORT, **MLP)  # the save at the end is the first
    assert stopped == whole
    assert steps[0] > 0


def test_why_members_diverged_is_kept(tmp_path: Path) -> None:
    options = {"optimizer": "sgd", "learning_rate": 1e6, "model": ("mlp", "linear"), "folds": 3}
    whole, stopped, steps = whole_and_resumed(tmp_path, [4, 3], 0.0, **SHORT | options | {"learning_rate": 3.0})
    assert stopped == whole
    assert all(steps)
