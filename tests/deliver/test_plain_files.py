from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from netwright.base.errors import DataError
from netwright.deliver import plain_files
from netwright.deliver.plain_files import PlainFolder, json_file


@pytest.fixture(params=[True, False], ids=["relative", "by path"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file, on systems that know files relative to a folder and on those that do not."""
    monkeypatch.setattr(plain_files, "_HAS_RELATIVE", request.param)
    (tmp_path / "a").write_bytes(b"content")
    return tmp_path


def read(folder: Path, name: str = "a", most: int = 7) -> bytes:
    with PlainFolder(folder) as opened:
        return opened.read(name, most)


def test_a_plain_file_is_read(folder: Path) -> None:
    assert read(folder) == b"content"
    (folder / "empty").touch()
    assert read(folder, "empty", 0) == b""
    with PlainFolder(folder) as opened:
        assert opened.has("a") and not opened.has("b")
        opened.check("a")
        opened.check("b")  # what is not there is no harm yet


def test_what_is_too_long_is_not_read(folder: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(folder, most=6)
    assert str(caught.value) == (
        f"a of {folder} must be at most 6 bytes long, got 7. Copy it again, from where it is complete."
    )


def test_links_are_not_followed(folder: Path) -> None:
    (folder / "to").symlink_to("a")
    os.link(folder / "a", folder / "hard")
    for name, got in (("to", "a plain file, got a link"), ("hard", "a file of its own, got a hard link, one of 2")):
        with pytest.raises(DataError) as caught:
            read(folder, name)
        assert str(caught.value) == f"{name} of {folder} must be {got}. Copy what it leads to, with cp -rL."
        with PlainFolder(folder) as opened, pytest.raises(DataError, match=got):
            opened.check(name)


def test_what_is_no_file_is_not_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as own:
        own.bind("socket")
    for name in ("pipe", "folder", "socket"):
        with pytest.raises(DataError, match=f"^{name} of .* must be a plain file, got a {name}. Copy it again"):
            read(folder, name)
    with pytest.raises(DataError, match="must be a plain file, got a device"):
        read(Path("/dev"), "null")


def test_what_is_not_there_is_said(folder: Path) -> None:
    with pytest.raises(DataError, match=r"^b of .* must be a file that can be read, got: No such file or directory"):
        read(folder, "b")
    for missing in (folder / "b", folder / "a"):
        with pytest.raises(OSError, match=r"No such file|Not a directory"):
            read(missing)


def test_what_is_put_in_its_place_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the first look at the name and the opening of the file."""
    sound = (folder / "a").stat()
    (folder / "to").symlink_to("a")
    (folder / "long").write_bytes(b"longer than allowed")
    os.mkfifo(folder / "pipe")
    monkeypatch.setattr(PlainFolder, "_status", lambda self, name: sound)
    for name, reason in (("to", "symbolic links"), ("long", "at most 7 bytes"), ("pipe", "a plain file, got a pipe")):
        with pytest.raises(DataError, match=reason):
            read(folder, name)


@pytest.mark.parametrize("length", [6, 8])
def test_a_file_that_changes_while_it_is_read_is_told(
    length: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fstat

    def then_changed(fd: int) -> os.stat_result:
        status = real(fd)
        (folder / "a").write_bytes(b"x" * length)
        return status

    monkeypatch.setattr(os, "fstat", then_changed)
    with pytest.raises(DataError, match="must be left alone while it is read, got another length"):
        read(folder)


def test_a_folder_within_is_no_link(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "b").write_bytes(b"inner")
    (folder / "to").symlink_to("in")
    with PlainFolder(folder) as opened:
        assert opened.inner("nothing") is None
        assert opened.inner("a") is None  # a file
        inner = opened.inner("in")
        assert inner is not None and inner.path == folder / "in"
        with inner:
            assert inner.read("b", 5) == b"inner"
        with pytest.raises(
            DataError, match=r"^to of .* must be a folder of its own, got a link\. Copy what it leads to"
        ):
            opened.inner("to")


def test_a_folder_that_becomes_a_link_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    sound = (tmp_path / "in").stat()
    (tmp_path / "to").symlink_to("in")
    with PlainFolder(tmp_path) as opened:
        monkeypatch.setattr(PlainFolder, "_status", lambda self, name: sound)
        with pytest.raises(DataError, match=r"^to of .* must be readable, got Not a directory"):
            opened.inner("to")


def test_the_folder_itself_may_be_reached_by_links(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_bytes(b"content")
    (tmp_path / "latest").symlink_to("real")  # the user named it
    assert read(tmp_path / "latest") == b"content"


def test_no_folder_stays_open(folder: Path) -> None:
    (folder / "in").mkdir()
    before = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(20):
        with PlainFolder(folder) as opened:
            inner = opened.inner("in")
            assert inner is not None
            with inner, pytest.raises(DataError):
                inner.read("b", 5)
    assert len(os.listdir("/proc/self/fd")) == len(before)  # noqa: PTH208


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"a": 1}', {"a": 1}),
        (None, None),
        (b"[1]", "it must be a JSON object, got list"),
        (b'{"a": NaN}', "it holds NaN"),
        (b"\xff", "it is not UTF-8"),
    ],
)
def test_json_files_of_a_run(raw: bytes | None, expected: Any, tmp_path: Path) -> None:
    if raw is not None:
        (tmp_path / "run.json").write_bytes(raw)
    if isinstance(expected, str):
        must = r"^run\.json of .* must be the file that the run wrote, got a damaged one: "
        with pytest.raises(DataError, match=must + expected):
            json_file(tmp_path, "run.json")
    else:
        assert json_file(tmp_path, "run.json") == expected
    assert json_file(tmp_path / "nothing", "run.json") is None
    assert json_file(Path("a\0b"), "run.json") is None
    (tmp_path / "to.json").symlink_to("run.json")
    with pytest.raises(DataError, match="must be a plain file, got a link"):
        json_file(tmp_path, "to.json")
