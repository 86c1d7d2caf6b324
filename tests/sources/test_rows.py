from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.sources import rows as module
from netwright.sources.rows import Place, cut

HERE = Place("f.csv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2", [("a", "b"), ("1", "2")]),
        ("a , b\n 1,2 \n", [("a", "b"), ("1", "2")]),
        ("a,b\n\n1,2\n   \n3,4\n\n", [("a", "b"), ("1", "2"), ("3", "4")]),
        ("a\n1\n\n2\n", [("a",), ("1",), ("2",)]),
        ('a,b\n"x\ny","q""z"\n', [("a", "b"), ("x\ny", 'q"z')]),
        ('a,b\n"x,y",""\n', [("a", "b"), ("x,y", None)]),
        ('a,b\n1, "x, y"\n', [("a", "b"), ("1", "x, y")]),
        ('a,b\n5" pipe,2\n', [("a", "b"), ('5" pipe', "2")]),
        ('a,b\n"x" y,2\n', [("a", "b"), ("x y", "2")]),
        ('a,b\n"5 inch,2\n6 inch,3\n', [("a", "b"), ('"5 inch', "2"), ("6 inch", "3")]),
        ("a,b,\n1,2,\n", [("a", "b", None), ("1", "2", None)]),
        ("a,b\n1,2,,\n3,4\n", [("a", "b"), ("1", "2"), ("3", "4")]),
        ("a,b,\n1,2\n", [("a", "b"), ("1", "2")]),
        ("a,b,\n1,2,3\n", [("a", "b", None), ("1", "2", "3")]),
        ("a,b\n,\n1,2\n,\n,\n", [("a", "b"), (None, None), ("1", "2")]),
        ('"a""b",c\n"""q""",2\n', [('a"b', "c"), ('"q"', "2")]),
    ],
)
def test_cut(text, expected):
    assert cut(text, ",", HERE).rows() == expected


def test_nothing():
    assert cut("", ",", HERE).shape == (0, 0)


def test_blanks():
    assert cut(" a b\n1   2 \n\n3\t4\n", " ", HERE).rows() == [("a", "b"), ("1", "2"), ("3", "4")]


def test_separator_beyond_ascii():
    assert cut("a¦b\n1¦2", "¦", HERE).rows() == [("a", "b"), ("1", "2")]


def test_keep_empty():
    assert cut('a\n""\nb\n""\n', ",", HERE, keep_empty=True).rows() == [("a",), (None,), ("b",), (None,)]
    assert cut("a,b\n,\n", ",", HERE, keep_empty=True).rows() == [("a", "b"), (None, None)]


def test_too_many_cells():
    with pytest.raises(DataError) as caught:
        cut("a,b\n1,2\n3,4,5\n", ",", Place("f.csv", lines_above=2))
    assert str(caught.value) == (
        "every row of f.csv must have 2 cells like its first one, got 3 in line 5. Correct that line; "
        "if the cells are not set apart by a comma, pass --separator."
    )


def test_too_few_cells_and_the_line_of_a_record_that_spans_lines():
    with pytest.raises(DataError, match=r"must have 3 cells like its first one, got 2 in line 4\."):
        cut('a,b,c\n1,"x\ny",3\n1,2\n', ",", HERE)


def test_quote_never_closed():
    with pytest.raises(DataError) as caught:
        cut('a,b\n1,2\n"5 inch,3\n4,2,5\n', ",", HERE)
    assert str(caught.value) == (
        "the quotes of f.csv must come in pairs, got one in line 3 that is never closed. "
        'Close it, or write it twice ("") where a cell contains a quote.'
    )


def test_regular_texts_take_the_fast_way(monkeypatch):
    def refuse(*_):
        raise AssertionError("cut row by row")

    monkeypatch.setattr(module, "_numbered_rows", refuse)
    assert cut('a,"b, c"\n1,"x ""y"""\n', ",", HERE).rows() == [("a", "b, c"), ("1", 'x "y"')]


CELLS = st.text(st.sampled_from("ab,;|\t\"'# 가\n.1"), max_size=6)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    table=st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=6)
    ),
    separator=st.sampled_from(",;|\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_both_ways_read_what_the_standard_library_writes(table, separator, quoting):
    written = io.StringIO()
    csv.writer(written, delimiter=separator, quoting=quoting, lineterminator="\n").writerows(table)
    expected = [tuple(cell.strip() or None for cell in row) for row in table]
    frame = cut(written.getvalue(), separator, HERE, keep_empty=True)
    filled = max((at for row in expected for at, cell in enumerate(row, 1) if cell), default=1)
    assert [row[:filled] for row in frame.rows()] == [row[:filled] for row in expected]


def test_result_is_texts():
    assert set(cut("a,b\n1,2\n", ",", HERE).dtypes) == {pl.String}


def test_a_quote_that_opens_a_cell_and_closes_inside_another_line_is_no_cell():
    # read loosely, the two lines would become one row whose cell holds a line end: nobody meant that
    assert cut('a,b\n"5 inch,2\n"6 inch,3\n', ",", HERE).rows() == [("a", "b"), ('"5 inch', "2"), ('"6 inch', "3")]


def test_a_torn_quote_among_quoted_cells_is_refused():
    with pytest.raises(DataError) as caught:
        cut('a,b\n"x",1\n"5 inch,2\n"6 inch,3\n', ",", Place("f.csv", lines_above=1))
    assert str(caught.value) == (
        "the quotes of f.csv must enclose whole cells, got one that opens in line 4 and closes inside a cell of line "
        '5. Close it, or write it twice ("") where a cell contains a quote.'
    )


def test_a_quote_never_closed_among_quoted_cells_is_refused():
    with pytest.raises(DataError, match=r"must come in pairs, got one in line 3 that is never closed"):
        cut('a,b\n"x",1\n"y,2\nz,3\n', ",", HERE)


def test_a_quote_never_closed_after_a_loose_one_takes_no_rows():
    # the second error was not seen after the first: the rest of the file became one cell
    rows = cut('a,b\n"x" y,2\n1,"5 inch\n3,4\n5,6\n', ",", HERE).rows()
    assert rows == [("a", "b"), ('"x" y', "2"), ("1", '"5 inch'), ("3", "4"), ("5", "6")]


@pytest.mark.parametrize("cell", ["x" * 300_000, '"' + "x" * 300_000 + '\ny"'])
def test_long_cells_are_read_row_by_row_too(cell):
    limit = csv.field_size_limit()
    (_, (first, second)) = cut(f'a,b\n{cell},"1\n2"\n', ",", HERE).rows()
    assert (len(first), second, csv.field_size_limit()) == (len(cell.strip('"')), "1\n2", limit)


def test_endless_cells_are_refused(monkeypatch):
    monkeypatch.setattr(module, "_LONGEST_CELL", 100)
    with pytest.raises(DataError) as caught:
        cut(f'a,b\n1,2\n5" ,{"x" * 101}\n"1\n2",3\n', ",", HERE)
    assert str(caught.value) == (
        "the cells of f.csv must have at most 100 characters, got more in line 3. Correct that line, or leave the "
        "column out of the file."
    )


@pytest.mark.parametrize("text", [",".join("a" * 50_001), ",".join("a" * 50_001) + '\n"\n"' + "," * 50_000])
def test_too_many_columns(text):
    with pytest.raises(DataError, match=r"^f\.csv must have at most 50,000 columns, got 50,001\. Check the line ends"):
        cut(text, ",", HERE)


def test_half_a_character_is_refused():
    with pytest.raises(DataError, match=r"^f\.csv must hold whole characters, got half of one in line 2\."):
        cut("a,b\n1,\ud800\n", ",", HERE)


@pytest.mark.parametrize("control", ["\x1c", "\x1f"])
def test_separating_controls_are_letters_in_both_ways(control):
    assert cut(f"a,b\n1,{control}\n", ",", HERE).rows() == [("a", "b"), ("1", control)]
    assert cut(f'a,b\n"1\n2",{control}\n', ",", HERE).rows() == [("a", "b"), ("1\n2", control)]
