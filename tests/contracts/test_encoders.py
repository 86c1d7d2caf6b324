"""What every encoder must do, run over the registry."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from netwright.base.plan import Preparation
from netwright.base.table import ARRAY_KINDS, FEATURE_KINDS, Column
from netwright.preparation.encoder import Encoder, encoders
from netwright.preparation.preparer import Preparer
from netwright.preparation.values import column_values

N = 60
RNG = np.random.default_rng(0)
GAPS = RNG.random(N) < 0.2
TOWNS = [f"도시 {n % 17}" for n in range(N)]
NOON = datetime(1965, 3, 1, 12)
MOMENTS = [datetime(1965, 3, 1) + timedelta(days=97 * n, hours=n) for n in range(N)]

#: Kind of the column -> what its cells may be, each as a series; the encoder `binned` reads numbers.
CELLS: dict[str, dict[str, list]] = {
    "numeric": {
        "ordinary": (RNG.normal(size=N) / 3).tolist(),
        "huge": (RNG.normal(size=N) * 1e300).tolist(),
        "tiny": (RNG.normal(size=N) * 1e-300).tolist(),
        "constant": [1 / 3] * N,
        "whole": RNG.integers(0, 5, N).astype(float).tolist(),
    },
    "category": {"many": TOWNS, "few": ["a", "b", "c"] * 20, "two": ["a", "b"] * 30, "one": ["a"] * N,
                 "all different": [f"k{n}" for n in range(N)]},
    "boolean": {"both": ["no", "yes"] * 30, "one": ["no"] * N},
    "ordinal": {"all": ["S", "M", "L"] * 20, "unknown": ["S", "XXL"] * 30},
    "text": {"sentences": [f"배송이 {n % 7}일 만에 {'빨리' if n % 2 else '늦게'} 왔어요" for n in range(N)],
             "words": ["good", "bad", "so so"] * 20, "one": ["same words"] * N, "blank": [" ", "x"] * 30,
             "odd": ["\x00\u200b", "e\u0301" * 40, "ﷺ" * 300, "😀 한글 ㅋㅋ"] * 15},
    "date": {"days": MOMENTS, "one": [NOON] * N, "seconds": [NOON + timedelta(seconds=n) for n in range(N)]},
}  # fmt: skip
LEVELS = {"boolean": ("no", "yes"), "ordinal": ("S", "M", "L")}
TYPES = {"numeric": pl.Float64, "date": pl.Datetime("us")}

#: Those of pictures and windows have tests of their own, since their cells are arrays.
NAMES = [name for name in encoders.names() if name not in ARRAY_KINDS]
CASES = [
    pytest.param(name, kind, cells, gaps, id=f"{name}-{cells}-{'gaps' if gaps else 'full'}")
    for name in NAMES
    for kind in ["numeric" if name == "binned" else name]
    for cells in CELLS[kind]
    for gaps in (False, True)
]


def values(kind: str, cells: list, gaps: bool):
    kept = [None if gap and gaps else cell for cell, gap in zip(cells, GAPS, strict=False)]
    column = Column("x", kind, levels=LEVELS.get(kind, ()))
    return column, column_values(pl.Series("x", kept, dtype=TYPES.get(kind, pl.String)), column)


def fitted(name: str, column: Column, cells, **choices) -> Encoder:
    return encoders.get(name).fit(column, cells, Preparation(bins={"x": 4}, **choices))


def output(encoder: Encoder, cells) -> np.ndarray:
    return encoder.codes(cells) if encoder.cardinality else encoder.dense(cells)


def test_every_kind_that_a_network_reads_has_an_encoder():
    assert set(encoders.names()) == FEATURE_KINDS | {"binned"}
    assert set(CELLS) == FEATURE_KINDS - ARRAY_KINDS


@pytest.mark.parametrize(("name", "kind", "cells", "gaps"), CASES)
class TestEncoder:
    def test_its_output_is_what_it_says(self, name, kind, cells, gaps):
        column, own = values(kind, CELLS[kind][cells], gaps)
        encoder = fitted(name, column, own)
        assert (encoder.column, encoder.name) == ("x", name)
        dense = encoder.dense(own)
        assert dense.dtype == np.float32
        assert dense.shape == (N, len(encoder.feature_names))
        assert np.isfinite(dense).all()
        assert len(set(encoder.feature_names)) == len(encoder.feature_names)
        assert all(feature.startswith("x") for feature in encoder.feature_names)
        if encoder.cardinality:
            codes = encoder.codes(own)
            assert (codes.dtype, codes.shape) == (np.int64, (N,))
            assert codes.min() >= 0
            assert codes.max() < encoder.cardinality

    def test_json_gives_it_back_bit_by_bit(self, name, kind, cells, gaps):
        column, own = values(kind, CELLS[kind][cells], gaps)
        encoder = fitted(name, column, own)
        text = json.dumps(encoder.to_json(), allow_nan=False)
        (back,) = Preparer.from_json([json.loads(text)]).encoders
        assert back == encoder
        assert type(back) is type(encoder)
        np.testing.assert_array_equal(output(back, own).view(np.uint8), output(encoder, own).view(np.uint8))

    def test_it_stands_whatever_comes_later(self, name, kind, cells, gaps):
        column, own = values(kind, CELLS[kind][cells], gaps)
        encoder = fitted(name, column, own)
        for other, more in CELLS[kind].items():
            _, new = values(kind, more, gaps=True)
            out = output(encoder, new)
            assert np.isfinite(out).all(), other
            assert not encoder.cardinality or (out.min() >= 0 and out.max() < encoder.cardinality)
        _, nothing = values(kind, [], gaps)
        assert len(output(encoder, nothing)) == 0
        _, gone = values(kind, [None] * 5, gaps)
        assert np.isfinite(output(encoder, gone)).all()

    def test_rows_do_not_see_each_other(self, name, kind, cells, gaps):
        column, own = values(kind, CELLS[kind][cells], gaps)
        encoder = fitted(name, column, own)
        whole = output(encoder, own)
        order = np.random.default_rng(1).permutation(N)
        np.testing.assert_array_equal(output(encoder, own.take(order)), whole[order])
        np.testing.assert_array_equal(output(encoder, own.take(np.array([7]))), whole[[7]])

    def test_the_order_of_the_train_rows_does_not_count(self, name, kind, cells, gaps):
        column, own = values(kind, CELLS[kind][cells], gaps)
        shuffled = own.take(np.random.default_rng(2).permutation(N))
        one, other = output(fitted(name, column, own), own), output(fitted(name, column, shuffled), own)
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)  # sums of floats depend on the order

    def test_fitting_changes_no_cell(self, name, kind, cells, gaps):
        column, own = values(kind, CELLS[kind][cells], gaps)
        before = own.array.copy()
        output(fitted(name, column, own), own)
        np.testing.assert_array_equal(own.array, before)


@pytest.mark.parametrize("name", NAMES)
def test_fitting_on_nothing_but_gaps(name):
    kind = "numeric" if name == "binned" else name
    column, gone = values(kind, [None] * N, gaps=False)
    encoder = fitted(name, column, gone)
    _, own = values(kind, next(iter(CELLS[kind].values())), gaps=True)
    assert np.isfinite(output(encoder, own)).all()
    assert encoders.get(name).from_json(json.loads(json.dumps(encoder.to_json(), allow_nan=False))) == encoder
