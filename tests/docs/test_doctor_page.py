"""docs/doctor.md has every symptom and every remedy as they are."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import typer.main

from netwright.apps.cli import app
from netwright.base.signals import LAYER_SIGNALS, NETWORK_SIGNALS
from netwright.doctor.remedy import remedies
from netwright.doctor.symptom import symptoms

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "doctor.md").read_text(encoding="utf-8")


def symptom_line(code: str) -> str:
    """The line of a symptom: names in both languages, what it sees, its remedies in the order of trying."""
    own = symptoms.get(code)
    sees = (sys.modules[own.__module__].__doc__ or "").strip().splitlines()[0].rstrip(".")  # type: ignore[attr-defined]
    first = next(iter(own.en))
    cures = sorted((entry.cures[code], name) for name, entry in remedies.items() if code in entry.cures)
    tried = ", ".join(f"`{name}`" for _, name in cures) or "none: what to do is said"
    return f"| `{code}` | {own.en[first].title} | {own.ko[first].title} | {sees} | {tried} |"


def remedy_line(name: str) -> str:
    """The line of a remedy: its names, and what it edits."""
    own = remedies.get(name)
    edits = (own.__doc__ or "").strip().splitlines()[0].rstrip(".")
    return f"| `{name}` | {own.en} | {own.ko} | {edits} |"


def lines(section: str) -> list[str]:
    text = PAGE.split(f"## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `.+$", text, flags=re.M)


@pytest.mark.parametrize("code", symptoms.names())
def test_every_symptom_has_its_line(code: str) -> None:
    assert symptom_line(code) in lines("The symptoms"), f"docs/doctor.md needs: {symptom_line(code)}"


@pytest.mark.parametrize("name", remedies.names())
def test_every_remedy_has_its_line(name: str) -> None:
    assert remedy_line(name) in lines("The remedies"), f"docs/doctor.md needs: {remedy_line(name)}"


def test_no_line_is_left_over_and_they_are_sorted() -> None:
    assert lines("The symptoms") == [symptom_line(code) for code in symptoms.names()]
    assert lines("The remedies") == [remedy_line(name) for name in remedies.names()]


def test_every_signal_is_explained() -> None:
    assert [name for name in (*LAYER_SIGNALS, *NETWORK_SIGNALS) if f"`{name}`" not in PAGE] == []


def test_every_flag_and_verb_that_is_named_exists() -> None:
    command = typer.main.get_command(app)
    known = {flag for verb in command.commands.values() for option in verb.params for flag in option.opts}  # type: ignore[attr-defined]
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", PAGE)) <= known
    verbs = set(re.findall(r"(?:`|^)netwright ([a-z][a-z-]+)", PAGE, flags=re.M))
    assert {"diagnose", "find-lr", "train"} <= verbs <= set(command.commands)  # type: ignore[attr-defined]
