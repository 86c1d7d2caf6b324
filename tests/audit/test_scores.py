from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, r2_score, roc_auc_score

from netwright.audit.scores import auc, balanced_accuracy, r2, separation

RNG = np.random.default_rng(0)


def test_r2_is_that_of_scikit_learn():
    y, weight = RNG.normal(size=300), RNG.uniform(1, 3, 300)
    predicted = y + 0.3 * RNG.normal(size=300)
    score = r2(y, predicted, weight)
    assert score.value == pytest.approx(r2_score(y, predicted, sample_weight=weight))
    assert score.value - 0.05 < score.low < score.value


def test_the_lower_end_of_r2_covers():
    """The lower end of a 90 % interval is to lie below the true value in 95 % of samples; 93 % of these do."""
    below = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=200)
        below += r2(y, y + np.sqrt(0.1) * rng.normal(size=200), np.ones(200)).low <= 0.9
    assert 0.91 * 300 <= below <= 0.99 * 300


def test_r2_that_hangs_on_one_row_is_low():
    y, predicted = RNG.normal(size=100), RNG.normal(size=100)
    y[3] = predicted[3] = 1e5
    score = r2(y, predicted, np.ones(100))
    assert score.value > 0.99
    assert score.low < 0.1


def test_r2_of_nothing():
    assert r2(np.ones(5), np.ones(5), np.ones(5)).value == 0
    assert r2(np.arange(2.0), np.arange(2.0), np.ones(2)).low == 1
    assert r2(np.zeros(0), np.zeros(0), np.zeros(0)).value == 0


@pytest.mark.parametrize("n_classes", [2, 4])
def test_class_scores_are_those_of_scikit_learn(n_classes):
    classes = RNG.integers(0, n_classes, 400)
    chances = RNG.dirichlet(np.ones(n_classes), 400) + 0.4 * np.eye(n_classes)[classes]
    chances /= chances.sum(axis=1, keepdims=True)
    counts = np.eye(n_classes)[classes]  # every row a cell of its own
    expected = roc_auc_score(classes, chances[:, 1] if n_classes == 2 else chances, multi_class="ovr")
    assert auc(counts, chances).value == pytest.approx(expected)
    expected = balanced_accuracy_score(classes, chances.argmax(axis=1))
    assert balanced_accuracy(counts, chances).value == pytest.approx(expected)
    for score in (auc(counts, chances), balanced_accuracy(counts, chances)):
        assert score.value - 0.1 < score.low < score.value


def test_even_chances_are_shared():
    counts = np.array([[3, 1]])
    assert balanced_accuracy(counts, np.array([[0.5, 0.5]])).value == 0.5
    assert auc(counts, np.array([[0.5, 0.5]])).value == 0.5


def test_parted_ranges():
    y = np.arange(300.0)
    groups = np.repeat([2, 0, 1], 100)
    assert separation(groups, y).value == 1
    overlapping = groups.copy()
    overlapping[80:120] = np.tile([2, 0], 20)
    assert 0.9 < separation(overlapping, y).value < 1


@pytest.mark.parametrize(
    "groups",
    [
        np.zeros(300, int),
        np.r_[np.zeros(290, int), np.ones(10, int)],  # too few rows on one side
        np.arange(300) // 4,  # too few rows a group
    ],
)
def test_too_little_is_parted(groups):
    assert separation(groups, np.arange(300.0)) is None


def test_a_few_rows_part_nothing():
    assert separation(np.repeat([0, 1], 20), np.arange(40.0)) is None
