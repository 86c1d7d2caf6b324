"""Runs that did not end: who may go on with them, what is refused, what is said."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from netwright.apps.api import train
from netwright.base.errors import DataError, PlanError
from netwright.base.events import Event, Resumed
from netwright.base.sealed import open_sealed, sealed_json
from netwright.deliver.contents import run_files
from netwright.deliver.lock import Lock
from tests.command import Command
from tests.laws.stopping import Killed, data_file, killed_at, prints, saving_every

OPTIONS: dict[str, Any] = {
    "preset": "quick",
    "model": "linear",
    "epochs": 6,
    "no_repair": True,
    "patience": "off",
    "folds": 2,
}
WORDS = (
    "--target",
    "price",
    "--preset",
    "quick",
    "--model",
    "linear",
    "--epochs",
    6,
    "--no-repair",
    "--patience",
    "off",
    "--folds",
    2,
)


def stopped(folder: Path, save: int = 2) -> Path:
    """A run that was killed after a save."""
    run = folder / "run"
    with saving_every(0.0), killed_at(save), pytest.raises(Killed):
        train(data_file(folder), "price", out=run, **OPTIONS)
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("whole")
    train(data_file(folder), "price", out=folder / "run", **OPTIONS)
    return prints(folder / "run")


def test_resume_goes_on_from_another_folder(
    tmp_path: Path, nw: Command, whole: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data_file(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with saving_every(0.0), killed_at(2), pytest.raises(Killed):
        train("집.csv", "price", out="run", **OPTIONS)
    monkeypatch.chdir(tmp_path / "elsewhere")
    said = nw("resume", "../run")
    assert said.code == 0, said.err
    assert "resume    from epoch " in said.err
    assert prints(tmp_path / "run") == whole
    told = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert told["status"] == "done" and told["resumed"][0]["step"] > 0
    again = nw("resume", tmp_path / "run")
    assert (again.code, "is finished" in again.err) == (0, True)


def test_the_same_command_goes_on(tmp_path: Path, nw: Command, whole: dict[str, str]) -> None:
    run = stopped(tmp_path)
    said = nw("train", tmp_path / "집.csv", *WORDS, "--out", run)
    assert said.code == 0, said.err
    assert "resume" in said.err
    assert prints(run) == whole


def test_the_same_command_without_a_folder_goes_on_with_its_last_run(
    tmp_path: Path, whole: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = data_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    with saving_every(0.0), killed_at(2), pytest.raises(Killed):
        train_default(data)
    assert [entry.name for entry in (tmp_path / "runs").iterdir()] == ["집-price-1"]
    train_default(data, seed=1)  # another command takes another folder
    train_default(data)
    assert prints(tmp_path / "runs" / "집-price-1") == whole
    train_default(data)
    assert sorted(entry.name for entry in (tmp_path / "runs").iterdir()) == [f"집-price-{n}" for n in (1, 2, 3)]


def train_default(data: Path, **more: Any) -> None:
    from netwright.apps.api import train_in_folder
    from netwright.base.clock import Clock
    from netwright.base.settings import Settings

    train_in_folder(data, Settings.from_options({"target": "price", **OPTIONS, **more}), None, Clock())


def test_another_command_is_refused_and_harms_nothing(tmp_path: Path, nw: Command, whole: dict[str, str]) -> None:
    run = stopped(tmp_path)
    said = nw("train", tmp_path / "집.csv", *WORDS, "--seed", 1, "--out", run)
    assert said.code == 2
    assert f"{run} holds an unfinished run of another command, which differs in --seed." in said.err
    assert f"netwright resume {run}" in said.err
    assert nw("resume", run).code == 0
    assert prints(run) == whole


def test_other_data_are_refused_and_harm_nothing(tmp_path: Path, nw: Command, whole: dict[str, str]) -> None:
    run = stopped(tmp_path)
    before = (tmp_path / "집.csv").read_bytes()
    pl.read_csv(tmp_path / "집.csv").head(80).write_csv(tmp_path / "집.csv")
    said = nw("resume", run)
    assert said.code == 2
    assert f"the data must be as they were when the run began that {run} goes on with, got other ones." in said.err
    (tmp_path / "집.csv").unlink()
    assert nw("resume", run).code == 2
    (tmp_path / "집.csv").write_bytes(before)
    assert nw("resume", run).code == 0
    assert prints(run) == whole


def test_a_damaged_state_is_named_and_the_older_one_used(tmp_path: Path, nw: Command, whole: dict[str, str]) -> None:
    run = stopped(tmp_path, save=4)
    newest = sorted((run / "checkpoints").glob("*.json"))[-1]
    newest.write_bytes(newest.read_bytes().replace(b'"number"', b'"nomber"'))
    said = nw("resume", run)
    assert said.code == 0
    assert f"{newest.name} is damaged" in said.err and "an older one is used" in said.err
    assert prints(run) == whole


def test_with_every_state_damaged_it_begins_anew_and_says_so(
    tmp_path: Path, nw: Command, whole: dict[str, str]
) -> None:
    run = stopped(tmp_path, save=4)
    for state in (run / "checkpoints").glob("*.safetensors"):
        state.write_bytes(state.read_bytes()[:-1])
    said = nw("resume", run)
    assert said.code == 0
    assert "from its start: no saved work" in said.err and "is damaged" in said.err
    assert prints(run) == whole


def test_a_run_of_objects_goes_on_by_the_same_call_only(tmp_path: Path, nw: Command) -> None:
    frame = pl.read_csv(data_file(tmp_path))
    with saving_every(0.0), killed_at(2), pytest.raises(Killed):
        train(frame, "price", out=tmp_path / "run", **OPTIONS)
    said = nw("resume", tmp_path / "run")
    assert said.code == 2 and "its data were objects in memory" in said.err
    events: list[Event] = []
    train(frame, "price", out=tmp_path / "run", watch=events.append, **OPTIONS)
    assert [event.step > 0 for event in events if isinstance(event, Resumed)] == [True]


@pytest.mark.parametrize("content", [b"", b"{}", b"nonsense"])
def test_a_damaged_run_json_stops_resume_but_not_the_command(
    tmp_path: Path, nw: Command, whole: dict[str, str], content: bytes
) -> None:
    run = stopped(tmp_path)
    (run / "run.json").write_bytes(content)
    said = nw("resume", run)
    assert said.code == 2 and "Type the command of the run again, with the same --out." in said.err
    said = nw("train", tmp_path / "집.csv", *WORDS, "--out", run)
    assert said.code == 0, said.err
    assert "run.json was damaged" in said.err
    assert prints(run) == whole


def test_no_run_at_all_is_refused(tmp_path: Path, nw: Command) -> None:
    assert nw("resume", tmp_path / "none").code == 2
    (tmp_path / "empty").mkdir()
    said = nw("resume", tmp_path / "empty")
    assert said.code == 2 and "run.json" in said.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["empty"]


def test_another_version_is_told(tmp_path: Path, nw: Command) -> None:
    run = stopped(tmp_path)
    for manifest in (run / "checkpoints").glob("*.json"):
        told = open_sealed(manifest.read_bytes())
        told["facts"]["identity"]["machine"]["torch"] = "2.10.0"
        manifest.write_bytes(sealed_json(told))
    said = nw("resume", run)
    assert said.code == 0
    assert "torch 2.10.0 is now" in said.err and "can differ in its last digits" in said.err


def test_saved_work_of_other_networks_is_refused(tmp_path: Path, nw: Command) -> None:
    run, other = stopped(tmp_path), tmp_path / "other"
    with saving_every(0.0), killed_at(2), pytest.raises(Killed):
        train(data_file(tmp_path), "price", out=other, **OPTIONS | {"model": "mlp"})
    shutil.rmtree(run / "checkpoints")
    shutil.copytree(other / "checkpoints", run / "checkpoints")
    for manifest in (run / "checkpoints").glob("*.json"):
        told = open_sealed(manifest.read_bytes())
        told["facts"]["identity"] = open_sealed((run / "run.json").read_bytes())["identity"]
        manifest.write_bytes(sealed_json(told))
    said = nw("resume", run)
    assert said.code == 2
    assert "saved work must be of the plans of its run, got other ones" in said.err


HOLD = """
import sys, time
from pathlib import Path
from netwright.deliver.lock import Lock
lock = Lock(Path(sys.argv[1]), "--out")
print("mine", flush=True)
time.sleep(60)
"""


def test_two_processes_in_one_folder(tmp_path: Path, nw: Command, whole: dict[str, str]) -> None:
    run = stopped(tmp_path)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, run], stdout=subprocess.PIPE)
    assert holder.stdout is not None and holder.stdout.readline() == b"mine\n"
    said = nw("resume", run)
    assert said.code == 2
    assert f"got a second one: process {holder.pid} on " in said.err and "is at work there" in said.err
    holder.kill()
    holder.communicate()
    assert (run / ".lock").exists()  # it was killed: nobody tidied up
    said = nw("resume", run)
    assert said.code == 0
    assert f"the lock of process {holder.pid} on " in said.err and "which is gone, was taken over" in said.err
    assert prints(run) == whole
    assert not (run / ".lock").exists()


def test_a_read_only_folder_is_said_in_one_line(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    (tmp_path / "ro").mkdir(mode=0o500)
    with pytest.raises(DataError, match=r"must be writable, got: Permission denied\. Pass another out\."):
        train(data_file(tmp_path), "price", out=tmp_path / "ro" / "run", **OPTIONS)


def test_a_default_folder_at_work_is_left_to_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = data_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    with saving_every(0.0), killed_at(2), pytest.raises(Killed):
        train_default(data)
    (tmp_path / "runs" / "집-price-2").mkdir()  # something else
    lock = Lock(tmp_path / "runs" / "집-price-1", "--out")
    train_default(data)
    lock.release()
    assert (tmp_path / "runs" / "집-price-3" / "metrics.json").exists()
    assert not (tmp_path / "runs" / "집-price-1" / "metrics.json").exists()


def test_a_folder_that_cannot_be_removed_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError):
        train_default(tmp_path / "none.csv")
    assert list(tmp_path.iterdir()) == []

    def rmdir(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rmdir", rmdir)
    with pytest.raises(DataError, match="no such file"):
        train_default(tmp_path / "none.csv")


def test_resume_where_the_folder_of_the_command_is_gone(
    tmp_path: Path, nw: Command, whole: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").mkdir()
    data = data_file(tmp_path)
    monkeypatch.chdir(tmp_path / "there")
    with saving_every(0.0), killed_at(2), pytest.raises(Killed):
        train(str(data), "price", out=tmp_path / "run", **OPTIONS)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").rmdir()
    assert nw("resume", tmp_path / "run").code == 0
    assert prints(tmp_path / "run") == whole


def test_whole_files_that_hold_no_state_are_refused(tmp_path: Path, nw: Command) -> None:
    run = stopped(tmp_path)
    for manifest in (run / "checkpoints").glob("*.json"):
        told = open_sealed(manifest.read_bytes())
        for name in told["files"]:
            (run / "checkpoints" / name).write_bytes(b"no tensors")
            told["files"][name] = {"bytes": 10, "sha256": hashlib.sha256(b"no tensors").hexdigest()}
        manifest.write_bytes(sealed_json(told))
    said = nw("resume", run)
    assert said.code == 2
    assert "must be a file of saved work, got another one" in said.err


def test_without_test_rows_there_is_no_file_of_them(tmp_path: Path) -> None:
    run = train(data_file(tmp_path), "price", **OPTIONS)
    files = run_files(replace(run.record, test=None), run._outcome.model)
    assert "predictions/test.csv" not in files and "predictions/validation.csv" in files


def test_an_empty_folder_of_the_users_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(PlanError, match="bin must name a numeric feature"):
        train(data_file(tmp_path), "price", out=tmp_path / "mine", bin="town=3", **OPTIONS)
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_ctrl_c_in_python_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with saving_every(0.0), killed_at(2, KeyboardInterrupt), pytest.raises(KeyboardInterrupt) as raised:
        train(data_file(tmp_path), "price", out="my run", **OPTIONS)
    assert raised.value.__notes__[0].endswith("go on with: netwright resume 'my run'")


def test_without_run_json_the_same_command_still_goes_on(tmp_path: Path, nw: Command, whole: dict[str, str]) -> None:
    run = stopped(tmp_path)
    (run / "run.json").unlink()
    said = nw("resume", run)
    assert (
        said.code == 2 and f"got one without run.json. Type the command of the run again, with --out {run}." in said.err
    )
    said = nw("train", tmp_path / "집.csv", *WORDS, "--seed", 1, "--out", run)
    assert said.code == 2 and f"the options must be as they were when the run began that {run} goes on with" in said.err
    assert nw("train", tmp_path / "집.csv", *WORDS, "--out", run).code == 0
    assert prints(run) == whole
    assert json.loads((run / "run.json").read_text(encoding="utf-8"))["resumed"][0]["step"] > 0


@pytest.mark.parametrize("verb", ["predict", "evaluate", "report"])
def test_an_unfinished_run_says_that_it_is(tmp_path: Path, nw: Command, verb: str) -> None:
    run = stopped(tmp_path)
    said = nw(verb, run, *([] if verb == "report" else [tmp_path / "집.csv"]))
    assert said.code == 2
    assert "got one that was stopped or is still at work" in said.err and f"netwright resume {run}" in said.err


def test_the_call_that_goes_on_with_objects_is_named(tmp_path: Path) -> None:
    frame = pl.read_csv(data_file(tmp_path))
    with saving_every(0.0), killed_at(2, KeyboardInterrupt), pytest.raises(KeyboardInterrupt) as raised:
        train(frame, "price", out=tmp_path / "run", **OPTIONS)
    assert "go on with: the command or call that began it" in raised.value.__notes__[0]


def test_a_finished_run_is_told_in_json_too(tmp_path: Path, nw: Command) -> None:
    run = stopped(tmp_path)
    assert json.loads(nw("resume", run, "--json").out)["target"] == "price"
    assert json.loads(nw("resume", run, "--json").out)["target"] == "price"


def test_what_a_library_makes_of_a_signal_is_still_its_end(
    tmp_path: Path, nw: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A callback of another language may turn KeyboardInterrupt into an error of its own."""
    data = data_file(tmp_path)
    monkeypatch.setattr("netwright.base.interrupts._heard", [signal.SIGINT])
    with saving_every(0.0), killed_at(2, TypeError):
        said = nw("train", data, *WORDS, "--out", tmp_path / "run")
    assert said.code == 130
    assert said.err.splitlines()[-1].startswith("netwright: interrupted, saved at step ")
    monkeypatch.setattr("netwright.base.interrupts._heard", [signal.SIGTERM])
    with saving_every(0.0), killed_at(1, TypeError):
        assert nw("resume", tmp_path / "run").code == 143


def test_a_file_in_the_place_of_runs_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs").write_text("x", encoding="utf-8")
    data = data_file(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DataError, match=r"the run folder runs must be writable, got: Not a directory. Pass another --out."
    ):
        train_default(data)


def test_a_file_in_the_place_of_the_checkpoints_is_said(tmp_path: Path) -> None:
    run = stopped(tmp_path)
    shutil.rmtree(run / "checkpoints")
    (run / "checkpoints").write_text("x", encoding="utf-8")
    with pytest.raises(DataError, match="must be writable"):
        train(data_file(tmp_path), "price", out=run, **OPTIONS)


def test_memory_that_is_spent_is_no_bug(nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spent(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("netwright.apps.api.execute", spent)
    said = nw("train", data_file(tmp_path), *WORDS, "--out", tmp_path / "run")
    assert said.code == 2 and "the work must fit the memory, got none left" in said.err
