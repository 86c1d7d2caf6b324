"""Features of several columns: fitted on train rows only, alike wherever a row stands, explained as they act."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.base.clock import Clock
from netwright.base.events import follow
from netwright.base.plan import Plan, Preparation
from netwright.base.settings import Settings
from netwright.deliver.bundle import bundle_files, load_bundle
from netwright.deliver.predictor import Predictor
from netwright.preparation.folds import prepare_folds
from netwright.preparation.preparer import Preparer
from netwright.preparation.values import cells_at, feature_values
from netwright.run import begin, load, train_plans
from netwright.stages.begun import Begun
from netwright.training.blend import Blend
from netwright.training.candidate import Candidate
from netwright.training.dependence import partial_dependence
from netwright.training.effects import effects_of
from netwright.training.explain import _shuffled, explain
from netwright.training.mixture import Mixture
from netwright.tune.presets import Proposal
from tests.laws.test_sealed import KINDS, changed, every_kind
from tests.training.test_effects import by_brute_force

DERIVED = (
    "`방 당` = 방 / rooms",
    "above = rooms - mean(rooms by town)",
    "`같은 거리` = count(by street)",
)
ALL: dict[str, Any] = {"derived": DERIVED, "interactions": 2, "components": 3, "select": True}
ONLY: dict[str, dict[str, Any]] = {
    "all": ALL,
    "derived": {"derived": DERIVED},
    "interactions": {"interactions": 2},
    "components": {"components": 3},
    "select": {"select": True},
}


def begun_of(data: Any, changes: dict[str, Any], family: str = "mlp", **options: Any) -> Begun:
    """A run whose one plan has these choices."""
    usual = {"target": "price", "kind": KINDS, "folds": 3, "preset": "quick", "epochs": 4, "model": (family,)}
    settings = Settings.from_options(usual | options)
    begun = follow(begin(follow(load(data, settings)), settings, Clock()))
    plan = begun.proposal.plans[0]
    plan = replace(plan, preparation=replace(plan.preparation, **changes))
    return replace(begun, proposal=Proposal((plan,), (1,)))


def trained(
    data: Any, changes: dict[str, Any], family: str = "mlp", **options: Any
) -> tuple[Begun, Candidate, Mixture]:
    begun = begun_of(data, changes, family, **options)
    (candidate,) = follow(train_plans(begun))
    blend = Blend({candidate.plan.key: 1.0})
    return begun, candidate, Mixture.of(blend, [candidate], [], begun.split.development, begun.origin.target)


def houses(n_rows: int = 240, seed: int = 0) -> pl.DataFrame:
    """Every kind of column, and a price that hangs on a ratio, too."""
    frame = every_kind(n_rows, seed)
    ratio = (frame["rooms"].fill_null(5.0) * frame["방"].fill_null(0.0)) * 3
    return frame.with_columns(price=(frame["price"] + ratio).round(4))


@pytest.fixture(scope="module")
def numbers() -> tuple[Begun, Candidate, Mixture]:
    return trained(houses(), ALL)


@pytest.fixture(scope="module")
def classes() -> tuple[Begun, Candidate, Mixture]:
    frame = houses()
    price = frame["price"].to_numpy()
    kinds = pl.Series(np.array(["낮음", "보통", "높음"])[np.digitize(price, np.quantile(price, [0.3, 0.7]))])
    return trained(frame.with_columns(price=kinds), ALL, "realmlp", class_weight="balanced")


def test_cells_of_rows_that_judge_change_nothing_that_was_fitted() -> None:
    frame = houses()
    before = begun_of(frame, ALL)
    rows, plan = before.split.development.rows, before.proposal.plans[0]
    outside = np.setdiff1d(np.arange(frame.height), rows)

    def fitted(begun: Begun, fold: int) -> tuple[Preparer, np.ndarray]:
        own = prepare_folds(begun.split, begun.origin.target, plan.preparation)[fold]
        return own.preparer, own.inputs.dense[own.train]

    for number, fold in enumerate(before.split.folds):
        after = begun_of(changed(frame, np.concatenate([rows[fold.valid], outside])), ALL)
        (one, dense), (other, again) = fitted(before, number), fitted(after, number)
        assert one == other
        assert dense.tobytes() == again.tobytes()
        # and it does look at the train rows
        moved = begun_of(changed(frame, rows[fold.train][:60]), ALL)
        assert fitted(moved, number)[0] != one


@pytest.mark.parametrize("which", ["numbers", "classes"])
def test_what_is_made_is_what_was_asked_for(which: str, request: pytest.FixtureRequest) -> None:
    _, candidate, model = request.getfixturevalue(which)
    for fold in candidate.trained.folds:
        own = fold.preparer
        assert [one.name for one in own.derived if not one.found] == ["방 당", "above", "같은 거리"]
        assert len([one for one in own.derived if one.found]) <= 2
        assert own.components is not None and len(own.components.shares) == 3
        assert own.width == len(own.feature_names) == fold.inputs.dense.shape[1]
        assert len(set(own.feature_names)) == own.width
        assert own.continuous[-3:] == (own.width - 3, own.width - 2, own.width - 1)
        names = [own.column_of(place) for place in range(own.width)]
        assert names[-3:] == ["component 1", "component 2", "component 3"]
        for place, name in enumerate(own.feature_names):
            assert name.startswith(names[place])
        continuous = fold.inputs.dense[fold.train][:, own.continuous]
        assert np.isfinite(continuous).all()
        with pytest.raises(IndexError):
            own.column_of(own.width)
    assert any(one.found for fold in candidate.trained.folds for one in fold.preparer.derived)
    assert np.isfinite(model.predict(Predictor(model).table(houses(20, 5).drop("price")))).all()


@pytest.mark.parametrize("choice", list(ONLY))
def test_round_trip_gives_the_same_bits(choice: str) -> None:
    begun = begun_of(houses(), ONLY[choice])
    (fold, *_) = prepare_folds(begun.split, begun.origin.target, begun.proposal.plans[0].preparation)
    again = Preparer.from_json(json.loads(json.dumps(fold.preparer.to_json())))
    assert again == fold.preparer
    cells = feature_values(begun.split.development)
    one, other = fold.preparer.transform(cells), again.transform(cells)
    assert one.dense.tobytes() == other.dense.tobytes()
    assert one.codes.tobytes() == other.codes.tobytes()


@pytest.mark.parametrize("which", ["numbers", "classes"])
def test_a_saved_model_predicts_the_same_bits(which: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    _, candidate, model = request.getfixturevalue(which)
    for name, content in bundle_files(model).items():
        (tmp_path / name).write_bytes(content)
    again = load_bundle(tmp_path)
    assert again.networks[0].plan == candidate.plan and again.networks[0].plan.key == candidate.plan.key
    table = Predictor(model).table(changed(houses(40, 9), np.arange(7)).drop("price"))
    assert again.predict(table).tobytes() == model.predict(table).tobytes()


def test_a_row_is_prepared_alike_among_any_others(numbers: tuple[Begun, Candidate, Mixture]) -> None:
    begun, candidate, _ = numbers
    cells = feature_values(begun.split.development)
    preparer = candidate.trained.folds[0].preparer
    whole = preparer.transform(cells).dense
    for row in range(0, 100, 9):
        alone = preparer.transform(cells_at(cells, np.array([row]))).dense
        assert alone.tobytes() == whole[row : row + 1].tobytes()


def test_a_table_in_files_is_prepared_like_one_in_memory(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "houses.parquet"
    houses(6_000).write_parquet(path, row_group_size=1_500)
    options = {"valid_size": 0.2, "folds": None, "epochs": 1}
    _, usual, _ = trained(str(path), ALL, **options)
    request.getfixturevalue("small_limits")
    begun, large, model = trained(str(path), ALL, **options)
    assert begun.split.development.in_files
    (one,), (other,) = usual.trained.folds, large.trained.folds
    assert one.preparer == other.preparer
    np.testing.assert_array_equal(one.inputs.dense, other.inputs.dense)
    np.testing.assert_array_equal(one.inputs.codes, other.inputs.codes)
    rise = explain(model, begun.split, begun.truth, begun.metric, 0)
    assert len(rise) == 7


def alone(model: Mixture, member: int) -> Mixture:
    (part,) = model.networks
    fold = part.folds[part.member_folds[member]]
    own = replace(part, network=part.network.subset([member]), folds=(fold,), member_folds=(0,))
    return replace(model, parts=(own,))


@pytest.mark.parametrize("choice", list(ONLY))
def test_shuffling_a_column_is_shuffling_its_cells(choice: str) -> None:
    begun, candidate, _ = trained(houses(), ONLY[choice])
    table = begun.split.development
    for fold in candidate.trained.folds:
        rows = fold.valid
        cells = cells_at(feature_values(table), rows)
        for column in cells:
            order = np.random.default_rng(7).permutation(len(rows))
            by_hand = fold.preparer.transform({**cells, column: cells[column].take(order)})
            read = {name: cells[name] for name in (*fold.preparer.read, column)}
            inputs = fold.preparer.transform(cells)
            shuffled = _shuffled(fold.preparer, inputs, read, column, seed=7)
            np.testing.assert_array_equal(shuffled.dense, by_hand.dense)
            np.testing.assert_array_equal(shuffled.codes, by_hand.codes)


def test_a_column_that_acts_through_derived_features_only_has_importance() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(1, 9, 400), rng.uniform(1, 9, 400)
    frame = pl.DataFrame({"a": a, "b": b, "c": rng.normal(size=400), "price": (a * b).round(3)})
    options: dict[str, Any] = {"kind": (), "epochs": 40, "hidden": "none"}
    begun, _, model = trained(frame, {"derived": ("ab = a * b",)}, **options)
    model.networks[0].network.head.weight.data[:, :3] = 0.0  # nothing but the product is read
    found = {one.column: one.rise for one in explain(model, begun.split, begun.truth, begun.metric, 0)}
    assert found["a"] > 5 and found["b"] > 5
    assert abs(found["c"]) < 1e-6


@pytest.mark.parametrize("column", ["rooms", "방", "town", "street"])
def test_dependence_is_that_of_rows_with_the_cell_written_in(
    column: str, numbers: tuple[Begun, Candidate, Mixture]
) -> None:
    begun, candidate, model = numbers
    table = begun.split.development
    (found,) = partial_dependence(model, begun.split, [column], seed=0)
    for place in (0, len(found.at) - 1):
        means = []
        for member, fold in enumerate(model.networks[0].member_folds):
            rows = table.take(candidate.trained.folds[fold].valid)
            cell = pl.lit(found.at[place]).cast(rows.frame.schema[column]).alias(column)
            set_to = replace(rows, frame=rows.frame.with_columns(cell))
            means.append(alone(model, member).predict(set_to).mean())
        assert found.mean[0][place] == pytest.approx(np.mean(means), rel=1e-5)
        assert found.spread[0][place] == pytest.approx(np.std(means), rel=1e-4, abs=1e-6)


def few_columns(n_rows: int = 150) -> pl.DataFrame:
    return houses(n_rows).select("rooms", "방", "town", "price")


@pytest.mark.parametrize("choice", ["all", "interactions", "components", "select"])
@pytest.mark.parametrize("task", ["values", "classes"])
def test_effects_are_those_of_the_definition(choice: str, task: str) -> None:
    frame, changes = few_columns(), dict(ONLY[choice])
    if "derived" in changes:
        changes["derived"] = DERIVED[:2]
    if task == "classes":
        frame = frame.with_columns(price=pl.when(pl.col("price") > 20).then(pl.lit("yes")).otherwise(pl.lit("no")))
    _, _, model = trained(frame, changes, kind=("town=category", "rooms=numeric"))
    new = changed(houses(6, 3), np.array([1])).select("rooms", "방", "town")
    found = effects_of(model, Predictor(model).table(new))
    np.testing.assert_allclose(
        found.effects, by_brute_force(model, new, None if task == "values" else 1), rtol=1e-4, atol=1e-5
    )


def test_effects_sum_to_the_difference_with_every_kind(numbers: tuple[Begun, Candidate, Mixture]) -> None:
    _, _, model = numbers
    found = effects_of(model, Predictor(model).table(houses(15, 4).drop("price")))
    np.testing.assert_allclose(found.effects.sum(axis=1), found.predicted - found.typical, atol=1e-4)


def test_plans_without_these_choices_keep_their_keys_and_each_choice_makes_another() -> None:
    keys = [Plan("a", "mlp", {}, Preparation(**changes)).key for changes in ({}, *ONLY.values())]
    assert keys[0] == "6eca9efb384d"
    assert len(set(keys)) == len(keys)
    assert set(Preparation().to_json()) == {"scale", "onehot_limit", "rare_count", "bins", "clamp_target"}


def test_the_user_s_features_are_tried_beside_each_plain_plan() -> None:
    settings = {"derive": DERIVED, "preset": "medium", "model": ("mlp", "realmlp")}
    options = Settings.from_options({"target": "price", "kind": KINDS, **settings})
    begun = follow(begin(follow(load(houses(), options)), options, Clock()))
    names = [plan.name for plan in begun.proposal.plans]
    assert names == ["mlp", "mlp + derived", "realmlp", "realmlp + derived"]
    for plain, derived in list(pairwise(begun.proposal.plans))[::2]:
        assert derived == replace(plain, name=derived.name, preparation=replace(plain.preparation, derived=DERIVED))


_POOR: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "one number": lambda frame: frame.select("rooms", "price"),
    "a constant": lambda frame: frame.with_columns(방=pl.lit(3.0)),
    "no value": lambda frame: frame.with_columns(방=pl.lit(None, dtype=pl.Float64)),
    "no number": lambda frame: frame.select("town", "open", "price"),
    "dates": lambda frame: frame.select("built", "price"),
}


@pytest.mark.parametrize("how", list(_POOR))
def test_poor_tables_are_no_trouble(how: str) -> None:
    frame = _POOR[how](houses())
    kinds = [f"{name}={kind}" for name, kind in (own.split("=", 1) for own in KINDS) if name in frame.columns]
    kinds += ["방=numeric"] if "방" in frame.columns else []
    derived = ("x = rooms / (rooms - rooms)",) if "rooms" in frame.columns else ()
    _, candidate, model = trained(frame, ALL | {"derived": derived}, kind=kinds, epochs=2)
    assert candidate.has_learned
    assert all(fold.preparer.width + len(fold.preparer.cardinalities) for fold in candidate.trained.folds)
    assert np.isfinite(model.predict(Predictor(model).table(frame.drop("price")))).all()
