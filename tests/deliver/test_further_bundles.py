"""Bundles of more than a table with a target: what ships beside the parts, and a module of the user's."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from torch import nn

import netwright
from netwright.apps.api import train
from netwright.base.errors import DataError, PlanError
from netwright.base.sealed import open_sealed
from tests.deliver.test_bundle import changed

Houses = Callable[..., pl.DataFrame]


def factory(n_in: int, n_out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(n_in, 4), nn.Tanh(), nn.Linear(4, n_out))


def other_function(n_in: int, n_out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(n_in, 4), nn.ReLU(), nn.Linear(4, n_out))


def other_structure(n_in: int, n_out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(n_in, 5), nn.Tanh(), nn.Linear(5, n_out))


SHORT: dict[str, Any] = {"preset": "quick", "epochs": 2, "no_repair": True}


@pytest.fixture
def unlabelled(houses: Houses, tmp_path: Path) -> Path:
    run = train(houses(60), task="unsupervised", hidden="6", folds=2, **SHORT)
    return Path(shutil.copytree(run.save(tmp_path / "run") / "model", tmp_path / "model"))


@pytest.fixture
def own(houses: Houses, tmp_path: Path) -> Path:
    return train(houses(60), "price", model=factory, folds=2, **SHORT).save(tmp_path / "run")


def test_what_ships_beside_the_parts_comes_back(unlabelled: Path) -> None:
    (said,) = open_sealed((unlabelled / "manifest.json").read_bytes())["attachments"]
    back = netwright.load(unlabelled).fitted.attachment(said["name"])
    assert back is not None
    assert dict(back.facts) == said["facts"]
    assert back.arrays


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda data: data.update(attachments=data["attachments"] * 2), "must have names of its own"),
        (lambda data: data["target"].update(name="price"), "there must be no target"),
        (lambda data: data["columns"][0].update(kind="image", shape=[2, 2]), "channels, height and width"),
    ],
)
def test_a_changed_one_is_refused(unlabelled: Path, harm: Callable[[dict[str, Any]], None], message: str) -> None:
    data = copy.deepcopy(open_sealed((unlabelled / "manifest.json").read_bytes()))
    harm(data)
    changed(unlabelled, **data)
    with pytest.raises(DataError, match=message):
        netwright.load(unlabelled)


def test_a_module_of_the_users_is_asked_for_and_looked_at(own: Path, houses: Houses) -> None:
    with pytest.raises(DataError, match="never code"):
        netwright.load(own)
    with pytest.raises(PlanError, match="another structure"):
        netwright.load(own, model=other_structure)
    with pytest.raises(PlanError, match="computes something else"):
        netwright.load(own, model=other_function)
    again = netwright.load(own, model=factory)
    assert again.predict(houses(10)).height == 10
    assert all(torch.isfinite(own).all() for own in again.fitted.networks[0].network.parameters())


def test_a_module_that_nobody_needs_is_refused(unlabelled: Path) -> None:
    with pytest.raises(PlanError, match="must be left out"):
        netwright.load(unlabelled, model=factory)
