from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import netwright
from netwright.apps.api import Run
from netwright.base.errors import DataError, PlanError
from netwright.base.sealed import JsonLimits, open_sealed, sealed_json
from netwright.deliver.bundle import bundle_files, load_bundle
from netwright.preparation.category import CategoryEncoder
from tests.deliver.conftest import table

KEPT = Path(__file__).parent / "old_bundles"

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
    if isinstance(changes.get("part"), dict):
        manifest["parts"][0] |= manifest.pop("part")
    kept = {name: part for name, part in manifest.items() if part is not None}
    (bundle / "manifest.json").write_bytes(sealed_json(kept))


def test_changed_weights_are_refused(bundle: Path) -> None:
    raw = bytearray((bundle / "weights.safetensors").read_bytes())
    raw[-3] ^= 1
    (bundle / "weights.safetensors").write_bytes(bytes(raw))
    with pytest.raises(DataError, match=r"must be complete and unchanged, got a damaged one: weights\.safe"):
        load_bundle(bundle)


def of_feature(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The encoder of a column in the first fold."""
    found: dict[str, Any] = next(one for one in data["parts"][0]["folds"][0]["preparation"] if one["column"] == name)
    return found


def of_column(data: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in data["columns"] if one["name"] == name)
    return found


#: Parts that are sound by themselves and do not belong together, with what is said of them.
UNFIT: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a column twice": (lambda data: data["columns"].append(data["columns"][0]), "must have names of their own"),
    "no features": (
        lambda data: [one.update(role="left_out") for one in data["columns"]],
        "features must be among them",
    ),
    "two targets": (
        lambda data: of_column(data, "class").update(role="target"),
        "the target must be one of the columns",
    ),
    "another target": (lambda data: data["target"].update(name="class"), "the target must be one of the columns"),
    "classes": (lambda data: data["target"].update(classes=["a", "b"]), "the classes are those of another task"),
    "one class": (lambda data: data["target"].update(task="binary", classes=["a"]), "the classes are those of another"),
    "a class twice": (
        lambda data: data["target"].update(task="binary", classes=["a", "a"]),
        "the classes are those of",
    ),
    "labels": (
        lambda data: data["target"].update(task="binary", classes=["a", "b"]),
        "the target is of a kind that does",
    ),
    "a target of texts": (
        lambda data: of_column(data, "price").update(kind="category"),
        "the target is of a kind that",
    ),
    "a format": (
        lambda data: of_column(data, "built")["reading"].update(date_format="%.Z"),
        "'built' are in a format that",
    ),
    "another column": (
        lambda data: of_feature(data, "new").update(column="x"),
        "the preparation is that of other columns",
    ),
    "the order": (
        lambda data: data["parts"][0]["folds"][1]["preparation"].reverse(),
        "the preparation is that of other columns",
    ),
    "another kind": (
        lambda data: of_column(data, "grade").update(kind="category"),
        "of 'grade' is that of another kind",
    ),
    "an encoder": (
        lambda data: of_feature(data, "new").update(encoder="os"),
        r"encoder must be one of those of netwright",
    ),
    "a family": (
        lambda data: data["parts"][0]["plan"].update(family="os"),
        "family must be one of those of netwright, .*linear, mlp",
    ),
    "a loss": (
        lambda data: data["parts"][0]["plan"].update(loss="cross_entropy"),
        "--loss must be one of mse, mae, huber for",
    ),
    "an activation": (lambda data: data["parts"][0]["plan"]["config"].update(activation="os"), "KeyError: 'os'"),
    "more levels": (
        lambda data: of_feature(data, "지역")["levels"].append("x"),
        "network is that of another preparation",
    ),
    "outputs": (
        lambda data: data["parts"][0]["sizes"].update(outputs=2),
        "the network is that of another preparation or target",
    ),
    "a number too many": (
        lambda data: of_feature(data, "면적").update(fill=[1.0]),
        r"fill must be float, got \[1\.0\]",
    ),
    "levels of numbers": (
        lambda data: of_column(data, "grade").update(levels=["S", 7]),
        "columns/5/levels: must hold texts",
    ),
    "a whole number": (
        lambda data: data["parts"][0]["sizes"].update(dense=1.0),
        "parts/0/sizes/dense: 1.0 is not of type 'integer'",
    ),
    "no bytes": (lambda data: data["weights"].pop("bytes"), "weights: 'bytes' is a required property"),
    "no weights": (
        lambda data: data.update(weights=None),
        "weights.safetensors is not the file that manifest.json names",
    ),
    "a long complaint": (
        lambda data: data["parts"][0].update(folds=[7] * 999),
        "in parts/0/folds/0: 7 is not of type 'object'",
    ),
    "a longer one": (
        lambda data: data["parts"][0].update(folds=["x" * 500]),
        "in parts/0/folds/0: it breaks the rule type object",
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_parts_that_do_not_fit_are_named(name: str, bundle: Path) -> None:
    change, message = UNFIT[name]
    data = open_sealed((bundle / "manifest.json").read_bytes())
    change(data)
    (bundle / "manifest.json").write_bytes(sealed_json(data))
    with pytest.raises(DataError, match=f"must be complete and unchanged, got a damaged one: .*{message}"):
        load_bundle(bundle)


def test_weights_beyond_the_memory_are_not_read(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.deliver.weights.free_memory", lambda device: 3_000)
    with pytest.raises(DataError, match=r"must fit into memory, got weights of [\d,]+ bytes where 1,000 are free for"):
        load_bundle(bundle)
    (bundle / "manifest.json").write_bytes((KEPT / "v1-regression-mlp" / "model" / "manifest.json").read_bytes())
    with pytest.raises(DataError, match=r"weights\.safetensors of .* must be at most 1,000 bytes long"):
        load_bundle(bundle)


def test_levels_beyond_any_manifest_are_told(
    numbers_run: tuple[Run, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = numbers_run[0].model.fitted
    whole = len(bundle_files(fitted)["manifest.json"])
    monkeypatch.setattr("netwright.deliver.manifest.LIMITS", JsonLimits(n_bytes=whole - 1))
    for name, content in bundle_files(fitted).items():  # rare levels only tell what was seen
        (tmp_path / name).write_bytes(content)
    encoders = [one for fold in load_bundle(tmp_path).networks[0].folds for one in fold.preparer.encoders]
    assert not any(one.rare_levels for one in encoders if isinstance(one, CategoryEncoder))
    assert netwright.load(tmp_path).predict(fresh_rows()).equals(numbers_run[0].model.predict(fresh_rows()))
    monkeypatch.setattr("netwright.deliver.manifest.LIMITS", JsonLimits(n_bytes=1_000))
    with pytest.raises(
        DataError, match=r"must have at most 1,000 bytes, got [\d,]+: the levels .* too many\. Leave out"
    ):
        bundle_files(fitted)


def test_what_is_saved_is_what_the_files_are(numbers_run: tuple[Run, Path]) -> None:
    run, folder = numbers_run
    made = bundle_files(run.model.fitted)
    assert sorted(made) == ["manifest.json", "weights.safetensors"]
    for name, content in made.items():
        assert (folder / "model" / name).read_bytes() == content
    manifest = open_sealed(made["manifest.json"])
    assert manifest["version"] == 3
    assert manifest["weights"] == {
        "file": "weights.safetensors",
        "bytes": len(made["weights.safetensors"]),
        "sha256": hashlib.sha256(made["weights.safetensors"]).hexdigest(),
    }


def test_a_model_may_lie_in_a_run_or_by_itself(numbers_run: tuple[Run, Path], tmp_path: Path) -> None:
    _, folder = numbers_run
    run = Path(shutil.copytree(folder, tmp_path / "run"))
    (tmp_path / "latest").symlink_to("run")  # a link that the user names is followed
    (run / "model" / "model").write_text("a file, no folder", encoding="utf-8")
    for place in (run, run / "model", tmp_path / "latest"):
        assert load_bundle(place).target.name == "price"
    (tmp_path / "empty" / "model").mkdir(parents=True)
    for place in (Path("a\0b"), tmp_path / "empty", tmp_path / "empty" / "model"):
        with pytest.raises(
            DataError, match=r"must hold a trained model \(manifest\.json\), got none\. Pass the folder of"
        ):
            load_bundle(place)


def test_a_bundle_without_a_typical_row_predicts(bundle: Path) -> None:
    changed(bundle, typical=None)
    model = netwright.load(bundle)
    assert model.fitted.typical is None and model.predict(fresh_rows()).height == 37


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other"}, "format"),
        ({"version": 0}, "must have a version from 1 on, got '0'"),
        ({"version": True}, "must have a version from 1 on, got 'True'"),
        ({"version": 2.0}, "must have a version from 1 on, got '2.0'"),
        ({"version": 1}, "of version 1 must have no seal"),
        ({"version": 2}, "in the whole: 'plan' is a required property|in parts"),
        ({"version": 4}, r"must be a bundle of version 1 to 3, got version 4, written by netwright 0\.1\.0\. Update"),
        ({"extra": 1}, "extra"),
        ({"part": {"member_folds": []}}, "parts/0/member_folds"),
        ({"part": {"member_folds": [0, 0, 0, 0, 99]}}, "the members are those of other folds"),
        ({"part": {"folds": []}}, "folds"),
        ({"plan": {}}, "'plan' should not be valid"),
        ({"conformal": {"task": "regression"}}, "conformal"),
        ({"conformal": CONFORMAL | {"task": "binary"}}, "another task"),
        ({"conformal": CONFORMAL | {"ranks": [1, 3], "n_rows": 2}}, "damaged.*ranks"),
        ({"conformal": CONFORMAL | {"scores": [2.0, 1.0]}}, "damaged.*rise"),
        ({"conformal": CONFORMAL | {"scores": [1.0] * 1_001}}, "conformal/scores"),
        ({"part": {"sizes": {"dense": 1, "cardinalities": [], "outputs": 1, "fan_in": [1]}}}, "damaged"),
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


def test_a_run_that_was_stopped_holds_no_model_yet(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "model"):
        with pytest.raises(DataError, match=f"got one that was stopped .*netwright resume {tmp_path}$"):
            load_bundle(folder)
    (tmp_path / "metrics.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="must hold a trained model"):
        load_bundle(tmp_path)
