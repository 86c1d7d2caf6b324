"""A bundle of several parts, and what is told about its predictions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import netwright
from netwright.base.errors import DataError
from netwright.base.sealed import open_sealed, sealed_json
from netwright.deliver.bundle import bundle_files, load_bundle
from netwright.deliver.doubts import unknown_cells
from netwright.deliver.predictor import Predictor
from netwright.training.mixture import Mixture
from tests.deliver.conftest import table
from tests.mixed import Ingredients
from tests.training.test_mixture import new_rows

KEPT = Path(__file__).parent / "old_bundles"


@pytest.fixture(scope="module")
def binary() -> Ingredients:
    return Ingredients.of(table(), "new", drop=["price"])


def stored(mixture: Mixture, folder: Path) -> Path:
    for name, content in bundle_files(mixture).items():
        (folder / name).write_bytes(content)
    return folder


def test_it_comes_back_to_the_bit(binary: Ingredients, tmp_path: Path) -> None:
    mixture = binary.mixed(temperature=0.7, threshold=0.4)
    again = netwright.load(stored(mixture, tmp_path))
    before = Predictor(mixture)
    assert before.predict(new_rows(), interval=0.9).equals(again.predict(new_rows(), interval=0.9), null_equal=True)
    assert before.explain(new_rows()).equals(again.explain(new_rows()), null_equal=True)
    assert dict(before.evaluate(table(40, seed=3))) == dict(again.evaluate(table(40, seed=3)))
    assert bundle_files(again.fitted) == bundle_files(mixture)
    assert (again.fitted.weights, again.fitted.temperature, again.fitted.threshold) == ((0.3, 0.2, 0.1, 0.4), 0.7, 0.4)


def test_the_threshold_decides_the_label(binary: Ingredients) -> None:
    chances = Predictor(binary.mixed()).predict(new_rows())["p_yes"]
    at = float(chances.sort()[12])  # reached by some row exactly
    frame = Predictor(binary.mixed(threshold=at)).predict(new_rows(), interval=0.5)
    assert frame["p_yes"].equals(chances)
    assert frame["prediction"].to_list() == ["yes" if chance >= at else "no" for chance in chances]
    assert (frame["prediction"] == "yes").sum() == 8
    assert all(label in said.split("|") for label, said in frame.select("prediction", "set").iter_rows())


def test_scores_heed_the_threshold(binary: Ingredients) -> None:
    rows = table(40, seed=3)
    for threshold in (None, 0.0, 1.0):
        model = Predictor(binary.mixed(threshold=threshold))
        right = (model.predict(rows)["prediction"] == rows["new"]).mean()
        assert model.evaluate(rows)["accuracy"] == right
    assert right == (rows["new"] == "no").mean()


def test_trees_alone_tell_levels_that_they_never_saw(binary: Ingredients) -> None:
    rows = table(40, seed=3).with_columns(pl.lit("Busan").alias("지역"), pl.lit(1e300).alias("면적"))
    rows = rows.with_columns(pl.lit("street 1").alias("street"))

    def told(weights: dict[str, float]) -> list[str]:
        predictor = Predictor(binary.mixed(weights))
        return list(unknown_cells(predictor.fitted, predictor.table(rows)))

    said = "지역: 40 of 40 rows hold a level that training never saw: predicted as "
    assert told({"trees": 1.0}) == [said + "missing"]  # numbers are compared only, so none is too far out
    mixed = told({"trees": 0.5, "linear": 0.5})
    assert mixed[1] == said + "an unknown level" and mixed[0].startswith(
        "면적: 40 of 40 rows hold a number over a mill"
    )


#: Parts of a sound mixture of classes changed, with what is said of them.
UNFIT: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "weights": (lambda data: data["parts"][0].update(weight=0.9), "the weights of the parts must sum to 1, got 1.6"),
    "threshold": (lambda data: data.update(threshold=0.5), "temperature and threshold are those of another task"),
    "temperature": (lambda data: data.update(temperature=0), "in temperature: 0 is less than the minimum"),
    "folds": (lambda data: data["parts"][1]["folds"].append(data["parts"][1]["folds"][0]), "those of other folds"),
    "no trees": (lambda data: data["parts"].pop(), "tensor '3.0.category' must belong to a part"),
    "a fold less": (lambda data: data["parts"][3]["folds"].pop(), "tensor '2.category' must belong to a fold"),
    "a model": (lambda data: data["parts"][3]["folds"][0].update(model="linear"), "must be one of trees or a const"),
    "a constant": (lambda data: data["parts"][3]["folds"][0].update(model="constant"), "array 'values' must be there"),
    "levels": (lambda data: data["parts"][3]["folds"][0]["levels"].pop("지역"), "levels must be those of the columns"),
    "a level twice": (
        lambda data: data["parts"][3]["folds"][0]["levels"].update(지역=["a", "a"]), "of '지역' must be different ones",
    ),
    "an order": (
        lambda data: data["parts"][3]["folds"][0]["levels"].update(grade=["a"]), "'grade' must be those of the column",
    ),
    "many levels": (
        lambda data: data["parts"][3]["folds"][0]["levels"].update(지역=[f"{n}" for n in range(251)]),
        "levels of '지역' must be at most 250, got 251",
    ),
    "both": (lambda data: data["parts"][3]["folds"][0].update(preparation=[]), "in parts/3/folds/0"),
    "an encoder": (
        lambda data: data["parts"][2]["folds"][0]["preparation"].pop(), "the preparation is that of other columns",
    ),
    "linear features": (
        lambda data: data["parts"][2]["folds"][0]["preparation"][1]["levels"].append("x"), "'slopes' must be of type",
    ),
    "of before": (lambda data: data.update(version=2), "in the whole: 'parts' should not be valid|is a required"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNFIT)
def test_parts_that_do_not_fit_are_named(name: str, tmp_path: Path) -> None:
    change, message = UNFIT[name]
    folder = KEPT / "v3-classes-mixture" / "model"
    data = open_sealed((folder / "manifest.json").read_bytes())
    change(data)
    (tmp_path / "manifest.json").write_bytes(sealed_json(data))
    (tmp_path / "weights.safetensors").write_bytes((folder / "weights.safetensors").read_bytes())
    with pytest.raises(DataError, match=f"must be complete and unchanged, got a damaged one: .*{message}"):
        load_bundle(tmp_path)


def test_a_regression_has_no_temperature(tmp_path: Path) -> None:
    folder = KEPT / "v3-regression-mixture" / "model"
    data = open_sealed((folder / "manifest.json").read_bytes()) | {"temperature": 2.0}
    (tmp_path / "manifest.json").write_bytes(sealed_json(data))
    (tmp_path / "weights.safetensors").write_bytes((folder / "weights.safetensors").read_bytes())
    with pytest.raises(DataError, match="temperature and threshold are those of another task"):
        load_bundle(tmp_path)


def test_baselines_are_stored_whole(tmp_path: Path) -> None:
    """A fold on which trees could not learn is a constant; a column without a value is no feature."""
    frame = table(60).with_columns(pl.lit(None, dtype=pl.Float64).alias("nothing"))
    mixture = Ingredients.of(frame, "price", drop=["class"], use=["nothing", "지역"]).mixed(
        {"trees": 0.5, "linear": 0.5}
    )
    again = load_bundle(stored(mixture, tmp_path))
    rows = Predictor(again).table(frame)
    np.testing.assert_array_equal(again.predict(rows), mixture.predict(rows))
