from __future__ import annotations

import io
from dataclasses import replace

import pytest

from netwright.apps.api import train
from netwright.apps.terminal import Terminal, sparkline
from netwright.base.events import Audited, EpochDone, KindsFound, TableRead
from netwright.base.finding import Finding
from netwright.base.table import Column, Provenance, Schema


class Screen(io.StringIO):
    """A stream that calls itself a terminal."""

    def isatty(self) -> bool:
        return True


def shown(screen: io.StringIO, **options: bool) -> str:
    terminal = Terminal(stream=screen, **options)
    train("sample:diabetes", "target", preset="quick", epochs=5, no_repair=True, watch=terminal.show)
    terminal.stop()
    return screen.getvalue()


def test_a_screen_gets_a_bar_and_both_curves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    text = shown(Screen())
    assert "█" in text
    assert "epoch 5/5" in text
    assert "train" in text
    assert "valid" in text


def test_the_bar_says_how_long_it_may_take_until_it_is_full() -> None:
    terminal = Terminal(stream=io.StringIO())
    terminal._train["mlp"], terminal._valid["mlp"] = [0.9, 0.5], [0.9, 0.6]
    half = EpochDone("mlp", 5, 10, 0.5, 0.6, 0.7, 5, seconds=3.0)
    assert "at most 3 s left" in terminal._bar(half)
    assert "left" not in terminal._bar(replace(half, epoch=10))


def test_a_file_gets_plain_lines() -> None:
    text = shown(io.StringIO())
    assert "\x1b" not in text
    assert "epoch 5/5" not in text
    assert text.count("\n") < 16


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    screen = Screen()
    Terminal(stream=screen).line("", "careful", warn=True)
    assert screen.getvalue() == "          careful\n"
    monkeypatch.delenv("NO_COLOR")
    Terminal(stream=screen).line("", "careful", warn=True)
    assert "\x1b[33m" in screen.getvalue()


def test_quiet_leaves_everything_to_the_result() -> None:
    stream = io.StringIO()
    terminal = Terminal(quiet=True, stream=stream)
    terminal.line("read", "anything")
    terminal.line("", "careful", warn=True)
    terminal.show(Audited((Finding("x", "data", "warning", "careful"),)))
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("../data/kor.csv", "netwright audit ../data/kor.csv"),
        ("my data/집값.csv", "netwright audit 'my data/집값.csv'"),
        ("postgresql://kim:secret@host/portal", "netwright audit postgresql://kim@host/portal"),
        ("", "netwright audit kor.csv"),
    ],
)
def test_the_command_of_the_audit_can_be_pasted(typed: str, hint: str) -> None:
    stream = io.StringIO()
    terminal = Terminal(stream=stream, data=typed)
    terminal.show(TableRead(Provenance("kor.csv", "kor"), 5, 2))
    terminal.show(Audited((Finding("x", "data", "note", "careful"),)))
    assert stream.getvalue().splitlines()[-1].endswith(f"  {hint}")


def test_a_name_with_a_line_end_stays_in_its_line() -> None:
    stream = io.StringIO()
    terminal = Terminal(stream=stream)
    schema = Schema((Column("floor\narea", "boolean"), Column("\x1b[31mred", "date")))
    terminal.show(KindsFound(schema, ()))
    terminal.show(Audited((Finding("x", "data", "warning", "floor\narea: careful"),)))
    assert "\x1b" not in stream.getvalue()
    assert [line[:10].strip() for line in stream.getvalue().splitlines()] == ["kinds", "audit", ""]
    assert "1 boolean (floor\\narea), 1 date (\\x1b[31mred)" in stream.getvalue()


def test_sparklines_fall_with_the_curve() -> None:
    line = sparkline([2.0**-n for n in range(100)])
    assert len(line) <= 25
    assert list(line) == sorted(line, reverse=True)
    assert sparkline([1.0, 1.0]) == "▁▁"
    assert sparkline([float("inf"), float("nan")]) == ""
    assert len(sparkline([float("inf"), 2.0, 1.0])) == 3
