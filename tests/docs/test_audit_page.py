"""docs/audit.md names every check as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from netwright.apps.cli import app
from netwright.audit.check import checks

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
ROWS = {row[1]: row for row in re.findall(r"^(\| `([\w-]+)` \| (.*?) \| (.*?) \| (.*?) \|)$", PAGE, flags=re.M)}
_SEVERITIES = {"note", "warning", "stop"}


@pytest.mark.parametrize("code", checks.names())
def test_every_check_has_its_line(code: str) -> None:
    said = (checks.get(code).__doc__ or "").strip().splitlines()[0].rstrip(".")
    line = f"| `{code}` | {said} | SEVERITY | WHAT TO DO |"
    assert code in ROWS, f"docs/audit.md lacks a line for the check {code!r}; add: {line}"
    assert ROWS[code][2] == said, f"docs/audit.md says something else than the docstring of {code!r}; write: {line}"
    assert ROWS[code][3].split(";")[0].split()[0] in _SEVERITIES
    assert ROWS[code][4].strip()


def test_no_line_is_left_over_and_they_are_sorted() -> None:
    assert sorted(set(ROWS) - set(checks.names())) == []
    assert list(ROWS) == sorted(ROWS)


def test_every_flag_that_is_named_exists() -> None:
    command = typer.main.get_command(app)
    known = {flag for verb in command.commands.values() for option in verb.params for flag in option.opts}  # type: ignore[attr-defined]
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) <= known
