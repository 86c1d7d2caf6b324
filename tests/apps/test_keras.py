"""Keras models as `model=`: both ways of building one, what compile says, and what is refused."""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_wine
from torch import nn

from netwright import Classifier, Regressor
from netwright.apps.keras_model import read_keras
from netwright.apps.own_model import is_keras, named
from netwright.base.errors import PlanError

SOME: dict[str, Any] = {"preset": "quick", "folds": 2, "random_state": 0}


@pytest.fixture(scope="module")
def keras() -> ModuleType:
    os.environ.setdefault("KERAS_BACKEND", "torch")
    found: ModuleType = pytest.importorskip("keras")
    return found


@pytest.fixture(scope="module")
def diabetes() -> tuple[Any, Any, Any, Any]:
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return X[:300], y[:300], X[300:], y[300:]


def as_list(keras: ModuleType, last: str | None = None) -> Any:
    dense = keras.layers.Dense
    return keras.Sequential([dense(32, activation="relu"), dense(16, activation="relu"), dense(1, activation=last)])


def added(keras: ModuleType, last: str | None = None) -> Any:
    model = keras.Sequential()
    model.add(keras.Input(shape=(10,)))
    model.add(keras.layers.Dense(32, activation="relu"))
    model.add(keras.layers.Dense(16, activation="relu"))
    model.add(keras.layers.Dense(1, activation=last))
    return model


@pytest.mark.parametrize("build", [as_list, added])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_compiled_models_train_with_their_choices(keras: ModuleType, diabetes: Any, build: Any, optimizer: str) -> None:
    X, y, new, truth = diabetes
    rate = {"SGD": 0.05, "Adam": 0.003}[optimizer]
    model = build(keras)
    model.compile(optimizer=getattr(keras.optimizers, optimizer)(learning_rate=rate), loss="mse", metrics=["mae"])
    ours = Regressor(model=model, **SOME).fit(X, y)
    assert ours.score(new, truth) > 0.3
    plan = ours.plan_
    assert (plan.optimizer, plan.learning_rate, plan.loss) == (optimizer.lower(), rate, "mse")
    assert plan.schedule == "constant" and plan.weight_decay == 0
    assert ours.model_.parts[0].network.in_a_line() == "10 -> 32 relu -> 16 relu -> 1"


def test_both_ways_of_building_are_one_model(keras: ModuleType, diabetes: Any) -> None:
    X, y, new, _ = diabetes
    fits = [Regressor(model=build(keras), epochs=3, **SOME).fit(X, y) for build in (as_list, added)]
    # the one has its input built in, which is no part of what it is
    assert fits[0].plan_.key == fits[1].plan_.key
    np.testing.assert_array_equal(fits[0].predict(new), fits[1].predict(new))


@pytest.mark.parametrize("loss", ["mse", "mean_squared_error"])
def test_a_sigmoid_output_with_squared_error(keras: ModuleType, diabetes: Any, loss: str) -> None:
    X, y, new, truth = diabetes
    model = as_list(keras, "sigmoid")
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.003), loss=loss)
    ours = Regressor(model=model, **SOME).fit(X, y)
    assert ours.score(new, truth) > 0.3
    assert ours.plan_.preparation.target_range == (0.0, 1.0)
    (told,) = [own.message for own in ours.findings_ if own.code == "own-module"]
    assert "compile said adam, learning rate 0.003" in told and "0 to 1" in told


def test_classes_with_softmax(keras: ModuleType) -> None:
    X, y = load_wine(return_X_y=True, as_frame=True)
    dense = keras.layers.Dense
    model = keras.Sequential([dense(16, activation="relu"), dense(3, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    ours = Classifier(model=model, **SOME).fit(X[::2], y[::2])
    assert ours.score(X[1::2], y[1::2]) > 0.9
    with pytest.raises(PlanError, match="loss for numbers"):
        Regressor(model=model, **SOME).fit(X, y)


def test_not_compiled_takes_the_preset_and_says_so(keras: ModuleType, diabetes: Any) -> None:
    X, y, *_ = diabetes
    ours = Regressor(model=as_list(keras), epochs=2, **SOME).fit(X, y)
    assert ours.plan_.optimizer == "adamw" and ours.plan_.schedule == "cosine"
    assert any("not compiled" in own.message for own in ours.findings_)


def test_what_the_estimator_says_wins(keras: ModuleType, diabetes: Any) -> None:
    X, y, *_ = diabetes
    model = as_list(keras)
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
    ours = Regressor(model=model, loss="mae", learning_rate=0.01, epochs=2, **SOME).fit(X, y)
    assert (ours.plan_.optimizer, ours.plan_.learning_rate, ours.plan_.loss) == ("sgd", 0.01, "mae")


def test_first_weights_are_those_of_its_initialisers(keras: ModuleType) -> None:
    dense = keras.layers.Dense(
        400, kernel_initializer=keras.initializers.GlorotUniform(seed=1), bias_initializer="ones"
    )
    given, _ = read_keras(keras.Sequential([dense, keras.layers.Dense(1, use_bias=False)]), None)
    one, other = (given.make(200, 1, seed)[0] for seed in (1, 2))
    first = one.get_parameter("0.weight")
    bound = (6 / 600) ** 0.5
    assert 0.98 * bound < float(first.detach().abs().max()) <= bound
    assert torch.equal(one.get_parameter("0.bias"), torch.ones(400)) and one.get_submodule("1").bias is None
    assert not torch.equal(first, other.get_parameter("0.weight"))
    assert torch.equal(first, given.make(200, 1, 1)[0].get_parameter("0.weight"))


def test_the_torch_module_computes_what_keras_computes(keras: ModuleType) -> None:
    layers, x = keras.layers, torch.randn(20, 6, generator=torch.Generator().manual_seed(0))
    kinds = ["relu", "leaky_relu", "tanh", "sigmoid", "selu", "elu", "gelu", "silu", "softplus", "softsign", "mish"]
    model = keras.Sequential([keras.Input(shape=(6,))])
    for kind in [*kinds, "softmax", "log_softmax", "relu6", "celu", "linear"]:
        model.add(layers.Dense(7, activation=kind, bias_initializer="random_normal"))
    model.add(layers.LayerNormalization())
    for layer in (layers.ReLU(), layers.LeakyReLU(0.1), layers.ELU(0.7), layers.Activation("tanh"), layers.Softmax()):
        model.add(layers.Dense(5))
        model.add(layer)
    made = read_keras(model, None)[0].make(6, 1, 0)[0].eval()
    linears = [own for own in made.modules() if isinstance(own, nn.Linear)]
    dense = [own for own in model.layers if type(own).__name__ == "Dense"]
    with torch.no_grad():
        for ours, theirs in zip(linears, dense, strict=True):
            ours.weight.copy_(torch.as_tensor(theirs.kernel.value).cpu().T)
            ours.bias.copy_(torch.as_tensor(theirs.bias.value).cpu())
        torch.testing.assert_close(made(x), model(x).cpu(), rtol=1e-4, atol=1e-5)


def test_a_fit_leaves_the_model_unbuilt_and_clones_share_it(keras: ModuleType, diabetes: Any) -> None:
    X, y, *_ = diabetes
    model = as_list(keras)
    estimator = Regressor(model=model, epochs=2, **SOME).fit(X, y)
    assert not model.built
    assert clone(estimator).model is model


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda k: k.Sequential([k.Input(shape=(9,)), k.layers.Dense(1)]), r"Input\(shape=\(10,\)\)"),
        (lambda k: k.Sequential([k.layers.Dense(4), k.layers.BatchNormalization(), k.layers.Dense(1)]), "past batches"),
        (lambda k: k.Sequential([k.layers.Dense(4, kernel_regularizer="l2"), k.layers.Dense(1)]), "kernel_regularizer"),
        (lambda k: k.Sequential([k.layers.Dense(4, trainable=False), k.layers.Dense(1)]), "trainable=False"),
        (lambda k: k.Sequential([k.layers.Dense(3)]), "must give 1 number"),
        (lambda k: k.Sequential([]), "empty"),
        (lambda k: functional(k), "must be a keras.Sequential"),
    ],
)
def test_what_cannot_be_taken_over_is_refused(keras: ModuleType, diabetes: Any, make: Any, said: str) -> None:
    X, y, *_ = diabetes
    with pytest.raises(PlanError, match=said):
        Regressor(model=make(keras), **SOME).fit(X, y)


def functional(keras: ModuleType) -> Any:
    inputs = keras.Input(shape=(10,))
    return keras.Model(inputs, keras.layers.Dense(1)(inputs))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda o: o.RMSprop(0.01), "one of SGD, Adam, AdamW"),
        (lambda o: o.SGD(0.01, momentum=0.5), "momentum 0 or 0.9"),
        (lambda o: o.SGD(0.01, nesterov=True, momentum=0.9), "without nesterov"),
        (lambda o: o.Adam(0.01, clipnorm=1.0), "without clipnorm"),
        (lambda o: o.Adam(0.01, weight_decay=0.1), "without weight_decay"),
        (lambda o: o.Adam(o.schedules.CosineDecay(0.01, 100)), "got a schedule"),
    ],
)
def test_compile_options_without_a_counterpart_are_refused(keras: ModuleType, make: Any, said: str) -> None:
    model = as_list(keras)
    model.compile(optimizer=make(keras.optimizers), loss="mse")
    with pytest.raises(PlanError, match=said):
        read_keras(model, "numbers")


def test_choices_that_have_a_counterpart(keras: ModuleType) -> None:
    model = as_list(keras)
    model.compile(optimizer=keras.optimizers.SGD(0.01, momentum=0.9), loss=keras.losses.Huber())
    assert read_keras(model, "numbers")[1]["optimizer"] == "momentum"
    model.compile(
        optimizer=keras.optimizers.AdamW(0.01, weight_decay=0.2, beta_1=0.8), loss=keras.losses.mean_absolute_error
    )
    given, choices = read_keras(model, "numbers")
    assert choices == {"optimizer": "adamw", "learning_rate": 0.01, "weight_decay": 0.2, "loss": "mae"}
    assert given.betas == (0.8, 0.999)


def test_another_backend_is_told(keras: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    model = as_list(keras)
    monkeypatch.setattr(keras.config, "backend", lambda: "tensorflow")
    with pytest.raises(PlanError, match=r'os\.environ\["KERAS_BACKEND"\] = "torch"'):
        named(model)


def test_keras_is_told_from_torch(keras: ModuleType) -> None:
    assert is_keras(as_list(keras)) and not is_keras(nn.Linear(2, 1))
