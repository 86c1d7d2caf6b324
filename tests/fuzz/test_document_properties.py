"""Whole files that are no plain text: what was written is what is read, seen by a second reader where there is one."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netwright.sources.registry import open_table
from tests.fuzz import cells
from tests.fuzz.second import WHITE_SPACE
from tests.sources.workbooks import xls, xlsx

_SETTINGS = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

_text = st.one_of(st.sampled_from(cells.EVERYTHING), st.text(st.characters(codec="utf-8"), max_size=6))
_whole = st.integers(-(2**63), 2**63 - 1)
_real = st.floats(allow_nan=False, allow_infinity=False, width=64)


def columns(*sorts: st.SearchStrategy[Any]) -> st.SearchStrategy[list[list[Any]]]:
    """Columns of one sort each, with gaps, at least one row and nowhere a row or a column of nothing."""
    return st.tuples(st.integers(1, 8), st.integers(1, 4)).flatmap(
        lambda shape: st.lists(
            st.sampled_from(sorts).flatmap(
                lambda sort: st.lists(st.one_of(st.none(), sort), min_size=shape[0], max_size=shape[0])
            ),
            min_size=shape[1],
            max_size=shape[1],
        )
    )


def expected(value: Any) -> Any:
    """A value as a table has it: texts without blanks around them, empty ones missing."""
    if isinstance(value, str):
        return value.strip(WHITE_SPACE) or None
    return value


def names(table: list[list[Any]]) -> list[str]:
    return [f"이름 {at}" for at in range(len(table))]


def check(path: Path, table: list[list[Any]], **more: Any) -> None:
    read = open_table(path).frame
    assert read.columns == names(table)
    for name, values in zip(names(table), table, strict=True):
        assert read[name].to_list() == [expected(value) for value in values]


@_SETTINGS
@given(table=columns(_text, _whole, _real, st.booleans()), escaped=st.booleans(), shape=st.sampled_from("rcsl"))
def test_json(tmp_path: Path, table: list[list[Any]], escaped: bool, shape: str) -> None:
    rows = [dict(zip(names(table), row, strict=True)) for row in zip(*table, strict=True)]
    value: Any = rows
    if shape == "c":
        value = dict(zip(names(table), table, strict=True))
    if shape == "s":
        value = {"columns": names(table), "data": [list(row.values()) for row in rows]}
    if shape == "l":
        text = "\n".join(json.dumps(row, ensure_ascii=escaped) for row in rows)
        assert [json.loads(line) for line in text.split("\n")] == rows
        (tmp_path / "집값.jsonl").write_text(text, encoding="utf-8")
        return check(tmp_path / "집값.jsonl", table)
    text = json.dumps(value, ensure_ascii=escaped)
    (tmp_path / "집값.json.gz").write_bytes(gzip.compress(text.encode("utf-8")))
    return check(tmp_path / "집값.json.gz", table)


@_SETTINGS
@given(table=columns(_text, _whole, _real, st.booleans(), st.datetimes()))
def test_parquet(tmp_path: Path, table: list[list[Any]]) -> None:
    import pandas

    frame = pl.DataFrame({name: pl.Series(values) for name, values in zip(names(table), table, strict=True)})
    written = io.BytesIO()
    frame.write_parquet(written)
    (tmp_path / "집값.parquet").write_bytes(written.getvalue())
    check(tmp_path / "집값.parquet", table)
    # and another library reads the same in these bytes
    other = pandas.read_parquet(written, dtype_backend="pyarrow")
    for name, values in zip(names(table), table, strict=True):
        assert [
            None if value is pandas.NA or value is pandas.NaT else value for value in other[name].tolist()
        ] == values


@_SETTINGS
@given(
    table=columns(_text.filter(lambda text: "\x00" not in text), _whole, _real),
    encoding=st.sampled_from(("UTF-8", "UTF-16le", "UTF-16be")),
)
def test_sqlite(tmp_path: Path, table: list[list[Any]], encoding: str) -> None:
    path = tmp_path / "집값.db"
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as base:
        base.execute(f"PRAGMA encoding = '{encoding}'")
        base.execute("CREATE TABLE t (" + ", ".join(f'"{name}"' for name in names(table)) + ")")
        marks = ", ".join("?" * len(table))
        base.executemany(f"INSERT INTO t VALUES ({marks})", list(zip(*table, strict=True)))
        base.commit()
        stored = base.execute("SELECT * FROM t").fetchall()
    check(path, [list(column) for column in zip(*stored, strict=True)])


_in_xml = st.text(st.characters(codec="utf-8", min_codepoint=32, exclude_characters="\x7f\uffff\ufffe"), max_size=6)


@settings(parent=_SETTINGS, max_examples=25)
@given(
    table=columns(_in_xml, st.integers(-(2**53), 2**53).map(float), _real, st.dates(datetime.date(1901, 1, 1))),
    others=st.lists(st.sampled_from(([], [[None]], [[None, ""], [" "]])), max_size=2),
)
def test_excel(tmp_path: Path, table: list[list[Any]], others: list[list[list[object]]]) -> None:
    rows = [names(table), *(list(row) for row in zip(*table, strict=True))]
    sheets: dict[str, list[list[object]]] = {"시트": rows}
    sheets |= {f"빈 {at}": other for at, other in enumerate(others)}
    path = tmp_path / "집값.xlsx"
    path.write_bytes(xlsx(sheets))
    # empty rows below a table and empty columns beside it are none
    while len(rows) > 1 and not any(expected(cell) not in (None,) for cell in rows[-1]):
        del rows[-1]
    if len(rows) == 1:
        with pytest.raises(ValueError, match="rows below its first line"):
            open_table(path)
        return
    read = open_table(path).frame
    assert read.columns == rows[0]
    for at, name in enumerate(rows[0]):
        values = [expected(row[at]) for row in rows[1:]]
        assert read[str(name)].to_list() == [
            datetime.datetime.combine(value, datetime.time()) if isinstance(value, datetime.date) else value
            for value in values
        ]


@settings(parent=_SETTINGS, max_examples=10)
@given(table=columns(_in_xml.map(lambda text: "".join(c for c in text if ord(c) < 0x10000)), _real))
def test_old_excel(tmp_path: Path, table: list[list[Any]]) -> None:
    filled = [[0.5 if cell is None else cell for cell in row] for row in zip(*table, strict=True)]
    path = tmp_path / "집값.xls"
    path.write_bytes(xls([names(table), *filled]))
    read = open_table(path).frame
    for at, name in enumerate(names(table)):
        values = [expected(row[at]) for row in filled]
        if all(isinstance(value, float) for value in values):
            assert read[name].to_list() == values
        else:
            found = read[name].to_list()
            assert [a for a, b in zip(found, values, strict=True) if isinstance(b, str) and a != b] == []
            assert all(math.isclose(float(a), b) for a, b in zip(found, values, strict=True) if isinstance(b, float))
