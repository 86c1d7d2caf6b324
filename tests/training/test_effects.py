from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from netwright.apps.api import train
from netwright.base.errors import DataError
from netwright.base.table import Table
from netwright.deliver.predictor import Predictor
from netwright.training import effects as module
from netwright.training.effects import Effects, effects_of
from netwright.training.mixture import Mixture

QUICK: dict[str, Any] = {"preset": "quick", "epochs": 8, "folds": 2}


def rows_of(model: Mixture, frame: pl.DataFrame) -> Table:
    return Predictor(model).table(frame)


def typical_frame(model: Mixture, frame: pl.DataFrame) -> pl.DataFrame:
    """The typical row as a file of one row."""
    return pl.DataFrame({name: [cell] for name, cell in model.typical.items()}).cast(
        {name: frame.schema[name] for name in model.typical}
    )


def by_brute_force(model: Mixture, frame: pl.DataFrame, output: int | None) -> np.ndarray:
    """The definition on raw cells: every order, every row of cells mixed by hand, predicted as a file."""
    names = list(model.typical)
    typical = typical_frame(model, frame)
    found = np.zeros((frame.height, len(names)))
    for number in range(frame.height):
        row = frame[number]
        mixed = {
            members: pl.concat(
                [(row if names[p] in members else typical).select(names[p]) for p in range(len(names))],
                how="horizontal",
            )
            for size in range(len(names) + 1)
            for members in {tuple(sorted(order[:size])) for order in permutations(names)}
        }
        predicted = model.predict(rows_of(model, pl.concat(mixed.values())))
        worth = dict(zip(mixed, predicted if output is None else predicted[:, output], strict=True))
        orders = list(permutations(names))
        for order in orders:
            for place, name in enumerate(order):
                with_it, without = (tuple(sorted(order[:end])) for end in (place + 1, place))
                found[number, names.index(name)] += (worth[with_it] - worth[without]) / len(orders)
    return found


def gain(found: Effects, model: Mixture) -> np.ndarray:
    """Prediction less that of the typical row, of what was explained."""
    if found.explained is None:
        return found.predicted - found.typical
    return found.predicted[np.arange(len(found.predicted)), found.explained] - found.typical


@pytest.fixture(scope="module")
def make() -> Callable[..., pl.DataFrame]:
    def frame(n_rows: int = 120, seed: int = 0) -> pl.DataFrame:
        rng = np.random.default_rng(seed)
        rooms, town = rng.uniform(2, 9, n_rows).round(2), rng.choice(["Seoul", "부산", "Jeju"], n_rows)
        river = rng.choice(["no", "yes"], n_rows)
        age = np.where(rng.random(n_rows) < 0.1, np.nan, rng.uniform(0, 80, n_rows).round(1))
        price = 20 + 6 * rooms + 5 * (town == "Seoul") * rooms + 3 * (river == "yes") - 0.1 * np.nan_to_num(age)
        return pl.DataFrame(
            {"rooms": rooms, "나이": age, "town": town, "river": river, "price": price.round(3)}
        ).with_columns(pl.col("나이").fill_nan(None))

    return frame


@pytest.fixture(scope="module")
def numbers(make: Callable[..., pl.DataFrame]) -> Mixture:
    return train(make(), "price", **QUICK).model.fitted


@pytest.fixture(scope="module")
def classes(make: Callable[..., pl.DataFrame]) -> Mixture:
    frame = make().with_columns(
        pl.Series("price", np.array(["low", "mid", "high"])[np.digitize(make()["price"], [50, 70])])
    )
    return train(frame, "price", **QUICK).model.fitted


@pytest.fixture(scope="module")
def two_classes(make: Callable[..., pl.DataFrame]) -> Mixture:
    frame = make().with_columns((pl.col("price") > 60).replace_strict({True: "yes", False: "no"}).alias("price"))
    return train(frame, "price", **QUICK).model.fitted


def test_numbers_are_explained_as_the_definition_says(numbers: Mixture, make: Callable[..., pl.DataFrame]) -> None:
    frame = make(4, seed=5).drop("price")
    found = effects_of(numbers, rows_of(numbers, frame))
    np.testing.assert_allclose(found.effects, by_brute_force(numbers, frame, None), atol=1e-5)
    assert found.n_orders == 0 and found.columns == ("rooms", "나이", "town", "river")


def test_two_classes_are_explained_by_the_positive_one(two_classes: Mixture, make: Callable[..., pl.DataFrame]) -> None:
    frame = make(3, seed=5).drop("price")
    found = effects_of(two_classes, rows_of(two_classes, frame))
    assert two_classes.target.classes == ("no", "yes") and found.explained.tolist() == [1, 1, 1]
    np.testing.assert_allclose(found.effects, by_brute_force(two_classes, frame, 1), atol=1e-6)


def test_several_classes_are_explained_by_the_predicted_one(
    classes: Mixture, make: Callable[..., pl.DataFrame]
) -> None:
    frame = make(40, seed=5).drop("price")
    found = effects_of(classes, rows_of(classes, frame))
    assert len(set(found.explained)) > 1
    for number in (0, 7):
        exact = by_brute_force(classes, frame[number], int(found.predicted[number].argmax()))
        np.testing.assert_allclose(found.effects[number], exact[0], atol=1e-6)


@pytest.mark.parametrize("some", [False, True])
@pytest.mark.parametrize("which", ["numbers", "classes", "two_classes"])
def test_effects_sum_to_the_difference(
    which: str, some: bool, request: pytest.FixtureRequest, make: Callable[..., pl.DataFrame], monkeypatch: Any
) -> None:
    model = request.getfixturevalue(which)
    if some:
        monkeypatch.setattr(module._Plan, "design", lambda self, n: module.SomeOrders(n, 4, 1))
    found = effects_of(model, rows_of(model, make(60, seed=2).drop("price")))
    assert (found.n_orders > 0) == (found.error > 0) == some
    assert found.error < 0.5
    np.testing.assert_allclose(found.effects.sum(axis=1), gain(found, model), rtol=1e-12, atol=1e-12)


def test_the_typical_row_is_moved_by_nothing(numbers: Mixture, make: Callable[..., pl.DataFrame]) -> None:
    frame = typical_frame(numbers, make())
    other = frame.with_columns(rooms=pl.lit(8.5))
    found = effects_of(numbers, rows_of(numbers, pl.concat([frame, other])))
    assert found.effects[0].tolist() == [0, 0, 0, 0]
    assert found.typical[0] == found.predicted[0]
    assert np.flatnonzero(found.effects[1]).tolist() == [0]
    assert found.effects[1, 0] == pytest.approx(found.predicted[1] - found.predicted[0])


def test_of_a_linear_network_an_effect_is_coefficient_times_distance(make: Callable[..., pl.DataFrame]) -> None:
    rng = np.random.default_rng(3)
    frame = pl.DataFrame({f"x{n}": rng.normal(n, 1 + n, 150).round(3) for n in range(12)})
    frame = frame.with_columns(price=sum(n * frame[f"x{n}"] for n in range(12)) + rng.normal(0, 3, 150))
    model = train(frame, "price", preset="quick", epochs=60, folds=2, hidden="none").model.fitted
    found = effects_of(model, rows_of(model, frame))
    assert found.n_orders > 0  # twelve columns: not every coalition
    for n in range(12):
        distance = frame[f"x{n}"].to_numpy() - model.typical[f"x{n}"]
        moved = np.abs(distance) > 0.3
        slopes = found.effects[moved, n] / distance[moved]
        np.testing.assert_allclose(slopes, slopes[0], rtol=2e-3, atol=2e-4)
        assert np.mean(slopes) == pytest.approx(n, abs=1.0)


def test_orders_converge_to_every_coalition(
    numbers: Mixture, make: Callable[..., pl.DataFrame], monkeypatch: Any
) -> None:
    rows = rows_of(numbers, make(50, seed=2).drop("price"))
    exact = effects_of(numbers, rows).effects
    errors = []
    for orders in (4, 400):
        monkeypatch.setattr(module, "_MOST_COALITIONS", 1)
        monkeypatch.setattr(module, "_FEWEST_ORDERS", orders)
        monkeypatch.setattr(module._Plan, "design", lambda self, n: module.SomeOrders(n, self.n_orders, 1))
        errors.append(np.abs(effects_of(numbers, rows).effects - exact).max())
    assert errors[1] < 0.3 * errors[0]
    assert errors[1] < 0.05 * np.abs(exact).max()


def test_twin_columns_of_a_network_that_reads_them_alike_get_equal_effects() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=120).round(3)
    frame = pl.DataFrame(
        {"one": x, "two": x, "other": rng.normal(size=120).round(3), "price": 3 * x + rng.normal(0, 2, 120)}
    )
    model = train(frame, "price", **QUICK).model.fitted
    first = next(own for own in model.networks[0].network.parameters() if own.dim() == 3)  # member, from, to
    with torch.no_grad():
        first[:, 1] = first[:, 0]
    found = effects_of(model, rows_of(model, frame))
    np.testing.assert_allclose(found.effects[:, 0], found.effects[:, 1], atol=1e-6)
    assert np.abs(found.effects[:, 0]).max() > 0.1


def test_gaps_and_unknown_levels_have_effects(numbers: Mixture, make: Callable[..., pl.DataFrame]) -> None:
    frame = (
        make(3, seed=4)
        .drop("price")
        .with_columns(pl.Series("나이", [None, None, 3.5]), pl.Series("town", ["대구", None, "Jeju"]))
    )
    found = effects_of(numbers, rows_of(numbers, frame))
    assert np.isfinite(found.effects).all()
    np.testing.assert_allclose(found.effects.sum(axis=1), gain(found, numbers), atol=1e-10)
    np.testing.assert_allclose(found.effects[:2], by_brute_force(numbers, frame[:2], None), atol=1e-5)


def test_a_row_has_the_same_bits_in_any_lot(
    numbers: Mixture, make: Callable[..., pl.DataFrame], monkeypatch: Any
) -> None:
    frame = make(30, seed=6).drop("price")
    whole = effects_of(numbers, rows_of(numbers, frame)).effects
    np.testing.assert_array_equal(effects_of(numbers, rows_of(numbers, frame)).effects, whole)
    np.testing.assert_array_equal(effects_of(numbers, rows_of(numbers, frame[7])).effects[0], whole[7])
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 5)
    monkeypatch.setattr(module, "_BLOCK_ROWS", 4)
    np.testing.assert_array_equal(effects_of(numbers, rows_of(numbers, frame)).effects, whole)


def test_no_rows_have_no_effects(numbers: Mixture, make: Callable[..., pl.DataFrame]) -> None:
    found = effects_of(numbers, rows_of(numbers, make(2).drop("price")).take(np.arange(0)))
    assert found.effects.shape == (0, 4) and found.typical.shape == found.predicted.shape == (0,)


def test_many_rows_get_fewer_coalitions_by_a_fixed_rule() -> None:
    few, many = module._Plan.of(100, 20, 10_000), module._Plan.of(10_000_000, 20, 10_000)
    assert few.n_coalitions == 2_048 and few.n_orders == 102
    assert (many.n_coalitions, many.n_orders) == (80, 4)
    assert few.design(11).n_coalitions == 2_048 and few.design(12).n_coalitions == 2 + 102 * 11
    assert many.design(6).n_coalitions == 64 and many.design(7).n_coalitions == 2 + 4 * 6


def test_a_model_without_a_typical_row_says_so(numbers: Mixture, make: Callable[..., pl.DataFrame]) -> None:
    old = replace(numbers, typical=None)
    with pytest.raises(DataError, match=r"must hold its typical row .* older netwright.*Train it again"):
        effects_of(old, rows_of(old, make(2).drop("price")))
