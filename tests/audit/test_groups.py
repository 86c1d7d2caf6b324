from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.audit.groups import groups_of_levels, groups_of_numbers
from netwright.audit.truth import Truth
from tests.preparation.tables import numbers


def of_numbers(values, target):
    values = np.asarray(values, dtype=float)
    cells = pl.Series("x", values).fill_nan(None)
    truth = target if isinstance(target, Truth) else Truth("y", np.asarray(target, dtype=float))
    return groups_of_numbers(values, cells, truth)


def test_ten_ranges_of_as_many_rows():
    x = numbers(200)
    groups = of_numbers(x, 3 * x)
    assert [group.n_rows for group in groups] == [20] * 10
    lowest = np.sort(x)[:20]
    assert groups[0].values["median"] == pytest.approx(3 * np.median(lowest))
    assert groups[0].values["upper quartile"] == pytest.approx(3 * np.quantile(lowest, 0.75))
    assert [group.values["median"] for group in groups] == sorted(group.values["median"] for group in groups)


def test_few_values_have_a_group_each():
    groups = of_numbers([1, 2, 2, 5] * 5, range(20))
    assert [(group.label, group.n_rows) for group in groups] == [("1.00", 5), ("2.00", 10), ("5.00", 5)]


def test_equal_values_stay_together():
    x = np.r_[np.zeros(90), 1 + numbers(30) ** 2]
    groups = of_numbers(x, np.arange(120))
    assert groups[0].label == "0" and groups[0].n_rows == 90
    assert sum(group.n_rows for group in groups) == 120


def test_rows_without_a_value_or_a_target_belong_to_no_group():
    x, y = numbers(60), numbers(60, 1)
    x[:10], y[50:] = np.nan, np.nan
    assert sum(group.n_rows for group in of_numbers(x, y)) == 40
    assert of_numbers(np.full(5, np.nan), np.zeros(5)) == ()
    assert of_numbers(np.zeros(5), np.full(5, np.nan)) == ()


def test_shares_of_classes():
    truth = Truth("y", np.array([0, 0, 1, 1, 2, np.nan]), ("a", "b", "c"))
    (low, high) = of_numbers([1, 1, 1, 2, 2, 2], truth)
    assert low.values == pytest.approx({"a": 2 / 3, "b": 1 / 3, "c": 0})
    assert high.values == pytest.approx({"a": 0, "b": 0.5, "c": 0.5})


def test_only_frequent_classes_have_a_share():
    rows = np.repeat(np.arange(9.0), [1, 9, 8, 7, 2, 6, 5, 4, 1])
    (group,) = of_numbers(np.zeros(len(rows)), Truth("y", rows, tuple("abcdefghi")))
    assert list(group.values) == list("bcdfgh")
    assert sum(group.values.values()) == pytest.approx(39 / 43)


def test_levels_in_the_order_asked_for():
    cells = pl.Series("town", ["서울", "부산", "서울", None, "제주", "서울"])
    groups = groups_of_levels(cells, ["서울", "부산"], Truth("y", np.array([1.0, 2, 3, 4, 5, np.nan])))
    assert [(group.label, group.n_rows, group.values["median"]) for group in groups] == [
        ("서울", 2, 2.0),
        ("부산", 1, 2.0),
    ]
    assert groups_of_levels(cells, [], Truth("y", np.zeros(6))) == ()


def test_dates_are_labelled_as_dates():
    days = pl.Series("day", pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 4, 9), eager=True)).cast(pl.Datetime)
    values = days.to_physical().cast(pl.Float64).to_numpy()
    groups = groups_of_numbers(values, days, Truth("y", np.arange(100.0)))
    assert groups[0].label == "2020-01-01 to 2020-01-10"


@pytest.mark.filterwarnings("error")
def test_huge_numbers():
    groups = of_numbers(np.linspace(-1, 1, 50) * 1.7e308, np.linspace(-1, 1, 50) * 1.7e308)
    assert len(groups) == 10
