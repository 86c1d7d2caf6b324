from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from netwright.sources.values import cell_text, series_from_values

DAY = datetime.date(2020, 1, 2)
MOMENT = datetime.datetime(2020, 1, 2, 3, 4)
SEOUL = datetime.timezone(datetime.timedelta(hours=9))


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([], pl.String, []),
        ([None, float("nan")], pl.Float64, [None, None]),
        ([None, pd.NA], pl.String, [None, None]),
        (["a", None, pd.NA], pl.String, ["a", None, None]),
        ([True, None], pl.Boolean, [True, None]),
        ([1, None, 2], pl.Int64, [1, None, 2]),
        ([1, 2.5, Decimal("0.5"), float("nan")], pl.Float64, [1.0, 2.5, 0.5, None]),
        ([2**70, 1], pl.Float64, [float(2**70), 1.0]),
        ([Decimal("NaN"), Decimal("Infinity")], pl.Float64, [None, float("inf")]),
        ([np.int64(3), np.float32(0.5)], pl.Float64, [3.0, 0.5]),
        ([np.bool_(True)], pl.Boolean, [True]),
        ([DAY, MOMENT, pd.NaT], pl.Datetime("us"), [datetime.datetime(2020, 1, 2), MOMENT, None]),
        ([pd.Timestamp(MOMENT)], pl.Datetime("us"), [MOMENT]),
        ([MOMENT.replace(tzinfo=SEOUL)], pl.Datetime("us"), [MOMENT]),
        ([datetime.timedelta(minutes=2)], pl.Float64, [120.0]),
        ([1, "x", 2.0, 2.5, True, None], pl.String, ["1", "x", "2", "2.5", "true", None]),
        ([DAY, "soon", MOMENT], pl.String, ["2020-01-02", "soon", "2020-01-02 03:04:00"]),
        ([[1, "가"], {"a": DAY}], pl.String, ['[1, "가"]', '{"a": "2020-01-02"}']),
        ([b"ab", b"\xff"], pl.String, ["ab", "ff"]),
        ([datetime.time(9, 30)], pl.String, ["09:30:00"]),
    ],
)
def test_series(values, dtype, expected):
    series = series_from_values("a", values)
    assert (series.name, series.dtype, series.to_list()) == ("a", dtype, expected)


def test_midnight_is_a_day():
    assert cell_text(datetime.datetime(2020, 1, 2)) == "2020-01-02"
    assert cell_text(float("inf")) == "inf"
