"""The lock of a run folder, whatever the system offers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from netwright.base.errors import DataError
from netwright.deliver import lock
from netwright.deliver.lock import LOCK, Lock


def test_a_second_owner_is_refused_and_the_file_goes_with_the_first(tmp_path: Path) -> None:
    first = Lock(tmp_path, "--out")
    assert first.note == ""
    with pytest.raises(DataError, match=rf"process {os.getpid()} on .* is at work there. .* pass another --out"):
        Lock(tmp_path, "--out")
    first.release()
    assert list(tmp_path.iterdir()) == []
    Lock(tmp_path, "--out").release()


@pytest.mark.parametrize("said", [b"nonsense", b"{}", b'{"pid": "x"}', b"\xff\xfe", b"[1]"])
def test_an_owner_that_cannot_be_read_is_another_process(tmp_path: Path, said: bytes) -> None:
    (tmp_path / LOCK).write_bytes(said)
    taken = Lock(tmp_path, "--out")
    assert taken.note == "the lock of another process, which is gone, was taken over"
    taken.release()


def test_a_lock_that_its_owner_removes_in_between_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, times = Lock._take, 0

    def take(self: Lock) -> bool:
        nonlocal times
        times += 1
        if times == 1:
            (tmp_path / LOCK).unlink()  # the owner ends between our opening of the file and our lock on it
        return inner(self)

    monkeypatch.setattr(Lock, "_take", take)
    taken = Lock(tmp_path, "--out")
    assert times == 2
    with pytest.raises(DataError):
        Lock(tmp_path, "--out")
    taken.release()


def test_without_locks_of_the_system_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise OSError(95, "no locks on this file system")

    monkeypatch.setattr("fcntl.flock", none)
    Lock(tmp_path, "--out").release()
    monkeypatch.setattr(lock, "_HAS_LOCKS", False)
    Lock(tmp_path, "--out").release()


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / LOCK).symlink_to(tmp_path / "mine")
    with pytest.raises(OSError):
        Lock(tmp_path, "--out")
    assert (tmp_path / "mine").read_bytes() == b"mine"
