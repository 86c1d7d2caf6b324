from __future__ import annotations

import datetime
from decimal import Decimal

import polars as pl
import pytest

from netwright.sources.typed import canonical_text, tidy_frame, tidy_series

DAY = datetime.date(2020, 1, 2)
MOMENT = datetime.datetime(2020, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("series", "dtype", "expected"),
    [
        (pl.Series(["\u00a0a ", "", "\u3000"]), pl.String, ["a", None, None]),
        (pl.Series(["a", None], dtype=pl.Categorical), pl.String, ["a", None]),
        (pl.Series(["a"], dtype=pl.Enum(["a"])), pl.String, ["a"]),
        (pl.Series([1], dtype=pl.UInt8), pl.UInt8, [1]),
        (pl.Series([0.5, float("nan")], dtype=pl.Float32), pl.Float64, [0.5, None]),
        (pl.Series([Decimal("1.5")]), pl.Float64, [1.5]),
        (pl.Series([DAY, None]), pl.Datetime("us"), [datetime.datetime(2020, 1, 2), None]),
        (pl.Series([MOMENT]).dt.replace_time_zone("Asia/Seoul"), pl.Datetime("us"), [MOMENT]),
        (pl.Series([MOMENT]).cast(pl.Datetime("ns")), pl.Datetime("us"), [MOMENT]),
        (pl.Series([datetime.timedelta(seconds=90)]), pl.Float64, [90.0]),
        (pl.Series([None, None]), pl.String, [None, None]),
        (pl.Series([[1, 2], None]), pl.String, ["[1, 2]", None]),
        (pl.Series([{"a": 1}]), pl.String, ['{"a": 1}']),
        (pl.Series([datetime.time(9, 30)]), pl.String, ["09:30:00"]),
        (pl.Series([b"ab"]), pl.String, ["ab"]),
        (pl.Series([True, None]), pl.Boolean, [True, None]),
    ],
)
def test_tidy(series, dtype, expected):
    tidied = tidy_series(series.alias("x"))
    assert (tidied.name, tidied.dtype, tidied.to_list()) == ("x", dtype, expected)


def test_tidy_frame_keeps_order():
    assert tidy_frame(pl.DataFrame({"b": [1], "a": ["x"]})).columns == ["b", "a"]


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (pl.Series(["1.0", "1.00", "-2.0", "3.", "1.5", "020", "1.0.0", "v1.0", "00.0", "0.0", None]),
         ["1", "1", "-2", "3", "1.5", "020", "1.0.0", "v1.0", "00.0", "0", None]),
        (pl.Series([1.0, -0.0, 2.5, None, 1e15]), ["1", "0", "2.5", None, "1000000000000000"]),
        (pl.Series([float("inf")]), ["inf"]),
        (pl.Series([1, None]), ["1", None]),
        (pl.Series([True, False]), ["true", "false"]),
        (pl.Series([datetime.datetime(2020, 1, 2), MOMENT]), ["2020-01-02", "2020-01-02 03:04:00"]),
    ],
)  # fmt: skip
def test_canonical(series, expected):
    assert canonical_text(series).to_list() == expected
