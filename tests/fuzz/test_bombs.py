"""Small files that become large: refused before they fill the memory, with a way on."""

from __future__ import annotations

import gzip
import io
import resource
import struct
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import polars as pl
import pytest

from netwright.base.errors import DataError, UserError
from netwright.sources import excel, parquet, unpacking
from netwright.sources.registry import open_table
from tests.sources.workbooks import xls, xlsx

MEGABYTE = 1 << 20
_CODE = "import sys; from netwright.apps.cli import program; sys.argv[0] = 'netwright'; program()"


def _with_little_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))


def said_of(path: Path) -> str:
    """What the command says of a file while the process may take three gigabytes of addresses."""
    command = [sys.executable, "-c", _CODE, "audit", str(path)]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=120, preexec_fn=_with_little_memory, check=False
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize("name", ["집값.csv.gz", "집값.json.gz", "집값.parquet.gz", "집값.xlsx.gz", "집값.db.gz"])
@pytest.mark.parametrize("filling", [b"\0", b"0,", b"[", b"a\n"])
def test_gzip(tmp_path: Path, name: str, filling: bytes) -> None:
    # several members one after the other are one file, whose last words tell the size of the last member only
    member = gzip.compress(filling * (32 * MEGABYTE // len(filling)))
    (tmp_path / name).write_bytes(member * 32)
    with pytest.raises(DataError) as caught:
        open_table(tmp_path / name)
    assert str(caught.value) == (
        f"{name} must unpack to at most 0.5 GB, much for a file of its size, got more. Unpack it with gunzip and name "
        f"what it holds, if it is meant to be that large."
    )


def test_gzip_in_a_process_with_little_memory(tmp_path: Path) -> None:
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"0" * (64 * MEGABYTE)) * 64)
    assert "x.csv.gz must unpack to at most" in said_of(tmp_path / "x.csv.gz")


def test_tables_of_repeated_cells_are_no_bombs(tmp_path: Path) -> None:
    rows = b"a,b\n" + b"0,1\n" * 4_000_000
    packed = gzip.compress(rows)
    assert len(rows) > 300 * len(packed)
    (tmp_path / "x.csv.gz").write_bytes(packed)
    assert open_table(tmp_path / "x.csv.gz").n_rows == 4_000_000


def test_the_memory_that_is_free_is_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "free_bytes", lambda: 8 * MEGABYTE)
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(b"a,b\n" * MEGABYTE))
    with pytest.raises(
        DataError, match=r"must unpack to at most 1 MB, what can be read in the memory that is free, got"
    ):
        open_table(tmp_path / "x.csv.gz")


def with_sheet(content: bytes) -> bytes:
    """A workbook whose sheet holds this, packed as well as can be."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx({"A": [["a"], [1]]}))) as before,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for part in before.namelist():
            after.writestr(part, content if "sheet1" in part else before.read(part))
    return packed.getvalue()


_HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
_END = b"</row></sheetData></worksheet>"


def test_a_workbook_that_says_how_large_it_becomes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_UNASKED", 64 * MEGABYTE)
    (tmp_path / "x.xlsx").write_bytes(with_sheet(_HEAD + b" " * (65 * MEGABYTE) + _END))
    with pytest.raises(DataError) as caught:
        open_table(tmp_path / "x.xlsx")
    assert str(caught.value) == (
        "x.xlsx must unpack to at most 64 MB, much for a file of its size, got more. Open it in Excel and save the "
        "sheet as .csv, if it is meant to be that large."
    )


def test_a_workbook_that_lies_about_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "_SECONDS", 1)
    data = bytearray(with_sheet(_HEAD + b"<c><v>1</v></c>" * (18 * MEGABYTE) + _END))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):  # the sizes in both directories
        at = data.find(mark)
        while at >= 0:
            data[at + offset : at + offset + 4] = struct.pack("<I", 1000)
            at = data.find(mark, at + 4)
    (tmp_path / "x.xlsx").write_bytes(data)
    with pytest.raises(DataError, match=r"^(sheet A of )?x\.xlsx (must|could not)"):
        open_table(tmp_path / "x.xlsx")


@pytest.mark.parametrize("place", ["XFD1048576", "ZZZZZZZ1", "A99999999999"])
def test_a_cell_far_away(tmp_path: Path, place: str) -> None:
    sheet = _HEAD + b'<c r="A1"><v>1</v></c></row><row><c r="' + place.encode() + b'"><v>1</v></c>' + _END
    (tmp_path / "x.xlsx").write_bytes(with_sheet(sheet))
    started = time.monotonic()
    with pytest.raises(
        DataError, match=r"^x\.xlsx must fit the memory, got a workbook that asks for more than .* One cell"
    ):
        open_table(tmp_path / "x.xlsx")
    assert time.monotonic() - started < 60
    assert "x.xlsx must" in said_of(tmp_path / "x.xlsx")


def test_a_cell_far_away_in_an_old_workbook(tmp_path: Path) -> None:
    data = bytearray(xls([["a"], [1.0]]))
    at = data.index(b"\x03\x02\x0e\x00")  # the record of the number, then its row and column
    data[at + 4 : at + 8] = b"\xff\xff\xff\xff"
    (tmp_path / "x.xls").write_bytes(data)
    with pytest.raises(DataError, match=r"^x\.xls must "):
        open_table(tmp_path / "x.xls")


def test_parquet_that_stands_for_more_rows_than_the_memory_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pl.DataFrame({"a": pl.repeat(1, 20_000_000, dtype=pl.Int8, eager=True)}).write_parquet(tmp_path / "x.parquet")
    assert (tmp_path / "x.parquet").stat().st_size < 100_000
    monkeypatch.setattr(parquet, "free_bytes", lambda: 100 * MEGABYTE)
    with pytest.raises(UserError) as caught:
        open_table(tmp_path / "x.parquet")
    assert str(caught.value) == (
        "the table must fit the memory, but x.parquet with 20,000,000 rows and 1 columns needs about 0.3 GB and 100 MB "
        "are free. Pass a part of its rows or columns."
    )


def test_a_line_without_end_is_not_a_million_columns(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"a," * (8 * MEGABYTE))
    assert "x.csv must have at most 50,000 columns, got 8,388,609." in said_of(tmp_path / "x.csv")
