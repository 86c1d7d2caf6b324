from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.errors import DataError
from netwright.sources.records import frame_of_columns, frame_of_records


def test_records():
    frame = frame_of_records([{"a": 1, "b": {"c": [1], "d": {}}}, {"e": "x", 5: 2.0}], "f")
    assert frame.columns == ["a", "b.c", "b.d", "e", "5"]
    assert frame.rows() == [(1, "[1]", None, None, None), (None, None, None, "x", 2.0)]


def test_columns():
    frame = frame_of_columns({"a": (1, 2), "b": np.array([0.5, np.nan]), 3: pl.Series(["x", None])}, "f")
    assert (frame.columns, frame.rows()) == (["a", "b", "3"], [(1, 0.5, "x"), (2, None, None)])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"a": 1}, "column 'a' of f must be a list, an array or a series, got int."),
        ({"a": "abc"}, "column 'a' of f must be a list, an array or a series, got str."),
        ({"a": {"b": 1}}, "column 'a' of f must be a list, an array or a series, got dict."),
        ({"a": np.array(3.0)}, "column 'a' of f must hold one value a row, got a single value."),
        ({"a": [1], "b": [1, 2]}, "the columns of f must have the same number of rows, got a 1, b 2."),
    ],
)
def test_refused(columns, message):
    with pytest.raises(DataError) as caught:
        frame_of_columns(columns, "f")
    assert str(caught.value) == message
