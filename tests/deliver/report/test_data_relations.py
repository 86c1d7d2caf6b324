"""How the page shows what columns say of the target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netwright.base.record import ColumnSummary, CorrelationMap, RunRecord
from netwright.base.relation import Relation, TargetGroup
from netwright.deliver.report.data_columns import columns_section
from netwright.deliver.report.data_relations import (
    Scale,
    along,
    beside_level,
    correlation_chart,
    relation_block,
    relation_in_words,
    told,
)
from netwright.deliver.report.render import render_report

NUMBERS = Scale("numbers", "price", 0.0, 10.0)
SHARE = Scale("share", "sold = yes", 0.0, 0.5, ("yes",), 0.2)
SHARES = Scale("shares", "kind", classes=("a", "b"))


def column(groups: tuple[TargetGroup, ...], **changes: Any) -> ColumnSummary:
    plain = {"name": "면적", "kind": "numeric", "role": "feature", "why": "", "n_missing": 0, "n_distinct": 3}
    return ColumnSummary(
        **(plain | {"figures": {"minimum": "1"}, "labels": (), "counts": (), "groups": groups} | changes)
    )


def box(low: float, middle: float, high: float, rows: int = 20) -> TargetGroup:
    return TargetGroup("1 to 2", rows, {"lower quartile": low, "median": middle, "upper quartile": high})


def relation(**changes: Any) -> Relation:
    plain = {"test": "Spearman", "statistic": 0.4, "effect": 0.4, "effect_name": "rho", "size": "medium"}
    return Relation(**(plain | {"p_value": 0.001, "adjusted": 0.012, "n_rows": 90} | changes))


def test_a_band_with_its_median() -> None:
    drawing = along(column((box(1, 2, 3), box(4, 5, 6), box(8, 9, 12))), NUMBERS)
    assert drawing is not None
    assert drawing["line"] == "0,80 50,50 100,10"
    assert drawing["band"] == "0,90 50,60 100,20 100,0 50,40 0,70"
    assert [tip["x"] for tip in drawing["tips"]] == ["0", "33.33", "66.67"] and drawing["wide"] == 33.33
    assert drawing["tips"][0]["tip"] == "1 to 2: median 2.00, half within 1.00 to 3.00, 20 rows"

    assert drawing["alt"].startswith("1 to 2: median 2.00") and "median 9.00" in drawing["alt"]


def test_a_single_range_is_a_flat_band() -> None:
    drawing = along(column((box(1, 2, 3),)), NUMBERS)
    assert drawing is not None and drawing["line"] == "0,80 100,80"


def test_shares_stand_on_each_other() -> None:
    groups = (TargetGroup("low", 10, {"a": 0.7, "b": 0.3}), TargetGroup("high", 10, {"a": 0.0, "b": 0.5}))
    drawing = along(column(groups), SHARES)
    assert drawing is not None
    assert [step["path"] for step in drawing["steps"]] == ["M0 30h46V100H0z", "M0 0h46V30H0zM50 50h46V100H50z"]
    assert drawing["overall"] is None
    assert told(groups[0], SHARES) == "low: a 70 %, b 30 %, 10 rows"
    assert told(TargetGroup("none", 5, {"c": 1.0}), SHARES) == "none: rarer classes, 5 rows"


def test_the_share_of_one_class_has_a_line_for_all_rows() -> None:
    drawing = along(column((TargetGroup("low", 40, {"no": 0.9, "yes": 0.1}),)), SHARE)
    assert drawing is not None and drawing["overall"] == 60.0
    assert drawing["steps"][0]["path"].startswith("M0 80h")
    assert drawing["tips"][0]["tip"] == "low: 10 % sold = yes, 40 rows"


def test_beside_a_level() -> None:
    assert beside_level(None, NUMBERS) is None
    assert beside_level(TargetGroup("x", 0, {}), NUMBERS) is None
    found = beside_level(box(1, 2, 4), NUMBERS)
    assert found is not None and (found["from"], found["wide"], found["at"]) == (10.0, 30.0, 20.0)
    shares = beside_level(TargetGroup("x", 10, {"no": 0.4, "yes": 0.6}), SHARE)
    assert shares is not None and shares["parts"] == [{"colour": 1, "percent": 100.0}] and shares["at"] == 40.0


def test_nothing_to_draw() -> None:
    assert along(column(()), NUMBERS) is None
    assert along(column((TargetGroup("x", 0, {}),)), NUMBERS) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Rises as price rises: medium effect (Spearman, rho 0.400, adjusted p = 0.012)."),
        ({"effect": -0.4}, "Falls as price rises: medium effect (Spearman, rho -0.400, adjusted p = 0.012)."),
        ({"adjusted": 0.06}, "No relation to price beyond chance (Spearman, rho 0.400, adjusted p = 0.06)."),
        (
            {"test": "chi-squared", "effect_name": "Cramér's V"},
            "Goes together with price: medium effect (chi-squared, Cramér's V 0.400, adjusted p = 0.012).",
        ),
    ],
)
def test_words(changes: dict[str, Any], said: str) -> None:
    assert relation_in_words(relation(**changes), "price").replace("\u00a0", " ") == said


def test_the_table_goes_from_strong_to_weak(regression_record: RunRecord) -> None:
    section = columns_section(regression_record)["relations"]
    rows = [*section["rows"], *section["more_rows"]]
    own = {entry.name: entry.relation for entry in regression_record.columns if entry.relation}
    assert len(rows) == len(own) == 10
    strengths = [own[row["column"]].strength for row in rows]
    assert strengths == sorted(strengths, reverse=True)
    assert (
        section["beyond"]
        == f"{sum(row['beyond'] for row in rows)} of 10 columns go together with target beyond chance."
    )
    assert "independent" in section["caution"] and "Holm" in section["caution"]


def test_long_tables_leave_columns_off_and_say_so(regression_record: RunRecord) -> None:
    columns = tuple(column((), name=f"c{number}", relation=relation()) for number in range(130))
    target = next(own for own in regression_record.columns if own.role == "target")
    section = relation_block(replace(regression_record, columns=(target, *columns)), NUMBERS)
    assert (len(section["rows"]), len(section["more_rows"])) == (15, 105)
    assert section["left_off"] == "10 weaker columns not shown here: run.json lists every one."


def test_columns_that_could_not_be_tested_are_counted(regression_record: RunRecord) -> None:
    first, second, *rest = regression_record.columns
    changed = replace(regression_record, columns=(first, replace(second, relation=None), *rest))
    feature = first if first.role == "feature" else second
    assert feature.groups
    words = relation_block(changed, Scale.of(changed))["beyond"]
    assert words.endswith(" 1 more could not be tested: too few rows, or a single value.")


def test_scales(regression_record: RunRecord, binary_record: RunRecord, multiclass_record: RunRecord) -> None:
    numbers, share, shares = map(Scale.of, (regression_record, binary_record, multiclass_record))
    assert (numbers.kind, share.kind, shares.kind) == ("numbers", "share", "shares")
    groups = [group for own in regression_record.columns for group in own.groups if group.n_rows >= 10]
    assert numbers.low == min(group.values["lower quartile"] for group in groups)
    assert numbers.high == max(group.values["upper quartile"] for group in groups)
    target = next(own for own in binary_record.columns if own.role == "target")
    positive = binary_record.classes[1]
    assert share.classes == (positive,)
    assert share.overall == pytest.approx(target.counts[target.labels.index(positive)] / sum(target.counts))
    assert shares.classes == multiclass_record.classes and shares.others == ""


def test_the_scale_of_a_run_without_groups(regression_record: RunRecord, binary_record: RunRecord) -> None:
    for record in (regression_record, binary_record):
        bare = replace(record, columns=tuple(replace(own, groups=(), relation=None) for own in record.columns))
        assert Scale.of(bare).high > Scale.of(bare).low
        assert columns_section(bare)["relations"]["rows"] == []
        assert "Which columns go together with" not in render_report(bare)
        assert "Which columns go together with" in render_report(record)


def test_the_map(regression_record: RunRecord) -> None:
    chart = correlation_chart(regression_record)
    own = regression_record.correlations
    assert own is not None and chart["data"]["names"][0] == "target"
    assert all(across != down for across, down, _ in chart["data"]["cells"])
    number = len(own.columns)
    assert len(chart["data"]["cells"]) == number * (number - 1)
    assert own.rho[0, 1] == pytest.approx(next(c[2] for c in chart["data"]["cells"] if c[:2] == (1, 0)), abs=1e-4)


def test_a_map_leaves_undefined_pairs_empty_and_says_what_is_missing(regression_record: RunRecord) -> None:
    rho = np.array([[1, 0.5, np.nan], [0.5, 1, -0.2], [np.nan, -0.2, 1]])
    chart = correlation_chart(replace(regression_record, correlations=CorrelationMap(("a", "b", "c"), rho, 100, 7)))
    assert {cell[:2] for cell in chart["data"]["cells"]} == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert chart["reading"].endswith(
        "Left off: 7 columns of numbers with a weaker relation to target. Looked at on 100 rows drawn by chance."
    )
    assert "a and b 0.500; b and c -0.200" in chart["alt"]


def test_without_a_map_it_is_said(regression_record: RunRecord) -> None:
    chart = correlation_chart(replace(regression_record, correlations=None))
    assert chart["data"] is None and "fewer than two" in chart["empty"]
