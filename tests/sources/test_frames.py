from __future__ import annotations

import subprocess
import sys
from datetime import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from netwright.base.errors import DataError
from netwright.sources.frames import FrameSource
from netwright.sources.registry import open_table

NAMES = ["이름", "n", "x", "ok", "day"]
ROWS = [("서울", 1, 0.5, True, datetime(2020, 1, 2)), (None, None, None, None, None)]
COLUMNS = {name: [row[at] for row in ROWS] for at, name in enumerate(NAMES)}


def pandas_frame():
    return pd.DataFrame(
        {
            "이름": ["서울", None],
            "n": pd.array([1, None], dtype="Int64"),
            "x": [0.5, np.nan],
            "ok": pd.array([True, None], dtype="boolean"),
            "day": pd.to_datetime(["2020-01-02", None]),
        }
    )


@pytest.mark.parametrize(
    ("data", "name", "how"),
    [
        (COLUMNS, "the dictionary", "dictionary"),
        ([dict(zip(NAMES, row, strict=True)) for row in ROWS], "the records", "records"),
        (pl.DataFrame(COLUMNS), "the data frame", "polars"),
        (pa.table(COLUMNS), "the data frame", "pyarrow"),
        (pandas_frame(), "the data frame", "pandas"),
        (pandas_frame().astype(object), "the data frame", "pandas"),
        (pandas_frame().set_index(pd.Index([7, 9])), "the data frame", "pandas"),
    ],
)
def test_the_same_cells_whatever_they_come_in(data, name, how):
    table = open_table(data)
    assert table.frame.columns == NAMES
    assert table.frame.rows() == ROWS
    assert table.frame.dtypes[1:] == [pl.Int64, pl.Float64, pl.Boolean, pl.Datetime("us")]
    assert (table.source.name, table.source.stem, table.source.how) == (name, "data", (how,))
    assert table.source.fingerprint == open_table(COLUMNS).source.fingerprint


@pytest.mark.parametrize(
    ("column", "dtype", "expected"),
    [
        (pd.Series(pd.Categorical(["b", "a", None])), pl.String, ["b", "a", None]),
        (pd.Series(pd.Categorical([3, 1, None])), pl.Int64, [3, 1, None]),
        (pd.Series(pd.Categorical([3, 1])), pl.Int64, [3, 1]),
        (pd.Series([1, 2], dtype="int8"), pl.Int64, [1, 2]),
        (pd.Series([0.5, None], dtype="Float32"), pl.Float64, [0.5, None]),
        (pd.Series([True, False]), pl.Boolean, [True, False]),
        (pd.Series(["a", None], dtype="string"), pl.String, ["a", None]),
        (pd.Series([1, "x", None, pd.NA], dtype=object), pl.String, ["1", "x", None, None]),
        (pd.Series([True, None], dtype=object), pl.Boolean, [True, None]),
        (
            pd.Series(pd.to_datetime(["2020-01-02"]).tz_localize("Asia/Seoul")),
            pl.Datetime("us"),
            [datetime(2020, 1, 2)],
        ),
        (pd.Series(pd.to_timedelta(["2min", None])), pl.Float64, [120.0, None]),
        (pd.Series(pd.period_range("2020-01", periods=1, freq="M")), pl.String, ["2020-01"]),
        (pd.Series([None, None]), pl.String, [None, None]),
        (pd.Series([np.inf, 1.0]), pl.Float64, [float("inf"), 1.0]),
    ],
)
def test_pandas_columns(column, dtype, expected):
    series = open_table(pd.DataFrame({"a": column}))["a"]
    assert (series.dtype, series.to_list()) == (dtype, expected)


def test_frames_of_narwhals_itself():
    import narwhals as nw

    assert open_table(nw.from_native(pl.DataFrame(COLUMNS))).frame.rows() == ROWS


def test_lazy_frames_are_not_accepted():
    with pytest.raises(DataError, match="got LazyFrame"):
        open_table(pl.LazyFrame(COLUMNS))


def test_pandas_without_pyarrow():
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import pandas as pd\n"
        "from netwright.sources.registry import open_table\n"
        "frame = pd.DataFrame({'a': ['x', None], 'b': pd.Categorical(['p', 'q']), 'c': [1.5, 2.0],"
        " 'd': pd.to_datetime(['2020-01-02', None]), 'e': [True, False]})\n"
        "print(open_table(frame).frame.rows())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert said.stdout.strip() == (
        "[('x', 'p', 1.5, datetime.datetime(2020, 1, 2, 0, 0), True), (None, 'q', 2.0, None, False)]"
    )


def test_pandas_names():
    frame = pd.DataFrame(np.zeros((2, 2)), columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]))
    assert open_table(frame).frame.columns == ["a.1", "a.2"]
    assert open_table(pd.DataFrame(np.zeros((2, 2)))).frame.columns == ["0", "1"]


def test_twins():
    frame = pd.DataFrame(np.zeros((2, 2)), columns=["a", "a"])
    for data in (frame, pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])):
        with pytest.raises(DataError) as caught:
            open_table(data)
        assert str(caught.value) == (
            "the columns of the data frame must have names of their own, got 'a' more than once. Rename them."
        )


@pytest.mark.parametrize(
    ("array", "dtypes", "rows"),
    [
        (np.array([[1, 2], [3, 4]]), [pl.Int64] * 2, [(1, 2), (3, 4)]),
        (np.array([[1, np.nan], [3, 4]], dtype="float32"), [pl.Float64] * 2, [(1.0, None), (3.0, 4.0)]),
        (np.array([[True], [False]]), [pl.Boolean], [(True,), (False,)]),
        (np.array([["a", 1], [None, 2.5]], dtype=object), [pl.String, pl.Float64], [("a", 1.0), (None, 2.5)]),
        (np.array([["a", " b"]]), [pl.String] * 2, [("a", "b")]),
        (np.array([["2020-01-02"]], dtype="datetime64[D]"), [pl.Datetime("us")], [(datetime(2020, 1, 2),)]),
    ],
)
def test_arrays(array, dtypes, rows):
    table = open_table(array)
    assert table.frame.columns == [f"c{at}" for at in range(1, array.shape[1] + 1)]
    assert (table.frame.dtypes, table.frame.rows()) == (dtypes, rows)
    assert (table.source.name, table.source.how) == ("the array", ("numpy",))


def test_structured_array():
    array = np.array([(1, 0.5)], dtype=[("n", "i4"), ("x", "f8")])
    assert open_table(array).frame.to_dicts() == [{"n": 1, "x": 0.5}]


@pytest.mark.parametrize("shape", [(3,), (2, 2, 2), ()])
def test_arrays_of_other_shapes(shape):
    with pytest.raises(DataError) as caught:
        open_table(np.zeros(shape))
    assert str(caught.value) == (
        f"the array must have two axes, rows and columns, got the shape {shape}. "
        "Pass array.reshape(-1, 1) if it is a single column."
    )


def test_complex_numbers():
    with pytest.raises(DataError, match=r"^column 'c1' must hold real numbers, got complex ones\. Pass real and"):
        open_table(np.zeros((2, 2), dtype=complex))


@pytest.mark.parametrize("data", [{}, pl.DataFrame(), np.zeros((3, 0))])
def test_no_columns(data):
    with pytest.raises(DataError, match=r"must have columns, got none\.$"):
        open_table(data)


@pytest.mark.parametrize("data", [{"a": []}, pd.DataFrame({"a": []}), np.zeros((0, 2))])
def test_no_rows(data):
    with pytest.raises(DataError, match=r"must have rows, got a header and no rows\.$"):
        open_table(data)


@pytest.mark.parametrize("data", ["f.csv", 3, None, [], [1], pd.Series([1]), pl.Series([1]), object()])
def test_not_accepted(data):
    assert not FrameSource().accepts(data)
