from __future__ import annotations

import pytest

from netwright.audit.missing import missing
from tests.preparation.tables import numbers, typed


def gaps(n_missing: int, n_rows: int = 100) -> list[float | None]:
    return [None] * n_missing + numbers(n_rows - n_missing).tolist()


def test_one_finding_a_column_with_gaps():
    table = typed({"a": gaps(5), "b": gaps(0), "town": [None, "x", "y", "x"] * 25})
    found = list(missing(table))
    assert [finding.columns for finding in found] == [("a",), ("town",)]
    assert [finding.severity for finding in found] == ["note", "note"]
    assert [finding.message for finding in found] == ["a: 5 values missing (5 %)", "town: 25 values missing (25 %)"]
    assert found[0].evidence == {"missing": 5, "rows": 100}
    assert found[0].advice == ""


@pytest.mark.parametrize(("n_missing", "severity"), [(50, "note"), (51, "warning"), (99, "warning")])
def test_a_column_that_hardly_holds_any(n_missing, severity):
    (finding,) = missing(typed({"a": gaps(n_missing), "b": gaps(0)}, "a=numeric"))
    assert finding.severity == severity
    if severity == "warning":
        assert finding.advice == "filled (median) and marked; --drop a leaves it out"


def test_categories_get_a_level_of_their_own():
    (finding,) = missing(typed({"town": [None] * 60 + ["x", "y"] * 20, "b": gaps(0)}))
    assert finding.advice.startswith("filled (a level of its own)")


def test_what_is_not_used_may_have_gaps():
    table = typed({"a": gaps(5), "y": gaps(7), "none": [None] * 100}, target="y")
    table = table.with_schema(table.schema.with_roles({"a": "left_out"}))
    assert list(missing(table)) == []
