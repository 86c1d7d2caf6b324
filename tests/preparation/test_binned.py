from __future__ import annotations

import math

import numpy as np
import pytest

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.binned import BinnedEncoder, group_labels
from netwright.preparation.values import Numbers

NAN = math.nan


def fit(values, bins) -> BinnedEncoder:
    return BinnedEncoder.fit(
        Column("age", "numeric"), Numbers(np.array(values, float)), Preparation(bins={"age": bins})
    )


def dense(encoder, values):
    out = encoder.dense(Numbers(np.array(values, float)))
    assert out.dtype == np.float32
    return out.tolist()


def test_edges_as_given():
    encoder = fit([1, 2], (20.0, 30.0))
    assert encoder.feature_names == ("age under 20", "age 20 to 30", "age from 30")
    # a number on an edge belongs to the upper group
    assert dense(encoder, [19.9, 20, 29.9, 30, 1e9]) == [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_groups_of_equal_size():
    values = np.random.default_rng(0).permutation(np.arange(100.0))
    encoder = fit(values, 5)
    np.testing.assert_allclose(encoder.edges, np.quantile(values, [0.2, 0.4, 0.6, 0.8]))
    assert np.array(dense(encoder, values)).sum(axis=0).tolist() == [20] * 5


def test_gaps_are_in_no_group():
    assert dense(fit([1, 2, 3], (2.0,)), [NAN]) == [[0, 0]]
    encoder = fit([1, 2, NAN], (2.0,))
    assert encoder.feature_names == ("age under 2", "age from 2", "age is missing")
    assert dense(encoder, [NAN, 1]) == [[0, 0, 1], [1, 0, 0]]


def test_gaps_do_not_move_the_edges():
    assert fit([1, 2, 3, 4, NAN, NAN], 2).edges == fit([1, 2, 3, 4], 2).edges


def test_equal_edges_are_one():
    encoder = fit([0] * 90 + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 5)
    assert encoder.edges == (0.0,)
    assert dense(encoder, [-1, 0, 5]) == [[1, 0], [0, 1], [0, 1]]


@pytest.mark.parametrize("values", [[NAN, NAN], []])
def test_a_column_without_a_value(values):
    assert dense(fit(values, 3), [5])[0][:2] == [0, 1]


def test_every_row_is_in_one_group():
    values = np.random.default_rng(0).normal(size=500)
    assert np.array(dense(fit(values, 7), values)).sum(axis=1).tolist() == [1] * 500


@pytest.mark.parametrize(
    ("edges", "labels"),
    [
        ((20,), ["under 20", "from 20"]),
        ((-1.5, 0, 2.25), ["under -1.5", "-1.5 to 0", "0 to 2.25", "from 2.25"]),
        ((20240101.0, 20250101.0), ["under 20240101", "20240101 to 20250101", "from 20250101"]),
        ((1 / 3, 1e300), ["under 0.333333", "0.333333 to 1e+300", "from 1e+300"]),
    ],
)
def test_labels(edges, labels):
    assert group_labels(edges) == labels
