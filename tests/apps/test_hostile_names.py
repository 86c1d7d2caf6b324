"""Names and labels that command a terminal: they are shown, not obeyed."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path

import pytest

from tests.command import Command

RED, TITLE, BACKWARDS, BYTE = "\x1b[31m가격", "\x1b]0;owned\x07", "\u202eecirp", "\x9b2J"
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
FAST = ("--preset", "quick", "--epochs", "6", "--no-repair", "--allow-leak")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    # JSON writes controls as escapes; a text with so many of them would be taken for binary
    labels = (TITLE, BACKWARDS, "x\x07")
    rows = [
        {RED: k % 7 + k % 3 / 2, BACKWARDS: "ab"[k % 2] + BYTE, f"y{TITLE}": labels[k % 3], "a\nb": k * 0.1}
        for k in range(90)
    ]
    path = tmp_path / f"{BYTE}집값.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("more", [(), ("--verbose",)])
def test_nothing_commands_the_terminal(nw: Command, data: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    for words in (
        ("audit", data, "--target", f"y{TITLE}", *more),
        ("train", data, "--target", f"y{TITLE}", "--out", tmp_path / "run", *FAST, *more),
        ("evaluate", tmp_path / "run", data),
        ("report", tmp_path / "run"),
    ):
        said = nw(*words)
        assert said.code == 0, said.err
        assert not CONTROLS.search(said.out + said.err)


def test_folders_of_runs_have_no_controls_in_their_names(
    nw: Command, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = nw("train", data, "--target", f"y{TITLE}", *FAST)
    assert said.code == 0, said.err
    assert not CONTROLS.search(said.out + said.err)
    (run,) = (tmp_path / "runs").iterdir()
    assert not CONTROLS.search(run.name)


def test_json_is_the_same_but_for_its_spelling(nw: Command, data: Path, tmp_path: Path) -> None:
    said = nw("audit", data, "--target", f"y{TITLE}", "--json")
    assert not CONTROLS.search(said.out)
    assert any(RED in finding["columns"] for finding in json.loads(said.out)) or json.loads(said.out)
    said = nw("train", data, "--target", f"y{TITLE}", "--out", tmp_path / "run", *FAST, "--json", "--quiet")
    assert not CONTROLS.search(said.out)
    assert json.loads(said.out)["target"] == f"y{TITLE}"


def test_predictions_are_exact_in_a_pipe_and_harmless_on_a_screen(
    nw: Command, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert nw("train", data, "--target", f"y{TITLE}", "--out", tmp_path / "run", *FAST).code == 0
    piped = nw("predict", tmp_path / "run", data, "--explain").out
    header = next(csv.reader(io.StringIO(piped, newline="")))
    assert {f"p_{TITLE}", f"effect_{RED}", "effect_a\nb"} <= set(header)
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    shown = nw("predict", tmp_path / "run", data, "--explain").out
    assert not CONTROLS.search(shown)
    assert "\\x1b[31m" in shown


@pytest.mark.parametrize(
    "words",
    [
        ("--target", RED[:-1]),
        ("--target", "y", "--drop", BACKWARDS + "x"),
        ("--target", RED, "--kind", f"{RED}={BYTE}"),
        ("--target", RED, "--sheet", TITLE),
        ("--target", RED, "--task", TITLE),
        ("--target", RED, "--separator", TITLE),
        ("--target", RED, "--encoding", TITLE),
        ("--target", f"y{TITLE}", "--task", "regression"),
    ],
)
def test_refusals(nw: Command, data: Path, words: tuple[str, ...]) -> None:
    said = nw("train", data, *words, *FAST, "--out", data.parent / "run")
    assert not CONTROLS.search(said.out + said.err)


def test_a_file_named_in_another_encoding(nw: Command, tmp_path: Path, data: Path) -> None:
    # a name in CP949 where the system writes UTF-8, as archives from Windows leave it
    name = "집값.json".encode("cp949").decode("utf-8", "surrogateescape")
    try:
        (tmp_path / name).write_bytes(data.read_bytes())
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    said = nw("train", tmp_path / name, "--target", f"y{TITLE}", "--out", tmp_path / "run", *FAST)
    assert said.code == 0, said.err
    assert json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["data"]["name"] == "집값.json"
    missing = nw("train", tmp_path / name.replace(".json", ".tsv"), "--target", "y")
    assert missing.code == 2 and "no such file" in missing.err


@pytest.mark.parametrize("kind", ["ValueError", "PanicException"])
def test_bugs_tell_no_password(nw: Command, data: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    error = type(kind, (BaseException if kind == "PanicException" else ValueError,), {})

    def fail(*_: object) -> None:
        raise error("it broke \x1b[31m at postgresql://kim:tops3cret@host/portal" + "x" * 5000)

    monkeypatch.delenv("NETWRIGHT_DEBUG", raising=False)
    monkeypatch.setattr("netwright.apps.auditing.read_table", fail)
    said = nw("audit", data)
    assert said.code == 1
    assert said.err.startswith(f"netwright: this is a bug in netwright, please report it: {kind}: it broke")
    assert "tops3cret" not in said.err and "Traceback" not in said.err and not CONTROLS.search(said.err)
    assert len(said.err) < 600
    monkeypatch.setenv("NETWRIGHT_DEBUG", "1")
    with pytest.raises(error):
        nw("audit", data)
