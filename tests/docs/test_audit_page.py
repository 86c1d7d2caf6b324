"""docs/audit.md names every finding as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from netwright.apps.cli import app
from netwright.audit.check import checks

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")
_SEVERITIES = {"note", "warning", "stop"}


def rows(section: str) -> dict[str, tuple[str, str, str]]:
    """Code -> what it sees, severity, what to do, of one section."""
    text = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    found = re.findall(r"^\| `([\w-]+)` \| (.+?) \| (.+?) \| (.+?) \|$", text, flags=re.M)
    return {code: (sees, severity, advice) for code, sees, severity, advice in found}


CHECKS, OTHERS = rows("The checks"), rows("Findings from elsewhere")


def codes_elsewhere() -> list[str]:
    """Codes of findings outside the checks as patterns: what a placeholder stands for may be any word."""
    source = ROOT / "src" / "netwright"
    codes = set()
    for path in source.rglob("*.py"):
        if path.parts[len(source.parts)] not in ("audit", "base"):
            text = path.read_text(encoding="utf-8")
            codes |= set(re.findall(r"Finding\(\s*(?:code=)?f?\"([^\"]+)\"", text))
    return sorted(re.sub(r"\{.*?\}", r"[\\w-]+", code) for code in codes)


@pytest.mark.parametrize("code", checks.names())
def test_every_check_has_its_line(code: str) -> None:
    said = (checks.get(code).__doc__ or "").strip().splitlines()[0].rstrip(".")
    line = f"| `{code}` | {said} | SEVERITY | WHAT TO DO |"
    assert code in CHECKS, f"docs/audit.md lacks a line for the check {code!r}; add: {line}"
    assert CHECKS[code][0] == said, f"docs/audit.md says something else than the docstring of {code!r}; write: {line}"


@pytest.mark.parametrize("code", codes_elsewhere())
def test_every_other_finding_has_its_line(code: str) -> None:
    assert any(re.fullmatch(code, known) for known in OTHERS), (
        f"docs/audit.md, section 'Findings from elsewhere', lacks {code!r}; add: "
        f"| `{code}` | what it says | SEVERITY | WHAT TO DO |"
    )


def test_no_line_is_left_over_and_they_are_sorted() -> None:
    assert sorted(set(CHECKS) - set(checks.names())) == []
    patterns = codes_elsewhere()
    assert len(patterns) >= 10
    assert [known for known in OTHERS if not any(re.fullmatch(code, known) for code in patterns)] == []
    assert list(CHECKS) == sorted(CHECKS)
    assert list(OTHERS) == sorted(OTHERS)


def test_severities_are_severities() -> None:
    for _, severity, advice in (*CHECKS.values(), *OTHERS.values()):
        assert re.match(r"\w+", severity)[0] in _SEVERITIES  # type: ignore[index]
        assert advice.strip()


def test_every_flag_that_is_named_exists() -> None:
    command = typer.main.get_command(app)
    known = {flag for verb in command.commands.values() for option in verb.params for flag in option.opts}  # type: ignore[attr-defined]
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) <= known
