"""The whole report as values, and the sections that have no file of their own here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from netwright.base.figures import figure
from netwright.base.finding import Finding
from netwright.base.record import ColumnSummary, Importance, RunRecord
from netwright.deliver.report.chart import drawn
from netwright.deliver.report.data import charts_of, report_data
from netwright.deliver.report.data_columns import columns_section, histogram_bars, level_bars
from netwright.deliver.report.data_importance import importance_section
from netwright.deliver.report.data_made import made_section
from netwright.deliver.report.data_tried import tried_section
from netwright.deliver.report.data_verdict import verdict_section
from netwright.deliver.report.render import render_report

KINDS = ("regression", "binary", "multiclass", "single_part", "unsealed")
SECTIONS = ["verdict", "curves", "quality", "importance", "data", "tried", "made"]


@pytest.fixture(params=KINDS)
def record(request: pytest.FixtureRequest) -> RunRecord:
    return request.getfixturevalue(f"{request.param}_record")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for own in value.values():
            yield from _texts(own)
    elif isinstance(value, list | tuple):
        for own in value:
            yield from _texts(own)


def test_everything_is_plain_json(record: RunRecord) -> None:
    data = report_data(record, "netwright train x")
    assert [section["id"] for section in data["sections"]] == SECTIONS
    assert json.loads(json.dumps(data, allow_nan=False))["target"] == "target"


def test_every_chart_has_its_words(record: RunRecord) -> None:
    charts = [chart for section in report_data(record)["sections"] for chart in section["charts"]]
    assert len({chart["id"] for chart in charts}) == len(charts) >= 7
    for chart in charts:
        assert chart["title"] and chart["alt"] and (chart["reading"].endswith((".", ")")))
        assert chart["data"] is not None or chart["empty"]
    assert set(charts_of(report_data(record))) == {chart["id"] for chart in charts if chart["data"] is not None}


def test_without_sealed_rows_nobody_speaks_of_a_test(unsealed_record: RunRecord) -> None:
    texts = list(_texts(report_data(unsealed_record)))
    assert not [text for text in texts if re.search(r"\btest\b", text, re.IGNORECASE)]
    assert any("442 validation rows" in text for text in texts)


def test_scores_are_those_of_the_metrics(record: RunRecord) -> None:
    section, metrics = verdict_section(record), record.metrics
    rows = section["judged"]
    assert rows == ("test" if "test" in metrics else "validation")
    name = metrics["metric"]
    assert section["scores"][0]["value"] == figure(metrics[rows][name])
    if rows == "test":
        low, high = metrics["interval"][name]
        assert section["scores"][0]["interval"] == f"95 % interval {figure(low)} to {figure(high)}"
    else:  # over the rows of folds it would be too narrow
        assert "interval" not in metrics and section["scores"][0]["interval"] == ""
    main = next(row for row in section["table"]["rows"] if row["main"])
    assert main["network"] == [figure(metrics[part][name]) for part in section["table"]["parts"]]
    assert main["baselines"] == [figure(metrics["baselines"][base][name]) for base in ("trees", "linear", "constant")]
    assert section["sentence"].replace("\u00a0", " ") == metrics["verdict"]["sentence"]


def test_coverage_is_that_of_the_metrics(regression_record: RunRecord, multiclass_record: RunRecord) -> None:
    for record in (regression_record, multiclass_record):
        charts = [chart for chart in charts_of_quality(record) if chart["id"] == "chart-coverage"]
        found, rows = record.metrics["conformal"], charts[0]["data"]["rows"]
        assert [row["value"] for row in rows] == pytest.approx(
            [found["test_coverage"], *(group["coverage"] for group in found["groups"])], rel=1e-4
        )
        assert all(row["ends"][0] <= row["value"] <= row["ends"][1] for row in rows)
        assert charts[0]["data"]["line"] == 0.9
        assert "not for every group" in charts[0]["reading"]
        worst = min(found["groups"], key=lambda group: group["coverage"])
        assert len(found["groups"]) == 1 or worst["what"] in charts[0]["reading"]


def test_broken_promises_are_named(regression_record: RunRecord) -> None:
    found = regression_record.metrics["conformal"] | {"test_coverage": 0.5, "expected": [0.8, 0.95]}
    broken = replace(regression_record, metrics={**regression_record.metrics, "conformal": found})
    assert (
        "the promise is broken" in next(c for c in charts_of_quality(broken) if c["id"] == "chart-coverage")["reading"]
    )
    few = replace(broken, metrics={**broken.metrics, "conformal": found | {"expected": None, "mean_width": None}})
    reading = next(c for c in charts_of_quality(few) if c["id"] == "chart-coverage")["reading"]
    assert "infinite ends" in reading and "broken" not in reading
    later = replace(broken, metrics={**broken.metrics, "conformal": found | {"expected": None}})
    reading = next(c for c in charts_of_quality(later) if c["id"] == "chart-coverage")["reading"]
    assert "not split by chance" in reading and "infinite" not in reading and "broken" not in reading


def test_without_test_rows_there_is_no_coverage(unsealed_record: RunRecord) -> None:
    assert not [chart for chart in charts_of_quality(unsealed_record) if chart["id"] == "chart-coverage"]


def charts_of_quality(record: RunRecord) -> list[dict[str, Any]]:
    return next(section for section in report_data(record)["sections"] if section["id"] == "quality")["charts"]


def test_bars_stand_best_first(record: RunRecord) -> None:
    for chart in verdict_section(record)["charts"]:
        values = [row["value"] for row in chart["data"]["rows"]]
        assert values == sorted(values, reverse=chart["id"] == "chart-bars-accuracy")
        network = [row for row in chart["data"]["rows"] if row["label"] == "network"]
        assert len(network) == 1
        main = chart["id"] == f"chart-bars-{record.metrics['metric']}"
        for row in chart["data"]["rows"]:  # baselines get an interval of the main metric, validation scores none
            if "test" in record.metrics and (main or row["label"] == "network"):
                # a score that is the same whatever rows are drawn has no interval of no width
                assert row["ends"] is None or row["ends"][0] <= row["value"] <= row["ends"][1]
            else:
                assert row["ends"] is None


def test_a_score_that_is_not_defined_is_a_dash(binary_record: RunRecord) -> None:
    gone = {**binary_record.metrics, "test": {**binary_record.metrics["test"], "log_loss": None}}
    section = verdict_section(replace(binary_record, metrics=gone))
    assert section["scores"][0]["value"] == "-"
    assert section["gap"] == ""
    assert (
        section["charts"][0]["data"]["rows"][-1] | {"value": None, "text": "-"}
        == section["charts"][0]["data"]["rows"][-1]
    )


def test_the_two_validation_scores_are_told_apart(regression_record: RunRecord, single_part_record: RunRecord) -> None:
    told = verdict_section(regression_record)["table"]["pooled"]
    assert told.startswith("Validation: the rows of all 2 folds together")
    assert "What was tried" in told
    page = render_report(regression_record)
    assert told in page
    assert "under Every metric the rows of all folds are scored together" in page
    assert verdict_section(single_part_record)["table"]["pooled"] == ""
    assert "scored together" not in render_report(single_part_record)


def test_one_validation_part_is_warned_of(single_part_record: RunRecord, regression_record: RunRecord) -> None:
    assert "one validation part" in verdict_section(single_part_record)["caution"]
    assert verdict_section(regression_record)["caution"] == ""


def test_importance_counts_what_has_no_bar(regression_record: RunRecord) -> None:
    entries = tuple(Importance(f"c{number}", 30.0 - number, 0.5) for number in range(30))
    section = importance_section(replace(regression_record, importance=entries))
    rows = section["charts"][0]["data"]["rows"]
    assert len(rows) == 20 and rows[0] == {
        "label": "c0",
        "value": 30.0,
        "text": "30.0",
        "ends": [29.5, 30.5],
        "strong": True,
    }
    assert section["rest"] == "10 more columns below these, none above 10.0."
    assert len(section["table"]) == 30
    assert section["charts"][0]["data"]["axis"] == "rise of RMSE, in units of target"


def test_importance_of_a_share_falls(binary_record: RunRecord) -> None:
    by_area = replace(binary_record, metrics={**binary_record.metrics, "metric": "roc_auc"})
    assert importance_section(by_area)["charts"][0]["title"] == "Fall of ROC AUC when a column is shuffled"


def test_no_importance_is_said_in_words(regression_record: RunRecord) -> None:
    chart = importance_section(replace(regression_record, importance=()))["charts"][0]
    assert chart["data"] is None and "no importance" in chart["empty"]


def test_findings_from_loud_to_quiet(regression_record: RunRecord) -> None:
    findings = tuple(
        Finding("code", "data", severity, f"m{number}", "do this")
        for number, severity in enumerate(["note", "stop", *["warning"] * 9])
    )
    section = columns_section(replace(regression_record, findings=findings))
    assert section["counted"] == ["1 stop", "9 warnings", "1 note"]
    assert [own["message"] for own in section["findings"][:2]] == ["m1", "m2"]
    assert section["more_findings"][-1]["message"] == "m0"


def test_target_first_then_columns_by_importance(regression_record: RunRecord) -> None:
    section = columns_section(regression_record)
    names = [card["name"] for card in section["cards"] + section["more_cards"]]
    assert names == ["target", *(own.column for own in regression_record.importance)]
    assert section["cards"][0]["role"] == "target"
    assert section["cards"][1]["rank"] == "no. 1 in importance"


def test_very_wide_tables_leave_cards_off_and_say_so(regression_record: RunRecord) -> None:
    columns = tuple(_summary(name=f"c{number}") for number in range(1_000))
    findings = tuple(Finding("code", "data", "note", "m") for _ in range(201))
    section = columns_section(replace(regression_record, columns=columns, findings=findings))
    assert len(section["cards"]) + len(section["more_cards"]) == 120
    assert len(section["findings"]) + len(section["more_findings"]) == 200
    assert section["counted"] == ["201 notes"]
    assert section["left_off"] == (
        "880 more columns without a card here: run.json lists every column. "
        "1 more finding not shown here: findings.json holds every one."
    )
    assert columns_section(regression_record)["left_off"] == ""


def _summary(**changes: Any) -> ColumnSummary:
    plain = {"name": "c", "kind": "numeric", "role": "feature", "why": "numbers", "n_missing": 0, "n_distinct": 3}
    return ColumnSummary(**(plain | {"figures": {}, "labels": (), "counts": ()} | changes))


def test_small_bars_by_hand() -> None:
    bars = histogram_bars(_summary(labels=("0 to 1", "1 to 2", "2 to 3", "3 to 4"), counts=(1, 0, 200, 100)))
    assert [bar["x"] for bar in bars] == [0, 25, 50, 75]
    assert [bar["height"] for bar in bars] == [2.0, 0.0, 100.0, 50.0]
    assert bars[0]["tip"] == "0 to 1: 1 row"
    assert histogram_bars(_summary()) == []


def test_levels_by_hand() -> None:
    bars = level_bars(_summary(labels=tuple("abcdefgh"), counts=(40, 30, 10, 5, 5, 5, 4, 1)))
    assert [bar["label"] for bar in bars] == [*"abcdef", "all others"]
    assert bars[0]["percent"] == 40.0 and bars[0]["share"] == "40 %"
    assert bars[-1]["percent"] == 5.0 and bars[-1]["tip"] == "5 rows"


def test_rows_left_out_are_counted(regression_record: RunRecord) -> None:
    facts = {**regression_record.facts, "data": {**regression_record.facts["data"], "rows_without_target": 42}}
    source = dict(columns_section(replace(regression_record, facts=facts))["source"])
    assert source["left out"] == "42 rows without a value of target (10 %)"
    assert "left out" not in dict(columns_section(regression_record)["source"])


def test_leaderboard_marks_the_chosen_one(record: RunRecord) -> None:
    rows = tried_section(record)["rows"]
    assert [row["name"] for row in rows if row["chosen"]] == ["network mlp"]
    assert len(rows) == len(record.leaderboard)
    assert [row["score"] for row in rows] == [figure(own["valid_score"]) for own in record.leaderboard]
    assert max(row["share"] for row in rows) == 100.0


def test_how_it_was_made(regression_record: RunRecord, unsealed_record: RunRecord) -> None:
    section = made_section(regression_record, "netwright train x --target target")
    lines = {name: text for group in section["groups"] for name, text in group["lines"]}
    assert lines["train"] == "353 rows" and lines["test"] == "89 rows (20 %), sealed until the end"
    assert lines["validation"] == "2 folds of 176 to 177 rows"
    assert section["sealed"] == "test rows opened" and "UTC, for the evaluation" in section["opened"][0]
    assert section["fingerprint"] == regression_record.facts["data"]["fingerprint"]
    assert section["command"] == "netwright train x --target target"
    assert {own["stage"] for own in section["seconds"]} == set(regression_record.facts["seconds"]) - {"total"}
    unsealed = made_section(unsealed_record, "")
    assert unsealed["sealed"] == "sealed rows" and unsealed["opened"] == ["none: whoever called keeps them"]


def test_an_ensemble_is_told_by_its_parts(regression_record: RunRecord) -> None:
    parts = [
        {"name": "tabm", "kind": "network", "weight": 0.83, "members": 5, "parameters": 40_000},
        {"name": "trees", "kind": "baseline", "weight": 0.17, "members": 5, "parameters": 4_111},
    ]
    model = {"name": "ensemble", "members": 10, "parameters": 44_111, "parts": parts}
    said = made_section(replace(regression_record, metrics={**regression_record.metrics, "model": model}), "")[
        "members"
    ]
    assert "tabm 83 % (5 networks, 40,000 parameters)" in said and "boosted trees 17 % (5 fitted models)" in said
    assert "those of mlp, the best single plan" in said and "of these" not in said
    assert "of these" in made_section(regression_record, "")["members"]


def test_what_has_trees_in_it_is_called_a_model(regression_record: RunRecord, binary_record: RunRecord) -> None:
    trees = {"name": "trees", "kind": "baseline", "weight": 0.5, "members": 2, "parameters": 9}
    phrases = ("leans on", "missed", "does, not what would happen", "is too sure", "said: counts")
    found = set()
    for own in (regression_record, binary_record):
        model = own.metrics["model"]
        mixed = replace(own, metrics={**own.metrics, "model": {**model, "parts": [*model["parts"], trees]}})
        for shipped, what in ((own, "network"), (mixed, "model")):
            page = json.dumps(report_data(shipped))
            for phrase in phrases:
                if phrase in page:
                    found.add(phrase)
                    assert f"the {what} {phrase}" in page
            assert f"says what this {what} uses" in page
            assert f"how much the {what} leans" in render_report(shipped)
    assert found == set(phrases)


def test_the_same_bits_are_promised_where_no_clock_has_a_say(regression_record: RunRecord) -> None:
    assert "gives the same bits" in made_section(regression_record, "netwright train x")["same"]
    limited = replace(regression_record, settings={**regression_record.settings, "time_limit": 60.0})
    trained, resumed = (made_section(limited, f"netwright {verb} x")["same"] for verb in ("train", "resume"))
    assert "may differ" in trained and "may differ" in resumed
    assert "Without --time-limit it gives the same bits" in trained and "same bits" not in resumed


def test_numbers_are_drawn_with_five_digits() -> None:
    assert drawn(123_456.789) == 123_460.0
    assert drawn(float("inf")) is None
