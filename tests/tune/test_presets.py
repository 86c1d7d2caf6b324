from __future__ import annotations

import json
import math
from dataclasses import fields

import numpy as np
import pytest

from netwright.base.errors import PlanError
from netwright.base.plan import Plan, Preparation
from netwright.base.settings import PRESETS, Settings
from netwright.tune.presets import EFFORTS, propose


def plan(task="regression", n_rows=500, **options) -> Plan:
    """The plain network among those that are proposed."""
    return propose(Settings.from_options(options), task, n_rows).plans[0]


def test_every_preset_has_its_effort():
    assert set(EFFORTS) == set(PRESETS)
    assert EFFORTS["quick"].seeds <= EFFORTS["medium"].seeds <= EFFORTS["best"].seeds
    assert EFFORTS["quick"].epochs < EFFORTS["medium"].epochs < EFFORTS["best"].epochs


#: Option -> (what the user says, where it is found in the plan, as what).
REACHES = {
    "epochs": (7, lambda p: p.epochs, 7),
    "batch_size": (48, lambda p: p.batch_size, 48),
    "learning_rate": (0.02, lambda p: p.learning_rate, 0.02),
    "hidden": ("20,10", lambda p: p.config["hidden"], [20, 10]),
    "activation": ("tanh", lambda p: p.config["activation"], "tanh"),
    "dropout": (0.35, lambda p: p.config["dropout"], 0.35),
    "weight_decay": (0.01, lambda p: p.weight_decay, 0.01),
    "l1": (1e-4, lambda p: p.l1, 1e-4),
    "loss": ("mae", lambda p: p.loss, "mae"),
    "optimizer": ("sgd", lambda p: p.optimizer, "sgd"),
    "patience": (9, lambda p: p.patience, 9),
    "bin": (["age=5", "rooms=4,6"], lambda p: dict(p.preparation.bins), {"age": 5, "rooms": (4.0, 6.0)}),
    "scale": ("robust", lambda p: p.preparation.scale, "robust"),
    "model": ("mlp", lambda p: (p.name, p.family), ("mlp", "mlp")),
}
#: Options about data, rows, choice and place: nothing of a candidate.
ELSEWHERE = {
    "target", "preset", "time_limit", "seed", "task", "split", "test_size", "test_data", "valid_size", "valid_data",
    "folds", "metric", "positive", "use", "drop", "kind", "missing", "encoding", "separator", "header", "decimal",
    "sheet", "table", "query", "device", "allow_leak",
    "no_repair", "lang", "prefer", "networks_only", "distill",
    "class_weight", "gap", "group", "outliers", "range", "repeats", "sampling", "time", "train_rows",
    "derive",  # a plan of its own beside each
    "image_size", "filters", "kernel", "flip",  # of pictures; see below
    "horizon", "series", "past", "known", "cell",  # of series
    "code",  # of autoencoders
    "start_from",  # of a run that is read first: tests/stages/test_started.py
}  # fmt: skip


@pytest.mark.parametrize("option", list(REACHES))
def test_options_reach_the_plan(option):
    given, find, expected = REACHES[option]
    for preset in PRESETS:
        chosen = plan(**{option: given}, preset=preset)
        assert find(chosen) == expected
        assert option == "model" or chosen.key != plan(preset=preset).key


def test_every_option_is_accounted_for():
    assert set(REACHES) | ELSEWHERE == {field.name for field in fields(Settings)}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"dropout": 0}, lambda p: p.config["dropout"] == 0),
        ({"hidden": "none"}, lambda p: p.config["hidden"] == []),
        ({"weight_decay": 0}, lambda p: p.weight_decay == 0),
        ({"patience": "off"}, lambda p: p.patience is None),
        ({"batch_size": "full"}, lambda p: p.batch_size == 0),
        ({"batch_size": 1}, lambda p: p.batch_size == 1),
        ({"epochs": np.int64(3)}, lambda p: p.epochs == 3 and type(p.epochs) is int),
    ],
)
def test_nothing_is_something_too(options, found):
    assert found(plan(**options))


@pytest.mark.parametrize(
    ("task", "loss"), [("regression", "mse"), ("binary", "cross_entropy"), ("multiclass", "cross_entropy")]
)
def test_what_courses_teach(task, loss):
    """MLP, ReLU, dropout 0.2, MSE or cross-entropy, Adam, batch 32, one validation part."""
    for n_rows in (50, 5_000, 500_000):
        chosen = plan(task, n_rows, preset="course")
        assert (chosen.family, chosen.loss, chosen.optimizer, chosen.batch_size) == ("mlp", loss, "adam", 32)
        assert (chosen.config["activation"], chosen.config["dropout"]) == ("relu", 0.2)
        assert chosen.patience is None
        assert chosen.preparation == Preparation()
        assert propose(Settings(preset="course"), task, n_rows).seeds == (1,)
    assert EFFORTS["course"].folds == 1


def test_shapes_and_batches_grow_with_the_table():
    sizes = [plan(n_rows=n).batch_size for n in (10, 1_999, 2_000, 8_000, 20_000, 100_000, 500_000, 10**7)]
    assert sizes == [32, 32, 64, 128, 256, 512, 1024, 1024]
    widths = [plan(n_rows=n).config["hidden"] for n in (10, 999, 1_000, 9_999, 10_000)]
    assert widths == [[64, 32, 16]] * 2 + [[128, 64, 32]] * 2 + [[256, 128, 64]]
    assert all(own == sorted(own, reverse=True) for own in widths)


def test_many_rows_need_fewer_seeds():
    assert propose(Settings(preset="best"), "regression", 4_999).seeds == (EFFORTS["best"].seeds, 4)
    assert propose(Settings(preset="best"), "regression", 5_000).seeds == (1, 1)


def test_several_families():
    proposal = propose(Settings.from_options({"model": ["mlp", "linear"]}), "regression", 100)
    assert [p.family for p in proposal.plans] == ["mlp", "linear"]


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        (
            "regression",
            {"loss": "cross_entropy"},
            "--loss must be one of mse, mae, huber for regression, got 'cross_entropy'.",
        ),
        ("binary", {"loss": "mse"}, "--loss must be one of cross_entropy for binary, got 'mse'."),
        ("multiclass", {"loss": "mae"}, "--loss must be one of cross_entropy for multiclass, got 'mae'."),
        (
            "regression",
            {"activation": "swish"},
            "--activation must be one of relu, leaky_relu, selu, gelu, mish, tanh, sigmoid, none, got 'swish'.",
        ),
        ("regression", {"bin": ["age"]}, "--bin must be COL=N or COL=EDGE,EDGE,..., got 'age'."),
    ],
)  # fmt: skip
def test_wrong_names(task, options, message):
    with pytest.raises(PlanError) as caught:
        plan(task, **options)
    assert str(caught.value) == message


def test_unknown_family():
    with pytest.raises(PlanError, match=r"must be one of .*mlp.*, got 'transformer'"):
        plan(model="transformer")


def test_a_plan_is_json():
    for preset in PRESETS:
        entry = json.loads(json.dumps(plan(preset=preset, bin="age=5", hidden="8").to_json()))
        assert entry["config"]["hidden"] == [8]


def test_plain_regression_takes_large_steps_and_nothing_pulls_at_it():
    made = plan(hidden="none")
    assert (made.learning_rate, made.weight_decay) == (pytest.approx(0.03), 0.0)
    asked = plan(hidden="none", learning_rate=0.2, weight_decay=0.1)
    assert (asked.learning_rate, asked.weight_decay) == (0.2, 0.1)
    network = plan(hidden="8")
    assert (network.learning_rate, network.weight_decay) == (0.003, 0.05)


@pytest.mark.parametrize(("preset", "least"), [("quick", 600), ("medium", 1_000), ("best", 3_000)])
def test_tiny_tables_get_many_epochs(preset, least):
    for n_rows in (20, 100, 150):
        made = plan(n_rows=n_rows, preset=preset)
        assert made.epochs * math.ceil(n_rows / made.batch_size) >= least


def families_of(**options) -> list[str]:
    return [proposed.family for proposed in propose(Settings.from_options(options), "regression", 500).plans]


def test_a_preset_names_its_families_unless_a_network_is_designed_by_hand():
    assert families_of(preset="quick") == families_of(preset="course") == ["mlp"]
    assert families_of(preset="medium") == families_of(preset="best") == ["mlp", "realmlp"]
    for option, value in (("hidden", "8"), ("dropout", 0), ("learning_rate", 0.01), ("optimizer", "sgd"), ("l1", 0)):
        assert families_of(**{option: value}) == ["mlp"]
    assert families_of(epochs=5) == families_of(scale="robust") == ["mlp", "realmlp"]
    assert families_of(hidden="8", model=["realmlp", "tabm"]) == ["realmlp", "tabm"]


def of_family(name, n_rows, task="regression", **options) -> Plan:
    (proposed,) = propose(Settings.from_options({"model": [name], **options}), task, n_rows).plans
    return proposed


def test_realmlp_is_that_of_the_paper_but_narrow_where_time_counts():
    medium = of_family("realmlp", 1_000)
    assert (medium.learning_rate, medium.betas, medium.weight_decay) == (0.2, (0.9, 0.95), 0.02)
    assert (medium.schedule, medium.regularisation) == ("coslog4", "flat_cosine")
    assert (medium.batch_size, medium.drop_last, medium.epochs, medium.patience) == (256, True, 128, None)
    assert medium.preparation.scale == "robust_clip"
    assert medium.preparation.clamp_target
    assert medium.config["activation"] == "mish"
    assert medium.config["hidden"] == [64, 64, 64]
    assert of_family("realmlp", 20_000).config["hidden"] == [128, 128, 128]
    assert of_family("realmlp", 1_000, preset="best").config["hidden"] == [256, 256, 256]
    classes = of_family("realmlp", 1_000, "binary")
    assert (classes.learning_rate, classes.config["activation"]) == (0.04, "selu")
    assert not classes.preparation.clamp_target


def test_realmlp_passes_less_often_over_many_rows():
    epochs = [of_family("realmlp", n_rows).epochs for n_rows in (1_000, 10_000, 30_000, 10**6)]
    assert epochs == [128, 125, 42, 16]
    assert of_family("realmlp", 1_000, preset="best").epochs == 256
    assert of_family("realmlp", 10**6, epochs=256).epochs == 256


def test_tabm_takes_the_batches_of_its_paper():
    sizes = [of_family("tabm", n_rows).batch_size for n_rows in (2_799, 2_800, 4_500, 6_400, 32_000, 108_000)]
    assert sizes == [32, 64, 128, 256, 512, 1_024]
    chosen = of_family("tabm", 500)
    assert (chosen.clip_norm, chosen.patience, chosen.weight_decay, chosen.learning_rate) == (1.0, 16, 3e-4, 2e-3)
    assert chosen.preparation.scale == "quantile"
    assert (chosen.config["k"], chosen.config["hidden"]) == (32, [512, 512])


def test_labels_are_smoothed_only_where_the_name_of_the_class_counts():
    assert of_family("realmlp", 500, "binary").label_smoothing == 0
    assert of_family("realmlp", 500, "binary", metric="roc_auc").label_smoothing == 0
    assert of_family("realmlp", 500, "binary", metric="accuracy").label_smoothing == 0.1
    assert of_family("mlp", 500, "binary", metric="accuracy").label_smoothing == 0


def test_a_family_named_twice_is_trained_once():
    assert families_of(model=["mlp", "mlp", "linear"]) == ["mlp", "linear"]


def test_tabm_without_a_hidden_layer_is_refused_before_anything_is_trained():
    with pytest.raises(PlanError, match="--hidden must name at least one width for tabm, got none"):
        families_of(model=["tabm"], hidden="none")


def test_options_of_pictures_reach_the_plan():
    settings = Settings.from_options(
        {"target": "label", "filters": "8,16", "kernel": 5, "flip": True, "preset": "quick"}
    )
    (own,) = propose(settings, "binary", 500, ("image",)).plans
    assert (own.family, own.config["filters"], own.config["kernel"], own.config["flip"]) == ("cnn", [8, 16], 5, True)
    with pytest.raises(PlanError, match="--flip must come with a family that has it, got --model mlp"):
        propose(settings.with_(model=("mlp",), filters=None, kernel=None), "binary", 500, ("image",))
    (flat,) = propose(Settings(model=("mlp",)), "binary", 500, ("image",)).plans
    assert flat.preparation.flat and not own.preparation.flat
