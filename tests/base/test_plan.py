from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields, replace

import pytest

from netwright.base.plan import Member, Plan, Preparation

PLAN = Plan("mlp", "mlp", {"hidden": [64, 32], "dropout": 0.2})

OTHERS = {
    "family": "resnet", "config": {"hidden": [64, 33], "dropout": 0.2}, "preparation": Preparation(scale="robust"),
    "loss": "mae", "optimizer": "sgd", "learning_rate": 2e-3, "schedule": "cosine", "weight_decay": 0.1, "l1": 1e-4,
    "clip_norm": 1.0, "label_smoothing": 0.1, "drop_last": True,
    "batch_size": 0, "epochs": 101, "patience": 5, "betas": (0.9, 0.95), "regularisation": "flat_cosine", "taught": 0.8,
}  # fmt: skip


def test_the_key_is_twelve_hexadecimal_digits():
    assert re.fullmatch("[0-9a-f]{12}", PLAN.key)


def test_the_key_is_the_same_on_every_machine():
    text = json.dumps({name: value for name, value in PLAN.to_json().items() if name != "name"}, sort_keys=True)
    assert PLAN.key == hashlib.sha256(text.encode()).hexdigest()[:12]


@pytest.mark.parametrize("name", list(OTHERS))
def test_every_choice_changes_the_key(name):
    assert replace(PLAN, **{name: OTHERS[name]}).key != PLAN.key


def test_all_choices_were_tried():
    assert set(OTHERS) == {field.name for field in fields(Plan)} - {"name"}


def test_the_name_does_not():
    assert replace(PLAN, name="second").key == PLAN.key


def test_the_order_of_choices_does_not():
    assert replace(PLAN, config={"dropout": 0.2, "hidden": [64, 32]}).key == PLAN.key


@pytest.mark.parametrize(
    "preparation",
    [Preparation(bins={"age": 5}), Preparation(bins={"age": (20.0, 30.0)}), Preparation(onehot_limit=13),
     Preparation(rare_count=4), Preparation(clamp_target=True)],
)  # fmt: skip
def test_preparation_is_part_of_it(preparation):
    assert replace(PLAN, preparation=preparation).key != PLAN.key


def test_to_json_holds_every_choice():
    plan = replace(PLAN, preparation=Preparation(bins={"나이": (20.0, 30.0)}), taught=0.8)
    entry = json.loads(json.dumps(plan.to_json()))
    assert set(entry) == {field.name for field in fields(Plan)}
    # plans of before there were teachers keep their keys
    assert set(PLAN.to_json()) == set(entry) - {"taught"}
    assert entry["preparation"]["bins"] == {"나이": [20.0, 30.0]}
    assert entry["config"] == {"hidden": [64, 32], "dropout": 0.2}
    assert entry["patience"] is None


def test_members_tell_folds_and_seeds_apart():
    assert Member(PLAN, 0, 1) != Member(PLAN, 1, 0)
    assert Member(PLAN, 0, 1) == Member(replace(PLAN), 0, 1)
