"""The encoder of pictures."""

from __future__ import annotations

import json

import numpy as np
import pytest

from netwright.base.plan import Preparation
from netwright.base.table import Column, Schema
from netwright.preparation.image import ImageEncoder, in_a_row, small_size
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.preparer import Preparer
from netwright.preparation.values import Arrays
from tests.pictures import drawn

COLUMN = Column("image", "image", shape=(3, 20, 14))
PICTURES = np.random.default_rng(0).integers(0, 255, (30, 3, 20, 14)).astype(np.uint8)
CELLS = Arrays(PICTURES)


def fitted(**choices: bool) -> ImageEncoder:
    return ImageEncoder.fit(COLUMN, CELLS, Preparation(**choices))


def test_channels_get_mean_zero_and_spread_one():
    encoder = fitted()
    array = encoder.array(CELLS)
    assert (array.dtype, array.shape, encoder.input, encoder.shape) == (
        np.float32,
        PICTURES.shape,
        "image",
        (3, 20, 14),
    )
    np.testing.assert_allclose(array.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(array.std(axis=(0, 2, 3)), 1, atol=1e-5)
    np.testing.assert_allclose(encoder.mean, (PICTURES / 255).mean(axis=(0, 2, 3)))


def test_flat_pictures_are_means_of_parts_on_the_same_scale():
    encoder = fitted(flat=True)
    assert (encoder.input, encoder.shape) == ("", (3, 20, 14))
    height, width = small_size((3, 20, 14), 256)
    assert encoder.n_features == len(encoder.feature_names) == encoder.n_continuous == 3 * height * width <= 256
    dense = encoder.dense(CELLS)
    assert dense.dtype == np.float32
    first = PICTURES[:, 0, : 20 // height, : 14 // width].mean(axis=(1, 2)) / 255
    np.testing.assert_allclose(dense[:, 0], (first - encoder.mean[0]) / encoder.spread[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("flat", [False, True])
def test_json_gives_it_back_and_rows_do_not_see_each_other(flat):
    encoder = fitted(flat=flat)
    (back,) = Preparer.from_json([json.loads(json.dumps(encoder.to_json()))]).encoders
    assert back == encoder
    look = encoder.dense if flat else encoder.array
    whole, order = look(CELLS), np.random.default_rng(1).permutation(30)
    np.testing.assert_array_equal(look(CELLS.take(order)), whole[order])
    assert len(look(CELLS.take(order[:0]))) == 0


def test_pictures_of_one_grey_stay_finite():
    one = Arrays(np.full((5, 1, 8, 8), 7, dtype=np.uint8))
    encoder = ImageEncoder.fit(Column("x", "image", shape=(1, 8, 8)), one, Preparation())
    assert np.isfinite(encoder.array(one)).all()


@pytest.mark.parametrize(
    "change",
    [{"size": [3, 20]}, {"size": [3, 0, 14]}, {"size": [3, 100_000, 100_000]}, {"mean": [0.5]}, {"spread": [1, 1, 0]}],
)
def test_a_state_that_does_not_fit_itself_is_refused(change):
    with pytest.raises(ValueError, match="must"):
        ImageEncoder.from_json(fitted().to_json() | change)


def test_trees_get_a_few_numbers():
    pictures, _ = drawn(9, side=28)
    schema = Schema((Column("image", "image", shape=(1, 28, 28)), Column("weight", "numeric")))
    maker = PlainFeatures.fit(schema, {})
    assert maker.categorical.tolist() == [False] * 50
    assert (maker.spans()["image"].start, maker.spans()["image"].stop) == (0, 49)
    dense = maker.of_column("image", Arrays(pictures)).dense
    np.testing.assert_allclose(dense, in_a_row(pictures, (1, 28, 28), 64))
    assert dense.dtype == np.float64
