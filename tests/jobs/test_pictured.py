"""Runs over pictures, from folders to reports."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import Run, train
from netwright.base.errors import DataError, PlanError
from netwright.base.sealed import open_sealed, sealed_json
from netwright.deliver.predictor import Predictor
from netwright.training.looking import places_looked_at
from tests.laws.stopping import Killed, killed_at, prints, saving_every
from tests.pictures import CLASSES, drawn, folder_of, save, table_of

SMALL: dict[str, Any] = {
    "preset": "quick",
    "epochs": 6,
    "filters": "4,8",
    "learning_rate": 0.02,
    "batch_size": 16,
    "no_repair": True,
    "folds": 2,
}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A given split, and the run that it became."""
    folder = tmp_path_factory.mktemp("pictures")
    folder_of(folder / "동물" / "train", 90)
    folder_of(folder / "동물" / "test", 40, seed=1)
    train(folder / "동물", out=folder / "run", **SMALL)
    return folder


def test_a_given_split_needs_no_option(given: Path) -> None:
    metrics = json.loads((given / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert (metrics["target"], metrics["n_train"], metrics["n_test"], metrics["model"]["name"]) == (
        "label",
        90,
        40,
        "cnn",
    )
    assert metrics["test"]["accuracy"] >= 0.95
    assert set(metrics["baselines"]) == {"constant", "linear", "trees"}
    assert metrics["baselines"]["trees"]["accuracy"] > 0.9  # they read small pictures
    assert metrics["baselines"]["linear"]["accuracy"] > 0.9


def test_the_report_shows_right_and_wrong_and_where_the_network_looks(given: Path) -> None:
    page = (given / "run" / "report.html").read_text(encoding="utf-8")
    section = page.partition('<section id="pictures"')[2].partition("</section>")[0]
    addresses = re.findall(r'<img src="(data:image/png;base64,[A-Za-z0-9+/=]+)"', section)
    assert len(addresses) >= 20 and len(addresses) % 2 == 0
    assert "40 test pictures" in section
    assert "개&#47;001.png" in section


def test_predictions_name_the_files(given: Path) -> None:
    model = Predictor.load(given / "run")
    frame = model.predict(given / "동물" / "test")
    assert frame.columns == ["row", "file", "prediction", *(f"p_{label}" for label in sorted(CLASSES))]
    named = frame["file"].str.split("/").list.first()
    assert (named == frame["prediction"]).mean() >= 0.95
    single = model.predict(given / "동물" / "test" / "개" / "001.png")
    np.testing.assert_array_equal(single["p_개"], frame.filter(pl.col("file") == "개/001.png")["p_개"])
    assert model.evaluate(given / "동물" / "test")["accuracy"] >= 0.95


def test_reloaded_predictions_are_those_of_the_run(given: Path) -> None:
    written = pl.read_csv(given / "run" / "predictions" / "test.csv")
    frame = Predictor.load(given / "run").predict(given / "동물" / "test")
    np.testing.assert_array_equal(frame["p_개"], written["p_개"])


def test_pictures_of_another_size_are_brought_to_that_of_training(given: Path, tmp_path: Path) -> None:
    folder_of(tmp_path, 20, side=48, channels=3)
    assert Predictor.load(given / "run").evaluate(tmp_path)["accuracy"] >= 0.9


def test_there_is_no_typical_picture_to_explain_by(given: Path) -> None:
    with pytest.raises(PlanError, match="--explain must come with a model of cells, got one that reads pictures"):
        Predictor.load(given / "run").explain(given / "동물" / "test")


def test_where_it_looks_is_where_the_square_is(given: Path) -> None:
    model = Predictor.load(given / "run")
    table = model.table(given / "동물" / "test")
    own = model.fitted.predict(table).argmax(axis=1)
    heat = places_looked_at(model.fitted, table, own)
    assert heat is not None and heat.shape == (40, 12, 12)
    assert heat.min() >= 0 and heat.max() == pytest.approx(1)
    moved = places_looked_at(model.fitted, table, 1 - own)
    assert moved is not None and not np.allclose(moved, heat)


def of_picture(data: dict[str, Any]) -> dict[str, Any]:
    own: dict[str, Any] = data["parts"][0]["folds"][0]["preparation"][0]
    return own


def config(data: dict[str, Any]) -> dict[str, Any]:
    own: dict[str, Any] = data["parts"][0]["plan"]["config"]
    return own


@pytest.mark.parametrize(
    "change",
    [
        lambda data: of_picture(data).update(size=[1, 100_000, 100_000]),
        lambda data: of_picture(data).update(size=[1, 24, 6]),
        lambda data: of_picture(data).update(mean=[]),
        lambda data: of_picture(data).update(spread=[0.0]),
        lambda data: of_picture(data).update(flat=True),
        lambda data: data["columns"][1].update(shape=[1, 100_000, 100_000]),
        lambda data: data["columns"][1].update(shape=[12, 12]),
        lambda data: data["columns"][1].update(shape=[1, 6, 24]),
        lambda data: data["columns"][1].pop("shape"),
        lambda data: config(data).update(filters=[100_000, 100_000]),
        lambda data: config(data).update(filters=[]),
        lambda data: config(data).update(kernel=2),
        lambda data: config(data).update(kernel=99_999),
        lambda data: config(data).update(shift=-3.0),
        lambda data: config(data).update(filters=[4, 8, 8]),
    ],
)
def test_manifests_that_lie_about_pictures_are_refused(
    given: Path, tmp_path: Path, change: Callable[[Any], Any]
) -> None:
    model = Path(shutil.copytree(given / "run" / "model", tmp_path / "model"))
    manifest = open_sealed((model / "manifest.json").read_bytes())
    change(manifest)
    (model / "manifest.json").write_bytes(sealed_json(manifest))
    with pytest.raises(DataError, match="must be complete and unchanged, got a damaged one"):
        Predictor.load(model)


def test_a_run_that_is_stopped_goes_on_to_the_same_bits(given: Path, tmp_path: Path) -> None:
    data = given / "동물" / "train"
    with saving_every(0.0):
        train(data, out=tmp_path / "whole", **SMALL)
        for save_number in (4, 3):
            with pytest.raises(Killed), killed_at(save_number):
                train(data, out=tmp_path / "stopped", **SMALL)
        train(data, out=tmp_path / "stopped", **SMALL)
    assert prints(tmp_path / "stopped") == prints(tmp_path / "whole")


def test_copies_stay_on_one_side_and_are_told(tmp_path: Path) -> None:
    folder_of(tmp_path / "set", 60)
    for number in range(1, 20, 2):
        shutil.copy(tmp_path / "set" / "개" / f"{number:03}.png", tmp_path / "set" / "개" / f"copy {number}.png")
    run = train(tmp_path / "set", **SMALL | {"epochs": 1})
    found = {finding.code: finding for finding in run.findings}
    assert found["duplicates"].evidence["rows"] > 0
    assert "duplicates-over-split" not in found


def test_copies_between_given_parts_are_told(tmp_path: Path) -> None:
    folder_of(tmp_path / "train", 60)
    folder_of(tmp_path / "test", 30, seed=1)
    shutil.copy(tmp_path / "train" / "개" / "001.png", tmp_path / "test" / "개" / "seen before.png")
    run = train(tmp_path, **SMALL | {"epochs": 1})
    (found,) = [finding for finding in run.findings if finding.code == "duplicates-over-split"]
    assert found.evidence["rows"] == 1


def test_a_table_with_pictures_and_numbers(tmp_path: Path) -> None:
    data = table_of(tmp_path)
    run = train(data, "price", **SMALL | {"epochs": 40})
    assert run.metrics["test"]["rmse"] < run.metrics["baselines"]["constant"]["rmse"]
    assert {entry.column for entry in run.record.importance} == {"photo", "weight"}
    assert "pictures" not in run.record.more  # there are no classes to be right or wrong about
    run.save(tmp_path / "run")
    assert Predictor.load(tmp_path / "run").predict(data).columns == ["row", "file", "prediction"]


def test_other_families_read_small_pictures_in_a_row(given: Path) -> None:
    run: Run = train(given / "동물" / "train", model="mlp", preset="quick", epochs=5, no_repair=True)
    assert run.metrics["test"]["accuracy"] > 0.8
    assert run.record.more["pictures"]["right"][0]["looked_at"] is None


def test_a_network_of_pictures_needs_pictures() -> None:
    with pytest.raises(PlanError, match="model cnn must come with pictures: a folder"):
        train("sample:iris", "target", model="cnn", preset="quick")


def test_one_folder_is_no_class_to_tell_from_another(tmp_path: Path) -> None:
    for number, picture in enumerate(drawn(30)[0]):
        save(tmp_path / "동물" / "고양이" / f"{number}.png", picture)
    with pytest.raises(DataError, match=r"only '고양이' with 30 pictures.*Add a second folder") as told:
        train(tmp_path / "동물", out=tmp_path / "run", **SMALL)
    assert "--target" not in str(told.value)


@pytest.mark.parametrize("task", [{}, {"task": "unsupervised"}], ids=["labelled", "unlabelled"])
def test_a_folder_without_pictures_is_told_before_a_target_is_asked_for(tmp_path: Path, task: dict[str, str]) -> None:
    (tmp_path / "빈폴더" / "개").mkdir(parents=True)
    with pytest.raises(DataError, match="there are no pictures in 빈폴더") as told:
        train(tmp_path / "빈폴더", out=tmp_path / "run", preset="quick", **task)
    assert "--target" not in str(told.value)
