"""Folders of strangers at the command line: exit code 2 and one line, and nothing that a terminal obeys."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from netwright.apps.writing import show_report
from netwright.base.errors import DataError
from tests.command import Command, Said
from tests.deliver.hostile.cases import NUMBERS, hostile_cases
from tests.deliver.hostile.sample import KEPT, Case, Sample, write

ROWS = KEPT / NUMBERS / "rows.csv"
ESCAPES = "\x1b[31m\x9b2J\u202e"

#: A case of every family.
SHOWN = [
    "file: a pipe for manifest.json", "file: a link to a copy for weights.safetensors",
    "file: a hard link for manifest.json", "file: a link to here for the folder",
    "format: pickle 4 as weights.safetensors", "format: utf-16 as manifest.json", "weights: header then more bytes",
    "weights: shape huge", "named: sha256 'None'", "text: key plan twice", "family 'os.system'", "dates '%.Z'",
    "1000 layers", "a boolean of three", "tabm k 1000000000",
]  # fmt: skip


@cache
def cases() -> dict[str, Case]:
    return {case.name: case for sample, case in hostile_cases() if sample.rows == ROWS}


def one_line(said: Said) -> None:
    assert said.code == 2, said
    assert said.out == "" and said.err.count("\n") == 1, said
    assert said.err.startswith("netwright: ") and "Traceback" not in said.err


@pytest.mark.parametrize("name", SHOWN)
def test_predict_and_evaluate_refuse_in_one_line(name: str, nw: Command, tmp_path: Path) -> None:
    cases()[name].write(tmp_path)
    one_line(nw("predict", tmp_path, ROWS))
    one_line(nw("evaluate", tmp_path, ROWS))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return Path(shutil.copytree(KEPT / NUMBERS, tmp_path / "run"))


def test_names_of_a_stranger_are_shown_not_obeyed(nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = Sample.kept("v2-classes-realmlp")
    data = sample.parts()
    data["target"]["classes"] = [f"{label}{ESCAPES}" for label in data["target"]["classes"]]
    write(tmp_path, data, sample.weights)
    in_file = nw("predict", tmp_path, sample.rows)
    assert ESCAPES in in_file.out  # a file gets the labels as they are
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)
    on_screen = nw("predict", tmp_path, sample.rows)
    assert on_screen.code == 0 and on_screen.out.count("\n") == in_file.out.count("\n") == 13
    assert not set(ESCAPES[0] + ESCAPES[5] + "\u202e") & set(on_screen.out + on_screen.err)
    assert r"p_big\x1b[31m\x9b2J\u202e" in on_screen.out
    data["target"]["name"] = next(one["name"] for one in data["columns"] if one["role"] == "target") + ESCAPES
    write(tmp_path, data, sample.weights)
    said = nw("predict", tmp_path, sample.rows)
    one_line(said)
    missing = pl.read_csv(sample.rows).drop("grade")
    missing.write_csv(tmp_path / "rows.csv")
    one_line(nw("predict", tmp_path, tmp_path / "rows.csv"))


def test_scores_as_json_hold_no_controls(nw: Command, bundle: Path, tmp_path: Path) -> None:
    sample = Sample.kept(NUMBERS)
    data = sample.parts()
    name = f"price{ESCAPES}"
    data["target"]["name"] = name
    next(one for one in data["columns"] if one["role"] == "target")["name"] = name
    write(bundle / "model", data, sample.weights)
    rows = pl.read_csv(ROWS).with_columns(pl.Series(name, range(12)))
    rows.write_parquet(tmp_path / "rows.parquet")
    said = nw("evaluate", bundle, tmp_path / "rows.parquet", "--json")
    assert said.code == 0, said
    assert json.loads(said.out)["target"] == name
    assert "\x9b" not in said.out and "\u202e" not in said.out
    shown = nw("evaluate", bundle, tmp_path / "rows.parquet")
    assert shown.out.startswith(r"price\x1b[31m\x9b2J\u202e: 12 rows")


@pytest.fixture
def run(bundle: Path) -> Path:
    (bundle / "report.html").write_text("<h1>report</h1>", encoding="utf-8")
    (bundle / "metrics.json").write_text(json.dumps({"verdict": {"sentence": f"well {ESCAPES}"}}), encoding="utf-8")
    return bundle


def test_a_verdict_of_a_stranger_is_shown_not_obeyed(nw: Command, run: Path) -> None:
    said = nw("report", run)
    assert said.code == 0
    assert said.out.splitlines() == [str(run / "report.html"), r"well \x1b[31m\x9b2J\u202e"]


@pytest.mark.parametrize("verdict", [None, 7, "x", [], {}, {"sentence": None}, {"sentence": ["a"]}, {"sentence": {}}])
def test_a_verdict_of_another_form_is_left_to_the_report(verdict: object, nw: Command, run: Path) -> None:
    for metrics in ({"verdict": verdict}, {}):
        (run / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
        said = nw("report", run)
        assert (said.code, said.out.splitlines(), said.err) == (0, [str(run / "report.html")], "")
    (run / "metrics.json").unlink()
    assert nw("report", run).out.splitlines() == [str(run / "report.html")]


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _large(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(1 << 40)


def _deep(path: Path) -> None:
    path.write_text('{"verdict": ' + "[" * 100_000, encoding="utf-8")


HARMS: dict[str, tuple[Callable[[Path], object], str]] = {
    "link": (_link, r"must be a plain file, got a link\. Copy what it leads to, with cp -rL"),
    "pipe": (_pipe, "must be a plain file, got a pipe"),
    "hard": (
        lambda path: os.link(path, path.with_name("other")),
        "must be a file of its own, got a hard link, one of 2",
    ),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "must be a plain file, got a folder"),
    "large": (_large, "must be at most 67,108,864 bytes long, got 1,099,511,627,776"),
    "deep": (_deep, "got a damaged one: it is nested more than 32 deep"),
    "twice": (lambda path: path.write_text('{"a": 1, "a": 2}'), "got a damaged one: it holds the key 'a' twice"),
    "no json": (lambda path: path.write_bytes(b"\x80\x04N."), "got a damaged one: it is not UTF-8"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_report_reads_plain_files_only(harm: str, nw: Command, run: Path) -> None:
    harm_it, reason = HARMS[harm]
    harm_it(run / "metrics.json")
    said = nw("report", run)
    one_line(said)
    with pytest.raises(DataError, match=reason):
        show_report(run, False)


@pytest.mark.parametrize("harm", ["link", "pipe", "hard", "folder"])
def test_the_page_of_a_report_is_a_plain_file(harm: str, nw: Command, run: Path) -> None:
    harm_it, reason = HARMS[harm]
    harm_it(run / "report.html")
    one_line(nw("report", run))
    with pytest.raises(DataError, match=reason):
        show_report(run, True)


@pytest.mark.parametrize("harm", HARMS)
def test_evaluate_says_where_it_cannot_know_the_rows(harm: str, nw: Command, run: Path, tmp_path: Path) -> None:
    (run / "run.json").write_text("{}", encoding="utf-8")
    rows = pl.read_csv(ROWS).with_columns(price=pl.int_range(12))
    rows.write_csv(tmp_path / "rows.csv")
    unknown = "note: whether these are rows of the training is not known: "
    said = nw("evaluate", run, tmp_path / "rows.csv")
    assert (said.code, said.err) == (0, f"{unknown}{run / 'run.json'} does not say which those are\n")
    HARMS[harm][0](run / "run.json")
    said = nw("evaluate", run, tmp_path / "rows.csv")
    assert said.code == 0 and said.err.startswith(f"{unknown}run.json of {run} must be") and said.err.count("\n") == 1
    assert "12 rows" in said.out


def test_a_folder_that_no_file_system_has(nw: Command, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"must be the folder of a finished run with its report\.html, got none there"):
        show_report(Path("a\0b"), False)
    one_line(nw("report", tmp_path / "nothing"))
    one_line(nw("predict", tmp_path / "nothing", ROWS))
