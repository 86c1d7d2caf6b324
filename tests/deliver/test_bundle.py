from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import netwright
from netwright.apps.api import Run
from netwright.base.errors import DataError, PlanError
from netwright.base.sealed import open_sealed, sealed_json
from netwright.deliver.bundle import load_bundle
from tests.deliver.conftest import table

#: Sound by itself.
CONFORMAL = {
    "task": "regression", "n_rows": 2, "ranks": [1, 2], "scores": [1.0, 2.0],
    "difficulty": {"knots": [0.0], "factors": [1.0]}, "n_folds": 2, "rule": "at random",
}  # fmt: skip


def fresh_rows() -> pl.DataFrame:
    """Rows of another draw, with unseen levels and gaps."""
    rows = table(37, seed=9).drop("price", "class")
    return rows.with_columns(
        pl.when(pl.int_range(37) == 3).then(pl.lit("대구")).otherwise(pl.col("지역")).alias("지역"),
        pl.when(pl.int_range(37) == 4).then(None).otherwise(pl.col("street")).alias("street"),
        pl.when(pl.int_range(37) == 5).then(None).otherwise(pl.col("built")).alias("built"),
    )


@pytest.mark.parametrize("which", ["numbers_run", "classes_run"])
def test_reloaded_predictions_are_the_same_bits(which: str, request: pytest.FixtureRequest) -> None:
    run, folder = request.getfixturevalue(which)
    before = run.model.predict(fresh_rows())
    after = netwright.load(folder).predict(fresh_rows())
    assert before.equals(after, null_equal=True)
    assert np.isfinite(before.drop("row").select(pl.selectors.numeric()).to_numpy()).all()


@pytest.mark.parametrize("which", ["numbers_run", "classes_run"])
def test_reloaded_intervals_and_sets_are_the_same_bits(which: str, request: pytest.FixtureRequest) -> None:
    run, folder = request.getfixturevalue(which)
    for level in (0.5, 0.9, 0.97):
        before, after = (model.predict(fresh_rows(), interval=level) for model in (run.model, netwright.load(folder)))
        assert before.equals(after, null_equal=True)
    assert before.columns[-2:] == ["lower", "upper"] if which == "numbers_run" else before.columns[-1] == "set"
    assert run.model.fitted.conformal == netwright.load(folder).fitted.conformal


def test_intervals_hold_the_prediction_and_grow_with_the_level(numbers_run: tuple[Run, Path]) -> None:
    run, _ = numbers_run
    narrow, wide = (run.model.predict(fresh_rows(), interval=level) for level in (0.5, 0.9))
    assert wide.columns == ["row", "prediction", "lower", "upper"]
    assert narrow["prediction"].to_list() == run.model.predict(fresh_rows())["prediction"].to_list()
    assert (wide["lower"] < narrow["lower"]).all() and (narrow["upper"] < wide["upper"]).all()
    assert (narrow["lower"] <= narrow["prediction"]).all() and (narrow["prediction"] <= narrow["upper"]).all()
    boundless = run.model.predict(fresh_rows(), interval=0.999)  # of 64 rows
    assert boundless["lower"].to_list() == [float("-inf")] * 37
    assert "needs at least 999 validation rows, got 64: all ends are infinite" in run.model.promise(0.999)


def test_sets_hold_the_prediction(classes_run: tuple[Run, Path]) -> None:
    run, _ = classes_run
    frame = run.model.predict(fresh_rows(), interval=0.9)
    assert frame.columns == ["row", "prediction", "p_big", "p_mid", "p_small", "set"]
    for row in frame.iter_rows(named=True):
        labels = row["set"].split("|")
        assert row["prediction"] in labels and set(labels) <= {"big", "mid", "small"}
    assert set(run.model.predict(fresh_rows(), interval=0.999)["set"]) == {"big|mid|small"}


def test_test_rows_of_a_run_come_with_intervals(numbers_run: tuple[Run, Path], classes_run: tuple[Run, Path]) -> None:
    run, folder = numbers_run
    written = pl.read_csv(folder / "predictions" / "test.csv")
    assert written.columns == ["row", "target", "prediction", "lower", "upper"]
    again = run.model.predict(table()[written["row"].to_list()], interval=0.9)
    assert written["lower"].to_list() == again["lower"].to_list()
    inside = ((written["lower"] <= written["target"]) & (written["target"] <= written["upper"])).mean()
    found = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["conformal"]
    assert (found["level"], found["test_coverage"]) == (0.9, inside)
    assert found["mean_width"] == pytest.approx((written["upper"] - written["lower"]).mean())
    validation = pl.read_csv(folder / "predictions" / "validation.csv")  # these rows calibrated
    assert validation.columns == ["row", "target", "prediction"]
    columns = pl.read_csv(classes_run[1] / "predictions" / "test.csv").columns
    assert columns == ["row", "target", "prediction", "p_big", "p_mid", "p_small"]


def test_another_process_predicts_the_same_bits(numbers_run: tuple[Run, Path], tmp_path: Path) -> None:
    run, folder = numbers_run
    fresh_rows().write_csv(tmp_path / "새.csv")
    code = "import sys, netwright; netwright.load(sys.argv[1]).predict(sys.argv[2]).write_csv(sys.argv[3])"
    subprocess.run(
        [sys.executable, "-c", code, str(folder), str(tmp_path / "새.csv"), str(tmp_path / "out.csv")], check=True
    )
    there = pl.read_csv(tmp_path / "out.csv")
    assert there["prediction"].to_list() == run.model.predict(tmp_path / "새.csv")["prediction"].to_list()


def test_test_predictions_of_the_run_come_from_the_bundle(numbers_run: tuple[Run, Path]) -> None:
    _, folder = numbers_run
    written = pl.read_csv(folder / "predictions" / "test.csv")
    rows = written["row"].to_list()
    again = netwright.load(folder).predict(table()[rows])
    assert written["prediction"].to_list() == again["prediction"].to_list()
    assert written["target"].to_list() == table()[rows]["price"].to_list()


def test_a_row_gives_the_same_bits_in_any_file(numbers_run: tuple[Run, Path]) -> None:
    run, _ = numbers_run
    rows = fresh_rows()
    whole = run.model.predict(rows)["prediction"].to_list()
    assert [run.model.predict(rows[number : number + 1])["prediction"][0] for number in range(37)] == whole


def test_the_manifest_is_plain_json_and_nothing_is_pickled(numbers_run: tuple[Run, Path]) -> None:
    _, folder = numbers_run
    assert sorted(path.name for path in (folder / "model").iterdir()) == ["manifest.json", "weights.safetensors"]
    manifest = json.loads((folder / "model" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["format"] == "netwright-bundle"
    assert "면적" in (folder / "model" / "manifest.json").read_text(encoding="utf-8")
    assert b"PK\x03\x04" not in (folder / "model" / "weights.safetensors").read_bytes()[:64]


@pytest.fixture
def bundle(numbers_run: tuple[Run, Path], tmp_path: Path) -> Path:
    """A copy that a test may harm."""
    return Path(shutil.copytree(numbers_run[1] / "model", tmp_path / "model"))


def changed(bundle: Path, **changes: object) -> None:
    """What someone may write who can seal: None leaves a part out."""
    manifest = open_sealed((bundle / "manifest.json").read_bytes()) | changes
    kept = {name: part for name, part in manifest.items() if part is not None}
    (bundle / "manifest.json").write_bytes(sealed_json(kept))


def test_changed_weights_are_refused(bundle: Path) -> None:
    raw = bytearray((bundle / "weights.safetensors").read_bytes())
    raw[-3] ^= 1
    (bundle / "weights.safetensors").write_bytes(bytes(raw))
    with pytest.raises(DataError, match=r"must be complete and unchanged, got a damaged one: weights\.safe"):
        load_bundle(bundle)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "format"),
        ({"version": 0}, "must have a version from 1 on, got '0'"),
        ({"version": True}, "must have a version from 1 on, got 'True'"),
        ({"version": 2.0}, "must have a version from 1 on, got '2.0'"),
        ({"version": 1}, "of version 1 must have no seal"),
        ({"version": 3}, r"must be a bundle of version 1 to 2, got version 3, written by netwright 0\.1\.0\. Update"),
        ({"extra": 1}, "extra"),
        ({"member_folds": []}, "member_folds"),
        ({"member_folds": [0, 0, 0, 0, 99]}, "the members are those of other folds"),
        ({"folds": []}, "folds"),
        ({"conformal": {"task": "regression"}}, "conformal"),
        ({"conformal": CONFORMAL | {"task": "binary"}}, "another task"),
        ({"conformal": CONFORMAL | {"ranks": [1, 3], "n_rows": 2}}, "damaged.*ranks"),
        ({"conformal": CONFORMAL | {"scores": [2.0, 1.0]}}, "damaged.*rise"),
        ({"conformal": CONFORMAL | {"scores": [1.0] * 1_001}}, "conformal/scores"),
        ({"sizes": {"dense": 1, "cardinalities": [], "outputs": 1, "fan_in": [1]}}, "damaged"),
    ],
)
def test_a_changed_manifest_is_refused(bundle: Path, changes: dict[str, object], message: str) -> None:
    changed(bundle, **changes)
    with pytest.raises(DataError, match=message):
        netwright.load(bundle).predict(fresh_rows())


def test_a_bundle_of_before_intervals_predicts_without_them(bundle: Path) -> None:
    changed(bundle, conformal=None)
    old = netwright.load(bundle)
    assert old.predict(fresh_rows()).columns == ["row", "prediction"]
    with pytest.raises(PlanError, match=r"--interval needs a model that was calibrated .*Train it again"):
        old.predict(fresh_rows(), interval=0.9)


def test_a_truncated_manifest_is_refused(bundle: Path) -> None:
    raw = (bundle / "manifest.json").read_bytes()
    for length, reason in ((len(raw) // 2, "does not fit its seal"), (len(raw) - 1, "does not fit"), (7, "not JSON")):
        (bundle / "manifest.json").write_bytes(raw[:length])
        with pytest.raises(DataError, match=f"got a damaged one: manifest.json .*{reason}"):
            load_bundle(bundle)


def test_missing_files_are_named(bundle: Path, tmp_path: Path) -> None:
    (bundle / "weights.safetensors").unlink()
    with pytest.raises(
        DataError, match=r"weights\.safetensors of .* must be a file that can be read, got: No such file"
    ):
        load_bundle(bundle)
    with pytest.raises(DataError, match=r"must hold a trained model \(manifest\.json\), got none"):
        netwright.load(tmp_path / "nothing")
