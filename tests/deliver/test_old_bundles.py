"""Bundles that earlier versions wrote, with rows and the predictions that came out: they load, and predict the same.

`python -m tests.deliver.make_old_bundles v3` makes those of the version at hand. Samples are never made anew: they
stand for the files that people have.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import netwright
from netwright.base.errors import DataError
from netwright.base.sealed import open_sealed, sealed_json
from netwright.deliver.bundle import bundle_files, load_bundle
from netwright.deliver.weights import unpacked

KEPT = Path(__file__).parent / "old_bundles"
SAMPLES = sorted(path.name for path in KEPT.iterdir() if path.is_dir() and path.name.startswith("v"))


def test_all_versions_and_tasks_are_kept() -> None:
    assert SAMPLES == [
        "v1-classes-realmlp", "v1-regression-mlp", "v2-classes-realmlp", "v2-regression-mlp",
        "v3-binary-mixture", "v3-classes-mixture", "v3-regression-mixture",
    ]  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_an_old_bundle_predicts_as_it_did(name: str) -> None:
    sample = KEPT / name
    before = pl.read_csv(sample / "predictions.csv")
    after = netwright.load(sample).predict(sample / "rows.csv", interval=0.9)
    assert after.columns == before.columns and after.height == 12
    assert_frame_equal(after, before, check_dtypes=False, rel_tol=1e-5, abs_tol=1e-7)  # processors round differently


@pytest.mark.parametrize("name", SAMPLES)
def test_an_old_bundle_is_saved_in_the_new_form_without_loss(name: str, tmp_path: Path) -> None:
    model = load_bundle(KEPT / name)
    files = bundle_files(model)
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    again = load_bundle(tmp_path)
    assert bundle_files(again) == files
    rows = KEPT / name / "rows.csv"
    one, other = (netwright.load(folder).predict(rows) for folder in (KEPT / name, tmp_path))
    assert one.equals(other, null_equal=True)
    old = unpacked((KEPT / name / "model" / "weights.safetensors").read_bytes())
    new = unpacked(files["weights.safetensors"])
    assert new.keys() == ({f"0.{own}" for own in old} if name[1] in "12" else old.keys())
    for own, array in old.items():
        np.testing.assert_array_equal(new[own if own in new else f"0.{own}"], array)


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("v1")])
def test_version_1_is_held_to_its_weights_too(name: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(KEPT / name / "model", tmp_path / "model"))
    raw = (folder / "weights.safetensors").read_bytes()
    (folder / "weights.safetensors").write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    with pytest.raises(DataError, match=r"weights\.safetensors is not the file that manifest\.json names"):
        load_bundle(folder)


def test_a_seal_cannot_be_taken_off(tmp_path: Path) -> None:
    """Nobody's damage makes an unsealed bundle of version 2, or version 1 of one."""
    folder = Path(shutil.copytree(KEPT / "v2-regression-mlp" / "model", tmp_path / "model"))
    data = open_sealed((folder / "manifest.json").read_bytes())
    for changes, reason in (({}, "of version 2 must begin with its seal"), ({"seal": "0" * 64}, "must begin with its")):
        (folder / "manifest.json").write_text(json.dumps(data | changes), encoding="utf-8")
        with pytest.raises(DataError, match=reason):
            load_bundle(folder)
    (folder / "manifest.json").write_text(json.dumps(data | {"version": 1, "seal": "0" * 64}), encoding="utf-8")
    with pytest.raises(DataError, match=r"in the whole: Additional properties .*'seal'"):
        load_bundle(folder)


@pytest.mark.parametrize("seal", [True, False])
def test_a_bundle_of_the_future_says_what_to_do(seal: bool, tmp_path: Path) -> None:
    data = {"format": "netwright-bundle", "version": 4, "netwright": "9.1\x1b[2J", "all else": "may be another"}
    raw = sealed_json(data) if seal else json.dumps(data).encode()
    (tmp_path / "manifest.json").write_bytes(raw)
    with pytest.raises(DataError) as caught:
        load_bundle(tmp_path)
    assert str(caught.value) == (
        f"the model in {tmp_path} must be a bundle of version 1 to 3, got version 4, written by netwright "
        r"9.1\x1b[2J. Update netwright: pip install --upgrade netwright."
    )


def test_predictions_of_the_samples_are_not_trivial() -> None:
    for name in SAMPLES:
        frame = pl.read_csv(KEPT / name / "predictions.csv")
        column = {"regression": "prediction", "classes": "p_big", "binary": "p_yes"}[name.split("-")[1]]
        assert np.unique(frame[column].to_numpy()).size == frame.height
