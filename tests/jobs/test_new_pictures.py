"""Runs that make pictures: from a folder to new files, and what they are held against."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netwright.apps.api import train
from netwright.base.errors import DataError, PlanError
from netwright.deliver.bundle import bundle_files, load_bundle
from netwright.deliver.drawing import Drawer, sheet_of
from netwright.evaluate.drawn import judge_pictures
from netwright.training.attachment import Attachment
from tests.command import Command
from tests.laws.stopping import prints, whole_and_resumed
from tests.pictures import drawn, folder_of

OPTIONS = {
    **{"task": "unsupervised", "model": "image-gan", "preset": "quick", "epochs": 3},
    **{"no_repair": True, "patience": "off", "batch_size": 16},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run, on a folder with Korean names."""
    folder = tmp_path_factory.mktemp("그림")
    train(folder_of(folder / "동물"), out=folder / "run", **OPTIONS)
    return folder / "run"


def test_the_record_says_how_good_made_pictures_are(run: Path) -> None:
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    own = metrics["new_pictures"]
    assert metrics["metric"] == "kernel_score" and set(metrics["baselines"]) == {"pixels", "pixel_copula"}
    for name in ("pixels", "pairs", "variety", "detection", "nearest", "nearest_held_out", "copies", "near_share"):
        assert np.isfinite(own[name]) and np.isfinite(metrics["baselines"]["pixel_copula"][name])
    assert own["n_held_out"] == 16 and set(own["best"]) == {"pixels", "pairs", "variety", "detection"}
    page = (run / "report.html").read_text("utf-8")
    assert "New pictures" in page and "Held-out real pictures" in page and page.count("data:image/png") >= 32


def test_files_and_sheets_are_written(nw: Command, run: Path, tmp_path: Path) -> None:
    done = nw("synthesize", run, "--rows", 9, "--out", tmp_path / "새 그림")
    assert done.code == 0 and "9 new pictures" in done.err
    files = sorted((tmp_path / "새 그림").iterdir())
    assert [file.name for file in files] == [f"{number:04}.png" for number in range(1, 10)]
    made = Drawer.of(load_bundle(run), run).pictures(9)  # type: ignore[union-attr]
    assert made.shape == (9, 1, 12, 12) and made.dtype == np.uint8
    assert np.array_equal(np.asarray(Image.open(files[3])), made[3, 0])
    assert nw("synthesize", run, "--rows", 9, "--out", tmp_path / "모두.png").code == 0
    assert np.array_equal(np.asarray(Image.open(tmp_path / "모두.png")), sheet_of(made)[0])
    other = Drawer.of(load_bundle(run), run).pictures(9, seed=1)  # type: ignore[union-attr]
    assert not np.array_equal(made, other)


def test_places_that_are_taken_are_refused(nw: Command, run: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "sheet.png").mkdir()
    for words, why in (
        (("--out", tmp_path / "full"), "must be a new folder"),
        (("--out", tmp_path / "sheet.png"), "which is a folder"),
        ((), "must name a new folder"),
        (("--out", tmp_path / "new", "--rows", 0), "--rows must be a number from 1"),
        (("--out", tmp_path / "new.png", "--rows", 2_501), "at most 2,500 pictures"),
    ):
        done = nw("synthesize", run, *(() if "--rows" in words else ("--rows", 3)), *words)
        assert done.code == 2 and why in done.err
    assert [own.name for own in (tmp_path / "full").iterdir()] == ["mine.txt"] and not (tmp_path / "new").exists()


def test_a_bundle_is_loaded_bit_by_bit_and_a_damaged_one_is_refused(run: Path, tmp_path: Path) -> None:
    model = load_bundle(run)
    drawer, again = Drawer.of(model, run), Drawer.of(load_bundle(run / "model"), run)
    assert drawer is not None and again is not None
    assert np.array_equal(drawer.pictures(30), again.pictures(30))
    for facts in ({"column": "nobody"}, {}, {"column": "image", "more": 1}):
        with pytest.raises(DataError, match="is damaged"):
            Drawer.of(replace(model, attachments=(Attachment("new_pictures", facts),)), run)
    for name, data in bundle_files(model).items():
        raw = bytearray(data)
        raw[-1] ^= name == "weights.safetensors"
        (tmp_path / name).write_bytes(raw)
    with pytest.raises(DataError, match="damaged"):
        load_bundle(tmp_path)


def test_a_run_that_is_stopped_becomes_one_that_never_was(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = folder_of(tmp_path_factory.mktemp("data") / "동물", 48)
    whole, stopped, steps = whole_and_resumed(tmp_path, [3, 1], 0.0, data=data, target=None, folds=2, **OPTIONS)
    assert stopped == whole and all(steps)


def test_the_same_seed_makes_the_same_run(run: Path, tmp_path: Path) -> None:
    train(folder_of(tmp_path / "동물"), out=tmp_path / "run", **OPTIONS)
    assert prints(tmp_path / "run") == prints(run)


def test_what_cannot_be_made_is_refused(tmp_path: Path) -> None:
    data = folder_of(tmp_path / "동물", 40)
    with pytest.raises(DataError, match="model image-gan to make pictures"):
        train(data, out=tmp_path / "a", **OPTIONS | {"model": "gan"})
    with pytest.raises(PlanError, match="learns without a target"):
        train(data, target="label", out=tmp_path / "b", **OPTIONS | {"task": None})
    table = tmp_path / "rows.csv"
    table.write_text("x,y\n" + "".join(f"{k},{k % 7}\n" for k in range(60)))
    with pytest.raises(DataError, match="one column of pictures"):
        train(table, out=tmp_path / "c", **OPTIONS)


def test_copies_and_poor_pictures_are_told() -> None:
    pictures, _ = drawn(300, side=8)
    small = pictures.reshape(300, -1) / np.float32(255)
    known, real, fresh = small[:150], small[150:225], small[225:]
    honest = judge_pictures(known, real, fresh, 0)
    assert not honest.copies_beyond_chance and honest.copies == 0 and 0.9 < honest.variety < 1.1
    assert 0.3 < honest.detection < 0.7
    copied = judge_pictures(known, real, known[:75], 0)
    assert copied.copies == 1 and copied.copies_beyond_chance and copied.nearest == 0
    alike = judge_pictures(known, real, np.repeat(known.mean(axis=0)[None], 75, axis=0), 0)
    assert alike.variety == 0 and alike.pixels > 0.4 and alike.detection > 0.9


def test_an_autoencoder_of_pictures_ships_and_loads(nw: Command, tmp_path: Path) -> None:
    """Of pictures in a row of numbers; its bundle was refused as damaged once."""
    data = folder_of(tmp_path / "동물", 60)
    train(data, out=tmp_path / "run", **OPTIONS | {"model": "autoencoder", "folds": 2})
    done = nw("predict", tmp_path / "run", data, "--out", tmp_path / "said.csv")
    assert done.code == 0, done.err
    header, *lines = (tmp_path / "said.csv").read_text("utf-8").splitlines()
    assert header.startswith("row,file,score") and len(lines) == 60
    sheet = tmp_path / "both.png"
    done = nw("predict", tmp_path / "run", data, "--reconstruct", "--out", sheet)
    assert done.code == 0 and "60 pictures" in done.err, done.err
    shown = np.asarray(Image.open(sheet))
    assert shown.shape == (8 * 14 + 2, 8 * 27 + 2)
    first = np.asarray(Image.open(min((data / "개").iterdir())))  # then a line and what is given back for it
    assert np.array_equal(shown[2:14, 2:14], first)
    nothing = nw("predict", tmp_path / "run", data, "--reconstruct")
    assert nothing.code == 2 and "--out must name a new folder" in nothing.err
