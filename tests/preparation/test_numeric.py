from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from netwright.base.errors import PlanError
from netwright.base.plan import SCALES, Preparation
from netwright.base.table import Column
from netwright.preparation.numeric import NumericEncoder, scaled_by
from netwright.preparation.values import Numbers

NAN = math.nan


def fit(values, scale: str = "standard") -> NumericEncoder:
    array = np.asarray(values, dtype=float)
    return NumericEncoder.fit(Column("x", "numeric"), Numbers(array), Preparation(scale=scale))


def dense(encoder: NumericEncoder, values) -> list[list[float]]:
    out = encoder.dense(Numbers(np.asarray(values, dtype=float)))
    assert out.dtype == np.float32
    return out.tolist()


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("standard", [[-1.5], [-0.5], [0.5], [1.5]]),  # mean 3, spread 2
        ("minmax", [[0.0], [1 / 3], [2 / 3], [1.0]]),
        ("robust", [[-1.0], [-1 / 3], [1 / 3], [1.0]]),  # median 3, quartiles 1.5 and 4.5
    ],
)
def test_by_hand(scale, expected):
    train = {"standard": [1, 5], "minmax": [0, 2, 4, 6], "robust": [0, 2, 4, 6]}[scale]
    np.testing.assert_allclose(dense(fit(train, scale), [0, 2, 4, 6]), expected, rtol=1e-6)


def test_log_by_hand():
    encoder = fit([0, math.e - 1, -(math.e - 1)], "log")  # 0, 1, -1 after the logarithm
    spread = math.sqrt(2 / 3)
    np.testing.assert_allclose(
        dense(encoder, [0, math.e**3 - 1, 1 - math.e**2]), [[0], [3 / spread], [-2 / spread]], rtol=1e-6
    )


@pytest.mark.parametrize(
    ("scale", "reference"), [("standard", StandardScaler()), ("minmax", MinMaxScaler()), ("robust", RobustScaler())]
)
def test_against_scikit_learn(scale, reference):
    rng = np.random.default_rng(0)
    train, new = rng.lognormal(3, 2, 200), rng.lognormal(3, 2, 50)
    expected = reference.fit(train[:, None]).transform(new[:, None])
    np.testing.assert_allclose(dense(fit(train, scale), new), expected, rtol=1e-5, atol=1e-6)


def test_gaps_take_the_median_and_are_marked():
    encoder = fit([1, 2, 9, NAN])
    assert encoder.feature_names == ("x", "x is missing")
    assert (encoder.fill, encoder.indicator) == (2.0, True)
    filled = np.array([1, 2, 9, 2.0])
    expected = (np.array([9, 2.0]) - filled.mean()) / filled.std()
    np.testing.assert_allclose(dense(encoder, [9, NAN]), [[expected[0], 0], [expected[1], 1]], rtol=1e-6)


def test_gaps_that_training_did_not_see_have_no_mark():
    encoder = fit([1, 2, 9])
    assert encoder.feature_names == ("x",)
    assert dense(encoder, [NAN]) == dense(encoder, [2])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("value", [0.0, 7.5, -1e300, 1e-300])
def test_a_constant_column_gives_zeros(scale, value):
    encoder = fit([value] * 5, scale)
    assert encoder.factor == 0.0
    assert dense(encoder, [value, 99, -1e300, NAN]) == [[0.0]] * 4


@pytest.mark.parametrize("scale", SCALES)
def test_a_column_without_a_value(scale):
    encoder = fit([NAN, NAN], scale)
    assert (encoder.fill, encoder.factor, encoder.indicator) == (0.0, 0.0, True)
    assert dense(encoder, [NAN, 3]) == [[0.0, 1.0], [0.0, 0.0]]


def test_no_rows():
    assert dense(fit([]), [3]) == [[0.0]]
    assert fit([1.0, 2.0]).dense(Numbers(np.zeros(0))).shape == (0, 1)


def test_robust_where_most_values_are_the_same():
    # no distance between the quartiles: half the range takes its place
    encoder = fit([0] * 9 + [4], "robust")
    assert (encoder.center, encoder.factor) == (0.0, 0.5)


@pytest.mark.parametrize("scale", SCALES)
def test_numbers_that_differ_by_rounding_are_one(scale):
    encoder = fit([0.3, 0.1 + 0.2] * 5, scale)
    assert encoder.factor == 0.0
    assert dense(encoder, [0.5]) == [[0.0]]


def test_small_differences_of_large_numbers_count():
    # microseconds since 1970, a second apart
    encoder = fit([1.7e15, 1.7e15 + 1e6])
    np.testing.assert_allclose(dense(encoder, [1.7e15, 1.7e15 + 1e6]), [[-1], [1]], rtol=1e-6)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    "values", [[1e-200, 2e-200], [1e200, 2e200], [-1.7e308, 1.7e308], [5e-324, 1e-323], [0, 1e-310], [1, 1e300]]
)
def test_any_two_floats(scale, values):
    out = np.array(dense(fit(values, scale), [*values, 0, 1, -1.7e308, 1.7e308]))
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 1e6


@pytest.mark.parametrize("size", [1e-290, 1e-200, 1e200, 1e300])
def test_numbers_whose_squares_float64_cannot_hold_are_scaled_too(size):
    np.testing.assert_allclose(dense(fit([size, 3 * size]), [size, 3 * size]), [[-1], [1]])


def test_one_absurd_cell_stays_finite():
    assert dense(fit([1, 2, 3]), [1e40, -1e300]) == [[1e6], [-1e6]]
    assert dense(fit([1, 3]), [1e5]) == [[99998.0]]


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20), st.sampled_from(SCALES))
def test_order_is_kept_and_nothing_is_lost(values, scale):
    encoder = fit(values, scale)
    out = encoder.dense(Numbers(np.sort(values)))[:, 0].astype(float)
    assert (np.diff(out) >= 0).all()
    assert np.isfinite(out).all()


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=30, unique=True))
def test_the_train_rows_come_out_standardised(values):
    if np.std(values) < 1e-6:
        return
    out = fit(values).dense_array(np.array(values))[:, 0].astype(float)
    assert out.mean() == pytest.approx(0, abs=1e-4)
    assert out.std() == pytest.approx(1, abs=1e-4)


def test_scaled_by():
    assert scaled_by(np.array([1.0, 5.0]), 3.0, 0.5).tolist() == [-1.0, 1.0]
    assert scaled_by(np.array([-1.7e308]), 1.7e308, 1.0).tolist() == [-1e6]
    assert scaled_by(np.array([1.7e308]), -1.7e308, 0.0).tolist() == [0.0]


def test_the_smooth_clip_ends_at_three():
    encoder = fit([1, 2, 3, 4, 5], "robust_clip")
    plain = fit([1, 2, 3, 4, 5], "robust")
    scaled = np.array(dense(plain, [1, 2.5, 4, 1e6]))
    np.testing.assert_allclose(dense(encoder, [1, 2.5, 4, 1e6]), scaled / np.sqrt(1 + (scaled / 3) ** 2), rtol=1e-6)
    assert np.abs(dense(encoder, [1e30, -1e30])).max() <= 3


def test_unknown_scale():
    with pytest.raises(
        PlanError, match="--scale must be one of standard, minmax, robust, robust_clip, log, quantile, got 'power'"
    ):
        fit([1, 2], "power")
