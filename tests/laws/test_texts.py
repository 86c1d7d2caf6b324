"""Laws for runs with free text: company changes nothing, a stop changes nothing, a bundle predicts the same."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import load, train
from netwright.base.errors import DataError, PlanError
from netwright.deliver.bundle import load_bundle
from netwright.deliver.manifest import manifest_text
from netwright.training.effects import effects_of
from tests.laws import stopping
from tests.laws.stopping import whole_and_resumed
from tests.reviews import korean_reviews
from tests.training.engine import curve, plan, trained

CONFIG = {"hidden": [8], "buckets": 128, "width": 4, "filters": 4}
SHORT: dict[str, Any] = {"preset": "quick", "epochs": 3, "no_repair": True, "patience": "off", "folds": 3}
TOLERANCE = 2e-4


def reviews(n_rows: int = 120, seed: int = 0) -> pl.DataFrame:
    """With a price to be predicted, and gaps in the text."""
    frame = korean_reviews(n_rows, seed).rename({"가격": "price"})
    here = pl.int_range(pl.len()) % 11 == 5
    return frame.with_columns(pl.when(here).then(None).otherwise(pl.col("후기")).alias("후기"))


def test_members_together_equal_each_alone() -> None:
    chosen = replace(plan(), family="textcnn", config=CONFIG)
    everyone = [(fold, seed) for seed in range(2) for fold in range(5)]
    together = trained(reviews(), chosen, everyone)
    for index in (0, 7):
        alone = trained(reviews(), chosen, [everyone[index]])
        np.testing.assert_allclose(
            curve(together.judged.curves, index), curve(alone.judged.curves, 0), rtol=TOLERANCE, atol=TOLERANCE
        )


def test_it_goes_on_in_the_middle_of_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def written(folder: Path, n_rows: int = 90) -> Path:
        reviews(n_rows).write_csv(folder / "후기.csv")
        return folder / "후기.csv"

    monkeypatch.setattr(stopping, "data_file", written)
    whole, stopped, steps = whole_and_resumed(tmp_path, [3, 2], 0.0, model="textcnn", **SHORT)
    assert stopped == whole
    assert all(steps)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts") / "run"
    train(reviews(), "평가", model=["textcnn"], **SHORT).save(folder)
    return folder


def test_a_bundle_predicts_the_same_bit_for_bit(run: Path) -> None:
    own, new = train(reviews(), "평가", model=["textcnn"], **SHORT), reviews(40, seed=3).drop("평가")
    assert load(run).predict(new).equals(own.model.predict(new))


def test_texts_never_seen_are_predicted(run: Path) -> None:
    new = (
        reviews(4, seed=5)
        .drop("평가")
        .with_columns(pl.Series("후기", ["\U0001f600" * 3_000, "plain English words", "", None]))
    )
    predicted = load(run).predict(new)
    assert predicted.null_count().sum_horizontal().item() == 0


def test_a_network_of_texts_needs_a_text() -> None:
    with pytest.raises(PlanError, match="model textcnn must come with a column of free text"):
        train(reviews().drop("후기"), "평가", model=["textcnn"], **SHORT)


def test_its_importance_and_effects_count_the_text(run: Path) -> None:
    own = load(run)
    found = effects_of(own.fitted, own.table(reviews(12, seed=4).drop("평가")))
    np.testing.assert_allclose(found.effects.sum(axis=1), found.predicted[:, 1] - found.typical, atol=1e-5)
    assert np.abs(found.effects[:, found.columns.index("후기")]).max() > 0


def damaged(run: Path, folder: Path, change: Any) -> Path:
    """A bundle whose manifest is sealed again after a change."""
    shutil.copytree(run / "model", folder)
    data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    data.pop("seal", None)
    part = data["parts"][0] if "parts" in data else data
    change(part["folds"][0]["preparation"], part)
    (folder / "manifest.json").write_bytes(manifest_text(data))
    return folder


def place(own: list[dict[str, Any]]) -> dict[str, Any]:
    return next(entry for entry in own if entry["encoder"] == "text")


CHANGES: dict[str, Any] = {
    "positions beyond all memory": lambda own, part: place(own).update(positions=10**12),
    "fewer positions": lambda own, part: [place(fold["preparation"]).update(positions=8) for fold in part["folds"]],
    "sizes of another text": lambda own, part: part["sizes"]["arrays"].update(text=[1, 10**9]),
    "buckets beyond all memory": lambda own, part: part["plan"]["config"].update(buckets=10**12),
    "a kernel of nothing": lambda own, part: part["plan"]["config"].update(kernel=0),
    "directions cut": lambda own, part: place(own).update(directions=place(own)["directions"][:-4]),
    "n-grams twice": lambda own, part: place(own).update(grams=[1] * len(place(own)["grams"])),
    "a text as an image": lambda own, part: place(own).update(encoder="category"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_bundle_that_was_changed_is_refused(run: Path, tmp_path: Path, change: str) -> None:
    folder = damaged(run, tmp_path / "model", CHANGES[change])
    with pytest.raises(DataError):
        load_bundle(folder)


def test_a_bundle_that_was_not_changed_is_not(run: Path, tmp_path: Path) -> None:
    load_bundle(damaged(run, tmp_path / "model", lambda own, part: None))
