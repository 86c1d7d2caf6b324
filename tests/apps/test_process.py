"""The command as a process of its own: exit codes, Ctrl-C, a closed output."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import write

ROWS: list[list[object]] = [["size", "y"], *([k, 2 * k + k % 3] for k in range(60))]


def started(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "netwright", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


@pytest.mark.parametrize(("words", "code"), [(("--version",), 0), (("train", "nofile.csv", "--target", "y"), 2)])
def test_exit_code_and_output_reach_the_shell(words: tuple[str, ...], code: int) -> None:
    with started(*words) as process:
        out, err = process.communicate()
    assert process.returncode == code
    assert (out if code == 0 else err).startswith("netwright")
    assert "Traceback" not in err


def test_a_shell_without_output_is_no_bug(tmp_path: Path) -> None:
    code = "import os, sys; os.close(1); os.execv(sys.executable, [sys.executable, '-m', 'netwright', '--version'])"
    said = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")


def test_ctrl_c_in_the_middle_of_training(tmp_path: Path) -> None:
    data = write(tmp_path / "d.csv", ROWS)
    options = ("--target", "y", "--epochs", 100_000, "--patience", "off", "--out", tmp_path / "run")
    with started("train", data, *options) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("train"):
                break
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "netwright: interrupted, nothing was written"
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == [data]
