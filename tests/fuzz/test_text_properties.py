"""Whole text files: the cells that were written are the cells that are read."""

from __future__ import annotations

import csv
import gzip
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from netwright.base.errors import UserError
from netwright.base.settings import Settings
from netwright.preparation.load import read_table
from netwright.sources.registry import ReadOptions, open_table
from tests.fuzz import cells, texts
from tests.fuzz.judge import check_message, check_table
from tests.fuzz.second import WHITE_SPACE

_SETTINGS = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_QUOTINGS = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)

manners = st.builds(
    texts.Manner,
    encoding=st.sampled_from(sorted(set(texts.ENCODINGS))),
    separator=st.sampled_from(sorted(set(texts.SEPARATORS))),
    line_end=st.sampled_from(sorted(set(texts.LINE_ENDS))),
    quoting=st.sampled_from(_QUOTINGS),
)


def as_read(rows: list[list[str]]) -> list[tuple[str | None, ...]]:
    """The rows below the header as netwright has them: no blanks around cells, no rows of nothing at the end."""
    read = [tuple(cell.strip(WHITE_SPACE) or None for cell in row) for row in rows[1:]]
    if len(rows[0]) == 1:
        read = [row for row in read if row[0] is not None]
    while read and not any(read[-1]):
        del read[-1]
    return read


def holds(rows: list[list[str]], how: texts.Manner) -> bool:
    """Whether an encoding has all the letters of a table."""
    try:
        texts.text_of(rows, how).encode(how.encoding)
    except UnicodeEncodeError:
        return False
    return True


@_SETTINGS
@given(rows=cells.tables(cells.sound_cell), how=manners, packed=st.booleans())
def test_told_how_a_file_is_written_every_cell_is_read_as_it_is(
    tmp_path: Path, rows: list[list[str]], how: texts.Manner, packed: bool
) -> None:
    assume(holds(rows, how))
    expected = as_read(rows)
    data = texts.written(rows, how)
    path = tmp_path / ("집값.csv.gz" if packed else "집값.csv")
    path.write_bytes(gzip.compress(data) if packed else data)
    options = ReadOptions(encoding=how.encoding, separator=how.separator, header="yes")
    if not expected:
        with pytest.raises(UserError, match=r"rows below its first line|no rows"):
            open_table(path, options)
        return
    table = open_table(path, options)
    assert table.schema.names == rows[0]
    assert table.frame.rows() == expected


ordinary_cell = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: f"{value:.3f}"),
    st.sampled_from(
        ("서울특별시", "부산광역시", "경기도", "남", "여", "아파트, 신축", '큰 "집"', "", "3층", "2020-01-05")
    ),
)


@_SETTINGS
@given(
    rows=st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(ordinary_cell, min_size=width, max_size=width), min_size=3, max_size=9).map(
            lambda below: [[f"이름 {at}" for at in range(width)], *below]
        )
    ),
    how=manners,
)
def test_ordinary_korean_tables_need_no_telling(tmp_path: Path, rows: list[list[str]], how: texts.Manner) -> None:
    assume(holds(rows, how) and as_read(rows))
    path = tmp_path / "집값.csv"
    path.write_bytes(texts.written(rows, how))
    table = open_table(path)
    assert (table.schema.names, table.frame.rows()) == (rows[0], as_read(rows))


@_SETTINGS
@given(
    values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=20, unique=True),
    spelling=st.sampled_from(("{!r}", "{:.17e}", "{:+.17g}", "{:.20f}")),
)
def test_numbers_are_those_of_the_text(tmp_path: Path, values: list[float], spelling: str) -> None:
    cells_ = [spelling.format(value) for value in values]
    assume(len({float(cell) for cell in cells_}) > 2)
    path = tmp_path / "수.csv"
    path.write_text("x,y\n" + "".join(f"{cell},k{at % 3}\n" for at, cell in enumerate(cells_)), encoding="utf-8")
    table = read_table(path, Settings(kind=("x=numeric",)))
    assert table["x"].to_list() == [float(cell) for cell in cells_]


@_SETTINGS
@given(
    rows=st.lists(st.lists(cells.any_cell, min_size=1, max_size=4), min_size=1, max_size=6),
    how=manners,
    bare=st.booleans(),
    options=st.fixed_dictionaries(
        {},
        optional={
            "encoding": st.sampled_from(
                ("utf-8", "cp949", "utf-16", "latin-1", "utf-7", "punycode", "idna", "base64", "x")
            ),
            "separator": st.one_of(st.sampled_from((",", "tab", "blank", "\0", "가", "")), st.text(max_size=2)),
            "header": st.sampled_from(("yes", "no")),
            "decimal": st.sampled_from((".", ",")),
            "missing": st.tuples(cells.any_cell),
        },
    ),
)
def test_anything_is_a_table_or_a_refusal(
    tmp_path: Path, rows: list[list[str]], how: texts.Manner, bare: bool, options: dict[str, Any]
) -> None:
    how = texts.Manner(how.encoding, how.separator, how.line_end, None if bare else how.quoting)
    path = tmp_path / "집값.txt"
    path.write_bytes(texts.written(rows, how))
    try:
        table = read_table(path, Settings(**options))
    except UserError as error:
        check_message(str(error))
    else:
        check_table(table)
        assert all(math.isfinite(value) for column in table.schema.columns if column.kind == "numeric"
                   for value in table[column.name].drop_nulls())  # fmt: skip
