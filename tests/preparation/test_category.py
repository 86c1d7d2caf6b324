from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.category import CategoryEncoder
from netwright.preparation.values import column_values

COLUMN = Column("town", "category")


def cells(texts):
    return column_values(pl.Series("town", list(texts), dtype=pl.String), COLUMN)


def fit(texts, **choices) -> CategoryEncoder:
    return CategoryEncoder.fit(COLUMN, cells(texts), Preparation(**choices))


def test_one_column_a_level_from_frequent_to_rare():
    encoder = fit("cccbbbbaaa")
    assert encoder.levels == ("b", "a", "c")  # of equals the first of the alphabet
    assert encoder.feature_names == ("town = b", "town = a", "town = c")
    assert encoder.dense(cells("cab")).tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    assert encoder.dense(cells("c")).dtype == np.float32
    assert encoder.cardinality == 0


def test_unseen_is_nothing():
    assert fit("cccbbbaaa").dense(cells(["x", None])).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_two_levels_are_one_column():
    encoder = fit("bbbaaa")
    assert encoder.feature_names == ("town = a",)
    assert encoder.dense(cells(["a", "b", "x", None])).tolist() == [[1], [-1], [0], [0]]


def test_one_level():
    encoder = fit("aaa")
    assert encoder.feature_names == ("town = a",)
    assert encoder.dense(cells(["a", "x", None])).tolist() == [[1], [0], [0]]


def test_a_level_and_gaps():
    encoder = fit(["a", "a", "a", None])
    assert encoder.feature_names == ("town = a",)
    assert encoder.dense(cells(["a", None, "x"])).tolist() == [[1], [-1], [0]]


def test_gaps_have_a_level_of_their_own():
    encoder = fit(["a"] * 3 + ["b"] * 3 + [None])
    assert encoder.feature_names == ("town = a", "town = b", "town is missing")
    assert encoder.dense(cells([None, "b", "x"])).tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 0]]


def test_nothing_but_gaps():
    encoder = fit([None, None])
    assert encoder.feature_names == ("town is missing",)
    assert encoder.dense(cells([None, "x"])).tolist() == [[1], [0]]


def test_rare_levels_are_taken_together():
    encoder = fit("aaabbbcd")
    assert encoder.levels == ("a", "b")
    assert encoder.feature_names == ("town = a", "town = b", "town is rare")
    # c was rare, x was never seen: both are rare
    assert encoder.dense(cells("cxa")).tolist() == [[0, 0, 1], [0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize(("rare_count", "levels"), [(1, "abcd"), (2, "ab"), (4, "a")])
def test_how_rare_is_rare(rare_count, levels):
    encoder = fit("aaaabbbcd", rare_count=rare_count)
    assert encoder.levels[: len(levels)] == tuple(levels)
    assert encoder.rare == (rare_count == 2)


def test_where_every_level_is_rare_the_frequent_ones_stay():
    encoder = fit("aabcd", onehot_limit=3)
    assert encoder.levels == ("a", "b", "c")
    assert encoder.rare


def test_many_levels_go_to_an_embedding():
    encoder = fit("aaabbbcccddd", onehot_limit=3)
    assert encoder.feature_names == ()
    assert encoder.dense(cells("ab")).shape == (2, 0)
    assert encoder.cardinality == 5  # unseen and four levels
    assert encoder.codes(cells(["a", "d", "x", None])).tolist() == [1, 4, 0, 0]
    assert encoder.codes(cells("a")).dtype == np.int64


def test_states_of_an_embedding():
    encoder = fit(["a"] * 3 + ["b"] * 3 + ["c"] * 3 + ["d", None], onehot_limit=4)
    assert encoder.cardinality == 6  # unseen, three levels, rare, missing
    assert encoder.codes(cells(["a", "b", "c", "d", "x", None])).tolist() == [1, 2, 3, 4, 4, 5]


@pytest.mark.parametrize("limit", [3, 4, 5])
def test_rare_and_missing_count_towards_the_limit(limit):
    texts = ["a"] * 3 + ["b"] * 3 + ["c"] * 3 + ["d", None]
    assert fit(texts, onehot_limit=limit).onehot == (limit >= 5)


def test_codes_and_columns_agree():
    texts = ["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d", None]
    encoder = fit(texts)
    codes, dense = encoder.codes(cells([*texts, "x"])), encoder.dense(cells([*texts, "x"]))
    np.testing.assert_array_equal(dense.argmax(axis=1) + 1, codes)
    assert (dense.sum(axis=1) == 1).all()


def test_two_thousand_levels():
    texts = [f"level {n % 2000}" for n in range(8000)]
    encoder = fit(texts)
    codes = encoder.codes(cells(texts))
    assert encoder.cardinality == 2001
    assert len(np.unique(codes)) == 2000
    assert codes.min() == 1
    assert codes.max() == 2000


def test_every_row_a_level_of_its_own():
    encoder = fit([f"k{n}" for n in range(500)])
    assert len(encoder.levels) == 12
    assert encoder.cardinality == 14
    assert encoder.codes(cells(["k0", "new", None])).tolist() == [1, 13, 0]


def test_no_rows():
    encoder = fit([])
    assert encoder.feature_names == ()
    assert encoder.dense(cells(["a"])).shape == (1, 0)


def test_rare_levels_are_remembered() -> None:
    encoder = fit(["a"] * 5 + ["b"] * 5 + ["d", "c", "c"], rare_count=3)
    assert (encoder.levels, encoder.rare, encoder.rare_levels) == (("a", "b"), True, ("c", "d"))
    assert CategoryEncoder.from_json(encoder.to_json()) == encoder
    before = {name: value for name, value in encoder.to_json().items() if name != "rare_levels"}
    assert CategoryEncoder.from_json(before).rare_levels == ()
