"""From a table of series to windows: what is read, what is filled, what is told."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from netwright.base.errors import DataError, PlanError
from netwright.base.plan import Preparation
from netwright.base.settings import Settings
from netwright.base.table import Column
from netwright.preparation.by_time import Times, expanding_folds, last_part
from netwright.preparation.framing import frame_table
from netwright.preparation.lines import forward_filled
from netwright.preparation.load import read_table, with_roles
from netwright.preparation.season import past_of, season_of
from netwright.preparation.split import SplitRule, split_table
from netwright.preparation.steps import Steps
from netwright.preparation.target import Target
from netwright.preparation.values import Arrays
from netwright.preparation.window import WindowEncoder
from netwright.preparation.windows import LEVEL, STEP, Framing, plain_rows, restored


def framed(data, **options):
    settings = Settings.from_options({"target": "y", "time": "t", "horizon": 3, **options})
    return frame_table(with_roles(read_table(data, settings), settings), settings)


def days(n: int, start: int = 0) -> list[str]:
    return [str(np.datetime64("2020-01-01") + k) for k in range(start, start + n)]


def ramp(n: int = 60) -> dict:
    return {"t": days(n), "y": [float(k) for k in range(n)]}


def test_windows_hold_what_lies_behind_and_targets_what_lies_ahead():
    table, framing, _, _ = framed(ramp(), past=5)
    assert table.n_rows == 60 - 5 - 3 + 1
    ahead = restored(table, table["y"].to_numpy())
    np.testing.assert_allclose(ahead[0], [5, 6, 7])
    np.testing.assert_allclose(ahead[-1], [57, 58, 59])
    past = table["past"].to_numpy()[:, 0] + table[LEVEL].to_numpy()[:, None]
    np.testing.assert_allclose(past[0], [0, 1, 2, 3, 4])
    assert table["rows ahead"].to_numpy()[0].tolist() == [5, 6, 7]
    assert framing.level == "last"


def test_a_trend_leaves_no_trace_in_windows():
    table, *_ = framed(ramp(), past=5)
    np.testing.assert_allclose(table["past"].to_numpy()[0], table["past"].to_numpy()[-1])
    np.testing.assert_allclose(table["y"].to_numpy()[0], table["y"].to_numpy()[-1])


def test_noise_around_a_mean_is_counted_from_the_mean():
    noise = np.random.default_rng(0).normal(size=200)
    assert framed({"t": days(200), "y": noise.tolist()}, past=10)[1].level == "mean"


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%Y년 %m월 %d일"])
def test_dates_in_every_form(tmp_path, form):
    dates = [np.datetime64(own).astype(object).strftime(form) for own in days(40)]
    file = tmp_path / "판매.csv"
    pl.DataFrame({"t": dates, "y": list(range(40))}).write_csv(file)
    table, framing, _, _ = framed(str(file), past=4)
    assert (framing.steps.words, table.n_rows) == ("1 day", 40 - 4 - 3 + 1)


def test_missing_steps_are_filled_with_what_was_known_and_not_judged():
    data = {name: own[:20] + own[21:] for name, own in ramp().items()}
    table, _, lines, findings = framed(data, past=5)
    assert lines.lines[0].values[0, 20] == 19  # never with what comes later
    judged = table["rows ahead"].to_numpy()
    assert (judged >= 0).all()
    said = {own.code: own for own in findings}
    assert "1 of 60 steps" in said["missing-steps"].message
    assert said["origins-left-out"].evidence["origins"] == 3


def test_rows_out_of_order_give_the_same_windows():
    data, order = ramp(), np.random.default_rng(0).permutation(60)
    mixed = {name: [own[k] for k in order] for name, own in data.items()}
    np.testing.assert_array_equal(
        framed(mixed, past=5)[0]["past"].to_numpy(), framed(data, past=5)[0]["past"].to_numpy()
    )


def test_rows_of_one_time_are_taken_together_and_told():
    data = ramp()
    data = {"t": [*data["t"], data["t"][10]], "y": [*data["y"], 20.0]}
    _, _, lines, findings = framed(data, past=5)
    assert lines.lines[0].values[0, 10] == 15
    assert "same-time" in [own.code for own in findings]


def test_many_rows_of_one_time_ask_for_series():
    data = {"t": days(30) * 3, "y": [float(k) for k in range(90)], "shop": ["a"] * 30 + ["b"] * 30 + ["c"] * 30}
    with pytest.raises(DataError, match="--series"):
        framed(data, past=5)


def test_two_series_without_series_are_not_taken_together():
    data = {"t": days(30) * 2, "y": [float(k) for k in range(60)]}
    with pytest.raises(DataError, match=r"but 100 % of them share their time with another\. Pass --series"):
        framed(data, past=5)
    few = {"t": [*days(30), *days(10)], "y": [float(k) for k in range(40)]}  # 20 of 40 rows
    with pytest.raises(DataError, match="but 50 % of them share"):
        framed(few, past=5)
    fewer = {"t": [*days(30), *days(9)], "y": [float(k) for k in range(39)]}
    (told,) = [own for own in framed(fewer, past=5)[3] if own.code == "same-time"]
    assert told.message.startswith("18 rows (46 %) share their time")
    assert told.evidence == {"rows": 18, "of": 39}


def test_series_are_scaled_by_their_own_errors():
    small = np.sin(np.arange(60.0))
    data = {"t": days(60) * 2, "y": [*small, *(1_000 * small)], "가게": ["가"] * 60 + ["나"] * 60}
    table, framing, _, _ = framed(data, past=7, series=["가게"])
    assert framing.scales["나"] == pytest.approx(1_000 * framing.scales["가"])
    rows = {name: table.frame.filter(pl.col("series") == name)["past"].to_numpy() for name in ("가", "나")}
    np.testing.assert_allclose(rows["가"], rows["나"])
    assert sorted(table[STEP].to_list()) == table[STEP].to_list()


def test_what_is_known_in_advance_stands_ahead():
    data = ramp() | {"holiday": ["yes" if k % 7 == 0 else "no" for k in range(60)]}
    table, framing, _, _ = framed(data, past=5, known=["holiday"])
    assert framing.columns.known == ("holiday",)
    assert table["future"].to_numpy()[0].tolist() == [[0.0, 0.0, 1.0]]  # days 5, 6 and 7


def test_scales_and_season_do_not_look_at_the_test():
    first = framed(ramp() | {"y": [float(k % 7) for k in range(60)]}, past=7)[1]
    later = framed(ramp() | {"y": [float(k % 7) if k < 48 else 1e6 * k for k in range(60)]}, past=7)[1]
    assert (first.season, first.errors) == (later.season, later.errors)


def test_a_season_is_found_and_told_with_its_flag():
    season = [float(np.sin(2 * np.pi * k / 7) + 0.01 * k) for k in range(200)]
    _, framing, _, findings = framed({"t": days(200), "y": season})
    assert (framing.season, framing.past) == (7, 14)
    own = next(one for one in findings if one.code == "window")
    assert "a season of 7 steps" in own.message
    assert "--past" in own.advice


def test_noise_has_no_season():
    noise = np.random.default_rng(1).normal(size=300)
    assert season_of([noise], Steps("moment", "even", 86_400e6, 0.0)) == (1, 1)
    assert past_of(1, 1, 3, 300) == 8


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"past": 70}, "at least 73 steps"),
        ({"time": "y"}, "--time must name another column than the --target"),
        ({"known": ["t"]}, "--known must name another column than --time"),
        ({"known": ["name"]}, "--known must name a column of numbers"),
    ],
)
def test_what_cannot_be_cut_is_refused(options, match):
    data = ramp() | {"name": [f"n{k % 5}" for k in range(60)]}
    with pytest.raises((DataError, PlanError), match=match):
        framed(data, **options)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"time": None}, "--time"),
        ({"task": "binary"}, "--task"),
        ({"test_data": "x.csv"}, "--test-data"),
        ({"horizon": None, "past": 3}, "--past must come with"),
        ({"horizon": 0}, "--horizon"),
    ],
)
def test_options_that_do_not_go_together(options, match):
    given = {"target": "y", "time": "t", "horizon": 3, **options}
    with pytest.raises(PlanError, match=match):
        Settings.from_options(given)


def test_framing_comes_back_from_json():
    framing = framed(ramp(), past=5)[1]
    assert Framing.from_json(json.loads(json.dumps(framing.to_json()))) == framing


def test_plain_rows_hold_the_first_step_ahead():
    table = plain_rows(framed(ramp(), past=5)[0])
    assert table["y"].to_list()[:2] == [5.0, 6.0]
    assert all(not own.shape for own in table.schema.columns)


def test_gaps_are_filled_from_behind():
    assert forward_filled(np.array([np.nan, 2.0, np.nan, np.nan, 5.0])).tolist() == [2, 2, 2, 2, 5]
    assert forward_filled(np.full(3, np.nan)).tolist() == [0, 0, 0]


def test_the_encoder_scales_each_channel_and_comes_back():
    cells = np.random.default_rng(0).normal(5.0, 3.0, (50, 2, 6))
    column = Column("past", "window", shape=(2, 6))
    own = WindowEncoder.fit(column, Arrays(cells), Preparation())
    array = own.array(Arrays(cells))
    np.testing.assert_allclose(array.mean(axis=(0, 2)), 0, atol=1e-6)
    np.testing.assert_allclose(array.std(axis=(0, 2)), 1, atol=1e-6)
    assert (own.input, own.shape, own.n_features) == ("past", (2, 6), 0)
    again = WindowEncoder.from_json(json.loads(json.dumps(own.to_json())))
    assert again == own
    np.testing.assert_array_equal(again.array(Arrays(cells)), array)


def test_flat_windows_are_plain_numbers():
    cells = np.random.default_rng(0).normal(size=(9, 2, 3))
    own = WindowEncoder.fit(Column("past", "window", shape=(2, 3)), Arrays(cells), Preparation(flat=True))
    assert (own.input, own.n_features, own.dense(Arrays(cells)).shape) == ("", 6, (9, 6))
    assert own.feature_names[:3] == ("past 0 at -2", "past 0 at -1", "past 0 at +0")
    ahead = WindowEncoder.fit(Column("future", "window", shape=(2, 3)), Arrays(cells), Preparation())
    assert ahead.input == "future"


@pytest.mark.parametrize("change", [{"length": 0}, {"means": []}, {"spreads": [0.0]}, {"spreads": [1.0, 1.0]}])
def test_a_hostile_encoder_is_refused(change):
    cells = np.ones((4, 1, 3))
    data = WindowEncoder.fit(Column("past", "window", shape=(1, 3)), Arrays(cells), Preparation()).to_json()
    with pytest.raises(ValueError):
        WindowEncoder.from_json({**data, **change})


def test_windows_are_split_by_the_time_of_their_origin():
    table, *_ = framed(ramp(), past=5)
    rule = SplitRule("time", STEP, gap=3, test_size=0.2, folds=3)
    split = split_table(table, Target("y", "regression", steps=3), rule, None, None)
    assert split.rule == "by time, by the origins of forecasts"
    assert any("a gap of 3 steps" in note for note in split.notes), split.notes
    with pytest.raises(DataError, match="at least 10 origins of forecasts, steps with a window of 5 behind and a hor"):
        split_table(table.take(np.arange(6)), Target("y", "regression", steps=3), rule, None, None)


def test_too_few_origins_for_a_gap_are_told():
    steps = Times(STEP, np.arange(12.0), "")
    with pytest.raises(DataError, match=r"a series must leave 2 origins 30 steps before the test rows"):
        last_part(steps, 0.2, "test", gap=30, least=2)
    with pytest.raises(DataError, match=r"must leave origins to train on 9 steps before the first validation rows"):
        expanding_folds(steps, 3, gap=9)
    assert steps.distance(1) == "1 step"
