from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest

from netwright.base.errors import InternalError
from netwright.base.table import Column
from netwright.preparation.values import (
    MISSING,
    NO_MOMENT,
    Codes,
    Moments,
    Numbers,
    codes_of,
    column_values,
    feature_values,
    numbers_of,
)
from tests.preparation.tables import numbers, typed


def test_numbers():
    values = column_values(pl.Series("x", [1.5, None, -0.0, 1e300]), Column("x", "numeric"))
    np.testing.assert_array_equal(values.array, [1.5, np.nan, 0.0, 1e300])
    assert values.array.dtype == np.float64
    np.testing.assert_array_equal(values.take(np.array([2, 0, 0])).array, [0.0, 1.5, 1.5])


def test_numbers_are_a_copy():
    series = pl.Series("x", [1.5, 2.5])
    column_values(series, Column("x", "numeric")).array[0] = 9
    assert series.to_list() == [1.5, 2.5]


@pytest.mark.parametrize("kind", ["category", "boolean", "ordinal"])
def test_codes(kind):
    values = column_values(pl.Series("c", ["나", None, "가", "나", ""]), Column("c", kind))
    assert values.levels == ("", "가", "나")
    assert values.array.tolist() == [2, MISSING, 1, 2, 0]
    assert values.array.dtype == np.int64
    assert values.counts().tolist() == [1, 1, 2]


def test_codes_of_some_rows_keep_the_levels():
    values = Codes(np.array([2, -1, 0, 2]), ("a", "b", "c")).take(np.array([0, 1]))
    assert values.levels == ("a", "b", "c")
    assert values.counts().tolist() == [0, 0, 1]


def test_codes_by_what_is_known():
    values = Codes(np.array([2, MISSING, 0, 1]), ("a", "b", "c"))
    assert values.mapped({"c": 7, "a": 5}, otherwise=9).tolist() == [7, MISSING, 5, 9]
    assert values.mapped({}, otherwise=0).tolist() == [0, MISSING, 0, 0]


def test_nothing_but_gaps():
    values = column_values(pl.Series("c", [None, None], dtype=pl.String), Column("c", "category"))
    assert (values.array.tolist(), values.levels, values.counts().tolist()) == ([MISSING, MISSING], (), [])
    assert values.mapped({"a": 1}, otherwise=5).tolist() == [MISSING, MISSING]
    numbers = column_values(pl.Series("x", [None, None], dtype=pl.Float64), Column("x", "numeric"))
    assert np.isnan(numbers.array).all()


def test_no_rows():
    assert column_values(pl.Series("c", [], dtype=pl.String), Column("c", "category")).array.shape == (0,)
    assert column_values(pl.Series("x", [], dtype=pl.Float64), Column("x", "numeric")).array.shape == (0,)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_moments(unit):
    days = [datetime(1970, 1, 1, 0, 0, 1), None, datetime(1969, 12, 31, 23, 59, 59)]
    values = column_values(pl.Series("d", days, dtype=pl.Datetime(unit)), Column("d", "date"))
    assert values.array.tolist() == [1_000_000, NO_MOMENT, -1_000_000]
    assert values.take(np.array([2])).array.tolist() == [-1_000_000]


def test_thousands_of_levels():
    texts = [f"level {n % 2000}" for n in range(6000)]
    values = column_values(pl.Series("c", texts), Column("c", "category"))
    assert len(values.levels) == 2000
    assert [values.levels[code] for code in values.array] == texts


def test_features_by_name_in_the_order_of_the_schema():
    table = typed({"z": numbers(30), "one": ["k"] * 30, "a": ["x", "y"] * 15, "y": numbers(30, 1)}, target="y")
    values = feature_values(table)
    assert list(values) == ["z", "a"]
    assert [type(cells) for cells in values.values()] == [Numbers, Codes]


def test_what_does_not_fit_is_a_bug():
    with pytest.raises(InternalError, match="column 'x' does not hold numbers"):
        numbers_of(Codes(np.array([0]), ("a",)), "x")
    with pytest.raises(InternalError, match="column 'x' does not hold texts"):
        codes_of(Moments(np.array([0])), "x")
