from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from netwright.base.table import Column, Schema, Table
from netwright.preparation.typical import typical_row, typical_values
from netwright.preparation.values import MISSING, NO_MOMENT, Codes, Moments, Numbers
from netwright.sources.kinds import infer_kinds
from netwright.sources.registry import open_table


def table(**columns: list[object]) -> Table:
    return infer_kinds(open_table(columns))


def test_medians_and_the_most_frequent_levels() -> None:
    rows = table(
        면적=[3.5, 1.25, None, 9.75, 7.5],
        도시=["서울", None, "부산", "서울", "제주"],
        지은날=[datetime(2020, 1, day) for day in (9, 1, 5, 3, 7)],
        river=["yes", "no", None, "yes", "yes"],
    )
    assert typical_row(rows) == {"면적": 3.5, "도시": "서울", "지은날": "2020-01-05T00:00:00.000000", "river": "yes"}


def test_a_median_is_a_value_that_occurs_and_a_tie_goes_to_the_first() -> None:
    assert typical_row(table(rooms=[4.5, 9.25, 1.5, 5.5], town=["b", "a", "b", "a"])) == {"rooms": 4.5, "town": "a"}


def test_a_typical_row_comes_back_as_cells() -> None:
    schema = Schema(tuple(Column(name, name) for name in ("numeric", "category", "date")))  # type: ignore[arg-type]
    moment = datetime(2020, 1, 5, 12, 30)
    cells = typical_values(schema, {"numeric": 3, "category": "부산", "date": moment.isoformat()})
    number, level, date = cells.values()
    assert isinstance(number, Numbers) and number.array.tolist() == [3.0]
    assert isinstance(level, Codes) and (level.array.tolist(), level.levels) == ([0], ("부산",))
    assert isinstance(date, Moments)
    assert date.array.astype("datetime64[us]")[0] == np.datetime64(moment)


def test_a_column_without_a_value_has_no_typical_one() -> None:
    schema = Schema(tuple(Column(name, name) for name in ("numeric", "category", "date")))  # type: ignore[arg-type]
    number, level, date = typical_values(schema, dict.fromkeys(schema.names)).values()
    assert np.isnan(number.array).all() and level.array.tolist() == [MISSING] and date.array.tolist() == [NO_MOMENT]


@pytest.mark.parametrize(
    ("kind", "cell"), [("numeric", "3"), ("category", 3.0), ("date", 3.0), ("date", "no date"), ("boolean", 1)]
)
def test_cells_of_another_kind_are_refused(kind: str, cell: object) -> None:
    with pytest.raises(ValueError, match=r"typical cell of 'x'|no date"):
        typical_values(Schema((Column("x", kind),)), {"x": cell})  # type: ignore[arg-type, dict-item]
