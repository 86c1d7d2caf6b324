from __future__ import annotations

import numpy as np

from netwright.audit.check import audit_table, numbers_of_columns
from netwright.base.finding import SEVERITIES
from tests.preparation.tables import numbers, typed


def test_a_clean_table_has_no_findings():
    rng = np.random.default_rng(0)
    table = typed({"x": rng.normal(size=60), "z": rng.normal(size=60), "town": rng.choice(["a", "b", "c"], 60)})
    assert audit_table(table) == ()


def test_findings_come_from_loud_to_quiet():
    spoilt = numbers(60)
    spoilt[0] = 1e6
    table = typed(
        {"one": [7] * 60, "id": [f"k{n}" for n in range(60)], "x": spoilt, "z": [None] * 40 + [1.5, 2.5] * 10}
    )
    findings = audit_table(table)
    order = [SEVERITIES.index(finding.severity) for finding in findings]
    assert order == sorted(order)
    assert {finding.code for finding in findings} == {"constant", "identifier", "outliers", "missing"}


def test_numbers_without_gaps():
    table = typed({"x": [1.5, None, 3.5], "town": ["a", "b", "a"], "y": [1.5, 2.5, None]})
    table = table.with_schema(table.schema.with_roles({"y": "left_out"}))
    assert [(column.name, values.tolist()) for column, values in numbers_of_columns(table)] == [("x", [1.5, 3.5])]


def test_a_table_without_rows():
    table = typed({"x": numbers(30), "town": ["a", "b"] * 15}).take(np.array([], dtype=np.int64))
    assert audit_table(table) == ()
