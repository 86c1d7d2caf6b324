"""Ranges that the user declared valid."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from netwright import Regressor
from netwright.apps.api import train
from netwright.audit.check import audit_table
from netwright.base.errors import PlanError
from netwright.base.table import Column
from netwright.deliver.predictor import Predictor
from netwright.sources.conform import conform
from netwright.sources.ranges import parse_range_options, with_ranges
from netwright.sources.registry import open_table
from tests.command import Command
from tests.preparation.tables import loaded, typed

Houses = Callable[..., pl.DataFrame]


def test_both_ends_or_one():
    given = ["age=0:120", "a=b=-5.5:", "깊이=:1e3", " x = 1 : 2 "]
    assert parse_range_options(given) == {"age": (0, 120), "a=b": (-5.5, None), "깊이": (None, 1000), "x": (1, 2)}


@pytest.mark.parametrize("bad", ["age", "age=5", "age=:", "=0:1", "age=a:b", "age=0:inf", "age=nan:", "age=0:1:2"])
def test_what_is_no_range(bad):
    with pytest.raises(PlanError, match=rf"must be COL=LOW:HIGH .*, got {re.escape(repr(bad))}"):
        parse_range_options([bad])


def test_ends_the_wrong_way_round_and_two_ranges():
    with pytest.raises(PlanError, match=r"from low to high, got 'age=5:1'. Did you mean age=1:5\?"):
        parse_range_options(["age=5:1"])
    with pytest.raises(PlanError, match="'age' must have one --range"):
        parse_range_options(["age=1:5", "age=1:6"])


def test_cells_outside_are_missing_and_the_ends_are_inside():
    table = with_ranges(typed({"age": [0.0, 120.0, -0.5, 121.0, None, 30.5]}), {"age": (0, 120)})
    assert table["age"].to_list() == [0.0, 120.0, None, None, None, 30.5]
    (finding,) = table.findings
    assert (finding.code, finding.columns, finding.severity) == ("out-of-range", ("age",), "warning")
    assert finding.message == "age: 2 values of the dictionary outside of 0 to 120 (40 %): they count as missing"
    assert finding.evidence == {"values": 2, "of": 5, "low": 0, "high": 120}
    assert [one.code for one in audit_table(table)].count("out-of-range") == 1


def test_one_end_and_none_outside():
    table = typed({"age": [0.5, 120.0, -0.5]})
    assert with_ranges(table, {"age": (None, 1)})["age"].to_list() == [0.5, None, -0.5]
    assert with_ranges(table, {"age": (0, None)})["age"].to_list() == [0.5, 120.0, None]
    assert with_ranges(table, {"age": (-1, 200)}).findings == ()
    assert with_ranges(table.take([]), {"age": (0, 1)}).n_rows == 0


def test_a_column_that_is_not_numeric():
    table = typed({"town": ["a", "b", "c"] * 5, "x": [0.5, 1.5, 2.5] * 5})
    with pytest.raises(PlanError, match=r"must name a numeric column, got 'town', whose kind is category"):
        with_ranges(table, {"town": (0, 1)})


def test_a_later_table_under_the_same_range():
    schema = with_ranges(typed({"age": [0.5, 90.0, 30.5]}), {"age": (0, 120)}).schema
    later = conform(open_table({"age": ["200", "12.5", ""]}), schema)
    assert later["age"].to_list() == [None, 12.5, None]
    assert later.findings[0].evidence["values"] == 1
    back = Column.from_json(schema["age"].to_json())
    assert back == schema["age"]
    older = {name: value for name, value in schema["age"].to_json().items() if name not in ("low", "high")}
    assert Column.from_json(older).low is None


def test_a_target_outside_is_a_row_without_a_target(houses: Houses):
    frame = houses(120)
    start = loaded(frame, target="price", range=["price=0:60"])
    assert start.n_without_target == frame.filter(pl.col("price") > 60).height > 0
    assert "their rows have no target" in start.table.findings[0].message


def test_train_test_file_predict_and_evaluate(houses: Houses, tmp_path: Path, nw: Command):
    frame = houses(150).with_columns(
        pl.when(pl.int_range(pl.len()) % 10 == 0).then(999.0).otherwise("rooms").alias("rooms")
    )
    frame[:120].write_csv(tmp_path / "집값.csv")
    frame[120:].write_csv(tmp_path / "test.csv")
    more = (
        "--preset",
        "quick",
        "--epochs",
        "3",
        "--no-repair",
        "--range",
        "rooms=0:20",
        "--test-data",
        tmp_path / "test.csv",
    )
    said = nw("train", tmp_path / "집값.csv", "--target", "price", *more, "--out", tmp_path / "run")
    assert said.code == 0, said.err
    assert "rooms: 12 values of 집값.csv outside of 0 to 20 (10 %): they count as missing" in said.err
    assert "rooms: 3 values of test.csv outside of 0 to 20" in said.err
    predictor = Predictor.load(tmp_path / "run")
    absurd, empty = ({"rooms": [rooms], "age": [3.5], "town": ["Jeju"], "river": ["no"]} for rooms in (5e6, None))
    assert predictor.predict(absurd)["prediction"].to_list() == predictor.predict(empty)["prediction"].to_list()
    for verb in ("predict", "evaluate"):
        said = nw(verb, tmp_path / "run", tmp_path / "test.csv")
        assert (said.code, said.err.count("rooms: 3 values of test.csv outside of 0 to 20")) == (0, 1)


def test_the_command_line_refuses_in_one_message(houses: Houses, tmp_path: Path, nw: Command):
    houses(60).write_csv(tmp_path / "h.csv")
    for bad, part in (("rooms", "COL=LOW:HIGH"), ("town=0:1", "numeric column"), ("room=0:1", "Did you mean 'rooms'")):
        for verb in ("train", "audit"):
            said = nw(verb, tmp_path / "h.csv", "--target", "price", "--range", bad)
            assert said.code == 2
            assert part in said.err
    said = nw("audit", tmp_path / "h.csv", "--range", "rooms=3:")
    assert said.code == 0
    assert "below 3" in said.out


def test_the_estimator_takes_ranges(houses: Houses):
    frame = houses(80).drop_nulls()
    x, y = frame.drop("price"), frame["price"].to_numpy()
    model = Regressor(preset="quick", epochs=2, range=["rooms=0:5"], random_state=0).fit(x, y)
    assert [one.columns for one in model.findings_ if one.code == "out-of-range"] == [("rooms",)]
    high = x.with_columns(pl.lit(7.5).alias("rooms"))
    assert (model.predict(high) == model.predict(high.with_columns(pl.lit(1e9).alias("rooms")))).all()


def test_a_run_remembers_it(houses: Houses):
    run = train(houses(80), "price", range=["rooms=0:5"], preset="quick", epochs=2, no_repair=True)
    assert run.record.schema["rooms"].high == 5
    assert run.record.settings["range"] == ["rooms=0:5"]
