"""Times as steps of a grid."""

from __future__ import annotations

import json
from datetime import datetime

import numpy as np
import pytest

from netwright.preparation.steps import Steps, calendar

DAY = 86_400_000_000


def micro(*moments: str) -> np.ndarray:
    return np.array([np.datetime64(own, "us").astype(np.int64) for own in moments], dtype=np.float64)


def months(n: int) -> np.ndarray:
    return micro(*[f"{1949 + k // 12}-{k % 12 + 1:02d}-01" for k in range(n)])


def test_months_are_steps_of_one_length():
    steps = Steps.find(months(30), "moment")
    assert (steps.way, steps.size, steps.seasons) == ("months", 1.0, (12,))
    np.testing.assert_array_equal(steps.index(months(30)), np.arange(30))
    np.testing.assert_array_equal(steps.after(months(30)[-1], 3), months(33)[-3:])


def test_the_ends_of_months_follow_each_other():
    ends = micro("2019-01-31", "2019-02-28", "2019-03-31", "2019-04-30", "2019-05-31")
    steps = Steps.find(ends, "moment")
    assert steps.way == "months"
    np.testing.assert_array_equal(steps.after(ends[1], 2), ends[2:4])


def test_a_few_missing_hours_leave_a_grid_of_hours():
    hours = micro("2012-01-01") + 3_600e6 * np.delete(np.arange(100.0), [7, 30])
    steps = Steps.find(hours, "moment")
    assert (steps.way, steps.words, steps.seasons) == ("even", "1 hour", (24, 168, 8766))
    np.testing.assert_array_equal(steps.index(hours), np.delete(np.arange(100), [7, 30]))


def test_days_without_sundays_are_the_days_that_occur():
    days = micro("2019-01-03") + DAY * np.arange(200.0)
    weekday = (np.floor(days / DAY) + 3) % 7
    steps = Steps.find(days[weekday != 6], "moment")
    assert steps.way == "occurring"
    assert steps.weekdays == (0, 1, 2, 3, 4, 5)
    ahead = steps.after(float(micro("2019-01-05")[0]), 2)  # a Saturday
    np.testing.assert_array_equal(ahead, micro("2019-01-07", "2019-01-08"))


def test_plain_numbers_are_steps():
    steps = Steps.find(np.array([2.0, 4.0, 6.0, 8.0]), "number")
    assert (steps.way, steps.size) == ("even", 2.0)
    assert steps.after(8.0, 2).tolist() == [10.0, 12.0]
    assert calendar(np.array([1.0]), steps) == {}


def test_the_calendar_tells_hours_weekdays_and_seasons():
    steps = Steps("moment", "even", 3_600e6, 0.0)
    noon, midnight = micro("2019-03-04T12:00", "2019-03-04")
    found = calendar(np.array([midnight, noon, noon + 7 * DAY]), steps)
    assert list(found) == [f"{n} ({f})" for n in ("day", "week", "year") for f in ("sine", "cosine")]
    np.testing.assert_allclose(found["day (cosine)"], [1, -1, -1], atol=1e-12)
    np.testing.assert_allclose(found["week (sine)"][1], found["week (sine)"][2], atol=1e-12)
    assert found["week (cosine)"][0] == pytest.approx(1.0)  # a Monday begins the week


def test_json_brings_it_back():
    steps = Steps.find(months(20), "moment")
    assert Steps.from_json(json.loads(json.dumps(steps.to_json()))) == steps


@pytest.mark.parametrize(
    "change",
    [
        {"size": 0},
        {"size": float("nan")},
        {"way": "odd"},
        {"weekdays": [9]},
        {"way": "months", "size": 1.5},
        {"start": 1e30},
    ],
)
def test_hostile_steps_are_refused(change):
    data = Steps("moment", "even", 1.0, float(datetime(2000, 1, 1).timestamp())).to_json()
    with pytest.raises((ValueError, KeyError)):
        Steps.from_json({**data, **change})
