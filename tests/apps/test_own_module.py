"""`model=` as a module or a factory, from a table to predictions, a stored run and back."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_wine
from sklearn.model_selection import cross_val_score
from torch import Tensor, nn

from netwright import Classifier, Regressor, load, train
from netwright.base.errors import DataError, PlanError
from netwright.models.own import OwnNetwork
from tests.command import Command
from tests.laws.stopping import whole_and_resumed

Houses = Callable[..., pl.DataFrame]
SHORT: dict[str, Any] = {"preset": "quick", "epochs": 4, "folds": 2}
SOME: dict[str, Any] = {"preset": "quick", "folds": 2, "random_state": 0}


def factory(n_in: int, n_out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(n_in, 16), nn.Dropout(0.2), nn.Tanh(), nn.Linear(16, n_out))


class Stepwise(nn.Module):
    """What vmap cannot take."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(n_in, 8), nn.Linear(8, n_out)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.first(x))
        return self.last(x) if bool(x.isfinite().all()) else x[:, :1]


def test_a_factory_learns_what_its_rows_say() -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = Regressor(
        model=lambda n_in, n_out: nn.Sequential(nn.Linear(n_in, 32), nn.Tanh(), nn.Linear(32, n_out)),
        preset="quick",
        random_state=0,
    ).fit(X[:300], y[:300])
    assert model.score(X[300:], y[300:]) > 0.35
    assert model.metrics_["validation"]["r2"] > 0.35
    assert model.plan_.family == "own"
    own = model.model_.parts[0].network
    assert isinstance(own, OwnNetwork) and own.in_a_line() == "10 -> 32 tanh -> 1"
    assert "10 → 32" in model.report_ or "10 -&gt; 32" in model.report_ or "own factory" in model.report_


def test_a_sigmoid_output_with_squared_error_reaches_the_target() -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    bounded = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())
    model = Regressor(model=bounded, **SOME).fit(X[:300], y[:300])
    assert model.score(X[300:], y[300:]) > 0.35
    assert model.plan_.preparation.target_range == (0.0, 1.0)
    predicted = model.predict(X)
    span = float(y.max() - y.min())
    assert y.min() - 0.1 * span < predicted.min() and predicted.max() < y.max() + 0.1 * span
    assert predicted.std() > 0.4 * y.std()
    (told,) = [own for own in model.findings_ if own.code == "own-module"]
    assert "0 to 1" in told.message


@pytest.mark.parametrize("last", [nn.ReLU(), nn.Softplus(), nn.Tanh()], ids=lambda own: type(own).__name__)
def test_other_ends_are_reached_too(last: nn.Module) -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    given = nn.Sequential(nn.Linear(10, 32), nn.Tanh(), nn.Linear(32, 1), last)
    y = y - 300
    assert Regressor(model=given, **SOME).fit(X[:300], y[:300]).score(X[300:], y[300:]) > 0.35


@pytest.mark.parametrize("last", [[], [nn.Softmax(dim=1)]], ids=["logits", "softmax"])
def test_classes(last: list[nn.Module]) -> None:
    X, y = load_wine(return_X_y=True, as_frame=True)

    def made(n_in: int, n_out: int) -> nn.Module:
        return nn.Sequential(nn.Linear(n_in, 16), nn.ReLU(), nn.Linear(16, n_out), *last)

    model = Classifier(model=made, **SOME).fit(X[::2], y[::2])
    assert model.score(X[1::2], y[1::2]) > 0.93
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_gaps_and_many_levels_become_one_matrix(houses: Houses, tmp_path: Path, task: str) -> None:
    frame = houses(1200).with_columns(pl.Series("길", [f"길 {row % 80}" for row in range(1200)]))
    if task != "regression":
        price, middle = pl.col("price"), 45 if task == "binary" else 38
        upper = pl.when(price < 52).then(pl.lit("b")).otherwise(pl.lit("b" if task == "binary" else "c"))
        frame = frame.with_columns(pl.when(price < middle).then(pl.lit("a")).otherwise(upper).alias("price"))
    run = train(frame, "price", model=factory, no_repair=True, out=tmp_path / "런", **SHORT)
    (part,) = run.model.fitted.parts
    assert part.sizes.cardinalities == () and 64 <= part.sizes.dense < 80
    new = houses(23, seed=5).with_columns(pl.lit("새 길").alias("길")).drop("price")
    predicted = run.model.predict(new)
    assert predicted.null_count().sum_horizontal().item() == 0
    assert load(tmp_path / "런", model=factory).predict(new).equals(predicted)


def test_one_after_the_other_is_told_and_works() -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = Regressor(model=Stepwise, **SOME).fit(X[:300], y[:300])
    assert model.score(X[300:], y[300:]) > 0.35
    (told,) = [own for own in model.findings_ if own.code == "own-module"]
    assert "one after the other" in told.message and "data-dependent" in told.message


def test_the_same_seed_gives_the_same_bits_and_another_one_others() -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    one, same, other = (Regressor(model=factory, random_state=seed, **SHORT).fit(X, y).predict(X) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_fit_leaves_the_module_as_it_was() -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    given = factory(10, 1)
    before = {name: own.clone() for name, own in given.state_dict().items()}
    Regressor(model=given, random_state=0, **SHORT).fit(X, y)
    assert all(torch.equal(before[name], own) for name, own in given.state_dict().items()) and given.training


@pytest.mark.parametrize("given", [factory, Stepwise], ids=["vmap", "one after the other"])
def test_a_run_that_is_stopped_becomes_one_that_never_was(tmp_path: Path, given: Any) -> None:
    options = {"model": given, "batch_size": 8, "no_repair": True, "patience": "off", **SHORT}
    whole, stopped, steps = whole_and_resumed(tmp_path, [7, 5, 1], 0.0, **options)
    assert stopped == whole
    assert len(steps) == 3 and 0 < steps[0] < steps[1] < steps[2]


def test_the_doctor_changes_training_and_not_the_module() -> None:
    given = nn.Sequential(nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 1))
    run = train("sample:diabetes", "target", model=given, preset="quick", epochs=4, learning_rate=1e-5, folds=2)
    tried = [own for finding in run.findings for own in finding.evidence.get("remedies", ())]
    assert tried
    changed = {name for own in tried for name in own["changes"]}
    assert changed <= {"learning_rate", "schedule", "epochs", "batch_size", "optimizer", "weight_decay", "patience",
                       "clip_norm", "betas", "scale", "l1"}  # fmt: skip
    assert run.record.plan.family == "own"
    assert any(name.startswith(("gradient", "update")) for name in run.curves.signals)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "own"
    train("sample:diabetes", "target", model=factory, out=folder, no_repair=True, **SHORT)
    return folder


def test_a_stored_run_asks_for_its_module(stored: Path, nw: Command, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="stores weights, never code"):
        load(stored)
    X, _ = load_diabetes(return_X_y=True, as_frame=True)
    X.to_csv(tmp_path / "new.csv", index=False)
    said = nw("predict", stored, tmp_path / "new.csv")
    assert said.code == 2 and "netwright.load" in said.err and "Traceback" not in said.err
    assert load(stored, model=factory).predict(X).height == len(X)
    assert nw("report", stored).code == 0


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (lambda n_in, n_out: nn.Linear(n_in, n_out), "another structure"),
        (lambda n_in, n_out: nn.Sequential(nn.Linear(n_in, 16), nn.ReLU(), nn.ReLU(), nn.Linear(16, n_out)),
         "computes something else"),
    ],
)  # fmt: skip
def test_another_module_is_refused(stored: Path, other: Any, why: str) -> None:
    with pytest.raises(PlanError, match=why):
        load(stored, model=other)


def test_a_module_that_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    train("sample:diabetes", "target", model="linear", out=tmp_path / "run", no_repair=True, **SHORT)
    with pytest.raises(PlanError, match="left out"):
        load(tmp_path / "run", model=factory)


def test_what_is_stored_names_the_module_and_holds_no_code(stored: Path) -> None:
    told = json.loads((stored / "run.json").read_text(encoding="utf-8"))
    assert told["settings"]["model"][0].startswith("factory-")
    assert told["command"] == "" and "module in memory" in told["resume"]["unkept"]
    assert not [path for path in stored.rglob("*") if path.suffix in (".py", ".pkl", ".pt")]


def test_estimators_are_cloned_stored_and_searched_over() -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    given = factory(10, 1)
    model = Regressor(model=given, random_state=0, **SHORT)
    again = clone(model)
    assert again.get_params()["model"] is given and again is not model
    assert clone(Regressor(model=factory)).model is factory
    np.testing.assert_array_equal(model.fit(X, y).predict(X), again.fit(X, y).predict(X))
    stored = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(stored.predict(X), model.predict(X))
    assert (
        len(cross_val_score(Regressor(model=factory, random_state=0, folds=2, preset="quick", epochs=2), X, y, cv=2))
        == 2
    )


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        (3, {}, "must be the name of a family"),
        ([], {}, "got an empty list"),
        (nn.Linear(7, 1), {}, "rows of 10 numbers"),
        (factory, {"hidden": "8"}, "hidden must come with a family that has it"),
        ([factory, factory], {}, "different networks"),
        ("factory-123456", {}, "must be one of"),
    ],
)
def test_what_is_no_module_is_told(model: Any, options: dict[str, Any], said: str) -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    with pytest.raises(PlanError, match=said):
        Regressor(model=model, **options, **SHORT).fit(X, y)


def test_a_module_beside_other_families() -> None:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = Regressor(model=[factory, "linear"], random_state=0, **SHORT).fit(X, y)
    assert {"own factory", "linear"} <= {row["name"] for row in model._fitted.outcome().record.leaderboard}


def test_importing_netwright_imports_neither_torch_nor_keras() -> None:
    code = "import sys, netwright; print(sorted({'torch', 'keras'} & set(sys.modules)))"
    with warnings.catch_warnings():
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
