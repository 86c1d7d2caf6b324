from __future__ import annotations

import random

import pytest

from netwright.base.errors import DataError
from netwright.sources.magic import refuse_binary


@pytest.mark.parametrize(
    ("beginning", "what"),
    [
        (b"PK\x03\x04", "a zip archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"PAR1", "a Parquet file"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"\x1f\x8b", "a gzip file"),
        (b"\x89PNG", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"%PDF", "a PDF document"),
        (b"\x28\xb5\x2f\xfd", "a zstd file"),
    ],
)
def test_known_beginnings(beginning, what):
    with pytest.raises(DataError, match=f"^f.csv must be a text file, got {what}. [A-Z]"):
        refuse_binary(beginning + b"abc", "f.csv")


def test_tar():
    with pytest.raises(DataError, match=r"got a tar archive\. Unpack it first\.$"):
        refuse_binary(b"x" * 257 + b"ustar", "f.csv")


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 50, random.Random(0).randbytes(5000), b"\x00\x00\x80\x3f" * 100, b"\x01\x02\x03"]
)
def test_binary_data(data):
    with pytest.raises(DataError, match=r"^f\.csv must be a text file, got binary data\. Name a table\.$"):
        refuse_binary(data, "f.csv")


@pytest.mark.parametrize(
    "data", [b"", b"a\tb\r\n\f1\t2\x1a", b"a,b\n1,\x00\n2,3\n", "가나".encode("cp949"), b"caf\xe9"]
)
def test_texts_pass(data):
    assert refuse_binary(data, "f.csv") is None
