from __future__ import annotations

import json
from datetime import datetime

import numpy as np
import polars as pl
import pytest

from netwright.base.errors import DataError
from netwright.base.table import (
    ARRAY_KINDS,
    BLOCK_ROWS,
    FEATURE_KINDS,
    KINDS,
    Column,
    Provenance,
    Reading,
    Schema,
    Table,
)

FULL = Column(
    name="분양가격(㎡)",
    kind="ordinal",
    role="left_out",
    levels=("작음", "보통", "큼"),
    reading=Reading(("NA", "-"), ",", ".", "%Y-%m-%d"),
    why="as --kind says",
    unit="만원",
)


def test_kinds_of_the_contract():
    assert set(KINDS) == {"numeric", "category", "boolean", "ordinal", "date", "text", "identifier", "constant"}
    assert set(KINDS) - FEATURE_KINDS == {"identifier", "constant"}
    assert FEATURE_KINDS - set(KINDS) == ARRAY_KINDS  # which no flag names


@pytest.mark.parametrize("column", [FULL, Column("x"), Column("", "date", levels=())])
def test_column_comes_back_from_json(column):
    back = Column.from_json(json.loads(json.dumps(column.to_json())))
    assert back == column
    assert hash(back) == hash(column)  # tuples, not lists


def test_schema_comes_back_from_json():
    schema = Schema((FULL, Column("x", "numeric", "target")))
    text = json.dumps(schema.to_json(), ensure_ascii=False)
    assert "분양가격(㎡)" in text
    assert Schema.from_json(json.loads(text)) == schema


def test_features_are_what_a_network_reads():
    columns = [Column(f"{kind} {role}", kind, role) for kind in KINDS for role in ("feature", "target", "left_out")]
    assert {column.kind for column in Schema(tuple(columns)).features} == FEATURE_KINDS - ARRAY_KINDS
    assert all(column.role == "feature" for column in Schema(tuple(columns)).features)


def test_lookups():
    schema = Schema((Column("a"), Column("b", role="target")))
    assert schema["b"].role == "target"
    assert ("a" in schema, "c" in schema, 3 in schema) == (True, False, False)
    assert schema.target == schema["b"]
    assert Schema((Column("a"),)).target is None
    with pytest.raises(DataError, match="column 'c' must be in the table, got a, b"):
        schema["c"]


def test_changes_leave_the_old_schema_alone():
    schema = Schema((Column("a", "numeric"), Column("b", "numeric")))
    changed = schema.with_roles({"b": "target", "unknown": "target"}).with_column(Column("a", "category"))
    assert [(c.kind, c.role) for c in changed.columns] == [("category", "feature"), ("numeric", "target")]
    assert [(c.kind, c.role) for c in schema.columns] == [("numeric", "feature")] * 2
    assert schema.with_column(Column("z")) == schema


@pytest.fixture
def table():
    frame = pl.DataFrame({"x": [1.0, None, 3.0, 4.0], "d": [datetime(1960, 1, 1), None, None, datetime(2020, 1, 2)]})
    schema = Schema((Column("x", "numeric"), Column("d", "date")))
    return Table(frame, schema, Provenance("the frame", "data"), np.arange(4) + 10)


@pytest.mark.parametrize("positions", [[2, 0], [], [1, 1, 1], [3, 2, 1, 0], [-1]])
def test_take(table, positions):
    taken = table.take(np.array(positions, dtype=np.int64))
    assert taken["x"].to_list() == [table["x"].to_list()[position] for position in positions]
    assert taken["d"].to_list() == [table["d"].to_list()[position] for position in positions]
    assert taken.rows.tolist() == [int(table.rows[position]) for position in positions]
    assert taken.n_rows == len(positions)
    assert taken["x"].dtype == pl.Float64


def test_take_of_a_take_keeps_the_numbers_of_the_source(table):
    assert table.take(np.array([3, 1, 0])).take(np.array([2, 0])).rows.tolist() == [10, 13]


@pytest.mark.parametrize("size", [1, 3, 4, 100])
def test_blocks_are_all_rows_in_order(table, size):
    blocks = list(table.blocks(size))
    assert all(block.n_rows <= size for block in blocks)
    assert pl.concat([block.frame for block in blocks]).equals(table.frame)
    assert np.concatenate([block.rows for block in blocks]).tolist() == [10, 11, 12, 13]
    assert all(block.schema == table.schema for block in blocks)


def test_a_small_table_is_one_block(table):
    assert len(list(table.blocks())) == 1
    assert BLOCK_ROWS > 10_000
    assert list(table.take(np.array([], dtype=np.int64)).blocks()) == []


def test_another_schema_over_the_same_cells(table):
    other = table.with_schema(table.schema.with_roles({"x": "target"}))
    assert other.schema.target.name == "x"
    assert other.frame is table.frame
    assert table.schema.target is None
