"""The write log of durable files: nothing is ever there by half, whatever fails, and whatever power takes away."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from netwright.base import durable
from netwright.base.durable import (
    DRAFT,
    make_folder,
    remove_drafts,
    remove_file,
    sync_folder,
    write_file,
    write_files,
)
from tests.base.disks import Disk, FailingAt


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    write_file(tmp_path / "집.json", b"one")
    write_file(tmp_path / "집.json", b"two" * 1_000_000)
    assert (tmp_path / "집.json").read_bytes() == b"two" * 1_000_000
    assert [entry.name for entry in tmp_path.iterdir()] == ["집.json"]


def test_an_empty_file_is_one_too(tmp_path: Path) -> None:
    write_file(tmp_path / "x", b"")
    assert (tmp_path / "x").read_bytes() == b""


def test_a_disk_that_takes_little_at_a_time_gets_it_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(FailingAt):
        def write(self, file: int, data: memoryview) -> int:
            return os.write(file, bytes(data[:3]))

    monkeypatch.setattr(durable, "os", Slow(10**9, errno.EIO))
    write_file(tmp_path / "x", b"0123456789")
    assert (tmp_path / "x").read_bytes() == b"0123456789"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_every_call_fails_in_turn_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    write_files(tmp_path, {"a": b"old a", "b": b"old b"})
    for turn in range(1, 100):
        disk = FailingAt(turn, code)
        monkeypatch.setattr(durable, "os", disk)
        try:
            write_files(tmp_path, {"a": b"new a", "b": b"new b"})
        except OSError as error:
            assert error.errno == code
        else:
            monkeypatch.undo()
            if not disk.failed:
                break
        monkeypatch.undo()
        assert (tmp_path / "a").read_bytes() in (b"old a", b"new a")
        assert (tmp_path / "b").read_bytes() in (b"old b", b"new b")
        remove_drafts(tmp_path)
        assert {entry.name for entry in tmp_path.iterdir()} == {"a", "b"}
        write_files(tmp_path, {"a": b"old a", "b": b"old b"})
    assert turn > 8  # two files: opened, written, brought to the disk, renamed; then the folder
    assert (tmp_path / "a").read_bytes() == b"new a"


def test_a_failed_file_leaves_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "os", FailingAt(2, errno.ENOSPC))  # the write after the open
    with pytest.raises(OSError, match="No space left"):
        write_file(tmp_path / "x", b"data")
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_place_of_a_draft_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / f"{DRAFT}x").symlink_to(tmp_path / "mine")
    with pytest.raises(OSError):
        write_file(tmp_path / "x", b"data")
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_a_power_cut_leaves_the_old_file_or_the_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"a": b"old a", "b": b"old b"})
    disk = Disk(tmp_path)
    monkeypatch.setattr(durable, "os", disk)
    write_files(tmp_path, {"a": b"new a", "b": b"new b"})
    monkeypatch.undo()
    seen = set()
    for files in disk.after_power_cuts():
        assert files["a"] in (b"old a", b"new a")
        assert files["b"] in (b"old b", b"new b")
        seen.add((files["a"], files["b"]))
    assert {(b"old a", b"old b"), (b"new a", b"new b")} <= seen
    assert all(files == {"a": b"new a", "b": b"new b"} for files in disk.now())  # what is reported as written survives


def test_without_fsync_a_power_cut_would_leave_half_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulated disk must be able to fail: a writer that forgets fsync is caught by it."""
    (tmp_path / "a").write_bytes(b"old a")
    disk = Disk(tmp_path)
    file = disk.open(tmp_path / "draft", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    disk.write(file, b"new a")
    disk.close(file)
    disk.replace(tmp_path / "draft", tmp_path / "a")
    assert any(files.get("a") not in (b"old a", b"new a") for files in disk.after_power_cuts())


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_folder(tmp_path / "new")
    assert (tmp_path / "new").is_dir()
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "new")
    remove_file(tmp_path / "new")  # a folder, so nothing happens
    remove_file(tmp_path / "not there")
    assert (tmp_path / "new").is_dir()

    class NoSync(FailingAt):
        def fsync(self, file: int) -> None:
            raise OSError(errno.EINVAL, "no fsync of folders here")

    monkeypatch.setattr(durable, "os", NoSync(10**9, errno.EIO))
    sync_folder(tmp_path)  # nothing more can be done there


def test_a_folder_that_may_not_be_read_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unreadable(FailingAt):
        def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
            raise PermissionError(errno.EACCES, "may not be read")

    monkeypatch.setattr(durable, "os", Unreadable(10**9, errno.EIO))
    sync_folder(tmp_path)


def test_drafts_of_others_stay_where_they_are_wanted(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / (DRAFT + name)).write_bytes(b"half")
    (tmp_path / "whole").write_bytes(b"whole")
    remove_drafts(tmp_path, but=["b"])
    assert {entry.name for entry in tmp_path.iterdir()} == {f"{DRAFT}b", "whole"}
