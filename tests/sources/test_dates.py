from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.sources.dates import _LOOKS, DatesFound, dates_in_integers, find_dates, is_format, parse_dates
from netwright.sources.plain_numbers import number_facts


def found(*texts):
    return find_dates(pl.Series(texts), pl.Series([1] * len(texts)))


D = datetime


@pytest.mark.parametrize(
    ("texts", "form", "moments"),
    [
        (("2019-01-03", "2019-1-4"), "%Y-%m-%d", [D(2019, 1, 3), D(2019, 1, 4)]),
        (("2019/1/3",), "%Y/%m/%d", [D(2019, 1, 3)]),
        (("2019.01.03", "2019. 1. 4."), "%Y.%m.%d", [D(2019, 1, 3), D(2019, 1, 4)]),
        (("13/01/2019", "02/03/2019"), "%d/%m/%Y", [D(2019, 1, 13), D(2019, 3, 2)]),
        (("01/13/2019", "02/03/2019"), "%m/%d/%Y", [D(2019, 1, 13), D(2019, 2, 3)]),
        (("31.12.2019",), "%d.%m.%Y", [D(2019, 12, 31)]),
        (("12.31.2019",), "%m.%d.%Y", [D(2019, 12, 31)]),
        (("31-12-2019",), "%d-%m-%Y", [D(2019, 12, 31)]),
        (("1949-01", "1949-12"), "%Y-%m", [D(1949, 1, 1), D(1949, 12, 1)]),
        (("1949/01",), "%Y/%m", [D(1949, 1, 1)]),
        (("20190103",), "%Y%m%d", [D(2019, 1, 3)]),
        (("2019년 1월 3일", "2019년12월31일"), "%Y년 %m월 %d일", [D(2019, 1, 3), D(2019, 12, 31)]),
        (("2019년 1월",), "%Y년 %m월", [D(2019, 1, 1)]),
        (("3-Jan-2019", "4 February 2019"), "%d %b %Y", [D(2019, 1, 3), D(2019, 2, 4)]),
        (("Jan 3, 2019",), "%b %d, %Y", [D(2019, 1, 3)]),
        (("2012-01-01 05:00:00",), "%Y-%m-%d %H:%M:%S", [D(2012, 1, 1, 5)]),
        (("2012-01-01T05:06", "2012-01-02"), "%Y-%m-%d %H:%M:%S", [D(2012, 1, 1, 5, 6), D(2012, 1, 2)]),
        (("2012-01-01 05:06:07.250Z",), "%Y-%m-%d %H:%M:%S", [D(2012, 1, 1, 5, 6, 7, 250000)]),
        (("2012-01-01 05:06:07+09:00",), "%Y-%m-%d %H:%M:%S", [D(2012, 1, 1, 5, 6, 7)]),
        (("1/13/2019 1:05 PM", "1/14/2019 12:05 am"), "%m/%d/%Y %H:%M:%S",
         [D(2019, 1, 13, 13, 5), D(2019, 1, 14, 0, 5)]),
        (("2019-01-03 오후 3:20:00", "2019-01-03 오전 12:20"), "%Y-%m-%d %H:%M:%S",
         [D(2019, 1, 3, 15, 20), D(2019, 1, 3, 0, 20)]),
    ],
)  # fmt: skip
def test_formats(texts, form, moments):
    dates = found(*texts)
    assert dates is not None
    assert (dates.format, dates.share) == (form, 1.0)
    assert parse_dates(pl.Series(texts), dates.format).to_list() == moments


def test_ambiguous_order_is_told():
    assert found("01/03/2019", "02/04/2019").other == "%d/%m/%Y"
    assert found("01/03/2019", "02/04/2019").format == "%m/%d/%Y"
    assert found("01/13/2019", "02/04/2019").other == ""
    assert found("03.01.2019").format == "%d.%m.%Y"


@pytest.mark.parametrize(
    "texts", [("a",), ("2019-13-01",), ("2019-02-30",), ("1234-12",), ("99991399",), ("12:30",), ("2019",), ("1.5",)]
)
def test_no_dates(texts):
    assert found(*texts) is None


def test_share_below_the_whole():
    dates = find_dates(pl.Series(["2019-01-03", "2019-01-04", "2020-02-30"]), pl.Series([10, 9, 1]))
    assert dates is not None
    assert dates.share == 0.95
    assert find_dates(pl.Series(["2019-01-03", "soon"]), pl.Series([95, 5])) == DatesFound("%Y-%m-%d", 0.95)
    assert find_dates(pl.Series(["2019-01-03", "soon"]), pl.Series([85, 15])) is None
    dates = find_dates(pl.Series([f"2019-01-{d:02}" for d in range(1, 20)] + ["0000-00-00"]), pl.Series([1] * 20))
    assert dates is not None
    assert dates.share == 0.95


def test_other_formats_go_to_strptime():
    assert parse_dates(pl.Series(["3|1|2019", "x"]), "%d|%m|%Y").to_list() == [D(2019, 1, 3), None]
    assert parse_dates(pl.Series(["2019-01-03", None, "soon"]), "").to_list() == [D(2019, 1, 3), None, None]


def test_integers():
    def are_dates(*values):
        return dates_in_integers(number_facts({"x": pl.Series(values, dtype=pl.Float64)})["x"])

    assert are_dates(20190103.0, 20200229.0, None)
    assert not are_dates(20190229.0)
    assert not are_dates(18991231.0)
    assert not are_dates(21000101.0)
    assert not are_dates(None)
    assert not are_dates(20190103.5)


@pytest.mark.parametrize("form", [look + clock for look in _LOOKS for clock in ("", " %H:%M:%S")])
def test_every_format_that_is_found_may_be_read_later(form: str) -> None:
    assert is_format(form)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*"%YmdHMSfbyjpsTz3.-_: x년", "%Y", "%m", "%d", "%.f", "%3f", "%:z"]), max_size=9))
def test_a_format_that_is_one_reads_any_text(parts: list[str]) -> None:
    texts = pl.Series(["2019-01-03", "2019-01-03 14:30:00", "x", "", None, "%", "12:30 PM", "9" * 40, "2024년 1월"])
    if is_format("".join(parts)):
        assert parse_dates(texts, "".join(parts)).dtype.base_type() == pl.Datetime
