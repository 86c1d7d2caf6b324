from __future__ import annotations

from pathlib import Path

import pytest

from netwright.base.errors import PlanError
from netwright.sources.contract import FIND_EVERYTHING, ReadOptions, is_path, suffix_of


def test_options_given():
    assert FIND_EVERYTHING.given() == ()
    assert ReadOptions(header="yes", sheet="A").given() == ("header", "sheet")


def test_header_must_be_one_of_three():
    with pytest.raises(PlanError, match=r"^--header must be one of auto, yes, no, got 'maybe'\.$"):
        ReadOptions(header="maybe")  # type: ignore[arg-type]


def test_decimal_must_be_a_mark():
    with pytest.raises(PlanError, match=r"^--decimal must be '\.' or ',', got ';'\.$"):
        ReadOptions(decimal=";")


@pytest.mark.parametrize("data", ["a.csv", Path("a.csv"), "폴더/a", "C:\\data\\a.csv"])
def test_paths(data):
    assert is_path(data)


@pytest.mark.parametrize("data", ["sqlite:///a.db", "postgres://h/d", "sample:wine", 3, None, b"a.csv", {"a": [1]}])
def test_not_paths(data):
    assert not is_path(data)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.csv", ".csv"), ("A.CSV.GZ", ".csv"), ("a", ""), ("a.gz", ""), ("v1.2.tsv", ".tsv"), ("집값.xlsx", ".xlsx")],
)
def test_suffix(name, suffix):
    assert suffix_of(name) == suffix
