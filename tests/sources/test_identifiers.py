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


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("후기", [f"배송이 {k}일 만에 왔고 품질이 좋아요" for k in range(60)], "text"),
        ("review", [f"Arrived in {k} days and works well" for k in range(60)], "text"),
        ("설명", [f"방이 {k}개인 조용한 집입니다" for k in range(60)], "text"),
        ("Name", [f"Berg, Mrs. Anna of {k}" for k in range(60)], "identifier"),
        ("who", [f"Berg, Mrs. Anna {'ABCDEFGHIJ'[k % 10]}. {'KLMNOP'[k // 10]}." for k in range(60)], "identifier"),
        ("customerName", [f"the house of {k} dogs" for k in range(60)], "identifier"),
        ("주소", [f"서울시 강남구 역삼동 {k}번지" for k in range(60)], "identifier"),
        ("단지명", [f"래미안 {k}차 강남 타워" for k in range(60)], "identifier"),
        ("where", [f"{k} 10{k} 4{k} gate" for k in range(60)], "identifier"),
    ],
)
def test_sentences_are_text_and_names_are_not(name, values, kind):
    assert why_texts_identify(texts(values), 60, name)[0] == kind
