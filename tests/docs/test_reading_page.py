"""docs/reading.md names every decision that sets netwright apart from the second parser."""

from __future__ import annotations

from pathlib import Path

from netwright.sources.header import MOST_COLUMNS
from netwright.sources.unpacking import _TIMES, _UNASKED
from tests.fuzz.second import DECISIONS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reading.md").read_text(encoding="utf-8")


def test_every_decision_is_told() -> None:
    rows = {line.split("|")[1].strip() for line in PAGE.splitlines() if line.startswith("| ")}
    assert set(DECISIONS) <= rows


def test_limits_are_those_of_the_code() -> None:
    assert f"{MOST_COLUMNS:,} columns" in PAGE
    assert (_UNASKED, _TIMES) == (1 << 29, 200) and "half a gigabyte, or 200 times" in PAGE
