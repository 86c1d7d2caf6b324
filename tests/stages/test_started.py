"""Supervised runs whose networks begin with the encoder of an autoencoder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from netwright.apps.api import load, prepare, train
from netwright.apps.started import with_start
from netwright.base.errors import DataError, InternalError, PlanError
from netwright.base.settings import Settings
from netwright.deliver.bundle import load_bundle
from netwright.models.family import Sizes, build_network
from netwright.models.mlp import MLP
from netwright.training.anomalies import anomalies_of, network_of
from netwright.training.mixture import Mixture
from netwright.training.model import FittedModel
from netwright.tune.presets import propose
from tests.command import Command
from tests.laws.stopping import data_file, prints, whole_and_resumed

UNLABELLED: dict[str, Any] = {
    **{"task": "unsupervised", "preset": "quick", "epochs": 3, "drop": ("price",), "hidden": (12, 6), "code": 2},
    "no_repair": True,
}
OPTIONS: dict[str, Any] = {"preset": "quick", "epochs": 3, "folds": 2}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of an autoencoder; its columns have gaps, few and many levels. The data lie beside it."""
    folder = tmp_path_factory.mktemp("시작")
    train(data_file(folder), out=folder / "encoder", **UNLABELLED)
    return folder / "encoder"


def begun(encoder: Path, **options: Any) -> Any:
    """The plan that starts from the encoder, and that encoder."""
    settings = with_start(Settings.from_options({"start_from": str(encoder), "target": "price", **options}))
    (plan,) = propose(settings, "regression", 90).plans
    return plan, settings.start_from.thing


def test_first_weights_are_those_of_the_encoder(encoder: Path) -> None:
    plan, start = begun(encoder)
    part = network_of(load_bundle(encoder))
    width, cardinalities = start.preparer.width, start.preparer.cardinalities
    sizes = Sizes(width, cardinalities, 1, (width,) * 3)
    network = build_network(plan.family, plan.config, sizes, [1, 2, 3])
    assert isinstance(network, MLP) and cardinalities, "a column has so many levels that it is embedded"
    head = network.head.weight.detach().clone()
    random = np.random.default_rng(0)
    inputs = {
        "dense": torch.from_numpy(random.normal(size=(3, 5, width)).astype(np.float32)),
        "codes": torch.from_numpy(random.integers(0, min(cardinalities), (3, 5, len(cardinalities)))),
    }
    network.start_from(inputs, torch.ones(3, 5), [1, 2, 3])
    assert torch.equal(network.head.weight, head), "what is predicted is learned from scratch"
    # the reference: the layers of the autoencoder before its middle, on inputs padded to its own width
    own = part.network.subset([anomalies_of(load_bundle(encoder)).member])
    padded = torch.zeros(1, 5, part.sizes.dense)
    padded[:, :, :width] = inputs["dense"][:1]
    x = torch.cat([padded, own.embedding(inputs["codes"][:1])], dim=2)
    for layer in list(own.hidden)[:2]:
        x = torch.tanh(layer(x))
    z = torch.cat([inputs["dense"], network.embedding(inputs["codes"])], dim=2)
    for layer in network.hidden:
        z = torch.tanh(layer(z))
    torch.testing.assert_close(z[0], x[0])
    for parameter in network.hidden.parameters():
        assert torch.equal(parameter[1], parameter[0]) and torch.equal(parameter[2], parameter[0])


def test_the_plan_is_known_by_what_it_starts_from(encoder: Path, tmp_path: Path) -> None:
    plan, start = begun(encoder)
    moved = shutil.copytree(encoder, tmp_path / "elsewhere")
    assert begun(moved)[0].key == plan.key, "not by where that lies"
    train(data_file(tmp_path), out=tmp_path / "other", seed=1, **UNLABELLED)
    assert begun(tmp_path / "other")[0].key != plan.key
    (plain,) = propose(Settings.from_options({"target": "price", "preset": "quick"}), "regression", 90).plans
    assert "start" not in json.dumps(plain.to_json()), "plans that start by chance keep the keys they had"
    assert start.hidden == (12, 6) and plan.config["hidden"] == [12, 6] and plan.config["activation"] == "tanh"


def test_a_run_ships_without_the_run_it_started_from(encoder: Path, tmp_path: Path) -> None:
    path, gone = data_file(tmp_path), shutil.copytree(encoder, tmp_path / "gone")
    run = train(path, "price", out=tmp_path / "run", start_from=str(gone), **OPTIONS)
    shutil.rmtree(gone)
    (found,) = [own for own in run.record.findings if own.code == "started"]
    assert found.evidence["same_data"] and "flatter" in found.message
    model = load(tmp_path / "run")
    part = model.fitted.parts[0]
    assert isinstance(model.fitted, Mixture) and isinstance(part, FittedModel)
    assert {json.dumps(fold.preparer.to_json()) for fold in part.folds} == {
        json.dumps(part.folds[0].preparer.to_json())
    }, "all folds prepare as the encoder's did"
    predicted = model.predict(path)["prediction"].to_numpy()
    kept = pl.read_csv(tmp_path / "run" / "predictions" / "test.csv")
    np.testing.assert_array_equal(predicted[kept["row"].to_numpy()], kept["prediction"].to_numpy())


def test_the_same_command_makes_the_same_run(encoder: Path, tmp_path: Path) -> None:
    path = data_file(tmp_path)
    for name in ("one", "two"):
        train(path, "price", out=tmp_path / name, start_from=str(encoder), **OPTIONS)
    assert prints(tmp_path / "one") == prints(tmp_path / "two")
    train(path, "price", out=tmp_path / "plain", hidden=(12, 6), activation="tanh", **OPTIONS)
    weights = "model/weights.safetensors"
    assert prints(tmp_path / "plain")[weights] != prints(tmp_path / "one")[weights]


def test_a_run_that_is_stopped_becomes_one_that_never_was(encoder: Path, tmp_path: Path) -> None:
    whole, stopped, steps = whole_and_resumed(tmp_path, [4, 2], 0.0, start_from=str(encoder), **OPTIONS)
    assert stopped == whole and all(steps)


def test_other_data_are_told(encoder: Path, tmp_path: Path) -> None:
    run = train(data_file(tmp_path, 120), "price", start_from=str(encoder), **OPTIONS)
    (found,) = [own for own in run.record.findings if own.code == "started"]
    assert not found.evidence["same_data"] and "not known" in found.message


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop("rooms"), "also reads 'rooms', which is no feature here"),
        (lambda t: t.with_columns(garden=pl.col("price") * 2 % 7), "does not read 'garden'"),
        (lambda t: t.with_columns(town=pl.Series([n % 40 for n in range(len(t))])), "'town' is category there and num"),
        (lambda t: t.select("town", "rooms", "street", "price"), "'town' stands in another place"),
    ],
)
def test_other_columns_are_refused(encoder: Path, tmp_path: Path, change: Any, said: str) -> None:
    path = data_file(tmp_path)
    change(pl.read_csv(path)).write_csv(path)
    with pytest.raises(PlanError, match=said):
        train(path, "price", start_from=str(encoder), **OPTIONS)


def test_an_encoder_that_saw_the_target_is_refused(tmp_path: Path) -> None:
    path = data_file(tmp_path)
    train(path, out=tmp_path / "saw", **{**UNLABELLED, "drop": ()})
    with pytest.raises(PlanError, match="also reads 'price', which is no feature here"):
        train(path, "price", start_from=str(tmp_path / "saw"), **OPTIONS)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": ("realmlp",)}, "--model mlp, got realmlp"),
        ({"hidden": (5,)}, "--hidden cannot come"),
        ({"scale": "log"}, "--scale cannot come"),
        ({"outliers": "clip"}, "--outliers cannot come"),
        ({"task": "unsupervised", "target": None}, "--start-from says nothing"),
    ],
)
def test_what_the_encoder_decides_cannot_be_asked_for(encoder: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        Settings.from_options({"target": "price", "start_from": str(encoder), **options})


def test_runs_that_hold_no_encoder_are_refused(tmp_path: Path) -> None:
    path = data_file(tmp_path)
    with pytest.raises(DataError, match="start_from must be the folder of a finished run"):
        train(path, "price", start_from=str(tmp_path / "nowhere"))
    train(path, "price", out=tmp_path / "predicts", **OPTIONS)
    with pytest.raises(DataError, match="gives rows back"):
        train(path, "price", start_from=str(tmp_path / "predicts"), **OPTIONS)
    train(path, out=tmp_path / "linear", **{**UNLABELLED, "hidden": ()})
    with pytest.raises(DataError, match="hidden layers"):
        train(path, "price", start_from=str(tmp_path / "linear"), **OPTIONS)
    with pytest.raises(PlanError, match="none are trained"):
        prepare(path, "price", start_from=str(tmp_path / "linear"))


def test_no_network_begins_by_chance_in_silence(encoder: Path) -> None:
    plan, start = begun(encoder)
    read = type(plan).from_json(json.loads(json.dumps(plan.to_json())))
    sizes = Sizes(start.preparer.width, start.preparer.cardinalities, 1, (start.preparer.width,))
    network = build_network(read.family, read.config, sizes, [0])
    with pytest.raises(InternalError):
        network.start_from({}, torch.ones(1, 1), [0])


def test_the_flag(encoder: Path, tmp_path: Path, nw: Command) -> None:
    path, out = data_file(tmp_path), tmp_path / "run"
    words = ("--preset", "quick", "--epochs", "2", "--start-from", encoder, "--out", out)
    said = nw("train", path, "--target", "price", *words)
    assert said.code == 0, said.err
    assert "mlp started" in (out / "leaderboard.csv").read_text("utf-8")
    assert "started" in {own["code"] for own in json.loads((out / "findings.json").read_text("utf-8"))}
    refused = nw("train", path, "--target", "price", "--hidden", "8", "--start-from", encoder)
    assert refused.code == 2 and "--start-from takes over" in refused.err
