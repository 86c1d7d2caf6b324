from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.base.figures import count, figure, listing, share


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (9.995, "9.99"),  # float64 holds 9.9949999...
        (9.996, "10.0"),
        (999.9, "1,000"),
        (999.4, "999"),
        (99.96, "100"),
        (0.99999, "1.00"),
        (0.099999, "0.100"),
        (0.0123456, "0.0123"),
        (0.0001, "0.000100"),
        (0.00009999, "1.00e-04"),
        (1.0, "1.00"),
        (12, "12.0"),
        (123, "123"),
        (1234.5, "1,230"),
        (1235, "1,240"),
        (99_950, "100,000"),
        (46740.3, "46,700"),
        (999_999_999, "1,000,000,000"),
        (9.99e14, "999,000,000,000,000"),
        (1e15, "1.00e+15"),
        (1.7e308, "1.70e+308"),
        (5e-324, "4.94e-324"),
        (0, "0"),
        (-0.0, "0"),
        (None, "-"),
        (math.nan, "-"),
        (math.inf, "infinite"),
        (-math.inf, "-infinite"),
    ],
)
def test_figure(value, shown):
    assert figure(value) == shown


@pytest.mark.parametrize("value", [9.995, 999.9, 0.99999, 46740.3, 1e-7, 3e20, 0.5])
def test_negative_numbers_mirror_positive_ones(value):
    assert figure(-value) == "-" + figure(value)


def test_other_numbers_of_significant_digits():
    assert [figure(1234.56, n) for n in (1, 2, 3, 4, 6)] == ["1,000", "1,200", "1,230", "1,235", "1,234.56"]
    assert figure(0.00001234, 2) == "1.2e-05"


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, int])
def test_numbers_of_numpy(kind):
    assert figure(kind(46740)) == "46,700"


@given(st.floats(min_value=1e-4, max_value=9e14))
def test_what_is_shown_is_within_half_a_unit_of_the_third_digit(value):
    shown = float(figure(value).replace(",", ""))
    assert abs(shown - value) <= 0.5 * 10 ** (math.floor(math.log10(value)) - 2) * (1 + 1e-9)


@given(st.floats(min_value=0.01, max_value=900))
def test_three_digits_are_shown(value):
    digits = figure(value).replace(".", "").replace(",", "").lstrip("0")
    assert len(digits) in (3, 4)  # four where rounding carries: 999.6 is 1,000
    assert len(digits) == 3 or float(figure(value).replace(",", "")) == 1000


def test_count():
    assert count(0, "row") == "0 rows"
    assert count(1, "row") == "1 row"
    assert count(1_234_567, "row") == "1,234,567 rows"
    assert count(2, "class", "classes") == "2 classes"
    assert count(1, "class", "classes") == "1 class"


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 10, "0 %"),
        (0, 0, "0 %"),
        (3, 0, "0 %"),
        (1, 101, "under 1 %"),
        (1, 100, "1 %"),
        (27, 506, "5 %"),
        (10, 10, "100 %"),
    ],
)
def test_share(part, whole, shown):
    assert share(part, whole) == shown


def test_listing():
    assert listing([]) == ""
    assert listing(["a"]) == "a"
    assert listing(list("abcde")) == "a, b, c, d, e"
    assert listing(list("abcdef")) == "a, b, c, d, e and 1 more"
    assert listing([str(n) for n in range(2005)], 2) == "0, 1 and 2,003 more"
    assert listing(("가격", "면적")) == "가격, 면적"
