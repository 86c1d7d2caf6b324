from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date, datetime, time, timedelta

import pytest

from netwright.base.errors import DataError
from netwright.sources import excel, workbook
from netwright.sources.contract import ReadOptions
from netwright.sources.registry import open_table

from .workbooks import xls, xlsx

TABLE = [["이름", "n", "x", "섞임", "ok", "day"],
         ["서울", 1, 0.5, 3, True, date(2020, 1, 2)],
         ["부산", 2, None, "-", False, date(2021, 12, 31)]]  # fmt: skip


@pytest.fixture
def read(tmp_path):
    def from_bytes(data, name="f.xlsx", **options):
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return open_table(tmp_path / name, ReadOptions(**options))

    return from_bytes


@pytest.mark.parametrize("name", ["f.xlsx", "f.xlsx.gz"])
def test_read(read, name):
    table = read(xlsx({"시트": TABLE}), name)
    assert table.frame.columns == TABLE[0]
    assert table.frame.rows() == [
        ("서울", 1.0, 0.5, "3", True, datetime(2020, 1, 2)),
        ("부산", 2.0, None, "-", False, datetime(2021, 12, 31)),
    ]
    assert table.source.how == ("excel", "sheet 시트", "header")
    assert (table.source.name, table.source.hint) == (name, "--header")


def test_old_workbook(read):
    table = read(xls([["이름", "n"], ["서울", 1.0], ["부산", 2.5]]), "f.xls")
    assert table.frame.rows() == [("서울", 1.0), ("부산", 2.5)]


def test_empty_rows_and_columns_around_the_table_are_cut(read):
    rows = [[None] * 4, [None, "a", "b", None], [None, 1, None, " "], [None, None, 2], [None, " "]]
    assert read(xlsx({"A": rows})).frame.rows() == [(1.0, None), (None, 2.0)]


def test_numbers_as_names_and_no_header(read):
    assert read(xlsx({"A": [["town", 2019, 2020, 2021], ["a", 5, 6, 7]]})).frame.columns == [
        "town", "2019", "2020", "2021",
    ]  # fmt: skip
    table = read(xlsx({"A": [[1, 2], [3, 4]]}))
    assert (table.frame.columns, table.source.how[-1]) == (["c1", "c2"], "no header")
    assert read(xlsx({"A": [[1, 2], [3, 4]]}), header="yes").frame.columns == ["1", "2"]


def test_the_only_sheet_with_data_is_taken(read):
    table = read(xlsx({"empty": [], "A": [["a"], [1]]}))
    assert (table.source.name, table.source.hint) == ("sheet A of f.xlsx", "--sheet, --header")


def test_several_sheets(read):
    with pytest.raises(DataError) as caught:
        read(xlsx({"데이터": TABLE, "none": [], "메타": [["x"], [1]]}))
    assert str(caught.value) == "f.xlsx has 2 sheets with data: 데이터, 메타. Pass --sheet with one of them."


def test_named_sheet(read):
    book = xlsx({"데이터": TABLE, "메타": [["x"], [1]], "none": []})
    assert read(book, sheet="메타").frame.columns == ["x"]
    with pytest.raises(
        DataError, match=r"^--sheet must be one of the sheets of f\.xlsx, 데이터, 메타, none, got 'x'\.$"
    ):
        read(book, sheet="x")
    with pytest.raises(DataError, match=r"^sheet none of f\.xlsx must hold a table, got an empty sheet\.$"):
        read(book, sheet="none")


def test_nothing_in_it(read):
    with pytest.raises(DataError, match=r"^f\.xlsx must hold a table, got no sheet with a filled cell\.$"):
        read(xlsx({"A": []}))


def test_damaged_sheet(read):
    book = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx({"A": [["a"], [1]]}))) as whole, zipfile.ZipFile(book, "w") as damaged:
        for part in whole.namelist():
            damaged.writestr(part, b"<worksheet><sheetData><row" if "sheet1" in part else whole.read(part))
    with pytest.raises(DataError) as caught:
        read(book.getvalue())
    assert str(caught.value).startswith("sheet A of f.xlsx could not be read (syntax error")
    assert str(caught.value).endswith(". Open it in Excel and save it again.")


def test_header_only(read):
    with pytest.raises(DataError, match=r"^f\.xlsx must hold rows below its first line, got a header and no rows\.$"):
        read(xlsx({"A": [["a", "b"]]}))


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"a,b\n1,2\n", "It looks like a text file: rename it to .csv."),
        (b"<html><table>", "It looks like a web page: open it in Excel and save it as .xlsx."),
        (b"PK\x03\x04\xff\xff", "Open it in Excel and save it again."),
    ],
)
def test_no_workbook(read, data, advice):
    with pytest.raises(DataError) as caught:
        read(data)
    assert str(caught.value).startswith("f.xlsx must be an Excel workbook, got something else (")
    assert str(caught.value).endswith(advice)


def test_empty_file(read):
    with pytest.raises(DataError, match=r"^f\.xlsx must be an Excel workbook, got an empty file\.$"):
        read(b"")


def test_kosis(real):
    path = real / "nasty" / "interprovince_migration_kosis.xlsx"
    with pytest.raises(DataError, match=r"2 sheets with data: 데이터, 메타정보\. Pass --sheet"):
        open_table(path)
    table = open_table(path, ReadOptions(sheet="데이터"))
    assert table.frame.shape == (325, 50)
    assert table.frame.columns[:3] == ["전출지별", "전입지별", "1970"]


def test_columns_of_nothing_are_none(read):
    rows = [["a", None, "b", "c"], [1, None, "x", None], [2, " ", "y", None]]
    table = read(xlsx({"A": rows}))
    assert (table.frame.columns, table.frame.rows()) == (["a", "b", "c"], [(1.0, "x", None), (2.0, "y", None)])


@pytest.mark.parametrize("program", ["", "/usr/bin/blender"])
def test_without_a_python_of_its_own(read, monkeypatch, program):
    monkeypatch.setattr(excel.sys, "executable", program)
    assert read(xlsx({"시트": TABLE})).frame.rows()[0] == ("서울", 1.0, 0.5, "3", True, datetime(2020, 1, 2))
    with pytest.raises(DataError, match="must be an Excel workbook, got something else"):
        read(b"\xff" * 50)


def test_a_reader_that_takes_too_long(read, monkeypatch, tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text("while True: pass", encoding="utf-8")
    monkeypatch.setattr(excel.workbook, "__file__", str(slow))
    monkeypatch.setattr(excel, "_SECONDS", 1)
    monkeypatch.setattr(excel, "_PATIENCE", 2)
    with pytest.raises(DataError) as caught:
        read(xlsx({"시트": TABLE}))
    assert str(caught.value) == (
        "f.xlsx must be an Excel workbook that can be read in 1 seconds, got one that takes longer. "
        "Save its sheet as .csv."
    )


@pytest.mark.parametrize(
    ("death", "message"),
    [
        ("import os; os.abort()", "must be an Excel workbook, got one that cannot be read. Open it in Excel and save"),
        ("raise SystemExit(3)", "must be an Excel workbook, got one that cannot be read. Open it in Excel and save"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "must fit the memory, got a workbook that asks for",
        ),
        ("raise MemoryError", "must fit the memory, got a workbook that asks for more than"),
    ],
)
def test_a_reader_that_dies(read, monkeypatch, tmp_path, capfd, death, message):
    program = tmp_path / "dies.py"
    program.write_text(death, encoding="utf-8")
    monkeypatch.setattr(excel.workbook, "__file__", str(program))
    with pytest.raises(DataError, match=message):
        read(xlsx({"시트": TABLE}))
    assert capfd.readouterr() == ("", "")


def test_every_kind_of_cell_passes_between_the_processes():
    moments = [datetime(2020, 1, 2, 3), date(2020, 1, 2), time(3, 4), timedelta(1)]
    values = [[1, 0.5, True, "가", None, float("inf"), *moments]]
    passed = workbook.unpacked(workbook.packed({"sheets": ["a"], "filled": ["a"], "rows": values}).encode())
    assert passed["rows"] == values
    assert [type(value) for value in passed["rows"][0]] == [type(value) for value in values[0]]
