from __future__ import annotations

import os
import subprocess
import sys

import pytest

from netwright.sources.panics import Panic, no_panic


class PanicException(BaseException):  # as libraries written in Rust raise it
    pass


def test_a_panic_is_an_ordinary_error_and_says_nothing(capfd):
    with pytest.raises(Panic, match="gave up"), no_panic():
        os.write(2, b"thread '<unnamed>' panicked at src/lib.rs\n")
        raise PanicException("gave up")
    assert capfd.readouterr().err == ""


def test_what_others_print_is_kept(capfd):
    with no_panic():
        os.write(2, b"a warning\n")
    assert capfd.readouterr().err == "a warning\n"
    with pytest.raises(KeyError), no_panic():
        print("before", file=sys.stderr)
        raise KeyError
    assert "before" in capfd.readouterr().err


def test_debug_shows_everything(capfd, monkeypatch):
    monkeypatch.setenv("NETWRIGHT_DEBUG", "1")
    with pytest.raises(Panic), no_panic():
        os.write(2, b"thread panicked\n")
        raise PanicException
    assert capfd.readouterr().err == "thread panicked\n"


def test_without_standard_error():
    code = "import os; os.close(2)\nfrom netwright.sources.panics import no_panic\nwith no_panic(): print('done')\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "done\n"
