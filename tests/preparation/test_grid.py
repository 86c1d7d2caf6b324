from __future__ import annotations

import numpy as np
import pytest

from netwright.base.table import Column
from netwright.preparation.grid import Grid, grid_of
from netwright.preparation.values import MISSING, NO_MOMENT, Codes, Moments, Numbers

X = Column("x", "numeric")


def numbers(values: object) -> Grid | None:
    return grid_of(Numbers(np.asarray(values, dtype=np.float64)), X)


def test_many_numbers_are_taken_by_rank_between_the_tails() -> None:
    values = np.exp(np.random.default_rng(0).normal(0, 2, 1_000))
    grid = numbers(np.append(values, [np.nan, 1e9]))
    assert grid is not None and isinstance(grid.cells, Numbers)
    assert len(grid.at) == 20 and set(grid.at) <= set(values)
    low, high = np.quantile(values, [0.02, 0.98])
    assert grid.at[0] == pytest.approx(low, rel=0.05) and grid.at[-1] == pytest.approx(high, rel=0.05)
    between = np.diff(np.searchsorted(np.sort(values), grid.at))
    assert between.min() > 45 and between.max() < 57  # a twentieth of the rows lies between two points
    assert grid.cells.array.tolist() == list(grid.at)
    assert len(grid.bars) == 16 and grid.bars[0][0] == grid.at[0] and grid.bars[-1][1] == grid.at[-1]
    assert sum(grid.counts) + grid.n_others == 1_001 and grid.n_others in range(38, 44)


def test_few_numbers_are_all_taken_with_a_bar_each() -> None:
    grid = numbers([0.0] * 50 + [1.0] * 30 + [2.0] * 10 + [5.0] * 10)
    assert grid is not None
    assert grid.at == (0.0, 1.0, 2.0, 5.0) and grid.counts == (50, 30, 10, 10) and grid.n_others == 0
    assert grid.bars[3] == pytest.approx((4.6, 5.4))


def test_one_very_frequent_value_does_not_hide_the_others() -> None:
    values = np.concatenate([np.zeros(800), np.random.default_rng(0).uniform(1, 2, 200)])
    grid = numbers(values)
    assert grid is not None and len(grid.at) >= 10 and grid.at[0] == 0
    almost_constant = numbers([0.0] * 999 + [7.0])
    assert almost_constant is not None and almost_constant.at == (0.0, 7.0)


@pytest.mark.parametrize(
    "values", [[], [np.nan, np.nan], [3.0, 3.0, np.nan], [-1.7e308, 1.7e308], [1e300, np.nextafter(1e300, 2e300)]]
)
def test_what_cannot_be_told_apart_has_no_grid(values: list[float]) -> None:
    assert numbers(values) is None


def test_frequent_levels_come_first_and_the_rest_are_counted() -> None:
    levels = tuple(f"도시{number:02}" for number in range(20))
    codes = np.concatenate([np.repeat(np.arange(20), np.arange(1, 21)), [MISSING] * 5])
    grid = grid_of(Codes(codes, levels), Column("도시", "category"))
    assert grid is not None and isinstance(grid.cells, Codes)
    assert grid.at == tuple(f"도시{number:02}" for number in range(19, 7, -1))
    assert grid.counts == tuple(range(20, 8, -1)) and grid.n_others == sum(range(1, 9)) and grid.bars == ()
    assert [grid.cells.levels[code] for code in grid.cells.array] == list(grid.at)


def test_ordered_levels_keep_their_order_without_those_that_do_not_occur() -> None:
    values = Codes(np.array([0, 0, 0, 1, 2]), ("L", "M", "S", "XL"))
    grid = grid_of(values, Column("size", "ordinal", levels=("S", "M", "L", "XL")))
    assert grid is not None and grid.at == ("S", "M", "L") and grid.counts == (1, 1, 3)
    assert grid_of(Codes(np.array([0, 0]), ("yes",)), Column("b", "boolean", levels=("no", "yes"))) is None


def test_moments_are_told_in_milliseconds() -> None:
    days = np.arange(100, dtype=np.int64) * 86_400_000_000
    grid = grid_of(Moments(np.append(days, NO_MOMENT)), Column("day", "date"))
    assert grid is not None and isinstance(grid.cells, Moments)
    assert len(grid.at) == 20 and grid.at[0] == 2 * 86_400_000
    assert (grid.cells.array == np.array(grid.at) * 1_000).all()
    assert sum(grid.counts) + grid.n_others == 100
