from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from netwright.audit.cells import Cells
from netwright.base.table import Column


def of(values, kind, dtype=None, **options):
    return Cells.of(pl.Series(values, dtype=dtype), Column("x", kind, **options))


def test_what_has_an_order_is_a_number():
    np.testing.assert_array_equal(of([1.5, None], "numeric").numbers, [1.5, np.nan])
    np.testing.assert_array_equal(of(["M", None, "S"], "ordinal", levels=("S", "M")).numbers, [1, np.nan, 0])
    days = of([datetime.datetime(1970, 1, 2), None], "date", pl.Datetime("us")).numbers
    np.testing.assert_array_equal(days, [86_400e6, np.nan])


@pytest.mark.parametrize("kind", ["category", "boolean"])
def test_what_has_none_is_a_level(kind):
    cells = of(["나", None, "가", "나"], kind)
    assert cells.levels.tolist() == [1, -1, 0, 1]
    assert cells.missing.tolist() == [False, True, False, False]
    assert cells.filled.levels.tolist() == [1, 0, 1, 1]


def test_identifiers_are_numbers_or_stand_in_the_order_of_the_alphabet():
    assert of(["10", "9"], "identifier").numbers.tolist() == [10, 9]
    assert of(["b7", "a9"], "identifier").numbers.tolist() == [2, 1]


def test_nothing_to_tell_of_being_filled():
    assert of([1.5, 2.5], "numeric").filled is None
    assert of([None, None], "numeric", pl.Float64).filled is None


def test_bins_hold_like_numbers_and_about_as_many_rows():
    numbers = np.random.default_rng(0).normal(size=1000)
    numbers[:100] = np.nan
    groupings = list(Cells(numbers).groupings())
    assert [groups.max() for groups in groupings] == [16, 64, 90]  # the last group holds those without a value
    for groups in groupings:
        assert (groups[:100] == groups.max()).all()
        sizes = np.bincount(groups[100:])
        assert sizes.max() - sizes.min() <= 1
        order = np.argsort(numbers[100:])
        assert (np.diff(groups[100:][order]) >= 0).all()


def test_equal_numbers_stay_together():
    numbers = np.repeat([3.0, 1.0, 2.0], [500, 5, 500])
    for groups in Cells(numbers).groupings():
        assert len({(number, group) for number, group in zip(numbers, groups, strict=True)}) == 3


def test_a_few_numbers_make_one_bin_beside_the_gaps():
    numbers = np.full(100, np.nan)
    numbers[:7] = np.arange(7) / 3
    (groups,) = Cells(numbers).groupings()
    assert groups.tolist() == [0] * 7 + [1] * 93


def test_names_of_things_have_few_rows_each():
    assert Cells(levels=np.repeat(np.arange(30), 4)).names_things
    assert Cells(np.repeat(np.arange(30.0), 4)).names_things
    assert not Cells(levels=np.repeat(np.arange(30), 11)).names_things
    assert not Cells(levels=np.repeat(np.arange(15), 2)).names_things
