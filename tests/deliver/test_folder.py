from __future__ import annotations

import csv
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from netwright.apps.api import Run
from netwright.base.errors import DataError
from netwright.base.sealed import open_sealed
from netwright.base.signals import LAYER_SIGNALS, NETWORK_SIGNALS
from netwright.deliver.contents import json_bytes
from netwright.deliver.folder import RunFolder, folder_name
from tests.deliver.conftest import table

FILES = {
    "run.json",
    "metrics.json",
    "leaderboard.csv",
    "curves.csv",
    "findings.json",
    "predictions/test.csv",
    "predictions/validation.csv",
    "model/manifest.json",
    "model/weights.safetensors",
    "report.html",
}


def read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("which", ["numbers_run", "classes_run"])
def test_the_folder_is_complete(which: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(which)[1]
    assert {str(p.relative_to(folder)).replace(os.sep, "/") for p in folder.rglob("*") if p.is_file()} == FILES


def test_metrics_hold_what_the_contract_names(numbers_run: tuple[Run, Path]) -> None:
    metrics = read(numbers_run[1] / "metrics.json")
    assert {"schema": 1, "task": "regression", "target": "price", "metric": "rmse"}.items() <= metrics.items()
    assert (metrics["n_train"], metrics["n_test"]) == (64, 16)
    for rows in ("train", "validation", "test"):
        assert set(metrics[rows]) == {"rmse", "mae", "r2"}
    assert set(metrics["baselines"]) == {"constant", "linear", "trees"}
    assert metrics["interval"]["rmse"][0] <= metrics["test"]["rmse"] <= metrics["interval"]["rmse"][1]
    assert metrics["verdict"]["answer"] in ("yes", "no", "undecided")
    n_parameters = metrics["model"]["parameters"]
    part = {"name": "mlp", "kind": "network", "weight": 1.0, "members": 5, "parameters": n_parameters}
    assert metrics["model"] == {"name": "mlp", "members": 5, "parameters": n_parameters, "parts": [part]}
    own = {"name": "mlp", "weights": {"mlp": 1.0}, "validation": metrics["validation"], "test": metrics["test"]}
    assert metrics["networks"] == own
    assert {"read", "audit", "prepare", "train", "evaluate", "total"} <= set(metrics["seconds"])


def test_test_scores_follow_from_the_test_predictions(numbers_run: tuple[Run, Path]) -> None:
    written = pl.read_csv(numbers_run[1] / "predictions" / "test.csv")
    error = (written["prediction"] - written["target"]).to_numpy()
    metrics = read(numbers_run[1] / "metrics.json")
    assert metrics["test"]["rmse"] == pytest.approx(float((error**2).mean() ** 0.5))
    assert metrics["test"]["mae"] == pytest.approx(float(abs(error).mean()))


def test_no_row_is_both_test_and_validation(numbers_run: tuple[Run, Path]) -> None:
    test, valid = (pl.read_csv(numbers_run[1] / "predictions" / f"{n}.csv")["row"] for n in ("test", "validation"))
    assert set(test) & set(valid) == set()
    assert len(test) + len(valid) == table().height


def test_run_json_holds_the_relation_of_each_column(numbers_run: tuple[Run, Path]) -> None:
    found = read(numbers_run[1] / "run.json")["relations"]
    assert found["면적"]["test"] == "Spearman" and found["면적"]["size"] == "large"
    assert found["지역"]["test"] == "Kruskal-Wallis" and 0 <= found["지역"]["adjusted"] <= 1


def test_run_json_says_how_it_was_made(numbers_run: tuple[Run, Path]) -> None:
    facts = read(numbers_run[1] / "run.json")
    assert facts["status"] == "done"
    assert len(facts["test_opened"]) == 1
    assert facts["test_opened"][0]["by"].startswith("evaluation")
    assert facts["plan"]["family"] == "mlp"
    assert facts["versions"]["torch"]
    assert len(facts["data"]["fingerprint"]) == 64


def test_curves_hold_every_member_and_epoch(numbers_run: tuple[Run, Path]) -> None:
    rows = rows_of(numbers_run[1] / "curves.csv")
    assert list(rows[0])[:9] == [
        "member",
        "plan",
        "fold",
        "seed",
        "epoch",
        "train_loss",
        "valid_loss",
        "valid_score",
        "learning_rate",
    ]
    layers = json.loads((numbers_run[1] / "run.json").read_text(encoding="utf-8"))["layers"]["mlp"]
    assert layers[-2:] == ["hidden 3", "output"]
    signals = [f"{name}_{number + 1}" for name in LAYER_SIGNALS for number in range(len(layers))]
    assert list(rows[0])[9:] == [*NETWORK_SIGNALS, *signals]
    assert all(float(row[f"gradient_norm_{len(layers)}"]) > 0 for row in rows if row["epoch"] == "1")
    assert {row[f"dead_share_{len(layers)}"] for row in rows} == {""}  # no activation follows the output
    assert {(row["member"], row["fold"]) for row in rows} == {(str(n), str(n)) for n in range(5)}
    assert sorted({int(row["epoch"]) for row in rows}) == list(range(7))


def test_the_leaderboard_is_sorted_and_holds_the_baselines(numbers_run: tuple[Run, Path]) -> None:
    rows = rows_of(numbers_run[1] / "leaderboard.csv")
    assert {row["name"] for row in rows} == {"mlp", "constant", "linear", "trees"}
    scores = [float(row["valid_score"]) for row in rows]
    assert scores == sorted(scores)
    assert all(float(row["fit_seconds"]) >= 0 for row in rows)


def test_findings_are_a_list_with_evidence(numbers_run: tuple[Run, Path]) -> None:
    findings = read(numbers_run[1] / "findings.json")
    assert {"missing"} <= {finding["code"] for finding in findings}
    assert all({"code", "where", "columns", "severity", "evidence", "advice"} <= set(finding) for finding in findings)


def test_a_finished_run_is_not_overwritten(numbers_run: tuple[Run, Path]) -> None:
    before = (numbers_run[1] / "metrics.json").read_bytes()
    with pytest.raises(DataError, match=r"must be new, got the folder of a finished run\. Pass another path\."):
        numbers_run[0].save(numbers_run[1])
    assert (numbers_run[1] / "metrics.json").read_bytes() == before


def test_other_things_are_not_overwritten_either(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match="must be new or empty"), RunFolder(tmp_path / "mine"):
        pass
    assert (tmp_path / "mine" / "notes.txt").exists()


def test_an_empty_folder_is_taken(numbers_run: tuple[Run, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert numbers_run[0].save(tmp_path / "empty") == tmp_path / "empty"
    assert (tmp_path / "empty" / "metrics.json").exists()


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b" / "run"
    with pytest.raises(RuntimeError), RunFolder(out):
        assert (tmp_path / "a" / "b").is_dir()
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with (
        pytest.raises(DataError, match=r"must be writable, got: .*\. Pass another --out\."),
        RunFolder(tmp_path / "file" / "run"),
    ):
        pass


def test_a_full_disk_says_so_and_leaves_nothing(
    numbers_run: tuple[Run, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("netwright.deliver.folder.write_file", full)
    with pytest.raises(DataError, match="No space left on device"):
        numbers_run[0].save(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_default_names_keep_korean_and_lose_what_file_systems_refuse() -> None:
    assert folder_name("집값", "가격(㎡)") == "집값-가격(㎡)"
    assert folder_name("a/b", 'c:"d" e') == "a_b-c__d__e"


def test_what_is_not_finite_becomes_null() -> None:
    written = json_bytes({"a": float("nan"), "b": [float("inf"), 1.5], "c": {"d": "한글"}})
    assert json.loads(written) == {"a": None, "b": [None, 1.5], "c": {"d": "한글"}}
    assert "한글" in written.decode("utf-8")


def test_run_json_is_sealed_and_names_every_file_with_its_hash(numbers_run: tuple[Run, Path]) -> None:
    folder = numbers_run[1]
    named = open_sealed((folder / "run.json").read_bytes())["files"]
    assert set(named) == FILES - {"run.json"}
    for place, said in named.items():
        data = (folder / place).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (said["bytes"], said["sha256"])
