"""No check may stumble, whatever the table holds."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from netwright.audit.check import audit_table
from netwright.base.errors import DataError
from netwright.base.finding import SEVERITIES
from netwright.base.table import Table
from tests.preparation.tables import typed

NAMES = ("x", "지역 이름", "a=b", "id", "날짜")
FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -1.0, 999.0, 99999.0, -200.0, 1e308, -1e308, 5e-324, 0.1]),
    st.integers(-3, 12).map(float),
)
TEXTS = st.one_of(
    st.sampled_from(["a", "b", "서울", "12 kg", "3", "4.5", "unknown", "NA", "합계", "2020-01-31", "No"]),
    st.text(max_size=6),
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    n_rows = draw(st.integers(1, 70))
    cells = {}
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=2, unique=True)):
        values = draw(st.sampled_from([FLOATS, TEXTS, st.none()]))
        few = draw(st.lists(values, min_size=1, max_size=draw(st.integers(1, 20))))
        rng = np.random.default_rng(draw(st.integers(0, 99)))
        gaps = draw(st.sampled_from([0.0, 0.1, 0.7]))
        cells[name] = [None if rng.random() < gaps else few[rng.integers(len(few))] for _ in range(n_rows)]
    categories = [f"{name}=category" for name in cells if draw(st.integers(0, 9)) == 0 and "=" not in name]
    try:
        table = typed(cells, *categories)
    except DataError:  # such as a text that says inf: it is refused before any check sees it
        reject()
    usable = [column.name for column in table.schema.columns if column.kind in ("numeric", "category", "boolean")]
    if usable and draw(st.booleans()):
        table = table.with_schema(table.schema.with_roles({draw(st.sampled_from(usable)): "target"}))
    return table


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(tables())
def test_every_finding_can_be_written_down(table):
    found = audit_table(table)
    assert audit_table(table) == found
    for finding in found:
        json.dumps(finding.to_json(), allow_nan=False)
        assert finding.severity in SEVERITIES
        assert finding.message
        assert set(finding.columns) <= set(table.schema.names)
