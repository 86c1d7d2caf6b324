from __future__ import annotations

import pytest

from netwright.base.errors import PlanError
from netwright.sources.queries import checked_query


@pytest.mark.parametrize(
    "query",
    ["SELECT 1", "  select 1 ", "(SELECT 1)", "with t as (select 1) select *", "-- why\nSELECT 1", "/* x */select 1"],
)
def test_reading(query):
    assert checked_query(query) == query.strip()


def test_last_semicolon_goes():
    assert checked_query("SELECT 1 ; ") == "SELECT 1"


@pytest.mark.parametrize("query", ["UPDATE t SET a = 1", "", "/* SELECT */ DROP TABLE t", "selection"])
def test_other_statements(query):
    with pytest.raises(PlanError) as caught:
        checked_query(query)
    assert str(caught.value) == f"--query must be a SELECT statement (or WITH ... SELECT), got {query!r}."
