"""How features of several columns, and columns that are left out, read in the report and in `run.json`."""

from __future__ import annotations

from dataclasses import replace

from netwright.deliver.report.data_made import _features
from netwright.evaluate.metrics import METRICS
from netwright.stages.account import features_made, notes_of_derived
from tests.laws.test_features import ALL, houses, trained


def test_each_kind_has_its_line() -> None:
    made = {
        "n_preparations": 5,
        "derived": [
            {"name": "per", "formula": "rooms / people", "found": False, "preparations": 5},
            {"name": "a * b", "formula": "a * b", "found": True, "preparations": 3},
            {"name": "a / `방 수`", "formula": "a / `방 수`", "found": True, "preparations": 1},
        ],
        "components": [[0.5, 0.25], [0.5, 0.15]],
        "left_out": [{"column": "noise", "preparations": 4}],
    }
    assert _features(made) == [
        ("derived", "per = rooms / people"),
        ("derived, found by trees", "a * b (3 of 5 folds), a / `방 수` (1 of 5 folds)"),
        ("principal components", "the first 2 of the numeric features, with 70 % of their variance (mean over folds)"),
        ("left out", "noise (4 of 5 folds): of no use to trees on the train rows"),
    ]
    assert _features({}) == []


def test_the_facts_are_those_of_what_ships() -> None:
    _, candidate, model = trained(houses(), ALL, epochs=1)
    made = features_made(model)["features"]
    preparers = [fold.preparer for fold in candidate.trained.folds]
    assert made["n_preparations"] == 3
    asked = [own for own in made["derived"] if not own["found"]]
    assert [own["name"] for own in asked] == ["방 당", "above", "같은 거리"]
    assert all(own["preparations"] == 3 for own in asked)
    assert made["components"] == [list(own.components.shares) for own in preparers if own.components]
    left_out = {own["column"]: own["preparations"] for own in made["left_out"]}
    for column, n in left_out.items():
        assert n == sum(
            one.n_features == 0
            for own in preparers
            for one in own.encoders
            if one.column == column and not one.cardinality
        )
    assert left_out
    assert _features(made)


def test_what_only_some_parts_have_is_told_with_its_weight() -> None:
    _, first, with_them = trained(houses(), ALL, epochs=1)
    _, second, without = trained(houses(), {}, epochs=1)
    mixed = replace(with_them, parts=(*with_them.parts, *without.parts), weights=(0.3, 0.7))
    (some,) = notes_of_derived(METRICS["rmse"], mixed, [first, second])
    assert "kept in parts of the ensemble that weigh 30 %" in some.message and some.evidence["weight"] == 0.3
    (alone,) = notes_of_derived(METRICS["rmse"], with_them, [first, second])
    assert " kept: " in alone.message and "weigh" not in alone.message
    (none,) = notes_of_derived(METRICS["rmse"], without, [first, second])
    assert "not kept: " in none.message


def test_plain_plans_say_nothing() -> None:
    assert features_made(trained(houses(120), {}, epochs=1)[2]) == {}
