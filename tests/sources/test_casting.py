from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from netwright.base.table import Column, Reading
from netwright.sources.casting import are_missing_numbers, as_texts, cast_cells

D = datetime
NUMERIC = Column("x", "numeric", reading=Reading(("NA", "-999")))
EUROPEAN = Column("x", "numeric", reading=Reading(("-",), decimal=",", thousands="."))
DATE = Column("x", "date", reading=Reading(("NA",), date_format="%d/%m/%Y"))
DIGITS = Column("x", "date", reading=Reading(date_format="%Y%m%d"))
CATEGORY = Column("x", "category", reading=Reading(("?", "9.0")))
BOOLEAN = Column("x", "boolean", levels=("No", "Yes"))


@pytest.mark.parametrize(
    ("column", "cells", "values", "unreadable"),
    [
        (NUMERIC, ["1", "NA", "-999", "-999.0", "x", None, ""], [1.0, None, None, None, None, None, None], [4]),
        (NUMERIC, [1.5, -999.0, None], [1.5, None, None], []),
        (NUMERIC, [1, -999], [1.0, None], []),
        (NUMERIC, [True, None], [1.0, None], []),
        (NUMERIC, [D(2020, 1, 1), None], [None, None], [0]),
        (EUROPEAN, ["1.234,5", "-", "1.5"], [1234.5, None, None], [2]),
        (EUROPEAN, [1.5], [1.5], []),
        (DATE, ["31/12/2020", "NA", "12/31/2020"], [D(2020, 12, 31), None, None], [2]),
        (DATE, [D(2020, 1, 2)], [D(2020, 1, 2)], []),
        (DATE, [20200102], [None], [0]),
        (DATE, [True], [None], [0]),
        (DIGITS, [20200102, 20200230, None], [D(2020, 1, 2), None, None], [1]),
        (DIGITS, [20200102.0], [D(2020, 1, 2)], []),
        (DIGITS, ["20200102"], [D(2020, 1, 2)], []),
        (CATEGORY, ["a", "?", "1.0", "9", "9.0", ""], ["a", None, "1", None, None, None], []),
        (CATEGORY, [1.0, 9.0, 2.5], ["1", None, "2.5"], []),
        (CATEGORY, [True], ["true"], []),
        (CATEGORY, [D(2020, 1, 2)], ["2020-01-02"], []),
        (BOOLEAN, ["yes", "No", "0", "?", None], ["Yes", "No", "No", "?", None], []),
        (BOOLEAN, [True, False, None], ["Yes", "No", None], []),
        (BOOLEAN, [1.0, 0.0], ["Yes", "No"], []),
    ],
)
def test_cast(column, cells, values, unreadable):
    cast = cast_cells(pl.Series("x", cells), column)
    assert (cast.values.name, cast.values.to_list()) == ("x", values)
    assert cast.unreadable.arg_true().to_list() == unreadable


def test_infinite_numbers_are_kept_for_the_caller():
    assert cast_cells(pl.Series(["inf", "1e309"]), NUMERIC).values.to_list() == [float("inf")] * 2


def test_missing_numbers():
    values = pl.Series([1.0, float("inf"), float("-inf"), None, -9.0])
    assert are_missing_numbers(values, ("inf", "-9", "x")).to_list() == [False, True, True, False, True]
    assert are_missing_numbers(values, ("NA", "nan")).to_list() == [False] * 5


def test_large_tokens_keep_their_digits():
    assert as_texts(pl.Series([-99999999]), ("-99999999",)).to_list() == [None]
