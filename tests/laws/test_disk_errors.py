"""Every write call of a whole run fails in turn: one message, exit code 2, and what was saved before is good."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netwright.apps.api import train
from netwright.base import durable
from netwright.base.errors import DataError
from tests.base.disks import FailingAt
from tests.laws.stopping import data_file, prints, saving_every

OPTIONS: dict[str, Any] = {
    "preset": "quick",
    "model": "linear",
    "epochs": 3,
    "no_repair": True,
    "patience": "off",
    "folds": 2,
}
CODES = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO, "EACCES": errno.EACCES}


def runs_with_a_failing_call(folder: Path, code: int, every: int) -> Iterator[tuple[FailingAt, DataError | None]]:
    """A run for each `every`-th write call that fails, then the same call again on a disk that works."""
    data = data_file(folder)
    for turn in range(1, 1_000, every):
        disk, refused = FailingAt(turn, code), None
        with pytest.MonkeyPatch.context() as patch, saving_every(0.002):
            patch.setattr(durable, "os", disk)
            try:
                train(data, "price", out=folder / "run", **OPTIONS)
            except DataError as error:
                refused = error
        if refused is not None:
            # what is left is nothing, or an unfinished run that goes on
            left = folder / "run"
            assert not (left / "metrics.json").exists()
            assert not left.exists() or json.loads((left / "run.json").read_text(encoding="utf-8"))["status"] != "done"
            with saving_every(0.002):
                train(data, "price", out=folder / "run", **OPTIONS)
        yield disk, refused
        if not disk.failed:
            return
        shutil.rmtree(folder / "run")


def check(folder: Path, code: int, every: int) -> None:
    train(data_file(folder), "price", out=folder / "whole", **OPTIONS)
    whole, failures = prints(folder / "whole"), 0
    for disk, refused in runs_with_a_failing_call(folder, code, every):
        assert prints(folder / "run") == whole
        if refused is None:  # tidying up may fail, and folders that cannot be brought to the disk on this system
            assert disk.failed in ("", "unlink", "open", "fsync")
            continue
        failures += 1
        said = str(refused)
        assert "must be writable, got: " + os.strerror(code) in said
        assert "netwright resume" in said or "Pass another out" in said or "pass another out" in said
        assert "\n" not in said
    assert failures > 60 // every


@pytest.mark.parametrize("name", CODES)
def test_some_write_calls_fail(tmp_path: Path, name: str) -> None:
    check(tmp_path, CODES[name], every=11)


@pytest.mark.slow
@pytest.mark.parametrize("name", CODES)
def test_every_write_call_fails_in_turn(tmp_path: Path, name: str) -> None:
    check(tmp_path, CODES[name], every=1)


def test_a_disk_that_stays_full_keeps_what_was_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(FailingAt):
        """Takes so many bytes and no more, until there is room."""

        room = 30_000

        def write(self, file: int, data: memoryview) -> int:
            if len(data) > self.room:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.room -= len(data)
            return os.write(file, data)

    data, run = data_file(tmp_path), tmp_path / "run"
    train(data, "price", out=tmp_path / "whole", **OPTIONS)
    with pytest.MonkeyPatch.context() as patch, saving_every(0.0):
        patch.setattr(durable, "os", Full(10**9, errno.ENOSPC))
        with pytest.raises(DataError) as refused:
            train(data, "price", out=run, **OPTIONS)
    assert str(refused.value).endswith(f"go on with: netwright resume {run}")
    assert not list(run.rglob(".part-*"))
    train(data, "price", out=run, **OPTIONS)
    resumed = json.loads((run / "run.json").read_text(encoding="utf-8"))["resumed"]
    assert resumed[0]["step"] > 0
    assert prints(run) == prints(tmp_path / "whole")
