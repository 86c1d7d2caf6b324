from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import netwright
from netwright.apps.api import Run
from netwright.base.errors import DataError
from netwright.base.sealed import open_sealed, sealed_json
from netwright.deliver.bundle import load_bundle
from netwright.deliver.explanation import in_words, meaning
from netwright.training.effects import Effects
from netwright.training.fitted_baseline import FittedBaseline
from tests.deliver.conftest import table

FEATURES = ["면적", "지역", "street", "new", "built", "grade"]


def rows() -> pl.DataFrame:
    return table(20, seed=3).drop("price", "class")


def test_numbers_come_with_their_reasons(numbers_run: tuple[Run, Path]) -> None:
    model = numbers_run[0].model
    found = model.explain(rows())
    effects = [f"effect_{name}" for name in FEATURES]
    assert found.columns == ["row", "prediction", "typical", "why", *effects]
    assert found.select("row", "prediction").equals(model.predict(rows()))
    assert found["typical"].n_unique() == 1
    total = found.select(pl.sum_horizontal(effects)).to_series() + found["typical"]
    assert total.to_list() == pytest.approx(found["prediction"].to_list(), rel=1e-9)
    first = found.row(0, named=True)
    largest = max(FEATURES, key=lambda name: abs(first[f"effect_{name}"]))
    assert first["why"].split(" ")[0] == largest
    assert first["why"].count(", ") == 2


def test_several_classes_come_with_reasons_for_the_predicted_one(classes_run: tuple[Run, Path]) -> None:
    found = classes_run[0].model.explain(rows())
    assert found.columns[:5] == ["row", "prediction", "p_big", "p_mid", "p_small"]
    for row in found.iter_rows(named=True):
        total = sum(row[f"effect_{name}"] for name in FEATURES)
        assert row["typical"] + total == pytest.approx(row[f"p_{row['prediction']}"], abs=1e-9)
    assert (
        found.group_by("prediction").agg(pl.col("typical").n_unique())["typical"].to_list()
        == [1] * found["prediction"].n_unique()
    )


def test_a_reloaded_model_explains_with_the_same_bits(numbers_run: tuple[Run, Path]) -> None:
    run, folder = numbers_run
    assert netwright.load(folder).explain(rows()).equals(run.model.explain(rows()))


def test_what_has_trees_in_it_is_called_a_model(numbers_run: tuple[Run, Path]) -> None:
    effects = Effects(("a",), np.ones(1), None, np.zeros(1), np.ones((1, 1)), 0, 0.0)
    model = numbers_run[0]._outcome.model
    assert "They describe this network" in meaning(model, effects)
    mixed = replace(model, parts=(*model.parts, FittedBaseline("linear", ())), weights=(0.5, 0.5))
    assert "They describe this model" in meaning(mixed, effects)


def test_the_typical_row_stands_in_the_manifest(numbers_run: tuple[Run, Path]) -> None:
    folder = numbers_run[1]
    manifest = json.loads((folder / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["typical"]) == FEATURES
    rows_of_test = set(pl.read_csv(folder / "predictions" / "test.csv")["row"].to_list())
    development = table()[[number for number in range(80) if number not in rows_of_test]]
    known = np.sort(development["면적"].drop_nulls().to_numpy())
    assert manifest["typical"]["면적"] == known[(len(known) - 1) // 2]
    levels = development["지역"].value_counts(sort=True)
    assert levels.filter(pl.col("count") == levels["count"].max())["지역"].sort()[0] == manifest["typical"]["지역"]


def test_an_older_bundle_predicts_and_says_why_it_cannot_explain(numbers_run: tuple[Run, Path], tmp_path: Path) -> None:
    bundle = Path(shutil.copytree(numbers_run[1] / "model", tmp_path / "model"))
    manifest = open_sealed((bundle / "manifest.json").read_bytes())
    del manifest["typical"]
    (bundle / "manifest.json").write_bytes(sealed_json(manifest))
    old = netwright.load(bundle)
    assert old.predict(rows()).equals(numbers_run[0].model.predict(rows()))
    with pytest.raises(DataError, match="older netwright"):
        old.explain(rows())


@pytest.mark.parametrize(
    "typical", [{"면적": 1.0}, dict.fromkeys(FEATURES, 1.0), dict.fromkeys(FEATURES, "x"), [1], {"면적": []}]
)
def test_a_damaged_typical_row_is_refused(numbers_run: tuple[Run, Path], tmp_path: Path, typical: object) -> None:
    bundle = Path(shutil.copytree(numbers_run[1] / "model", tmp_path / "model"))
    manifest = open_sealed((bundle / "manifest.json").read_bytes())
    (bundle / "manifest.json").write_bytes(sealed_json(manifest | {"typical": typical}))
    reason = r"(manifest\.json is not as it should be in typical|ValueError: the typical cell|KeyError: '지역')"
    with pytest.raises(DataError, match=f"must be complete and unchanged, got a damaged one: {reason}"):
        load_bundle(bundle)


def test_words_name_the_largest_and_nobody_who_did_nothing() -> None:
    assert in_words(["가", "b", "c", "d"], np.array([0.5, -2.0, 0.25, 1.0])) == "b -2.00, d +1.00, 가 +0.500"
    assert in_words(["가", "b"], np.array([0.0, 1234.5])) == "b +1,230"
    assert in_words(["가"], np.array([0.0])) == ""
