from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.spreadsheet import csv_text, harmless
from tests.fuzz import cells


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=cmd|' /C calc'!A1", "'=cmd|' /C calc'!A1"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        ("-inf", "'-inf"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("  =1", "'  =1"),
        ('"=1', "'\"=1"),
        (' "\t=1', "' \"\t'=1"),
        ("＝1+1", "'＝1+1"),
        ("x;=1+1", "x;'=1+1"),
        ("x\n=1+1", "x\n'=1+1"),
        ("-1;=2", "-1;'=2"),
        ("+82-10-1234", "'+82-10-1234"),
    ],
)
def test_formulas_get_an_apostrophe(text: str, safe: str) -> None:
    assert harmless(text) == safe


@pytest.mark.parametrize(
    "text", ["", " ", "-1", "+2.5", " -1 ", "-.5", "-1e-5", "a=1", "1-2", "x;-1", "'=1+1", "서울", "a@b.c", "(=1)"]
)
def test_others_stay(text: str) -> None:
    assert harmless(text) == text


def computes(cell: str) -> bool:
    """Whether a spreadsheet would take a cell for something to compute, other than a plain number."""
    bare = cell.lstrip(' "\t\r\n')
    if not bare or bare[0] not in "=+-@＝＋－＠":
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return cell.strip().lstrip("+-")[0] not in "0123456789."


def begins_with_control(cell: str) -> bool:
    return cell.lstrip(' "')[:1] in ("\t", "\r")


_TEXT = st.one_of(cells.any_cell, st.text(st.sampled_from("=+-@ \t\r\n;\"'1.eE＝a,"), max_size=8))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(names=st.lists(_TEXT, min_size=1, max_size=4, unique=True), data=st.data())
def test_no_table_runs_anything(names: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(_TEXT, min_size=len(names), max_size=len(names)), max_size=4))
    columns = {name: pl.Series([row[at] for row in rows], dtype=pl.String) for at, name in enumerate(names)}
    text = csv_text(pl.DataFrame(columns))
    read = list(csv.reader(io.StringIO(text, newline="")))
    for written, own in zip([names, *rows], read, strict=True):
        for before, after in zip(written, own or [""], strict=True):
            assert not computes(after) and not begins_with_control(after)
            assert after == before or after.replace("'", "") == before.replace("'", "")
            # where the comma is the decimal mark, a semicolon separates cells, and what follows a line end is a row
            for separator in ";\n\t\r":
                assert not any(computes(part) for part in after.split(separator)), after


def test_names_that_become_alike_stay_apart() -> None:
    assert csv_text(pl.DataFrame({"'=a": [1], "=a": [2], "''=a": [3]})).splitlines() == ["'=a,''=a,'''=a", "1,2,3"]


def test_numbers_are_no_texts() -> None:
    assert csv_text(pl.DataFrame({"a": [-1.5, None], "b": ["-1", None]})) == "a,b\n-1.5,-1\n,\n"
