"""The audit of real files: what must be found, and what must not."""

from __future__ import annotations

import pytest

from netwright.audit.check import audit_table
from netwright.audit.summary import summarise_columns
from tests.conftest import SHARED
from tests.preparation.tables import typed

TABLES = sorted(path.name for path in (SHARED / "tables").glob("*")) if SHARED.is_dir() else []


def findings(path, **reading):
    found: dict = {}
    for finding in audit_table(typed(path, **reading)):
        found.setdefault(finding.code, []).append(finding)
    return found


def test_a_sheet_that_was_laid_out_for_people(shared):
    found = findings(shared / "nasty" / "interprovince_migration_kosis.xlsx", sheet="데이터")
    (header,), (keys,) = found["second-header"], found["blank-keys"]
    assert header.evidence["cells"] == {"전출지별": "전출지별", "전입지별": "전입지별"}
    assert keys.columns == ("전출지별",)
    assert keys.evidence["block"] == 18
    assert {finding.columns for finding in found["totals"]} == {("전출지별",), ("전입지별",)}
    assert all(finding.evidence["words"] == ["전국"] for finding in found["totals"])
    assert len(found["correlated"]) == 11


def test_repeated_wines(shared):
    (finding,) = findings(shared / "tables" / "winequality_white.csv")["duplicates"]
    assert finding.message == "937 rows repeat an earlier one (19 %)"
    assert finding.evidence["of"] == 4898
    assert finding.severity == "warning"


def test_boston(shared):
    found = findings(shared / "tables" / "boston.csv")
    assert ("b",) in {finding.columns for finding in found["outliers"]}
    assert "missing" not in found


def test_identifiers_and_texts(shared):
    found = findings(shared / "tables" / "titanic.csv")
    assert [finding.columns for finding in found["identifier"]] == [("PassengerId",), ("Name",)]
    assert "free-text" not in found
    assert {finding.columns[0] for finding in found["missing"]} == {"Age", "Cabin", "Embarked"}
    assert found["missing"][0].columns == ("Cabin",)  # the only warning among them


def test_totals_of_an_apartment_table(shared):
    found = findings(shared / "nasty" / "apartment_presale_price_cp949.csv")
    (finding,) = found["totals"]
    assert (finding.columns, finding.evidence["words"]) == (("규모구분",), ["전체"])


@pytest.mark.parametrize("name", TABLES)
def test_no_false_alarms(shared, name):
    table = typed(shared / "tables" / name)
    codes = {finding.code for finding in audit_table(table)}
    assert codes.isdisjoint({"second-header", "blank-keys", "totals", "constant"})
    summaries = summarise_columns(table)
    assert [summary.name for summary in summaries] == table.schema.names
    for summary in summaries:
        if summary.counts:
            assert sum(summary.counts) == table.n_rows - summary.n_missing
