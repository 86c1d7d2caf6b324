from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.sources.numbers import NumberStyle, find_style, parse_numbers, unit_of, without_signs


def found(*texts, **options):
    return find_style(pl.Series(texts), pl.Series([1] * len(texts)), **options)


@pytest.mark.parametrize(
    ("texts", "decimal", "thousands"),
    [
        (("1", "-2.5", "+3e-2", ".5", "5."), ".", ""),
        (("1,234", "12"), ".", ","),
        (("1,234.5", "12"), ".", ","),
        (("1,5", "12"), ",", ""),
        (("1.234,5", "12"), ",", "."),
        (("1.234.567", "12"), ",", "."),
        (("1 234", "1 234 567,5"), ",", " "),
        (("1 234", "5"), ".", " "),
        (("1\u00a0234", "1\u202f234.5"), ".", " "),
        (("1'234", "5.5"), ".", "'"),
        (("1’234",), ".", "'"),
        (("0,500", "1,234"), ",", ""),
        (("1,234", "12,5"), ",", ""),
        (("$1,234", "₩5"), ".", ","),
        (("5 %", "6,5%"), ",", ""),
        (("(1,161.56)", "12"), ".", ","),
        (("(1.161,56)", "12"), ",", "."),
        (("(500)", "0.5"), ".", ""),
    ],
)
def test_style(texts, decimal, thousands):
    style = found(*texts)
    assert (style.style, style.share) == (NumberStyle(decimal, thousands), 1.0)


def test_ambiguity_is_told():
    assert found("1,234", "12").other == NumberStyle(",", "")
    assert found("1,234.5").other is None
    assert found("1,5").other is None
    assert found("1.5").other is None
    assert found("12").other is None


def test_preferred_and_given_marks():
    assert found("1,234", decimal=",").style == NumberStyle(",", "")
    assert found("1.234", decimal=",").style == NumberStyle(",", ".")
    assert found("1.25", decimal=",").style == NumberStyle(".", "")
    assert found("1.25", "7", decimal=",", given=True).share == 0.5
    assert found("1,5", decimal=".", given=True).share == 0.0
    assert found("1,234", decimal=".", given=True).other is None
    assert found("12", decimal=",").style == NumberStyle(".", "")


def test_brackets_alone_are_references():
    assert found("(1)", "(2)").share == 0.0
    assert found("(1)", "(2)", "x").share == 0.0
    assert found("(1)", "2").share == 1.0
    assert found("(1,161.56)", "(5)").style == NumberStyle(".", ",")  # for --kind numeric


def test_share_counts_cells():
    style = find_style(pl.Series(["1", "x"]), pl.Series([9, 1]))
    assert style.share == 0.9
    assert found("x", "y").share == 0.0
    assert found("information").share == 0.0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e309", float("inf")), ("-Infinity", float("-inf")), ("inf", float("inf")), ("−5", -5.0),
        ("$ 5", 5.0), ("-$5", -5.0), ("$-5", -5.0), ("€3.5", 3.5), ("4,500원", 4500.0), ("¥1,000", 1000.0),
        ("20%", 20.0), ("1,234,567.5", 1234567.5), ("12,34", None), ("1,23,456", None), ("0,123", None),
        ("nan", None), ("1_000", None), ("0x10", None), ("5 kg", None), ("1 2", None), ("--1", None), ("e5", None),
        ("", None), (None, None), ("1.2.3", None),
        ("(500)", -500.0), ("(1,161.56)", -1161.56), ("( $5 )", -5.0), ("$(5)", -5.0), ("(5)%", -5.0), ("(5 %)", -5.0),
        ("(a)", None), ("()", None), ("(-5)", None), ("-(5)", None), ("(1)(2)", None), ("(1", None), ("1)", None),
        ("(5 kg)", None),
    ],
)  # fmt: skip
def test_parse(text, value):
    assert parse_numbers(pl.Series([text], dtype=pl.String), NumberStyle(".", ",")).to_list() == [value]


def test_decimal_comma_takes_no_points():
    values = parse_numbers(pl.Series(["1,5", "1.5", "7"]), NumberStyle(",", ""))
    assert values.to_list() == [1.5, None, 7.0]


def test_signs():
    assert without_signs(pl.Series(["$5", "5 ₩", "-£2", "3％", "x$y"])).to_list() == ["5", "5", "-2", "3", "x$y"]
    assert unit_of(pl.Series(["$5", "$6.5"])) == "$"
    assert unit_of(pl.Series(["$5", "€6"])) == ""
    assert unit_of(pl.Series(["5"])) == ""


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    values=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=5),
    style=st.sampled_from([NumberStyle(".", ","), NumberStyle(",", "."), NumberStyle(".", " "), NumberStyle(",", "'")]),
)
def test_what_is_written_in_a_style_is_read_in_it(values, style):
    texts = [
        f"{value / 100:,.2f}".translate(str.maketrans({",": style.thousands, ".": style.decimal})) for value in values
    ]
    assert parse_numbers(pl.Series(texts), style).to_list() == [value / 100 for value in values]
