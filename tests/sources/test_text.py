from __future__ import annotations

import csv
import gzip
import hashlib
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.base.table import Reading
from netwright.sources.contract import ReadOptions
from netwright.sources.files import FileBytes
from netwright.sources.registry import open_table
from netwright.sources.text import read_text


def read(text, suffix=".csv", **options):
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    return read_text(FileBytes(f"f{suffix}", "f", suffix, data, "print"), ReadOptions(**options))


def content(text, suffix=".csv", **options):
    table = read(text, suffix, **options)
    return [tuple(table.frame.columns), *table.frame.rows()]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends(ending, last):
    text = ending.join(["a,b", "1,2", "3,4"]) + (ending if last else "")
    assert content(text) == [("a", "b"), ("1", "2"), ("3", "4")]


def test_untyped_table():
    table = read("이름,값\n서울,1\n부산,\n".encode("cp949"))
    assert table.frame.rows() == [("서울", "1"), ("부산", None)]
    assert [(c.name, c.kind, c.role) for c in table.schema.columns] == [
        ("이름", "unknown", "feature"), ("값", "unknown", "feature"),
    ]  # fmt: skip
    assert table.rows.tolist() == [0, 1]
    assert table.source.how == ("cp949", "comma", "header")
    assert table.source.hint == "--encoding, --separator, --header"
    assert (table.source.name, table.source.stem, table.source.fingerprint) == ("f.csv", "f", "print")


def test_nothing_is_hinted_at_where_everything_was_given():
    assert read("a,b\n1,2\n", separator=",", header="yes").source.hint == ""


def test_gzip_and_fingerprint(tmp_path):
    packed = gzip.compress("이름\t값\n서울\t1\n".encode("utf-16"))
    (tmp_path / "집값 자료.tsv.gz").write_bytes(packed)
    table = open_table(tmp_path / "집값 자료.tsv.gz")
    assert table.frame.rows() == [("서울", "1")]
    assert (table.source.name, table.source.stem) == ("집값 자료.tsv.gz", "집값 자료")
    assert table.source.how == ("utf-16-le", "tab", "header")
    assert table.source.fingerprint == hashlib.sha256(packed).hexdigest()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sep=;\na;b\n1,5;2\n", [("a", "b"), ("1,5", "2")]),
        ('"sep=,"\na,b\n1,2\n', [("a", "b"), ("1", "2")]),
        ("# made by hand, in May\n#\na,b\n1,2\n", [("a", "b"), ("1", "2")]),
        ("\n\n# x\n\na,b\n1,2\n", [("a", "b"), ("1", "2")]),
        ("# x, y\n#a,b\n1,2\n3,4\n", [("a", "b"), ("1", "2"), ("3", "4")]),
        ("# a  b\n1 2\n3 4\n", None),
        ("#,name\n1,x\n2,y\n", [("#", "name"), ("1", "x"), ("2", "y")]),
        ("a,,b\n1,2,3\n", [("a", "c2", "b"), ("1", "2", "3")]),
        (",a\n0,x\n1,y\n", [("c1", "a"), ("0", "x"), ("1", "y")]),
        ("a,b,\n1,2,\n3,4,\n", [("a", "b"), ("1", "2"), ("3", "4")]),
        ("1,2,\n3,4,\n", [("c1", "c2"), ("1", "2"), ("3", "4")]),
        ("a,b\n\x00,1\n2,\x003\n", [("a", "b"), (None, "1"), ("2", "3")]),
        ('a,b\nx\x00\x00  ,"y\x00"\nz ,\x00 2\n', [("a", "b"), ("x", "y"), ("z", "2")]),
        ("a,b\n1,2\n\x00\x00", [("a", "b"), ("1", "2")]),
        ("a,b\n1,2\n\x1a", [("a", "b"), ("1", "2")]),
        ("a,b\n1,2\n\x1a\x00", [("a", "b"), ("1", "2")]),
        ("a , b\n x, y z \n", [("a", "b"), ("x", "y z")]),
        ("x\n1,5\n2,5\n", [("x",), ("1,5",), ("2,5",)]),
    ],
)
def test_what_stands_around_the_table(text, expected):
    if expected is None:
        assert content(text, ".txt") == [("a", "b"), ("1", "2"), ("3", "4")]
    else:
        assert content(text) == expected


@pytest.mark.parametrize("inside", ["0.82\x006", "0.82\x00 6", "0.82 \x00\x006"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_nul_inside_a_cell(inside, end):
    with pytest.raises(DataError) as caught:
        read(end.join(["a,b", "1,2", f"{inside},3", f"{inside},3", ""]))
    assert str(caught.value) == (
        "the cells of f.csv must hold no NUL characters, got one in line 3 between '2' and '6'. Correct that line, "
        "or pass --encoding if the file is written in one with two bytes a letter."
    )


def test_nuls_of_utf_16_are_none_of_the_text():
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        assert content("a,b\n1,x\n2,y\n".encode(encoding)) == [("a", "b"), ("1", "x"), ("2", "y")]


def test_given_separator_and_header():
    assert content("a;b\n1;2\n", separator=",") == [("a;b",), ("1;2",)]
    assert content("a,b\nc,d\n", header="no") == [("c1", "c2"), ("a", "b"), ("c", "d")]
    assert content("1,2\n3,4\n", header="yes") == [("1", "2"), ("3", "4")]
    assert content("#a,b\n1,2\n", header="no") == [("c1", "c2"), ("1", "2")]


def test_given_decimal_is_handed_on():
    assert read("a;b\n1;2\n", decimal=",").schema["a"].reading == Reading(decimal=",", thousands=".")
    assert read("a;b\n1;2\n", decimal=".").schema["a"].reading == Reading(decimal=".", thousands=",")
    assert read("a;b\n1;2\n", decimal=",").source.how[-1] == "decimal comma"
    assert read("a;b\n1;2\n", decimal=".").source.how[-1] == "decimal point"
    assert read("a;b\n1;2\n").schema["a"].reading == Reading()


def test_close_call_of_the_encoding_is_noted():
    assert "close call" in read("뷁,똠방\n뷁,1\n".encode("cp949")).source.notes[0]


@pytest.mark.parametrize("text", ["", "  \n\n", b"\xef\xbb\xbf\n"])
def test_empty(text):
    with pytest.raises(DataError, match=r"^f\.csv must hold a table, got "):
        read(text)


def test_messages_of_nothing():
    with pytest.raises(DataError, match=r"^f\.csv must hold a table, got an empty file\.$"):
        read("\n")
    with pytest.raises(DataError, match=r"^f\.csv must hold a table, got no line that is not blank or a comment\.$"):
        read("# only\n# words\n")


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "a,b\n,\n\n"])
def test_header_only(text):
    with pytest.raises(DataError) as caught:
        read(text)
    assert str(caught.value) == (
        "f.csv must hold rows below its first line, got a header and no rows. Pass --header no if that line is data."
    )


def test_ragged_line_is_counted_in_the_file():
    with pytest.raises(DataError, match=r"got 3 in line 6\."):
        read("# one\n# two\na,b\n1,2\n\n3,4,5\n")
    with pytest.raises(DataError, match=r"got 3 in line 4\."):
        read("sep=,\na,b\n1,2\n3,4,5\n")


def test_twin_columns():
    with pytest.raises(DataError, match=r"^the columns of f\.csv must have names of their own, got 'a' more than once"):
        read("a,a\n1,2\n")


def test_binary():
    with pytest.raises(DataError, match="must be a text file, got a zip archive or an Excel workbook"):
        read(b"PK\x03\x04...")


WORDS = st.text(st.sampled_from("abz가나 .,;|'\"#-1"), max_size=5)
NAMES = st.lists(st.text(st.sampled_from("abc가나다xyz"), min_size=1, max_size=4), min_size=1, max_size=4, unique=True)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    names=NAMES,
    data=st.data(),
    separator=st.sampled_from(",;|\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp949"]),
)
def test_round_trip(names, data, separator, quoting, ending, encoding):
    row = st.lists(WORDS, min_size=len(names), max_size=len(names)).filter(lambda row: any(map(str.strip, row)))
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    written = io.StringIO()
    csv.writer(written, delimiter=separator, quoting=quoting, lineterminator=ending).writerows([names, *rows])
    options = {"separator": separator, "header": "yes", "encoding": encoding}
    table = read(written.getvalue().encode(encoding), **options)
    assert table.frame.columns == names
    assert table.frame.rows() == [tuple(cell.strip() or None for cell in row) for row in rows]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    n_columns=st.integers(2, 5),
    cells=st.lists(st.sampled_from(["1", "2.5", "-3", "red", "서울시 구", "", "2020-01-02"]), min_size=30, max_size=30),
    separator=st.sampled_from(",;|\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp949"]),
)
def test_separator_and_encoding_are_found(n_columns, cells, separator, encoding):
    rows = [cells[at : at + n_columns] for at in range(0, 30 - n_columns, n_columns)]
    rows = [row for row in rows if any(row)] or [["1"] * n_columns]
    lines = [separator.join(f"이름{at}" for at in range(n_columns)), *(separator.join(row) for row in rows)]
    table = read("\n".join(lines).encode(encoding), header="yes")
    assert table.frame.columns == [f"이름{at}" for at in range(n_columns)]
    assert table.frame.rows() == [tuple(cell or None for cell in row) for row in rows]


def test_long_tables_are_read_whole():
    body = "".join(f"{k},{k % 7},x{k % 3}\n" for k in range(40_000))
    table = read("a,b,c\n" + body)
    assert table.n_rows == 40_000
    assert table.frame.row(39_999) == ("39999", "1", "x0")


@pytest.mark.parametrize("text", ['\n""|""\n\n', ",,\n,,\n", "#a,b\n,\n"])
def test_lines_of_nothing_but_empty_cells(text):
    with pytest.raises(
        DataError, match=r"^f\.csv must hold (a table, got lines of nothing but empty cells|rows below)"
    ):
        read(text)


def test_marks_of_byte_order_at_the_start_of_lines_go():
    assert content("\ufeff\ufeffa,b\n1,2\n\ufeff3,4\n") == [("a", "b"), ("1", "2"), ("3", "4")]
    assert content("sep=;\n\ufeffa;b\n1;2\n") == [("a", "b"), ("1", "2")]
