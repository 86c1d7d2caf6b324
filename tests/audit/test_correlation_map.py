from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from netwright.audit.correlation_map import MOST_COLUMNS, MOST_ROWS, correlation_map, spearman_matrix
from netwright.audit.relations import relations
from tests.preparation.tables import loaded, numbers, typed


def mapped(data, **options):
    table = loaded(data, **options).table
    return correlation_map(table, relations(table))


def test_against_pandas_with_gaps_that_depend_on_the_values():
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5))).round(1)
    x[rng.random(x.shape) < 0.2] = np.nan
    x[np.abs(x[:, 0]) < 1, 1] = np.nan
    x[:, 4] = np.nan_to_num(x[:, 4])
    assert spearman_matrix(x) == pytest.approx(pd.DataFrame(x).corr("spearman").to_numpy(), abs=1e-9)


def test_pairs_without_rows_or_spread_are_undefined():
    x = np.stack([numbers(40), np.zeros(40), np.r_[numbers(9, 1), [np.nan] * 31]], axis=1)
    rho = spearman_matrix(x)
    assert rho[0, 0] == pytest.approx(1)
    assert np.isnan(rho[0, 1]) and np.isnan(rho[0, 2]) and np.isnan(rho[2, 2])


def test_target_first_then_the_strongest():
    y = numbers(200)
    data = {"idle": numbers(200, 1), "weak": y + 2 * numbers(200, 2), "town": ["a", "b"] * 100, "strong": -y, "y": y}
    found = mapped({**data, "strong": -y + numbers(200, 3) / 5}, target="y")
    assert found.columns == ("y", "strong", "weak", "idle")
    assert (found.n_rows, found.n_left_off) == (200, 0)
    assert found.rho[0, 1] < -0.9


def test_classes_are_not_in_the_map():
    y = numbers(90)
    found = mapped({"a": y, "b": y + numbers(90, 1), "class": np.where(y > 0, "u", "v")}, target="class")
    assert set(found.columns) == {"a", "b"}


def test_numbers_that_are_classes_are_not_in_the_map():
    y = numbers(90)
    found = mapped({"a": y, "b": y + numbers(90, 1), "class": (y > 0) * 1.0}, target="class", task="binary")
    assert set(found.columns) == {"a", "b"}


def test_many_columns_are_cut():
    y = numbers(60)
    found = mapped({**{f"x{n}": y + n * numbers(60, n + 1) for n in range(40)}, "y": y}, target="y")
    assert len(found.columns) == MOST_COLUMNS and found.n_left_off == 40 - MOST_COLUMNS + 1
    assert found.columns[:2] == ("y", "x0")


def test_long_tables_are_sampled_alike():
    y = numbers(MOST_ROWS + 100)
    first, again = (mapped({"x": y + numbers(len(y), 1), "y": y}, target="y") for _ in range(2))
    assert first.n_rows == MOST_ROWS
    assert np.array_equal(first.rho, again.rho)


def test_a_single_column_has_no_map():
    assert mapped({"x": ["a", "b"] * 30, "y": numbers(60)}, target="y") is None
    assert correlation_map(typed({"x": numbers(30)}), {}) is None
