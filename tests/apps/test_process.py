"""The command as a process of its own: exit codes, signals, outputs that are closed, full or unread, warnings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import write

ROWS: list[list[object]] = [["size", "y"], *([k, 2 * k + k % 3] for k in range(60))]


FAST = ("--preset", "quick", "--epochs", 2, "--no-repair")


def started(*words: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "netwright", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=env,
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


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run and, beside it, its data."""
    folder = tmp_path_factory.mktemp("finished")
    data = write(folder / "d.csv", ROWS)
    with started("train", data, "--target", "y", *FAST, "--out", folder / "run") as process:
        _, err = process.communicate()
    assert process.returncode == 0, err
    return folder


def in_shell(line: str) -> tuple[int, str]:
    """The exit code of the command (not of its reader) and what reached standard error."""
    said = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.replace("netwright", f"{sys.executable} -m netwright")],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return said.returncode, said.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_closed_stream_is_no_bug(finished: Path, closed: str) -> None:
    out = finished / "p.csv"
    assert in_shell(f"netwright predict {finished / 'run'} {finished / 'd.csv'} --out {out} {closed}")[0] == 0
    assert len(out.read_text().splitlines()) == len(ROWS)
    out.unlink()


def test_training_with_closed_streams(tmp_path: Path) -> None:
    data = write(tmp_path / "d.csv", ROWS)
    words = " ".join(map(str, FAST))
    assert in_shell(f"netwright train {data} --target y {words} --out {tmp_path / 'run'} >&- 2>&-") == (0, "")
    assert (tmp_path / "run" / "report.html").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
@pytest.mark.parametrize("line", ["predict RUN DATA", "--version"])
def test_a_full_disk_is_said_in_one_line(finished: Path, line: str) -> None:
    line = line.replace("RUN", str(finished / "run")).replace("DATA", str(finished / "d.csv"))
    code, err = in_shell(f"netwright {line} > /dev/full")
    assert code == 2
    assert err.splitlines()[-1].startswith("netwright: standard output must be writable, got: No space left on device.")
    assert "bug" not in err
    assert "Traceback" not in err
    assert in_shell(f"PYTHONUNBUFFERED= netwright {line} > /dev/full") == (code, err)
    assert in_shell(f"netwright {line} 2> /dev/full")[0] == 0  # nothing to complain of


@pytest.mark.parametrize("line", ["evaluate RUN DATA", "--help"])
def test_a_reader_that_has_gone_is_no_error(finished: Path, line: str) -> None:
    line = line.replace("RUN", str(finished / "run")).replace("DATA", str(finished / "d.csv"))
    for buffered in ("", "1"):
        code, err = in_shell(f"PYTHONUNBUFFERED={buffered} netwright {line} | true")
        assert code == 0, err
        assert "rror" not in err


def test_other_peoples_warnings_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_WARNING)
    for debug, shown in (("", False), ("1", True)):
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "NETWRIGHT_DEBUG": debug}
        with started("--version", env=environment) as process:
            _, err = process.communicate()
        assert ("from a library" in err) is shown


_WARNING = """
import warnings
import netwright.apps.cli as cli
inner = cli.main
def main():
    warnings.simplefilter("always")
    warnings.warn("from a library", RuntimeWarning)
    inner()
cli.main = main
"""


@pytest.mark.parametrize(
    ("signals", "code", "word"),
    [((signal.SIGINT,), 130, "interrupted"), ((signal.SIGTERM,), 143, "terminated"),
     ((signal.SIGTERM, signal.SIGTERM), 143, "terminated")],
)  # fmt: skip
def test_a_signal_in_the_middle_of_training(
    tmp_path: Path, signals: tuple[signal.Signals, ...], code: int, word: str
) -> None:
    data = write(tmp_path / "d.csv", ROWS)
    options = ("--target", "y", "--epochs", 100_000, "--no-repair", "--patience", "off", "--out", tmp_path / "run")
    with started("train", data, *options) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("train"):
                break
        time.sleep(0.5)
        for number in signals:
            process.send_signal(number)
            time.sleep(0.01)
        _, err = process.communicate(timeout=60)
    assert process.returncode == code
    said = err.splitlines()[-1]
    assert said.startswith(f"netwright: {word}, saved at step ")
    assert said.endswith(f"; go on with: netwright resume {tmp_path / 'run'}")
    assert "Traceback" not in err
    with started("resume", tmp_path / "run") as process:
        assert process.stderr is not None
        lines = iter(process.stderr)
        assert next(line for line in lines if line.startswith("resume")).startswith("resume    from epoch ")
        next(line for line in lines if line.startswith("train"))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
