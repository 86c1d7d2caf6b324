from __future__ import annotations

import subprocess
import sys

import pytest

from netwright.base.errors import DataError
from netwright.sources.registry import ReadOptions, open_table, sources

HEAVY = ("polars", "numpy", "pandas", "sklearn", "narwhals", "psycopg", "python_calamine", "pyarrow", "torch")


def test_all_sources_are_found():
    assert set(sources.names()) >= {
        "text", "json", "jsonl", "parquet", "excel", "sqlite", "postgres", "frames", "sample",
    }  # fmt: skip


def test_importing_every_source_is_light():
    code = (
        "import sys; from netwright.sources.registry import sources; import netwright.sources.kinds; "
        "import netwright.sources.conform; sources.names(); "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert said.stdout.strip() == "[]"


def test_a_table_comes_back_as_it_is():
    table = open_table({"a": [1, 2]})
    assert open_table(table) is table


def test_ignored_options_are_said(tmp_path):
    (tmp_path / "f.csv").write_bytes(b"a,b\n1,2\n")
    notes = open_table(tmp_path / "f.csv", ReadOptions(sheet="A", table="t", encoding="utf-8")).source.notes
    assert notes == ("--sheet, --table is not used for f.csv.",)


@pytest.mark.parametrize("name", ["abalone.data", "README", "f.dat.gz"])
def test_texts_of_unknown_ending_are_read(tmp_path, name):
    import gzip

    data = b"1 2\n3 4\n"
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    assert open_table(tmp_path / name).frame.rows() == [("1", "2"), ("3", "4")]


def test_unknown_ending_and_no_text(tmp_path):
    (tmp_path / "model.bin").write_bytes(bytes(range(256)))
    with pytest.raises(DataError) as caught:
        open_table(tmp_path / "model.bin")
    message = str(caught.value)
    assert message.startswith("model.bin must be a text file or end in one of .csv, .db, .json, ")
    assert ".xlsx, got .bin. Save the table in one of these formats." in message
    (tmp_path / "nameless").write_bytes(bytes(range(256)))
    with pytest.raises(DataError, match="got no ending"):
        open_table(tmp_path / "nameless")


def test_missing_file_of_unknown_ending(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        open_table(tmp_path / "nothing.bin")


def test_folder(tmp_path):
    with pytest.raises(DataError, match="must be a file, got a folder"):
        open_table(tmp_path)


@pytest.mark.parametrize(
    ("data", "got"), [(3, "int"), (None, "NoneType"), ([1, 2], "list"), (b"a,b", "bytes"), ({1, 2}, "set")]
)
def test_other_things(data, got):
    with pytest.raises(DataError) as caught:
        open_table(data)
    assert str(caught.value) == (
        "the data must be a file, a database URL (sqlite:///, postgresql://), sample:NAME, a data frame or an array, "
        f"got {got}."
    )


def test_other_urls():
    with pytest.raises(DataError, match=r"got a URL that begins with https://\. Save the table as a file first\.$"):
        open_table("https://example.org/houses.csv")
