from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.option import flag
from netwright.sources.complaints import bad_cells, no_such_column, not_finite, not_numeric, quoted_names
from netwright.sources.registry import open_table


@pytest.fixture
def table():
    return open_table({"price": ["1", "n/a?", "x y", "n/a?", "z", "w"], "rooms": [1] * 6})


def test_the_example_of_the_house(table):
    error = not_numeric(table, "price", table["price"], table["price"] == "n/a?")
    assert str(error) == (
        "column 'price' of the dictionary must be numeric, got 'n/a?' in 2 of 6 rows (first: row 1). "
        "Pass --missing 'n/a?', or --kind price=category."
    )


def test_many_texts_and_rows_of_the_source(table):
    taken = table.take(np.array([2, 4, 5, 1]))
    error = bad_cells(taken, "price", "be numeric", taken["price"], pl.Series([True] * 4), "Pass {missing}.")
    assert str(error) == (
        "column 'price' of the dictionary must be numeric, got 'x y', 'z', 'w' and 1 more in 4 of 4 rows "
        "(first: row 2). Pass --missing 'x y' --missing z --missing w."
    )


def test_infinite(table):
    values = pl.Series([1.0, float("-inf"), float("inf"), None, 2.0, 3.0])
    assert str(not_finite(table, "the price", values, values.is_infinite().fill_null(False))) == (
        "column 'the price' of the dictionary must be finite, got -inf and inf in 2 of 6 rows (first: row 1). "
        "Pass --missing inf, or --drop 'the price'."
    )


def test_an_infinite_target_is_not_to_be_dropped(table):
    values = pl.Series([1.0, float("inf"), None])
    infinite = values.is_infinite().fill_null(False)
    said = str(not_finite(table, "price", values, infinite, "correct the cells"))
    assert said.endswith("(first: row 1). Pass --missing inf if that means missing, or correct the cells.")
    said = str(not_finite(table, "price", values[1:], infinite[1:], "correct the cells"))
    assert said.endswith("(first: row 0). Correct the cells.")


def test_no_such_column(table):
    assert str(no_such_column(table, "prize", "--target")) == (
        "the dictionary must have the column 'prize' that --target names, got price, rooms. Did you mean 'price'?"
    )
    assert str(no_such_column(table, "가격", "--use")).endswith("got price, rooms.")


@pytest.mark.parametrize(
    ("value", "typed"),
    [("n/a", "n/a"), ("-", "-"), ("not known", "'not known'"), ("it's", "'it'\\''s'"), ("가격", "가격"), ("", "''"),
     ("a.b", "a.b"), ("n.a.", "'n.a.'"), ("$5", "'$5'"), ("S<M", "'S<M'"), ("#N/A", "'#N/A'")],
)  # fmt: skip
def test_flags(value, typed):
    assert flag("--missing", value) == f"--missing {typed}"


def test_long_lists_of_names():
    assert quoted_names([f"c{at}" for at in range(30)]).endswith("c19 and 10 more")
