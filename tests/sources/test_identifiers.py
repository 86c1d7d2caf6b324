from __future__ import annotations

import polars as pl
import pytest

from netwright.sources.distinct import Distinct
from netwright.sources.identifiers import is_named_like_an_identifier, why_numbers_identify, why_texts_identify
from netwright.sources.plain_numbers import number_facts


@pytest.mark.parametrize(
    "name",
    ["id", "ID", "Bean ID", "customerID", "PassengerId", "record_id", "userid", "order no", "고객번호", "상품 코드",
     "고객ID",     "row-key", "uuid", "id_of_house", "idx", "zip_code"],
)  # fmt: skip
def test_names(name):
    assert is_named_like_an_identifier(name)


@pytest.mark.parametrize(
    "name", ["paid", "valid", "grid", "no of rooms", "number", "집값", "", "codec", "monkey", "x1"]
)
def test_other_names(name):
    assert not is_named_like_an_identifier(name)


def numbers(values):
    return number_facts({"x": pl.Series(values, dtype=pl.Float64)})["x"]


def test_row_numbers():
    assert why_numbers_identify("x", numbers(range(20)), 20) == "row number"
    assert why_numbers_identify("x", numbers([*range(1, 20, 2), *range(20, 0, -2)]), 20) == "row number"
    assert why_numbers_identify("x", numbers(range(2, 22)), 20) == ""
    assert why_numbers_identify("x", numbers([*range(19), 25]), 20) == ""
    assert why_numbers_identify("x", numbers([*range(19), None]), 20) == ""
    assert why_numbers_identify("x", numbers([*range(19), 18]), 20) == ""
    assert why_numbers_identify("x", numbers([k + 0.5 for k in range(20)]), 20) == ""
    assert why_numbers_identify("x", numbers(range(5)), 5) == ""


def test_unique_numbers_under_such_a_name():
    values = numbers([k * k for k in range(5, 25)])
    assert why_numbers_identify("house_id", values, 20) == "unique numbers under the name of an identifier"
    assert why_numbers_identify("area", values, 20) == ""
    assert why_numbers_identify("house_id", numbers([1.0] * 20), 20) == ""


def texts(values):
    return Distinct.of(pl.Series(values))


def test_texts():
    codes = [f"{k}-XY" for k in range(40)]
    assert why_texts_identify(texts(codes), 40) == ("identifier", "unique codes")
    assert why_texts_identify(texts(codes[:39] + codes[:1]), 40) == ("identifier", "nearly unique codes")
    assert why_texts_identify(texts(codes[:20] * 2), 40) == ("", "")
    assert why_texts_identify(texts(codes), 100) == ("", "")
    assert why_texts_identify(texts(codes[:5]), 5) == ("", "")
    assert why_texts_identify(texts([f"Kim {k}" for k in range(40)]), 40) == ("identifier", "unique names")


def test_long_texts():
    three_words = [f"the house {k}" for k in range(60)]
    assert why_texts_identify(texts(three_words), 60) == ("text", "60 different texts")
    assert why_texts_identify(texts(three_words * 2), 120) == ("text", "60 different texts")
    assert why_texts_identify(texts(three_words * 3), 180) == ("", "")
    assert why_texts_identify(texts([f"a house {'가' * 41}{k}" for k in range(60)]), 60)[0] == "text"
    assert why_texts_identify(texts([f"two {k}" for k in range(60)] * 2), 120) == ("", "")
