from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.base.clock import Clock
from netwright.base.events import follow
from netwright.base.record import Dependence
from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.preparation.folds import PreparedFold
from netwright.run import begin, load, train_plans
from netwright.stages.begun import choice_of
from netwright.training import dependence as module
from netwright.training.blend import Blend
from netwright.training.dependence import partial_dependence
from netwright.training.mixture import Mixture


class Trained:
    """A small trained model with what it was trained on."""

    def __init__(self, frame: pl.DataFrame, **options: Any) -> None:
        settings = Settings.from_options({"preset": "quick", "epochs": 8, "folds": 3, "target": "y", **options})
        begun = follow(begin(follow(load(frame, settings)), settings, Clock()))
        candidates = follow(train_plans(begun))
        best, self.split = choice_of(begun, candidates).best(), begun.split
        self.table: Table = begun.split.development
        self.folds: tuple[PreparedFold, ...] = best.trained.folds
        self.model = Mixture.of(Blend.single(best.plan.key), candidates, (), self.table, begun.origin.target)

    def along(self, *columns: str) -> tuple[Dependence, ...]:
        return partial_dependence(self.model, self.split, columns, seed=0)


def frame(n_rows: int = 150, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    size, town = rng.uniform(1, 9, n_rows).round(2), rng.choice(["서울", "부산", "제주"], n_rows)
    y = 4 * size + 10 * (town == "서울") + rng.normal(0, 0.5, n_rows)
    built = [f"20{10 + row % 10}-0{1 + row % 9}-11" for row in range(n_rows)]
    street = rng.choice([f"s{number}" for number in range(25)], n_rows)
    gaps = [None if row % 9 == 0 else float(value) for row, value in enumerate(size)]
    return pl.DataFrame({"size": gaps, "town": town, "street": street, "built": built, "y": y.round(3)})


@pytest.fixture(scope="module")
def numbers() -> Trained:
    return Trained(frame())


def by_hand(trained: Trained, column: str, cell: object) -> tuple[float, float]:
    """Mean and spread over members, each on the raw validation rows of its fold with the cell written into them."""
    model, means = trained.model.networks[0], []
    for member, fold in enumerate(model.member_folds):
        rows = trained.table.take(trained.folds[fold].valid)
        set_to = rows.frame.with_columns(pl.lit(cell).cast(rows.frame.schema[column]).alias(column))
        alone = replace(
            model,
            network=model.network.subset([member]),
            folds=(model.folds[fold],),
            member_folds=(0,),
        )
        alone_mixed = replace(trained.model, parts=(alone,))
        means.append(alone_mixed.predict(replace(rows, frame=set_to)).mean())
    return float(np.mean(means)), float(np.std(means))


@pytest.mark.parametrize("column", ["size", "town", "street"])
def test_it_is_the_mean_prediction_of_validation_rows_with_the_cell_written_in(numbers: Trained, column: str) -> None:
    (found,) = numbers.along(column)
    for place in (0, len(found.at) // 2, -1):
        mean, spread = by_hand(numbers, column, found.at[place])
        assert found.mean[0][place] == pytest.approx(mean, rel=1e-5)
        assert found.spread[0][place] == pytest.approx(spread, rel=1e-3, abs=1e-4)


def test_dates_are_set_too(numbers: Trained) -> None:
    (found,) = numbers.along("built")
    assert found.kind == "date" and len(found.at) == 20
    moment = np.datetime64(int(found.at[3]), "ms").astype(object)
    assert found.mean[0][3] == pytest.approx(by_hand(numbers, "built", moment)[0], rel=1e-5)


def test_it_finds_what_was_planted() -> None:
    trained = Trained(frame(300), epochs=60)
    size, town = trained.along("size", "town")
    slope = (size.mean[0][-1] - size.mean[0][0]) / (size.at[-1] - size.at[0])  # type: ignore[operator]
    assert slope == pytest.approx(4, rel=0.3)
    at = dict(zip(town.at, town.mean[0], strict=True))
    assert at["서울"] - (at["부산"] + at["제주"]) / 2 == pytest.approx(10, rel=0.4)


def test_single_rows_stand_for_numbers_only(numbers: Trained) -> None:
    size, town = numbers.along("size", "town")
    assert len(size.lines) == 12 and {len(line) for line in size.lines} == {len(size.at)}
    assert town.lines == () and len(town.counts) == len(town.at) == 3
    assert size.outputs == town.outputs == ("y",)


def test_two_classes_follow_the_positive_one() -> None:
    trained = Trained(frame().with_columns((pl.col("y") > 25).replace_strict({True: "yes", False: "no"}).alias("y")))
    (found,) = trained.along("size")
    assert found.outputs == ("yes",) and found.mean[0][0] < found.mean[0][-1]


def test_of_many_classes_the_most_frequent_are_followed() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([f"c{number}" for number in range(8)], [9, 40, 38, 36, 8, 34, 32, 30])
    trained = Trained(pl.DataFrame({"x": rng.normal(size=len(labels)).round(3), "y": labels}))
    (found,) = trained.along("x")
    assert found.outputs == ("c1", "c2", "c3", "c5", "c6", "c7") and found.lines == ()
    assert np.array(found.mean).shape == np.array(found.spread).shape == (6, 20)
    assert (np.array(found.mean).sum(axis=0) < 1).all()


def test_one_validation_part_and_parts_of_the_grid_change_nothing(numbers: Trained, monkeypatch: Any) -> None:
    whole = numbers.along("size", "street")
    assert numbers.along("size", "street") == whole
    monkeypatch.setattr(module, "_ROWS_AT_ONCE", 1)
    assert numbers.along("size", "street") == whole
    single = Trained(frame(), folds=None, valid_size=0.2)
    (found,) = single.along("size")
    assert set(found.spread[0]) == {0.0} and len(found.lines) == 12


def test_large_networks_are_looked_at_on_fewer_rows(numbers: Trained, monkeypatch: Any) -> None:
    whole = numbers.along("size")[0]
    monkeypatch.setattr(module, "_FEWEST_ROWS", 5)
    monkeypatch.setattr(module, "PRODUCTS_PER_SECOND", 1)
    few = numbers.along("size")[0]
    assert few.mean != whole.mean and few.at == whole.at
    assert np.array(few.mean) == pytest.approx(np.array(whole.mean), rel=0.5)


def test_a_column_with_one_value_is_left_out() -> None:
    trained = Trained(frame().with_columns(flat=pl.lit(2.0)), kind=["flat=numeric"])
    assert [found.column for found in trained.along("flat", "size")] == ["size"]
    assert trained.along() == ()
