from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl
import pytest

from netwright.base.errors import PlanError
from netwright.base.plan import Preparation
from netwright.preparation.prepared import Span
from netwright.preparation.preparer import Preparer, check_bins
from netwright.preparation.values import feature_values
from tests.preparation.tables import numbers, typed

N = 120


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    gaps = [None if n % 9 == 0 else float(x) for n, x in enumerate(numbers(N))]
    return typed(
        {
            "방": gaps,
            "street": [f"s{n % 30}" for n in range(N)],
            "one": ["k"] * N,
            "river": rng.choice(["no", "yes"], N),
            "day": [f"20{n % 20:02d}-{n % 12 + 1:02d}-{n % 28 + 1:02d}" for n in range(N)],
            "town": rng.choice(["a", "b", "c"], N),
            "block": [f"b{n % 20}" for n in range(N)],
            "size": rng.choice(["S", "M", "L"], N),
            "age": rng.uniform(0, 80, N),
            "y": numbers(N, 1),
        },
        "size=ordinal:S<M<L",
        target="y",
    )


def fit(table, rows=None, **choices):
    cells = feature_values(table)
    own = cells if rows is None else {name: values.take(rows) for name, values in cells.items()}
    return Preparer.fit(table.schema, own, Preparation(**choices)), cells


def test_columns_go_where_the_spans_say(table):
    preparer, cells = fit(table, bins={"age": 4})
    prepared, spans = preparer.transform(cells), preparer.spans()
    assert list(spans) == ["방", "street", "river", "day", "town", "block", "size", "age"]  # the target and one are out
    assert spans["방"] == Span(0, 2)
    assert spans["street"] == Span(2, 2, 0)
    assert spans["river"] == Span(2, 3)
    assert spans["block"].code == 1
    assert prepared.dense.shape == (N, spans["age"].stop)
    assert prepared.codes.shape == (N, 2)
    for encoder in preparer.encoders:
        span = spans[encoder.column]
        if span.code is None:
            np.testing.assert_array_equal(
                prepared.dense[:, span.start : span.stop], encoder.dense(cells[encoder.column])
            )
        else:
            np.testing.assert_array_equal(prepared.codes[:, span.code], encoder.codes(cells[encoder.column]))


def test_names_and_widths_agree(table):
    preparer, cells = fit(table)
    prepared = preparer.transform(cells)
    assert len(preparer.feature_names) == prepared.dense.shape[1]
    assert preparer.feature_names[:3] == ("방", "방 is missing", "river = yes")
    assert preparer.coded_columns == ("street", "block")
    assert preparer.cardinalities == (31, 21)
    assert (prepared.dense.dtype, prepared.codes.dtype) == (np.float32, np.int64)


def test_bins_replace_the_encoder_of_the_kind(table):
    preparer, _ = fit(table, bins={"age": (20.0, 40.0)})
    assert [name for name in preparer.feature_names if name.startswith("age")] == [
        "age under 20", "age 20 to 40", "age from 40"
    ]  # fmt: skip


@pytest.mark.parametrize("choices", [{}, {"onehot_limit": 100}, {"scale": "robust", "bins": {"age": 3}}])
def test_json_gives_it_back_bit_by_bit(table, choices):
    preparer, cells = fit(table, **choices)
    back = Preparer.from_json(json.loads(json.dumps(preparer.to_json(), allow_nan=False)))
    assert back == preparer
    one, other = preparer.transform(cells), back.transform(cells)
    assert one.dense.tobytes() == other.dense.tobytes()
    assert one.codes.tobytes() == other.codes.tobytes()


@pytest.mark.parametrize("column", ["방", "street", "river", "day", "town", "size", "age"])
def test_cells_outside_the_train_rows_change_nothing(table, column):
    """Whatever stands in the other rows, every fitted state is the same, bit by bit."""
    rows = np.arange(0, N, 2)
    before, _ = fit(table, rows, bins={"age": 5})
    cells = table[column].to_list()
    far = {pl.Float64: 1e9, pl.String: "new"}.get(table[column].dtype, datetime(3000, 5, 6, 7))
    for replacement in (far, None):
        changed = pl.Series(column, [replacement if n % 2 else cell for n, cell in enumerate(cells)])
        after, _ = fit(replace(table, frame=table.frame.with_columns(changed)), rows, bins={"age": 5})
        assert json.dumps(after.to_json()) == json.dumps(before.to_json())


def test_rows_that_were_not_trained_on_are_transformed_alike(table):
    rows = np.arange(60)
    preparer, cells = fit(table, rows)
    whole = preparer.transform(cells)
    some = preparer.transform({name: values.take(np.array([100, 3])) for name, values in cells.items()})
    np.testing.assert_array_equal(some.dense, whole.dense[[100, 3]])
    np.testing.assert_array_equal(some.codes, whole.codes[[100, 3]])


def test_one_feature():
    preparer, cells = fit(typed({"x": numbers(30), "y": numbers(30, 1)}, target="y"))
    prepared = preparer.transform(cells)
    assert prepared.dense.shape == (30, 1)
    assert prepared.codes.shape == (30, 0)


def test_one_coded_feature():
    preparer, cells = fit(typed({"c": [f"s{n % 30}" for n in range(N)], "y": numbers(N)}, target="y"))
    prepared = preparer.transform(cells)
    assert prepared.dense.shape == (N, 0)
    assert prepared.codes.shape == (N, 1)


def test_only_numeric_features_can_be_grouped(table):
    check_bins({"방": 3, "age": (1.0,)}, table.schema.features)
    for name in ("town", "y", "nothing", ""):
        with pytest.raises(PlanError) as caught:
            check_bins({name: 3}, table.schema.features)
        assert str(caught.value) == f"--bin must name a numeric feature (방, age), got {name!r}."
    with pytest.raises(PlanError, match="there is none"):
        check_bins({"x": 3}, ())
