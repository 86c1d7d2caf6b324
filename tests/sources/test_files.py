from __future__ import annotations

import gzip
import hashlib
import os
import unicodedata

import pytest

from netwright.base.errors import DataError
from netwright.sources.files import existing_file, read_file


def test_read_file(tmp_path):
    path = tmp_path / "Houses.v2.CSV"
    path.write_bytes(b"a,b\n")
    file = read_file(path)
    assert (file.name, file.stem, file.suffix, file.data) == ("Houses.v2.CSV", "Houses.v2", ".csv", b"a,b\n")
    assert file.fingerprint == hashlib.sha256(b"a,b\n").hexdigest()


def test_gzip_is_unpacked_and_its_bytes_are_fingerprinted(tmp_path):
    packed = gzip.compress(b"a,b\n")
    (tmp_path / "houses.csv.gz").write_bytes(packed)
    file = read_file(str(tmp_path / "houses.csv.gz"))
    assert (file.stem, file.suffix, file.data) == ("houses", ".csv", b"a,b\n")
    assert file.fingerprint == hashlib.sha256(packed).hexdigest()


@pytest.mark.parametrize(
    ("damage", "got"),
    [
        (lambda b: b"no gzip at all", "something else"),
        (lambda b: b[:-12], "one that is cut off"),
        (lambda b: b[:20] + b"xx" + b[22:], "a damaged one"),
        (lambda b: b[:-8] + bytes(8), "a damaged one"),
    ],
)
def test_damaged_gzip(tmp_path, damage, got):
    (tmp_path / "f.csv.gz").write_bytes(damage(gzip.compress(b"a,b\n" * 100)))
    with pytest.raises(DataError) as caught:
        read_file(tmp_path / "f.csv.gz")
    assert str(caught.value) == f"f.csv.gz must be a whole gzip file, got {got}. Copy or download it again."


def test_no_such_file_suggests_near_names(tmp_path):
    (tmp_path / "house.csv").touch()
    with pytest.raises(DataError, match=r"^no such file: .*houses\.csv\. Did you mean house\.csv\?$"):
        read_file(tmp_path / "houses.csv")


def test_no_such_file_lists_the_folder(tmp_path):
    for name in "defabcg":
        (tmp_path / f"{name}{name}{name}.parquet").touch()
    with pytest.raises(DataError, match=r"Files in that folder: aaa\.parquet, .*eee\.parquet and 2 more\.$"):
        read_file(tmp_path / "x.csv")


def test_no_such_folder(tmp_path):
    with pytest.raises(DataError, match=r"^no such file: .*There is no folder .*nowhere either\.$"):
        read_file(tmp_path / "nowhere" / "x.csv")


def test_folder(tmp_path):
    (tmp_path / "x.csv").touch()
    with pytest.raises(DataError, match=r"must be a file, got a folder\. Name one of the files in it: x\.csv\.$"):
        read_file(tmp_path)


def test_unreadable_file(tmp_path, monkeypatch):
    path = tmp_path / "x.csv"
    path.touch()

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(DataError, match=r"x\.csv must be readable, got: Permission denied\. Check who may read it\.$"):
        read_file(path)


def test_korean_folder_and_name(tmp_path):
    folder = tmp_path / "데이터 폴더"
    folder.mkdir()
    (folder / "집값.csv").write_bytes(b"x")
    assert read_file(folder / "집값.csv").stem == "집값"


def test_hangul_written_letter_by_letter_is_the_same_name(tmp_path):
    (tmp_path / unicodedata.normalize("NFD", "집값.csv")).write_bytes(b"x")
    assert read_file(tmp_path / "집값.csv").data == b"x"


def test_home_is_understood(home):
    (home / "x.csv").touch()
    assert existing_file("~/x.csv") == home / "x.csv"


@pytest.mark.parametrize("name", ["x" * 300 + ".csv", "a/" * 3000 + "x.csv", "a\0b.csv"])
def test_names_that_no_file_can_have(tmp_path, name):
    with pytest.raises(DataError, match=r"must be a file that can be read, got: File name too long|no such file"):
        read_file(f"{tmp_path}/{name}")


def test_pipes_and_devices(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", "/dev/zero"):
        with pytest.raises(
            DataError, match=r"must be a file, got a pipe or a device\. Save what it gives as a file first\.$"
        ):
            read_file(path)


def test_links_in_a_circle(tmp_path):
    (tmp_path / "a.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    with pytest.raises(DataError, match=r"no such file|can be read"):
        read_file(tmp_path / "a.csv")
