"""Baselines of forecasts, their scores and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netwright.evaluate.adaptive import adapt, half_width, last_halves
from netwright.evaluate.forecasts import FORECASTS, Autoregression, Naive, fit_forecast
from netwright.evaluate.series_metrics import forecast_scores

RNG = np.random.default_rng(0)


def windows(series: np.ndarray, past: int, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    n = len(series) - past - horizon + 1
    whole = np.lib.stride_tricks.sliding_window_view(series, past + horizon)[:n]
    return whole[:, :past], whole[:, past:]


def test_naive_forecasts():
    x = np.array([[1.0, 2.0, 3.0, 4.0, 9.0, 9.0]])  # the last two stand beside the window
    assert Naive("last_value", 4, 3, 2)(x).tolist() == [[4, 4, 4]]
    assert Naive("seasonal_naive", 4, 5, 3)(x).tolist() == [[2, 3, 4, 2, 3]]
    assert Naive("window_mean", 4, 2, 3)(x).tolist() == [[2.5, 2.5]]


def test_the_mean_of_january_to_march_is_a_forecast_of_april():
    assert Naive("window_mean", 3, 1, 1)(np.array([[10.0, 20.0, 30.0]])).tolist() == [[20.0]]


def test_autoregression_finds_the_law_of_a_series():
    series = np.zeros(300)
    for t in range(2, 300):
        series[t] = 1.5 * series[t - 1] - 0.8 * series[t - 2] + RNG.normal()
    x, y = windows(series, 2, 1)
    np.testing.assert_allclose(Autoregression.fit(x, y).weights[:, 0], [-0.8, 1.5], atol=0.1)


def test_the_strength_of_the_ridge_is_that_of_leave_one_out():
    from sklearn.linear_model import RidgeCV

    x, y = RNG.normal(size=(30, 20)), RNG.normal(size=(30, 2))
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    theirs = RidgeCV(alphas=[10.0**p for p in range(-3, 5)]).fit(scaled, y)
    own = Autoregression.fit(x, y)
    np.testing.assert_allclose(own(x), theirs.predict(scaled), atol=1e-6)


def test_every_baseline_forecasts_a_season():
    series = np.tile([0.0, 3.0, -1.0, 2.0], 60)
    x, y = windows(series, 8, 4)
    for name in FORECASTS:
        fitted = fit_forecast(name, x, y, past=8, season=4, seed=0)
        found = fitted(x[:5])
        assert found.shape == (5, 4)
        if name in ("seasonal_naive", "linear", "trees"):
            np.testing.assert_allclose(found, y[:5], atol=0.1)


def test_scores_are_those_of_scikit_learn():
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    truth, predicted = RNG.normal(size=(40, 3)) + 5, RNG.normal(size=(40, 3)) + 5
    own = forecast_scores(truth, predicted, np.full(40, 0.5))
    assert own["mae"] == pytest.approx(mean_absolute_error(truth.ravel(), predicted.ravel()))
    assert own["rmse"] == pytest.approx(root_mean_squared_error(truth.ravel(), predicted.ravel()))
    assert own["r2"] == pytest.approx(r2_score(truth.ravel(), predicted.ravel()))
    assert own["mase"] == pytest.approx(own["mae"] / 0.5)
    assert own["steps"]["mae"] == pytest.approx(np.abs(truth - predicted).mean(axis=0))
    assert own["smape"] == pytest.approx(np.mean(200 * np.abs(truth - predicted) / (np.abs(truth) + np.abs(predicted))))


def test_intervals_hold_their_share_where_errors_are_drawn_alike():
    errors = np.abs(RNG.normal(size=(2_000, 2)))
    course = adapt(errors, np.arange(2_000.0), 0.9)
    assert course.inside[200:].mean() == pytest.approx(0.9, abs=0.02)


def test_intervals_follow_errors_that_grow():
    errors = np.abs(RNG.normal(size=(3_000, 1))) * np.linspace(1, 5, 3_000)[:, None]
    course = adapt(errors, np.arange(3_000.0), 0.9)
    plain = np.mean([errors[t, 0] <= half_width(errors[:t, 0], 0.1) for t in range(500, 3_000, 5)])
    assert course.inside[500:].mean() == pytest.approx(0.9, abs=0.015)
    assert plain < 0.86


def test_no_interval_knows_what_came_later():
    errors = np.abs(RNG.normal(size=(60, 3)))
    later = errors.copy()
    later[40:] *= 100
    first, second = (adapt(own, np.arange(60.0), 0.8) for own in (errors, later))
    for step in range(3):  # of the errors from origin 40 on the first is known a step later
        np.testing.assert_array_equal(first.halves[: 41 + step, step], second.halves[: 41 + step, step])
    assert (second.halves[50:] > first.halves[50:]).any()


def test_few_errors_tell_nothing():
    adapted = last_halves(np.ones((3, 2)), np.arange(3.0))
    assert all(math.isinf(own) for own in adapted.at(0.9))
    wide = last_halves(np.abs(RNG.normal(size=(100, 2))), np.arange(100.0))
    assert (wide.at(0.95) > wide.at(0.5)).all()
