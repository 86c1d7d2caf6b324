from __future__ import annotations

import json

import numpy as np
import pytest

from netwright.base.plan import Preparation
from netwright.preparation.date import date_parts
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.preparer import Preparer
from netwright.preparation.values import feature_values
from tests.preparation.tables import numbers, typed


@pytest.fixture
def table():
    return typed(
        {
            "x": [1.5, None, 2.5, 9.25] * 5,
            "town": ["b", "a", "b", None] * 5,
            "river": ["no", "yes", None, "no"] * 5,
            "size": ["L", "S", "M", None] * 5,
            "day": ["2020-01-01", "1950-07-01", None, "2021-03-04"] * 5,
            "last": numbers(20),
        },
        "size=ordinal:S<M<L",
    )


def test_numbers_keep_their_gaps_and_categories_are_codes(table):
    cells = feature_values(table)
    plain = PlainFeatures.fit(table.schema, cells)
    matrix, categorical = plain.transform(cells).dense, plain.categorical
    n_parts = len(date_parts(cells["day"]))
    assert matrix.shape == (20, 5 + n_parts)
    assert matrix.dtype == np.float64
    np.testing.assert_array_equal(matrix[:4, 0], [1.5, np.nan, 2.5, 9.25])
    np.testing.assert_array_equal(matrix[:4, 1], [0, 1, 0, np.nan])  # frequent first
    np.testing.assert_array_equal(matrix[:4, 2], [0, 1, np.nan, 0])
    np.testing.assert_array_equal(matrix[:4, 3], [2, 0, 1, np.nan])
    np.testing.assert_array_equal(matrix[:, 4:-1], np.stack(list(date_parts(cells["day"]).values()), axis=1))
    np.testing.assert_array_equal(matrix[:, -1], numbers(20))
    assert categorical.tolist() == [False, True, False, False] + [False] * (n_parts + 1)


def test_levels_that_training_did_not_see_are_missing(table):
    cells = feature_values(table)
    plain = PlainFeatures.fit(table.schema, {name: values.take(np.array([1, 5])) for name, values in cells.items()})
    matrix = plain.transform(cells).dense
    np.testing.assert_array_equal(matrix[:4, 1], [np.nan, 0, np.nan, np.nan])
    np.testing.assert_array_equal(matrix[:4, 3], [2, 0, 1, np.nan])  # the order is given, not learned


def test_trees_take_250_levels():
    names = [f"k{n:03d}" for n in range(300)] + [f"k{n:03d}" for n in range(200, 300)]
    table = typed({"c": names, "x": numbers(400)}, "c=category")
    cells = feature_values(table)
    codes = PlainFeatures.fit(table.schema, cells).transform(cells).dense[:, 0]
    assert np.nanmax(codes) == 249
    assert np.isnan(codes).sum() == 50
    assert codes[200] == 0  # the frequent ones come first


def test_no_feature_but_one():
    table = typed({"x": numbers(5), "y": numbers(5, 1)}, target="y")
    cells = feature_values(table)
    plain = PlainFeatures.fit(table.schema, cells)
    matrix, categorical = plain.transform(cells).dense, plain.categorical
    np.testing.assert_array_equal(matrix, numbers(5)[:, None])
    assert categorical.tolist() == [False]


def test_some_rows_are_transformed_like_all(table):
    cells = feature_values(table)
    plain = PlainFeatures.fit(table.schema, cells)
    some = plain.transform({name: values.take(np.array([6, 1])) for name, values in cells.items()}).dense
    np.testing.assert_array_equal(some, plain.transform(cells).dense[[6, 1]])


def test_what_was_learned_comes_back_from_json(table):
    cells = feature_values(table)
    plain = PlainFeatures.fit(table.schema, cells)
    again = PlainFeatures.from_json(json.loads(json.dumps(plain.to_json())), table.schema)
    np.testing.assert_array_equal(again.transform(cells).dense, plain.transform(cells).dense)


def test_each_column_has_its_place(table):
    cells = feature_values(table)
    plain = PlainFeatures.fit(table.schema, cells)
    whole, spans = plain.transform(cells).dense, plain.spans()
    assert list(spans) == [column.name for column in table.schema.features]
    for name, span in spans.items():
        np.testing.assert_array_equal(plain.of_column(name, cells[name]).dense, whole[:, span.start : span.stop])
    assert span.stop == whole.shape[1] == len(plain.categorical)
    preparer = Preparer.fit(table.schema, cells, Preparation(onehot_limit=1))
    whole = preparer.transform(cells)
    for name, span in preparer.spans().items():
        own = preparer.of_column(name, cells[name])
        np.testing.assert_array_equal(own.dense, whole.dense[:, span.start : span.stop])
        assert span.code is None or np.array_equal(own.codes[:, 0], whole.codes[:, span.code])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"x": ["a"]}, "must be those of the columns of texts"),
        ({"town": ["a", "a"]}, "the levels of 'town' must be different ones"),
        ({"town": [str(n) for n in range(251)]}, "the levels of 'town' must be at most 250, got 251"),
        ({"size": ["M", "S", "L"]}, "the levels of 'size' must be those of the column"),
    ],
)
def test_levels_of_a_stranger_are_held_to_the_columns(table, change, reason):
    plain = PlainFeatures.fit(table.schema, feature_values(table))
    with pytest.raises(ValueError, match=reason):
        PlainFeatures.from_json(plain.to_json() | change, table.schema)
