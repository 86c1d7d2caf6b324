from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from netwright.evaluate.intervals import LEVEL, bootstrap_interval
from netwright.evaluate.metrics import METRICS


def test_it_is_seeded():
    rng = np.random.default_rng(0)
    truth, prediction = rng.normal(size=60), rng.normal(size=60)
    first = bootstrap_interval(METRICS["rmse"], truth, prediction, seed=3)
    assert bootstrap_interval(METRICS["rmse"], truth, prediction, seed=3) == first
    assert bootstrap_interval(METRICS["rmse"], truth, prediction, seed=4) != first
    assert first[0] < METRICS["rmse"].score(truth, prediction) < first[1]


def test_it_is_the_percentile_interval():
    # of a mean of 0 and 1 the bootstrap distribution is binomial
    errors = np.repeat([0.0, 1.0], [120, 80])
    low, high = bootstrap_interval(METRICS["mae"], errors, np.zeros(200), seed=0)
    expected = stats.binom.ppf([(1 - LEVEL) / 2, (1 + LEVEL) / 2], 200, 0.4) / 200
    np.testing.assert_allclose([low, high], expected, atol=0.015)


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
def test_a_wider_level_is_a_wider_interval(level):
    errors = np.random.default_rng(0).exponential(size=100)
    low, high = bootstrap_interval(METRICS["mae"], errors, np.zeros(100), seed=0, level=level)
    wider_low, wider_high = bootstrap_interval(METRICS["mae"], errors, np.zeros(100), seed=0, level=level + 0.04)
    assert wider_low <= low < high <= wider_high
    expected = stats.norm.ppf((1 + level) / 2) * errors.std() / 10
    assert (high - low) / 2 == pytest.approx(expected, rel=0.15)


def test_coverage_is_roughly_nominal():
    # the mean absolute error over 100 rows, truly 1: 95 % of intervals should hold it
    rng = np.random.default_rng(0)
    held = 0
    for draw in range(100):
        errors = rng.exponential(size=100)
        low, high = bootstrap_interval(METRICS["mae"], errors, np.zeros(100), seed=draw)
        held += low <= 1 <= high
    assert 0.87 <= held / 100 <= 0.99


def test_one_row_and_equal_rows():
    assert bootstrap_interval(METRICS["rmse"], np.array([1.0]), np.array([3.0]), seed=0) == (2.0, 2.0)
    assert bootstrap_interval(METRICS["mae"], np.ones(9), np.zeros(9), seed=0) == (1.0, 1.0)


def test_draws_in_which_the_metric_is_not_defined_are_left_out():
    truth, p = np.array([0, 0, 0, 1.0]), np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.5, 0.5]])
    low, high = bootstrap_interval(METRICS["roc_auc"], truth, p, seed=0)
    assert 0 <= low < high <= 1


def test_a_metric_that_is_never_defined():
    ends = bootstrap_interval(METRICS["roc_auc"], np.zeros(5), np.full((5, 2), 0.5), seed=0)
    assert all(math.isnan(end) for end in ends)


def test_rows_stay_together():
    # a shuffled pairing would cost; identical truth and prediction never do
    values = np.random.default_rng(0).normal(size=50)
    assert bootstrap_interval(METRICS["rmse"], values, values, seed=0) == (0.0, 0.0)
