"""The charts of partial dependence as values, from made-up and from real records."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from netwright.base.finding import Finding
from netwright.base.record import Dependence, RunRecord
from netwright.deliver.report.data import charts_of, report_data
from netwright.deliver.report.data_dependence import dependence_part
from netwright.deliver.report.render import render_report

DAY = 86_400_000


def number(**changes: object) -> Dependence:
    whole = Dependence(
        column="방",
        kind="numeric",
        outputs=("target",),
        at=(1.0, 2.0, 4.0),
        mean=((10.0, 30.0, 20.0),),
        spread=((1.0, 2.0, 0.0),),
        lines=((5.0, 40.0, 20.0), (9.0, 9.0, 9.0)),
        bars=((1.0, 2.5), (2.5, 4.0)),
        counts=(60, 30),
        n_others=10,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def levels(**changes: object) -> Dependence:
    return number(
        column="도시", kind="category", at=("서울", "부산", "제주"), lines=(), bars=(), counts=(60, 20, 10), **changes
    )


def test_a_number(regression_record: RunRecord) -> None:
    part = dependence_part(replace(regression_record, dependence=(number(),)))
    (chart,) = part["dependence_charts"]
    assert (chart["id"], chart["kind"], chart["title"]) == (
        "chart-dependence-0",
        "dependence",
        "Predicted target by 방",
    )
    assert chart["reading"] == "Lowest 10.0 at 1.00, highest 30.0 at 2.00."
    data = chart["data"]
    assert data["bars"] == [[1.0, 2.5, 60], [2.5, 4.0, 30]]
    assert data["ends"] == [5.0, 40.0] and data["at"] == [1.0, 2.0, 4.0] and data["x"] == "방"
    lead = " ".join(part["dependence_lead"])
    assert "Thin lines are single rows" in lead and "one standard deviation over" in lead
    assert "could not exist" in lead and "not what would happen" in lead
    assert part["dependence_classes"] == []


def test_levels_say_what_is_left_out(regression_record: RunRecord) -> None:
    part = dependence_part(replace(regression_record, dependence=(levels(),)))
    (chart,) = part["dependence_charts"]
    assert chart["kind"] == "levels"
    assert chart["data"]["shares"] == ["60 %", "20 %", "10 %"]
    assert chart["reading"] == "Lowest 10.0 at 서울, highest 30.0 at 부산. Other levels (10 % of rows) are not shown."
    assert "Thin lines" not in " ".join(part["dependence_lead"])


def test_dates_keep_their_days(regression_record: RunRecord) -> None:
    day = number(
        kind="date", at=(0.0, 400.0 * DAY, 18_262.0 * DAY), bars=((0.0, 1.0 * DAY), (1.0 * DAY, 18_262.0 * DAY))
    )
    (chart,) = dependence_part(replace(regression_record, dependence=(day,)))["dependence_charts"]
    assert chart["reading"] == "Lowest 10.0 at 1970-01-01, highest 30.0 at 1971-02-05."
    assert chart["data"]["time"] and chart["data"]["at"][2] == 18_262 * DAY == chart["data"]["bars"][1][1]


def test_classes_are_told_apart_and_stay_probabilities(multiclass_record: RunRecord) -> None:
    entry = number(
        outputs=("a", "b"),
        mean=((0.1, 0.2, 0.3), (0.9, 0.4, 0.05)),
        spread=((0.2, 0.0, 0.0), (0.3, 0.0, 0.0)),
        lines=(),
    )
    part = dependence_part(replace(multiclass_record, dependence=(entry,)))
    (chart,) = part["dependence_charts"]
    assert chart["title"] == "Probabilities by 방"
    assert chart["reading"].startswith("b moves most: lowest 0.0500 at 4.00, highest 0.900 at 1.00.")
    assert chart["data"]["ends"] == [0, 1]
    assert part["dependence_classes"] == ["a", "b"]
    assert "one of the 2 most frequent classes" in part["dependence_lead"][0]


def test_columns_that_say_the_same_are_named(regression_record: RunRecord) -> None:
    pair = Finding("correlated", "data", "note", "방 and 면적 say nearly the same", "", ("방", "면적"), {})
    (chart,) = dependence_part(replace(regression_record, findings=(pair,), dependence=(number(),)))[
        "dependence_charts"
    ]
    assert chart["reading"].endswith("It goes closely together with 면적: many of these rows could not exist.")


def test_all_charts_have_one_scale(regression_record: RunRecord) -> None:
    wide = levels(mean=((-50.0, 0.0, 5.0),), spread=((0.0, 0.0, 0.0),))
    charts = dependence_part(replace(regression_record, dependence=(number(), wide)))["dependence_charts"]
    assert [chart["data"]["ends"] for chart in charts] == [[-50.0, 40.0]] * 2


def test_what_is_not_finite_is_a_gap(regression_record: RunRecord) -> None:
    broken = number(mean=((float("nan"), 3.0, 4.0),), lines=((float("inf"), 1.0, 2.0),))
    record = replace(regression_record, dependence=(broken,))
    (chart,) = dependence_part(record)["dependence_charts"]
    assert chart["data"]["mean"] == [[None, 3.0, 4.0]] and "not finite" in chart["reading"]
    none = number(mean=((float("nan"),) * 3,), lines=())
    (chart,) = dependence_part(replace(regression_record, dependence=(none,)))["dependence_charts"]
    assert chart["data"] is None and chart["empty"]
    json.dumps(charts_of(report_data(record)), allow_nan=False)


def test_a_record_without_it_has_no_such_part(regression_record: RunRecord) -> None:
    record = replace(regression_record, dependence=())
    assert dependence_part(record)["dependence_charts"] == []
    assert "How predictions move" not in render_report(record)


@pytest.mark.parametrize("which", ["regression", "binary", "multiclass", "unsealed", "single_part"])
def test_real_runs_have_the_columns_that_lead(which: str, request: pytest.FixtureRequest) -> None:
    record: RunRecord = request.getfixturevalue(f"{which}_record")
    assert [entry.column for entry in record.dependence] == [entry.column for entry in record.importance[:6]]
    page = render_report(record)
    assert page.count('id="chart-dependence-') == len(record.dependence) in (4, 6)
