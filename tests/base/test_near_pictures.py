"""Copies among pictures."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netwright.base.copies import find_copies, find_exact_copies
from netwright.base.near_pictures import near_pictures, pooled
from netwright.base.table import Provenance
from netwright.sources.picture_table import picture_table
from netwright.sources.registry import open_table

DIGITS = Path(__file__).parents[3] / "shared" / "data" / "images" / "mnist_idx"


def scenes(n_pictures: int, side: int = 32) -> np.ndarray:
    """Soft spots of light, as different as photographs are."""
    rng = np.random.default_rng(3)
    ys, xs = np.mgrid[:side, :side] / side
    pictures = np.zeros((n_pictures, 1, side, side))
    for picture in pictures:
        for _ in range(6):
            y, x, wide = rng.random(3)
            picture[0] += rng.random() * np.exp(-((ys - y) ** 2 + (xs - x) ** 2) / (0.02 + 0.08 * wide))
        picture *= 230 / picture.max()
    return pictures.astype(np.uint8)


def packed(picture: np.ndarray, side: int) -> np.ndarray:
    """The picture as JPEG of another size, and back."""
    written = io.BytesIO()
    image = Image.fromarray(picture[0])
    image.resize((side, side)).save(written, "JPEG", quality=60)
    return np.asarray(Image.open(written).resize(image.size))[None]


def test_scaled_packed_and_brightened_copies_are_found():
    pictures = scenes(40)
    copies = [packed(pictures[3], 24), packed(pictures[8], 48), np.clip(pictures[11] + 9.0, 0, 255), pictures[0] // 8 * 8]
    groups = near_pictures([np.concatenate([pictures, np.stack(copies).astype(np.uint8)])])
    assert [groups[40] == groups[3], groups[41] == groups[8], groups[42] == groups[11], groups[43] == groups[0]] == [
        True
    ] * 4
    assert len(np.unique(groups)) == 40


def test_rows_alike_in_one_of_two_pictures_are_no_copies():
    pictures = scenes(6)
    other = pictures[::-1].copy()
    other[5] = other[0]
    both = pictures.copy()
    both[5] = both[0]
    assert len(np.unique(near_pictures([pictures, other]))) == 6
    assert len(np.unique(near_pictures([both, other]))) == 5


def test_exact_copies_and_labels():
    pictures = np.concatenate([scenes(30), scenes(30)[:2]])
    labels = ["a", "b"] * 15 + ["a", "a"]
    table = picture_table(pictures, None, labels, Provenance("x", "x"))
    exact, all_of_them = find_exact_copies(table), find_copies(table)
    assert exact.repeats.nonzero()[0].tolist() == [30]  # the other one has another label ...
    assert all_of_them.units[31] == all_of_them.units[1]  # ... but shows the same, and stays on its side
    assert not all_of_them.by_chance


@pytest.mark.skipif(not DIGITS.exists(), reason="the pictures of digits are not there")
def test_digits_of_different_hands_are_no_copies():
    assert not find_copies(open_table(DIGITS / "t10k-images-idx3-ubyte.gz")).near_repeats.any()


def test_pooling_is_the_mean_of_parts():
    pictures = np.arange(2 * 3 * 4 * 6).reshape(2, 3, 4, 6).astype(np.uint8)
    wanted = pictures.reshape(2, 3, 2, 2, 3, 2).mean(axis=(3, 5))
    np.testing.assert_allclose(pooled(pictures, (2, 3)), wanted)
    assert pooled(pictures, (8, 8)).shape == (2, 3, 8, 8)
