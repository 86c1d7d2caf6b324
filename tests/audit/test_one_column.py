from __future__ import annotations

import numpy as np
import pytest

from netwright.audit.cells import Cells
from netwright.audit.one_column import Judge
from netwright.audit.truth import Truth

RNG = np.random.default_rng(0)


def judge(y, classes=(), units=None):
    y = np.asarray(y, dtype=float)
    return Judge(Truth("y", y, tuple(classes)), np.arange(len(y)) if units is None else units)


def best(own, cells):
    return {score.measure: score.value for score in own.scores(cells)}


@pytest.mark.parametrize("n_rows", [100, 1000, 30_000])
def test_r2_of_a_noisy_copy(n_rows):
    y = RNG.normal(size=n_rows)
    x = y + 0.2 * RNG.normal(size=n_rows)
    own = judge(y)
    assert own.n_rows == min(n_rows, 20_000)
    assert best(own, Cells(x[own.rows]))["R2"] == pytest.approx(1 / 1.04, abs=0.02)


def test_noise_predicts_nothing():
    """Out of fold the best of several readings stays at nothing, whatever the number of levels."""
    values = [best(judge(RNG.normal(size=200)), Cells(RNG.normal(size=200)))["R2"] for _ in range(50)]
    assert np.mean(values) < 0.02
    levels = [best(judge(RNG.normal(size=200)), Cells(levels=RNG.integers(0, 80, 200)))["R2"] for _ in range(50)]
    assert np.mean(levels) < 0.02


def test_classes_that_are_noise():
    y = RNG.integers(0, 3, 300)
    found = best(judge(y, "abc"), Cells(levels=RNG.integers(0, 100, 300)))
    assert found["AUC"] < 0.6
    assert found["balanced accuracy"] < 0.45


def test_copies_share_a_fold():
    y, x = np.tile(RNG.normal(size=50), 6), np.tile(RNG.permutation(50), 6)
    assert best(judge(y), Cells(levels=x))["R2"] > 0.9
    assert best(judge(y, units=np.tile(np.arange(50), 6)), Cells(levels=x))["R2"] < 0.1


def test_rare_classes_and_unknown_targets_are_left_out():
    y = np.r_[np.repeat([0.0, 1.0], 20), 2, 2, np.nan]
    own = judge(y, "abc")
    assert own.rows.tolist() == list(range(40))
    assert judge(np.r_[np.zeros(20), 1, 1], "ab").can_tell is False
    # five copies of one row are one row
    units = np.r_[np.arange(20), np.full(6, 20)]
    assert judge(np.r_[np.zeros(20), np.ones(6)], "ab", units).can_tell is False


def test_the_order_counts_every_class_the_same():
    y = np.r_[np.zeros(2000), np.repeat([1.0, 2, 3, 4], 50)]
    x = np.where(y == 0, 0, 10 + RNG.normal(size=len(y)))  # the large class is told apart, the others are not
    found = best(judge(y, "abcde"), Cells(x))
    assert 0.3 < found["R2 of the order of the classes"] < 0.7


def test_a_constant_target_tells_nothing_apart():
    assert judge(np.ones(40)).can_tell is False
    assert judge(np.full(40, np.nan)).can_tell is False
    assert judge([]).can_tell is False


def test_numbers_of_any_size():
    y = RNG.normal(size=200)
    for size in (1e-300, 1e300):
        assert best(judge(y * size), Cells(y * 1e300))["R2"] > 0.99
        assert best(judge(y), Cells(np.full(200, size)))["R2"] <= 0.05
