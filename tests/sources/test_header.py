from __future__ import annotations

import pytest

from netwright.base.errors import DataError
from netwright.sources.header import column_names, has_header, refuse_twins


def rows(text):
    return [[cell or None for cell in line.split(",")] for line in text.split()]


@pytest.mark.parametrize(
    "text",
    [
        "name,age a,1 b,2",
        "name,town a,x b,y",
        "city,2019,2020,2021 Seoul,5,6,7 Busan,2,3,4",
        "country,2020 Korea,51.8 Japan,125.8",
        "id,1990,2000 1,0.5,0.7 2,0.3,0.2",
        "city,0,1,2 Seoul,5,6,7 Busan,8,3,4",
        "key,key,1970,1971,1972 key,key,n,n,n a,b,5,6,7 a,c,8,9,10",
        "a,b NA,1 ?,2",
        "1970,1971,1972",
        "price,1 5,2 6,3",
    ],
)
def test_header(text):
    first, *body = rows(text)
    assert has_header(first, body)


@pytest.mark.parametrize(
    "text",
    [
        "M,0.455,0.365 F,0.35,0.2 M,0.5,0.4",
        "1,2 3,4",
        "1,2,3 4,5,6 3,2,3",
        "5,2010,2011 6,2012,2014 7,2009,2015",
        "5,7,2010,8 6,8,400,9 7,9,600,7",
        "0,1,2 7,8,9 0,5,5",
        "4,5,6 7,8,9",
        "a,x b,x",
        "$5,a 6,b",
        "?,2.5 1,3.5",
        "1.5,2.5,3.5 7,8,9",
        "-1,a -2,b",
    ],
)
def test_no_header(text):
    first, *body = rows(text)
    assert not has_header(first, body)


def test_names():
    assert column_names([" a ", None, "", "b"], 5, "f.csv") == [" a ".strip(), "c2", "c3", "b", "c5"]
    assert column_names(None, 3, "f.csv") == ["c1", "c2", "c3"]


def test_twins_are_refused():
    with pytest.raises(DataError) as caught:
        column_names(["a", "b", "a", "값", "값"], 5, "f.csv")
    assert str(caught.value) == (
        "the columns of f.csv must have names of their own, got 'a', '값' more than once. "
        "Rename them, or pass --header no if the first row is data."
    )


def test_different_names_pass():
    assert refuse_twins(["a", "A", "b"], "f.csv") is None


def test_a_first_row_of_endless_numbers_is_data():
    rows = [["7" * 5_000, "1", "2"], ["8" * 5_000, "3", "4"], ["9" * 5_000, "5", "6"]]
    assert not has_header(rows[0], rows[1:])
