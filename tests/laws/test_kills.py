"""`kill -9` at any moment, the save included, and while going on from a save: the run becomes the same."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.laws.stopping import data_file, prints

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 here")

OPTIONS = ["--preset", "quick", "--model", "mlp", "--hidden", "16,8", "--folds", "3", "--dropout", "0.2", "--seed", "3"]
OPTIONS += ["--epochs", "400", "--no-repair", "--patience", "off"]
EVERY = "0.05"


def start(*words: object, said: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.laws.killed", EVERY, *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)


def drafts_in(folder: Path) -> list[Path]:
    """What is being written there; nothing where the run has just ended, and its saved work with it."""
    try:
        return list(folder.glob(".part-*"))
    except FileNotFoundError:
        return []


def kill_while_saving(process: subprocess.Popen[bytes], run: Path, timing: random.Random) -> bool:
    """Kill at once when one of its first two drafts lies in the folder; False where the process ended before."""
    wanted, seen = timing.randint(1, 2), set[Path]()
    while process.poll() is None:
        seen.update(drafts_in(run / "checkpoints"))
        if len(seen) >= wanted:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
    return False


def kill_at(process: subprocess.Popen[bytes], after: float) -> bool:
    """Kill after so many seconds; False where the process ended before."""
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def killed_again_and_again(folder: Path, kills: int, enough: int, seed: int = 0) -> tuple[int, int, list[int]]:
    """Kills that hit, those of them aimed at a save, and the steps that were gone on from.

    What a kill meets is a matter of the machine, so more of them follow until `enough` were aimed at a save and
    `enough` runs went on from saved work, five times `kills` at the most.
    """
    data, timing = data_file(folder, 200), random.Random(seed)
    train = ("train", data, "--target", "price", *OPTIONS)
    began = time.monotonic()
    assert start(*train, "--out", folder / "whole").wait() == 0
    whole = time.monotonic() - began
    hit = aimed = 0
    steps: list[int] = []
    number = 0
    while hit < kills or (min(aimed, sum(step > 0 for step in steps)) < enough and hit < 5 * kills):
        number += 1
        run = folder / f"run{number}"
        for _ in range(4):
            verb = ("resume", run) if (run / "run.json").exists() and timing.random() < 0.5 else (*train, "--out", run)
            process = start(*verb)
            at_a_save = timing.random() < 0.5
            was_hit = (
                kill_while_saving(process, run, timing) if at_a_save else kill_at(process, timing.uniform(0, whole))
            )
            hit += was_hit
            aimed += was_hit and at_a_save
            if not was_hit:
                break
        if not (run / "metrics.json").exists():
            process = start(*train, "--out", run, said=subprocess.PIPE)
            _, said = process.communicate()
            assert process.returncode == 0, said.decode()
        assert prints(run) == prints(folder / "whole")
        assert not (run / "checkpoints").exists() and not (run / ".lock").exists()
        steps += [entry["step"] for entry in json.loads((run / "run.json").read_text(encoding="utf-8"))["resumed"]]
    return hit, aimed, steps


def test_twenty_kills(tmp_path: Path) -> None:
    hit, aimed, steps = killed_again_and_again(tmp_path, 20, enough=4)
    assert hit >= 20 and aimed >= 4
    assert sum(step > 0 for step in steps) >= 4  # they went on from saved work


@pytest.mark.slow
def test_two_hundred_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hit, aimed, steps = killed_again_and_again(tmp_path, 200, enough=70, seed=1)
    went_on = sum(step > 0 for step in steps)
    with capsys.disabled():
        print(
            f"\n{hit} kills, {aimed} of them at a save, {len(steps)} resumes, {went_on} from saved work: all the same"
        )
    assert hit >= 200 and aimed >= 70 and went_on >= 70


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_saves_and_names_the_command_that_goes_on(
    tmp_path: Path, number: signal.Signals, code: int, word: str
) -> None:
    data, run = data_file(tmp_path, 200), tmp_path / "run"
    train = ("train", data, "--target", "price", *OPTIONS, "--epochs", 100_000)
    process = start(*train, "--out", run, said=subprocess.PIPE)
    while not (run / "checkpoints").exists():
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    last = said.decode().splitlines()[-1]
    assert process.returncode == code
    assert last.startswith(f"netwright: {word}, saved at step ") and last.endswith(f"netwright resume {run}")
    assert json.loads((run / "run.json").read_text(encoding="utf-8"))["status"] == "interrupted"
    assert not (run / ".lock").exists()
    assert list((run / "checkpoints").iterdir())
