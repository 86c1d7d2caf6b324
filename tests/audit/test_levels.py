from __future__ import annotations

import pytest

from netwright.audit.levels import many_levels
from netwright.audit.near_constant import near_constant
from tests.preparation.tables import numbers, typed


def test_levels_of_a_row_or_two():
    town = [f"마을{n % 150}" for n in range(300)]
    (finding,) = many_levels(typed({"town": town, "x": numbers(300)}))
    assert (finding.code, finding.severity, finding.columns) == ("many-levels", "warning", ("town",))
    assert finding.message == "town: 150 levels; 100 % of its rows stand in levels of fewer than 5 rows"
    assert finding.advice.endswith("--drop town")
    assert finding.evidence == {"levels": 150, "rows": 300, "rare": 300}


@pytest.mark.parametrize(("n_rare", "severity"), [(140, "note"), (160, "warning"), (20, None)])
def test_the_share_of_rare_levels(n_rare, severity):
    town = [f"r{n // 2}" for n in range(n_rare)] + [f"t{n % 30}" for n in range(300 - n_rare)]
    found = list(many_levels(typed({"town": town, "x": numbers(300)}, "town=category")))
    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_few_levels_and_gaps():
    town = [f"t{n}" for n in range(29)] * 3 + [None] * 13
    assert list(many_levels(typed({"town": town, "x": numbers(100)}, "town=category"))) == []
    many = [f"t{n // 2}" for n in range(60)] + [None] * 940
    (finding,) = many_levels(typed({"town": many, "x": numbers(1000)}, "town=category"))
    assert finding.evidence["rows"] == 60


def test_identifiers_texts_and_targets_are_for_others():
    codes = [f"7590-{n:05d}" for n in range(100)]
    assert list(many_levels(typed({"code": codes, "x": numbers(100)}))) == []


def test_one_value_in_nearly_all_rows():
    road = ["paved"] * 298 + ["gravel"] * 2
    (finding,) = near_constant(typed({"road": road, "x": numbers(300)}))
    assert (finding.code, finding.severity, finding.columns) == ("near-constant", "note", ("road",))
    assert finding.message == "road: the same value in all but 2 of 300 rows"
    assert finding.evidence == {"rows": 300, "other": {"road": 2}}


def test_several_are_told_together():
    table = typed({"a": ["x"] * 297 + ["y"] * 3, "b": [0.0] * 299 + [1.5], "x": numbers(300)}, "b=numeric")
    (finding,) = near_constant(table)
    assert finding.columns == ("b", "a")
    assert finding.message == "the same value in nearly all of 300 rows: b (1), a (3) (rows that differ)"


@pytest.mark.parametrize(
    "cells",
    [
        ["x"] * 293 + ["y"] * 7,  # under 98 %
        ["x"] * 3 + [None] * 297,  # missing is for another check
        ["x"] * 300,  # constant, too
    ],
)
def test_ordinary_columns(cells):
    assert list(near_constant(typed({"c": cells, "x": numbers(300)}, "c=category"))) == []


def test_few_rows():
    assert list(near_constant(typed({"c": ["x"] * 48 + ["y"], "x": numbers(49)}))) == []
