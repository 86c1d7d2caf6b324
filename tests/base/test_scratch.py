"""Arrays in scratch files."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from netwright.base import scratch
from netwright.base.errors import DataError, PlanError
from netwright.base.scratch import refuse_full_disk, scratch_array, scratch_folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_an_array_in_a_file_that_has_no_name(folder: Path) -> None:
    array = scratch_array((1_000, 3), np.float32)
    assert isinstance(array, np.memmap)
    assert array.sum() == 0
    array[5:7] = 2
    assert array.sum() == 12
    assert not list(folder.iterdir())


def test_an_array_without_cells_needs_no_file(folder: Path) -> None:
    array = scratch_array((0, 3), np.float32)
    assert array.shape == (0, 3)
    assert not isinstance(array, np.memmap)


@pytest.mark.parametrize(
    ("code", "said"), [(errno.ENOSPC, "the disk must have room"), (errno.EIO, "the folder for scratch files")]
)
def test_a_disk_that_fails_is_told_and_nothing_is_left(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    def fails(number: int, start: int, length: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "posix_fallocate", fails)
    with pytest.raises(DataError, match=said):
        scratch_array((10,), np.float64)
    assert not list(folder.iterdir())


def test_where_names_of_mapped_files_stay_they_go_with_the_array(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forget, calls = scratch._forget, list[Path]()

    def refuses_once(path: Path) -> bool:
        calls.append(path)
        return forget(path) if len(calls) > 1 else False

    monkeypatch.setattr(scratch, "_forget", refuses_once)
    array = scratch_array((10,), np.float64)
    assert len(list(folder.iterdir())) == 1
    del array
    assert not list(folder.iterdir())


def test_a_folder_in_memory_is_left_for_one_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    usual, beside, mounts = tmp_path / "usual", tmp_path / "beside", tmp_path / "mounts"
    usual.mkdir()
    beside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(usual))
    monkeypatch.setattr(scratch, "_BESIDE", beside)
    monkeypatch.setattr(scratch, "_MOUNTS", mounts)
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\ntmpfs {usual} tmpfs rw 0 0\n", encoding="utf-8")
    assert scratch_folder() == beside
    mounts.write_text("/dev/sda / ext4 rw 0 0\n", encoding="utf-8")
    assert scratch_folder() == usual
    mounts.write_text(f"tmpfs / tmpfs rw 0 0\ntmpfs {usual} tmpfs rw 0 0\n", encoding="utf-8")
    assert scratch_folder() == usual  # there is no better one
    monkeypatch.setenv("TMPDIR", str(usual))
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\ntmpfs {usual} tmpfs rw 0 0\n", encoding="utf-8")
    assert scratch_folder() == usual  # as asked for


def test_a_disk_with_too_little_room_is_told_before_the_work(folder: Path) -> None:
    refuse_full_disk("it needs", 1_000)
    with pytest.raises(PlanError, match=r"it needs about \d+\.0 GB and \d+\.\d GB are free in .*TMPDIR"):
        refuse_full_disk("it needs", 1 << 60)
