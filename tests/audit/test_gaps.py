from __future__ import annotations

import numpy as np
import pytest

from netwright.audit.gaps import MOST_PATTERNS, find_gaps
from netwright.audit.missing_together import missing_together
from tests.preparation.tables import numbers, typed

N = 100


def column(*gaps: int, seed: int = 0) -> list[float | None]:
    cells: list[float | None] = numbers(N, seed).tolist()
    for row in gaps:
        cells[row] = None
    return cells


def test_columns_of_one_pattern_are_one_gap():
    table = typed({"x": column(3, 4), "z": column(3, 4, seed=1), "w": column(4), "full": column()})
    assert [(gap.columns, gap.n_rows) for gap in find_gaps(table)] == [(("x", "z"), 2), (("w",), 1)]
    assert [gap.columns for gap in find_gaps(table, fewest=2)] == [("x", "z")]


def test_the_rows_that_are_there_count_too():
    table = typed({"x": [None] * 97 + [1.5, 2.5, 3.5], "z": column()}, "x=numeric")
    assert len(find_gaps(table, fewest=3)) == 1
    assert find_gaps(table, fewest=4) == []


def test_of_very_many_patterns_the_frequent_ones_are_kept():
    wide = {f"c{n}": column(*range(1 + n % 3), n % 97, seed=n) for n in range(MOST_PATTERNS + 40)}
    gaps = find_gaps(typed(wide))
    assert 90 < len(gaps) <= MOST_PATTERNS


def test_missing_in_the_same_rows():
    table = typed({"키": column(3, 4, 9), "z": column(3, 4, 9, seed=1), "w": column(5, 6, seed=2)})
    (finding,) = missing_together(table)
    assert (finding.code, finding.severity, finding.columns) == ("missing-together", "note", ("키", "z"))
    assert finding.message == "키, z: missing in the same 3 rows (3 %)"
    assert finding.evidence == {"rows": 3, "together": 3, "of": N}


def test_nearly_always_together():
    table = typed({"x": column(*range(30)), "z": column(*range(31), seed=1), "w": column(*range(60, 90), seed=2)})
    (finding,) = missing_together(table)
    assert finding.message == "x, z: missing together in 30 of 31 rows"
    assert finding.columns == ("x", "z")


@pytest.mark.parametrize(("first", "second"), [((3,), (3,)), (range(30), range(40)), (range(97), range(2, 99))])
def test_one_row_and_overlap_by_size_are_no_pattern(first, second):
    table = typed({"x": column(*first), "z": column(*second, seed=1), "w": column(seed=2)}, "x=numeric", "z=numeric")
    assert list(missing_together(table)) == []


def test_the_target_and_columns_left_out_do_not_count():
    table = typed({"x": column(3, 4), "y": column(3, 4, seed=1), "z": column(3, 4, seed=2)}, target="y")
    table = table.with_schema(table.schema.with_roles({"z": "left_out"}))
    assert list(missing_together(table)) == []


def test_without_rows():
    assert find_gaps(typed({"x": column(3, 4)}).take(np.array([], dtype=np.int64))) == []
