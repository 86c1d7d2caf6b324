"""Every way in which data or options can be wrong: one message, exit code 2, nothing left behind."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import Command, Said, write

GOOD: list[list[object]] = [["size", "town", "y"], *([k * 1.5, "ab"[k % 2], k * 2 + k % 3] for k in range(60))]

WORDS: list[list[object]] = [["a", "y"], *([k, ["low", "high"][k % 2]] for k in range(40))]
KOREAN = "도시,y\n서울,1\n".encode("cp949") * 9


def refused(said: Said, *words: str) -> None:
    """One message in one paragraph that holds these words; no traceback; exit code 2."""
    assert said.code == 2, said.err
    message = [line for line in said.err.splitlines() if line.startswith("netwright: ")]
    assert len(message) == 1, said.err
    assert said.err.splitlines()[-1] == message[0]
    assert "Traceback" not in said.err
    assert said.out == ""
    for word in words:
        assert word in message[0], message[0]


def file_of(rows: list[list[object]]) -> Callable[[Path], Path]:
    return lambda folder: write(folder / "data.csv", rows)


def raw(content: bytes, name: str = "data.csv") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def with_cells(column: int, cells: dict[int, object]) -> list[list[object]]:
    """The good rows with some cells of one column replaced."""
    return [
        GOOD[0],
        *([*row[:column], cells.get(k, row[column]), *row[column + 1 :]] for k, row in enumerate(GOOD[1:])),
    ]


CASES: dict[str, tuple[Callable[[Path], Path], list[str], list[str]]] = {
    "every network diverges": (
        file_of(GOOD),
        ["--learning-rate", "1e6", "--preset", "quick", "--no-repair"],
        ["all 5 networks diverged", "--learning-rate 1e+06"],
    ),
    "a class of its own for every row": (file_of(GOOD), ["--kind", "y=category"], ["classes that repeat"]),
    "no widths": (file_of(GOOD), ["--hidden", ""], ["--hidden", "or none"]),
    "missing file": (lambda folder: folder / "none.csv", [], ["no such file", "none.csv"]),
    "empty file": (raw(b""), [], ["empty"]),
    "a folder": (lambda folder: folder, [], ["folder"]),
    "binary": (raw(bytes(range(256)) * 40), [], ["binary"]),
    "not decodable as asked": (raw(KOREAN), ["--encoding", "utf-8"], ["utf-8", "--encoding"]),
    "header only": (file_of(GOOD[:1]), [], ["no rows"]),
    "target not there": (file_of(GOOD), ["--target", "yy"], ["--target must name", "'yy'", "Did you mean 'y'"]),
    "target nowhere near": (file_of(GOOD), ["--target", "zebra"], ["It has size, town, y"]),
    "target constant": (file_of(with_cells(2, dict.fromkeys(range(60), 7))), [], ["at least two values"]),
    "target all missing": (file_of(with_cells(2, dict.fromkeys(range(60), ""))), [], ["must hold values", "'y'"]),
    "target with words among numbers": (
        file_of(with_cells(2, {4: "n/k", 9: "n/k"})),
        [],
        ["must be numeric", "'n/k'", "2 of 60 rows", "--missing n/k"],
    ),
    "too few rows": (file_of(GOOD[:8]), [], ["at least 10 rows", "got 7"]),
    "no feature": (file_of([["y"], *([k] for k in range(40))]), [], ["column to learn from"]),
    "positive class not there": (
        file_of([["a", "y"], *([k * 0.5, ["no", "yes"][k % 3 == 0]] for k in range(40))]),
        ["--positive", "maybe"],
        ["--positive", "no, yes", "'maybe'"],
    ),
    "positive for numbers": (file_of(GOOD), ["--positive", "1"], ["--positive", "regression"]),
    "twin columns": (file_of([["a", "a", "y"], *([k, k, k] for k in range(50))]), [], ["'a'", "more than once"]),
    "infinity": (file_of(with_cells(0, {5: "inf"})), [], ["must be finite", "'size'", "1 of 60 rows", "first: row 5"]),
    "too large a number": (file_of(with_cells(0, {5: "1e999"})), [], ["must be finite", "'size'"]),
    "ragged": (raw(b"a,b,y\n1,2,3\n1,2,3,4,5\n" * 9), [], ["line"]),
    "unknown --use": (file_of(GOOD), ["--use", "towm"], ["--use", "'towm'", "Did you mean 'town'"]),
    "unknown --drop": (file_of(GOOD), ["--drop", "nothing"], ["--drop", "'nothing'"]),
    "unknown --kind": (file_of(GOOD), ["--kind", "town=colour"], ["colour"]),
    "--kind that does not fit": (file_of(GOOD), ["--kind", "town=numeric"], ["'town'", "must be numeric", "'a'"]),
    "--bin of a category": (file_of(GOOD), ["--bin", "town=3"], ["--bin must name a numeric feature", "'town'"]),
    "--bin misspelt": (file_of(GOOD), ["--bin", "size"], ["--bin must be COL=N"]),
    "unknown scale": (file_of(GOOD), ["--scale", "huge"], ["--scale must be one of", "'huge'"]),
    "unknown metric": (file_of(GOOD), ["--metric", "auc"], ["--metric must be one of rmse, mae, r2"]),
    "unknown loss": (file_of(GOOD), ["--loss", "cross_entropy"], ["--loss must be one of mse, mae, huber"]),
    "unknown optimizer": (file_of(GOOD), ["--optimizer", "newton"], ["--optimizer must be one of adam"]),
    "unknown activation": (file_of(GOOD), ["--activation", "swoosh"], ["--activation must be one of"]),
    "unknown family": (file_of(GOOD), ["--model", "forest"], ["--model must be one of linear, mlp, realmlp"]),
    "unknown preset": (file_of(GOOD), ["--preset", "fast"], ["--preset must be one of quick, medium"]),
    "unknown device": (file_of(GOOD), ["--device", "tpu"], ["--device must be auto, cpu or cuda"]),
    "a width that is no number": (file_of(GOOD), ["--hidden", "64,x"], ["--hidden must be whole numbers"]),
    "dropout of one": (file_of(GOOD), ["--dropout", "1"], ["--dropout must be a number at least 0 and below 1"]),
    "no epochs": (file_of(GOOD), ["--epochs", "0"], ["--epochs must be a whole number at least 1"]),
    "one fold": (file_of(GOOD), ["--folds", "1"], ["--folds must be a whole number at least 2"]),
    "a test of everything": (file_of(GOOD), ["--test-size", "1"], ["--test-size"]),
    "batch of words": (file_of(GOOD), ["--batch-size", "many"], ["--batch-size must be a whole number", "or full"]),
    "folds and a part": (file_of(GOOD), ["--folds", "5", "--valid-size", "0.2"], ["say the same thing twice"]),
    "regression of words": (file_of(WORDS), ["--task", "regression"], ["numeric", "'low'"]),
    "target dropped": (file_of(GOOD), ["--drop", "y"], ["'y'", "--target"]),
    "test file without the target": (
        file_of(GOOD),
        ["--test-data", "TEST"],
        ["'y'", "test.csv"],
    ),
    "config missing": (file_of(GOOD), ["--config", "nowhere.yaml"], ["--config must be a file"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_and_nothing_is_left(name: str, nw: Command, tmp_path: Path) -> None:
    make, options, words = CASES[name]
    data = make(tmp_path)
    write(tmp_path / "test.csv", [row[:2] for row in GOOD])
    options = [str(tmp_path / "test.csv") if option == "TEST" else option for option in options]
    target = [] if "--target" in options else ["--target", "y"]
    before = sorted(tmp_path.rglob("*"))
    refused(nw("train", data, *target, "--out", tmp_path / "runs" / "run", *options), *words)
    assert sorted(tmp_path.rglob("*")) == before


def test_no_target_says_how_to_find_one(nw: Command, tmp_path: Path) -> None:
    refused(nw("train", write(tmp_path / "d.csv", GOOD)), "--target must name the column", "netwright audit")


def test_a_database_without_a_table_named_lists_them(nw: Command, tmp_path: Path) -> None:
    base = sqlite3.connect(tmp_path / "x.db")
    base.execute("create table one (a int, y int)")
    base.execute("create table two (b int)")
    base.commit()
    base.close()
    refused(nw("train", f"sqlite:///{tmp_path / 'x.db'}", "--target", "y"), "one", "two", "--table")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused(nw: Command, tmp_path: Path) -> None:
    data = write(tmp_path / "d.csv", GOOD)
    (tmp_path / "locked").mkdir(mode=0o500)
    refused(nw("train", data, "--target", "y", "--out", tmp_path / "locked" / "run"), "must be writable", "--out")


def test_a_folder_inside_a_file_is_refused(nw: Command, tmp_path: Path) -> None:
    data = write(tmp_path / "d.csv", GOOD)
    refused(nw("train", data, "--target", "y", "--out", data / "run"), "must be writable", "--out")


def test_a_run_folder_that_exists_is_refused(nw: Command, tmp_path: Path) -> None:
    data = write(tmp_path / "d.csv", GOOD)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "metrics.json").write_text("{}", encoding="utf-8")
    refused(nw("train", data, "--target", "y", "--out", tmp_path / "run"), "must be new", "--out")
    assert (tmp_path / "run" / "metrics.json").read_text(encoding="utf-8") == "{}"


@pytest.mark.parametrize("verb", ["predict", "evaluate"])
def test_a_folder_without_a_model_is_refused(verb: str, nw: Command, tmp_path: Path) -> None:
    refused(nw(verb, tmp_path, write(tmp_path / "d.csv", GOOD)), "must hold a trained model")


def test_report_of_a_folder_without_one(nw: Command, tmp_path: Path) -> None:
    refused(nw("report", tmp_path), "report.html")


def test_an_unknown_flag_is_refused(nw: Command) -> None:
    said = nw("train", "x.csv", "--targett", "y")
    assert said.code == 2
    assert "--target" in said.err


def test_a_bug_of_ours_says_so_with_exit_code_1(nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("netwright.apps.api.execute", broken)
    said = nw("train", write(tmp_path / "d.csv", GOOD), "--target", "y", "--out", tmp_path / "run")
    assert said.code == 1
    assert "this is a bug in netwright" in said.err
    assert "ZeroDivisionError: oops" in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "run").exists()


def test_ctrl_c_ends_with_one_line_and_exit_code_130(
    nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("netwright.run.train_plans", interrupted)
    said = nw("train", write(tmp_path / "d.csv", GOOD), "--target", "y", "--out", tmp_path / "run")
    assert said.code == 130
    assert said.err.splitlines()[-1] == "netwright: interrupted, nothing was written"
    assert not (tmp_path / "run").exists()
