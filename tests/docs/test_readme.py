"""What the README shows runs, as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from netwright.apps.cli import app
from tests.command import Command

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.S)


def test_the_first_block_is_the_two_commands() -> None:
    lines = [line.split("#")[0].strip() for line in blocks("sh")[0].splitlines()]
    assert lines == ["make demo", "make test"]


@pytest.mark.parametrize("code", blocks("python"))
def test_python_blocks_run(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102 - our own page
    assert "rmse" in capsys.readouterr().out
    assert (tmp_path / "runs" / "diabetes" / "report.html").exists()


def test_shell_blocks_run_in_order(nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = [shlex.split(line, comments=True) for block in blocks("sh")[1:] for line in block.splitlines()]
    assert len(commands) >= 5
    for words in commands:
        assert words[0] == "netwright"
        quick = ["--preset", "quick", "--epochs", "2", "--no-repair"] if words[1] == "train" else []
        said = nw(*words[1:], *quick)
        assert said.code == 0, said.err
    assert (tmp_path / "predictions.csv").exists()


def test_every_flag_that_is_named_exists() -> None:
    command = typer.main.get_command(app)
    known = {flag for verb in command.commands.values() for option in verb.params for flag in option.opts}  # type: ignore[attr-defined]
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    assert named - {"--help"} <= known


def test_every_file_that_is_linked_exists() -> None:
    root = Path(__file__).resolve().parents[2]
    linked = re.findall(r"\]\(([^)#:]+)\)", README)
    assert linked
    assert [path for path in linked if not (root / path).exists()] == []
