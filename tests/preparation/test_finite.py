"""Prepared inputs are finite numbers, whatever cells hold and whatever an encoder gives."""

from __future__ import annotations

import json
import warnings

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.base.plan import SCALES, Preparation
from netwright.base.settings import Settings
from netwright.base.table import Column
from netwright.preparation.binned import BinnedEncoder
from netwright.preparation.date import DateEncoder
from netwright.preparation.finite import FARTHEST, Spoiled, made_finite
from netwright.preparation.load import loaded_with, read_table
from netwright.preparation.numeric import NumericEncoder
from netwright.preparation.preparer import Preparer
from netwright.preparation.target import Target, TargetScale
from netwright.preparation.values import Moments, Numbers

EXTREMES = [1.7976931348623157e308, 1e308, 1e300, 1.4e154, 3.5e38, 1e16, 1.0, 1e-16, 2.3e-308, 1e-308, 5e-324, 0.0]
CELL = st.one_of(st.sampled_from([*EXTREMES, *(-x for x in EXTREMES)]), st.floats(allow_infinity=False))
CELLS = st.lists(CELL, max_size=40).map(lambda cells: np.array(cells, dtype=np.float64))


def finite_state(encoder) -> bool:
    json.dumps(encoder.to_json(), allow_nan=False)  # complains where it is not
    return True


@settings(max_examples=400, deadline=None)
@given(CELLS, CELLS, st.sampled_from(SCALES), st.sampled_from(["keep", "clip"]))
def test_numbers_of_any_size_become_finite_features(train, later, scale, outliers):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder = NumericEncoder.fit(
            Column("x", "numeric"), Numbers(train), Preparation(scale=scale, outliers=outliers)
        )
        assert finite_state(encoder)
        for cells in (train, later):
            dense = encoder.dense(Numbers(cells))
            assert np.abs(dense).max(initial=0.0) <= FARTHEST
            assert made_finite(dense)[1].rows.size == 0


@settings(max_examples=300, deadline=None)
@given(CELLS, CELLS, st.sampled_from([2, 4, 7, (0.0,), (-1e308, 1e308)]))
def test_numbers_of_any_size_find_a_group(train, later, bins):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder = BinnedEncoder.fit(Column("x", "numeric"), Numbers(train), Preparation(bins={"x": bins}))
        assert finite_state(encoder)
        assert list(encoder.edges) == sorted(encoder.edges)
        for cells in (train, later):
            groups = encoder.dense(Numbers(cells))[:, : len(encoder.edges) + 1]
            assert groups.sum(axis=1).tolist() == (~np.isnan(cells)).astype(float).tolist()


@settings(max_examples=200, deadline=None)
@given(*[st.lists(st.integers(-(2**63), 2**63 - 1), max_size=20)] * 2)
def test_moments_of_any_time_become_finite_features(train, later):
    train, later = (Moments(np.array(cells, dtype=np.int64)) for cells in (train, later))
    encoder = DateEncoder.fit(Column("x", "date"), train, Preparation())
    assert finite_state(encoder)
    for cells in (train, later):
        assert np.abs(encoder.dense(cells)).max(initial=0.0) <= FARTHEST


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-1e30, 1e30), min_size=1, max_size=30).filter(lambda y: not 0 < np.ptp(y) < 1e-150))
def test_targets_that_are_not_refused_are_learned_from_as_finite_numbers(numbers):
    own = np.array(numbers)
    scale = TargetScale.fit(own)
    scaled = scale.forward(own)
    assert np.isfinite(scaled.astype(np.float32) ** 2).all()
    np.testing.assert_allclose(scale.back(scaled), own, rtol=1e-6, atol=1e-6 * np.abs(own).max())


def test_the_median_of_numbers_whose_sum_overflows():
    assert NumericEncoder.fit_array("x", np.array([1e308, 1.5e308, np.nan]), "standard").fill == 1.25e308


def test_edges_between_numbers_whose_distance_overflows():
    encoder = BinnedEncoder.fit(
        Column("x", "numeric"), Numbers(np.array([-1.7e308, 1.7e308])), Preparation(bins={"x": 2})
    )
    assert encoder.edges == (0.0,)


@pytest.mark.parametrize(
    ("cell", "instead"), [(np.nan, 0.0), (np.inf, 1e6), (-np.inf, -1e6), (3e38, 1e6), (-2e15, -1e6), (9e14, 9e14)]
)
def test_what_no_network_can_be_fed_is_replaced_and_named(cell, instead):
    given_ = np.array([[1.0, 2.0], [3.0, cell]], dtype=np.float32)
    before = given_.copy()
    dense, spoiled = made_finite(given_)
    np.testing.assert_array_equal(given_, before)
    assert dense.dtype == np.float32
    assert dense.tolist() == [[1.0, 2.0], [3.0, np.float32(instead)]]
    if instead == cell:
        assert spoiled.rows.size == 0
        return
    assert (spoiled.rows.tolist(), spoiled.features.tolist()) == ([1], [1])
    np.testing.assert_array_equal(spoiled.values, np.float32([cell]))
    assert spoiled.among(np.array([1])).rows.tolist() == [1]
    assert spoiled.among(np.array([0])).rows.size == 0


def test_an_encoder_that_gives_nan_spoils_no_other_cell(monkeypatch):
    frame = {"a": [1.0, 2.0, 7.25, 4.0], "b": [4.0, 3.0, 2.0, 1.0]}
    table = read_table(pl.DataFrame(frame), Settings(target="b", kind=("a=numeric", "b=numeric")))
    values = {name: Numbers(np.array(cells)) for name, cells in frame.items()}
    preparer = Preparer.fit(table.schema, values, Preparation())
    calm = preparer.transform(values)
    honest = NumericEncoder.dense_array
    spoil = lambda own, array: np.where(array[:, None] == 7.25, np.nan, honest(own, array))  # noqa: E731
    monkeypatch.setattr(NumericEncoder, "dense_array", spoil)
    prepared = preparer.transform(values)
    assert prepared.dense[2, 0] == 0.0
    others = np.ones(prepared.dense.shape, dtype=bool)
    others[2, 0] = False
    np.testing.assert_array_equal(prepared.dense[others], calm.dense[others])
    (row,), (feature,) = prepared.spoiled.rows, prepared.spoiled.features
    assert (row, preparer.column_of(int(feature))) == (2, "a")
    assert calm.spoiled.rows.size == 0


@pytest.mark.parametrize(
    ("factor", "complaint"),
    [(1e300, r"within 1e\+30 of zero.*in row \d.*Divide"), (1e-200, "differ by more than 1e-150.*Multiply")],
)
def test_targets_that_cannot_be_computed_with_are_refused(factor, complaint):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": rng.normal(size=30), "y": rng.normal(size=30) * factor})
    table = read_table(frame, Settings(target="y", kind=("y=numeric",)))
    with pytest.raises(DataError, match=complaint):
        loaded_with(table, Target("y", "regression"))


def test_blocks_of_rows_are_joined_under_their_own_numbers() -> None:
    whole = np.ones((7, 3), dtype=np.float32)
    whole[[0, 4, 6], [2, 0, 1]] = np.nan, np.inf, -np.inf
    _, expected = made_finite(whole)
    joined = Spoiled.joined([(start, made_finite(whole[start : start + 3])[1]) for start in range(0, 7, 3)])
    assert joined.rows.tolist() == expected.rows.tolist() == [0, 4, 6]
    assert joined.features.tolist() == expected.features.tolist()
    np.testing.assert_array_equal(joined.values, expected.values)
