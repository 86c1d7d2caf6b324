from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.base.errors import InternalError
from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.date import DateEncoder, date_parts
from netwright.preparation.values import Numbers, column_values

COLUMN = Column("day", "date")
EPOCH = datetime(1970, 1, 1)


def cells(moments):
    return column_values(pl.Series("day", list(moments), dtype=pl.Datetime("us")), COLUMN)


def fit(moments) -> DateEncoder:
    return DateEncoder.fit(COLUMN, cells(moments), Preparation())


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)))
def test_parts_against_datetime(moment):
    parts = {name: float(array[0]) for name, array in date_parts(cells([moment])).items()}
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    hour = (moment - midnight) / timedelta(hours=1)
    assert parts["days"] == pytest.approx((moment - EPOCH) / timedelta(days=1), rel=1e-12, abs=1e-9)
    assert (parts["year"], parts["day"]) == (moment.year, moment.day)
    for name, position, period in (
        ("month", moment.month - 1, 12),
        ("weekday", moment.isoweekday() % 7, 7),  # Sunday is 0
        ("hour", hour, 24),
    ):
        angle = 2 * math.pi * position / period
        assert parts[f"{name} sine"] == pytest.approx(math.sin(angle), abs=1e-9)
        assert parts[f"{name} cosine"] == pytest.approx(math.cos(angle), abs=1e-9)


@pytest.mark.parametrize("moment", [datetime(1969, 12, 31, 23, 59), datetime(1900, 3, 1), datetime(1600, 2, 29, 12)])
def test_before_1970(moment):
    parts = date_parts(cells([moment]))
    assert parts["year"][0] == moment.year
    assert parts["day"][0] == moment.day
    assert parts["days"][0] < 0


def test_gaps():
    parts = date_parts(cells([datetime(2020, 5, 6), None]))
    assert all(np.isnan(array[1]) and not np.isnan(array[0]) for array in parts.values())


def test_only_parts_that_vary():
    # midnight, the fifth of a month, of one year
    encoder = fit(datetime(2021, month, 5) for month in (1, 2, 3, 6, 9))
    assert encoder.parts == ("days", "month sine", "month cosine", "weekday sine", "weekday cosine")
    assert encoder.feature_names[0] == "day days"
    assert not encoder.indicator


def test_halves_of_a_circle_do_not_vary_by_rounding():
    # the sine of half a circle is 1e-16 in floating point
    encoder = fit([datetime(2020, 1, 1), datetime(2020, 7, 1)] * 5)
    assert "month sine" not in encoder.parts
    assert "month cosine" in encoder.parts
    new = encoder.dense(cells([datetime(2020, 4, 1), datetime(2020, 4, 1, 6)]))
    assert np.abs(new).max() < 10
    noon = fit([datetime(2020, 1, 1), datetime(2020, 1, 1, 12)])
    assert "hour sine" not in noon.parts


def test_scaled_by_the_train_rows():
    train = [datetime(2020, 1, 1), datetime(2020, 1, 5), datetime(2020, 1, 9)]
    encoder = fit(train)
    days = np.array([0.0, 4, 8])
    at = encoder.feature_names.index("day days")
    out = encoder.dense(cells([*train, datetime(2020, 1, 21)]))
    np.testing.assert_allclose(out[:, at], (np.array([0, 4, 8, 20]) - 4) / days.std(), rtol=1e-6)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out[:3].mean(axis=0), 0, atol=1e-6)


def test_a_gap_takes_the_medians_and_is_marked():
    encoder = fit([datetime(2020, 1, 1), datetime(2020, 1, 5), datetime(2020, 3, 9), None])
    assert encoder.feature_names[-1] == "day is missing"
    median, gap = encoder.dense(cells([datetime(2020, 1, 5), None]))
    at = encoder.feature_names.index("day days")
    assert gap[at] == median[at]
    assert (median[-1], gap[-1]) == (0, 1)


def test_a_gap_that_training_did_not_see():
    encoder = fit([datetime(2020, 1, 1), datetime(2021, 2, 5)])
    assert np.isfinite(encoder.dense(cells([None]))).all()
    assert "day is missing" not in encoder.feature_names


def test_one_date():
    encoder = fit([datetime(2020, 1, 1)] * 3)
    assert encoder.feature_names == ()
    assert encoder.dense(cells([datetime(2030, 1, 1), None])).shape == (2, 0)


def test_no_date_at_all():
    encoder = fit([None, None])
    assert encoder.feature_names == ("day is missing",)
    assert encoder.dense(cells([None, datetime(2020, 1, 1)])).tolist() == [[1], [0]]


def test_years_far_apart_stay_finite():
    out = fit([datetime(2020, 1, 1), datetime(2020, 1, 1, 0, 0, 1)]).dense(cells([datetime(9999, 1, 1)]))
    assert np.isfinite(out).all()


def test_what_is_no_date_is_a_bug():
    with pytest.raises(InternalError, match="a date column does not hold moments"):
        date_parts(Numbers(np.zeros(2)))


def test_dates_come_back_from_their_features():
    days = [datetime(2019, 3, 1) + timedelta(days=7 * k) for k in range(60)]
    encoder = fit(days)
    back = encoder.decoded(encoder.dense(cells(days)), None)
    np.testing.assert_array_equal(back.astype(np.int64), cells(days).array)
    hours = [datetime(2019, 3, 1) + timedelta(hours=31 * k) for k in range(60)]
    encoder = fit(hours)
    back = encoder.decoded(encoder.dense(cells(hours)), None)
    assert np.abs(back - cells(hours).array).max() < 10e6  # ten seconds
    far = encoder.decoded(np.full((1, len(encoder.parts)), 1e9, np.float32), None)
    assert str(far.astype("datetime64[us]")[0])[:4] == "9999"
    assert fit([days[0]] * 4).decoded(np.zeros((4, 0)), None) is None
