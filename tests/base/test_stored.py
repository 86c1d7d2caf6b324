"""Cells in scratch files read like those of a data frame."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from netwright.base import stored
from netwright.base.errors import InternalError
from netwright.base.stored import StoredFrame, Writer

DAY = datetime.datetime(2020, 1, 1)


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "_CELLS_IN_MEMORY", 20)
    monkeypatch.setattr(stored, "BLOCK_ROWS", 6)


@pytest.fixture
def frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "a": [1.0, None, 3.0, 4.5] * 5,
            "s": ["x", None, "y", "zz"] * 5,
            "d": pl.Series([DAY, None, DAY.replace(year=2021), DAY.replace(month=5)] * 5, dtype=pl.Datetime("us")),
            "b": np.arange(20.0),
        }
    )


def in_files(frame: pl.DataFrame, at_once: int = 7) -> StoredFrame:
    writer = Writer(frame.schema, frame.height)
    for start in range(0, frame.height, at_once):
        for name in frame.columns:
            writer.write(name, start, frame[name][start : start + at_once])
    return writer.done()


def test_columns_blocks_and_rows_are_those_that_were_written(frame: pl.DataFrame) -> None:
    own = in_files(frame)
    assert (own.height, own.width, own.columns, len(own)) == (20, 4, frame.columns, 20)
    assert own.schema == dict(frame.schema)
    for name in frame.columns:
        assert own[name].equals(frame[name])
    assert own[3:9].equals(frame[3:9])
    few = own[np.array([7, 2])]
    assert isinstance(few, pl.DataFrame) and few.equals(frame[[7, 2]])


def test_many_rows_are_a_view_and_all_of_them_the_frame_itself(frame: pl.DataFrame) -> None:
    own, rows = in_files(frame), np.array([3, 1, 17, 5, 6, 8, 9, 10, 11])
    view = own[rows]
    assert isinstance(view, StoredFrame)
    assert view[0:9].equals(frame[rows]) and view["s"].equals(frame["s"][rows])
    assert view[2:5].equals(frame[rows[2:5]])
    again = view[np.array([2, 1])]
    assert isinstance(again, pl.DataFrame) and again.equals(frame[[17, 1]])
    assert own[np.arange(20)] is own
    assert own[np.arange(20)[::-1]] is not own


def test_rows_are_hashed_as_in_memory(frame: pl.DataFrame) -> None:
    own, rows = in_files(frame), np.arange(15)[::-1]
    assert own.hash_rows(seed=0).equals(frame.hash_rows(seed=0))
    view = own[rows]
    assert isinstance(view, StoredFrame)
    some = ["s", "a"]
    assert view.select(some).hash_rows(seed=1).equals(frame[rows].select(some).hash_rows(seed=1))


def test_a_column_is_replaced_in_a_view(frame: pl.DataFrame) -> None:
    own, rows = in_files(frame), np.arange(12)[::-1]
    view = own[rows]
    assert isinstance(view, StoredFrame)
    other = pl.Series("a", [f"t{k % 3}" if k else None for k in range(12)])
    replaced = view.with_columns(other)
    assert replaced["a"].equals(other)
    assert replaced["s"].equals(frame["s"][rows])
    assert view["a"].equals(frame["a"][rows])


def test_frames_below_each_other(frame: pl.DataFrame) -> None:
    own = in_files(frame)
    first, last = own[np.arange(15)], own[np.arange(9, 20)]
    assert isinstance(first, StoredFrame) and isinstance(last, StoredFrame)
    same = first.below(last)
    assert pl.DataFrame([same[name] for name in same.columns]).equals(pl.concat([frame[:15], frame[9:]]))
    other = own.below(frame[:4].drop("s").with_columns(more=pl.lit(1.0)))
    expected = pl.concat([frame, frame[:4].with_columns(s=pl.lit(None, dtype=pl.String))])
    assert pl.DataFrame([other[name] for name in other.columns]).equals(expected)
    assert StoredFrame.of(own) is own
    assert StoredFrame.of(frame)["s"].equals(frame["s"])


def test_more_texts_than_can_be_told_apart_are_all_missing(
    frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MOST_TEXTS", 2)
    writer = Writer({"s": pl.String}, 20)
    writer.write("s", 0, frame["s"][:2])
    writer.write("s", 2, frame["s"][2:])
    own = writer.done()
    assert writer.overfull == {"s"}
    assert own["s"].null_count() == 20


def test_fewer_rows_than_were_expected(frame: pl.DataFrame) -> None:
    writer = Writer({"b": pl.Float64}, 30)
    writer.write("b", 0, frame["b"])
    assert writer.done(20)["b"].equals(frame["b"])
    with pytest.raises(InternalError, match="20 cells of 30"):
        writer.done()


def test_a_column_of_nothing_but_gaps() -> None:
    frame = pl.DataFrame({"s": pl.Series([None] * 5, dtype=pl.String), "a": pl.Series([None] * 5, dtype=pl.Float64)})
    own = in_files(frame)
    assert own["s"].equals(frame["s"]) and own["a"].equals(frame["a"])
