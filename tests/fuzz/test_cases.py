"""Damaged files by their numbers: each ends as a table or as a refusal, in time, and agrees with a second parser."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

import pytest

from tests.fuzz import second
from tests.fuzz.cases import case
from tests.fuzz.watch import figures, watched

#: How many cases the quick suite takes, and how many the slow one.
FEW, MANY = 300, 10_000


def judged(numbers: range, train_every: int = 0) -> list[dict[str, Any]]:
    outcomes = list(watched(numbers, train_every=train_every))
    failed = [json.dumps(outcome, ensure_ascii=False) for outcome in outcomes if outcome["ended"] == "failed"]
    assert not failed, "\n".join(failed[:10])
    unexplained = [o for o in outcomes if "unexplained" in (o["decisions"] or ())]
    assert not unexplained, unexplained[:3]
    return outcomes


def test_the_first_cases() -> None:
    ended = Counter(outcome["ended"] for outcome in judged(range(FEW)))
    # a fuzz test whose files are all refused at the door tests the door only
    assert ended["table"] > FEW // 4
    assert ended["refused"] > FEW // 4


@pytest.mark.slow
def test_ten_thousand_cases(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = judged(range(MANY), train_every=37)
    with capsys.disabled():
        print("\n" + figures(outcomes))


def test_a_number_makes_the_same_case_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [case(number) for number in range(120)]
    assert any(own.name.endswith(".xlsm") or own.name.endswith(".xlsx") for own in before)
    later = time.localtime(time.time() + 1_000_000)
    monkeypatch.setattr(time, "localtime", lambda *_: later)  # archives bear the time of their parts
    assert [case(number) for number in range(120)] == before


def test_a_process_that_hangs_or_dies_is_told_and_replaced() -> None:
    hangs, dies, goes_on = watched([-1, -2, 0], clock_seconds=3.0)
    assert (hangs["ended"], hangs["where"]) == ("failed", "hang")
    assert (dies["ended"], dies["where"]) == ("failed", "crash -6")
    assert goes_on["number"] == 0 and goes_on["ended"] in ("table", "refused")


@pytest.mark.parametrize(
    ("text", "cells", "expected"),
    [
        ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]], ()),
        ("a,b\n1,2\n", [["a", "b"], ["1", "3"]], second.UNEXPLAINED),
        ("a,b\n1,2\n", [["a", "b"]], second.UNEXPLAINED),
        ('a,b\n"x\r\ny",2\n', [["a", "b"], ["x\ny", "2"]], ("line ends in quoted cells become line feeds",)),
        ('a,b\n1, "x, y"\n', [["a", "b"], ["1", "x, y"]], ("a quote after blanks opens a cell",)),
        ("# note\na,b\n1,2\n", [["a", "b"], ["1", "2"]], ("lines with # and empty ones above the table are comments",)),
    ],
)
def test_the_second_parser_sees_a_wrong_cell(text: str, cells: second.Cells, expected: tuple[str, ...]) -> None:
    assert second.accounts(second.Text(text, ","), cells) == expected
