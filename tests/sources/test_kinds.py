from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.base.table import Schema
from netwright.sources.conform import conform
from netwright.sources.kinds import KindOptions, infer_kinds
from netwright.sources.registry import open_table

TYPES = {"numeric": pl.Float64, "date": pl.Datetime("us")}


@pytest.mark.parametrize(
    ("options", "said_by"),
    [
        (KindOptions(target="prize"), "--target"),
        (KindOptions(keep=("prize",)), "--use"),
        (KindOptions(kinds={"prize": ("numeric", ())}), "--kind"),
    ],
)
def test_columns_that_are_not_there(options, said_by):
    with pytest.raises(DataError) as caught:
        infer_kinds(open_table({"price": [1.5, 2.5], "rooms": [1, 2]}), options)
    assert str(caught.value) == (
        f"the dictionary must have the column 'prize' that {said_by} names, got price, rooms. Did you mean 'price'?"
    )


def test_the_rest_of_the_table_is_kept():
    table = open_table({"a": [1.5, 2.5], "b": ["x", "y"]})
    typed = infer_kinds(table, KindOptions(target="a"))
    assert typed.source == table.source
    assert typed.rows.tolist() == [0, 1]
    assert [column.role for column in typed.schema.columns] == ["target", "feature"]
    assert table.schema["a"].kind == "unknown"


def test_roles_given_before_are_kept():
    table = open_table({"a": [1.5, 2.5], "b": ["x", "y"]})
    table = table.with_schema(table.schema.with_roles({"b": "left_out"}))
    assert infer_kinds(table).schema["b"].role == "left_out"


CELLS = st.one_of(
    st.sampled_from(
        ["", "NA", "?", "-", "None", "0", "1", "yes", "no", "inf ", "1,5", "1.5", "12", "020", "2020-01-02"]
    ),
    st.sampled_from(["13/01/2020", "서울", "a b c d", "5%", "$1,234", "1e5", "20200102", "true", "#DIV/0!"]),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(columns=st.lists(st.lists(CELLS, min_size=12, max_size=12), min_size=1, max_size=3))
def test_typed_frames_keep_their_promises_and_conform_to_themselves(columns):
    table = open_table({f"x{at}": cells for at, cells in enumerate(columns)})
    try:
        typed = infer_kinds(table, KindOptions(missing=("inf",)))
    except DataError:
        return
    for column in typed.schema.columns:
        cells = typed[column.name]
        assert cells.dtype == TYPES.get(column.kind, pl.String)
        if column.kind == "numeric":
            assert cells.drop_nulls().is_finite().all()
        if column.kind in ("boolean", "ordinal"):
            assert set(cells.drop_nulls()) <= set(column.levels)
    again = conform(table, Schema.from_json(typed.schema.to_json()))
    assert again.frame.equals(typed.frame)
    assert again.schema == typed.schema
