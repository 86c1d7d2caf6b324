from __future__ import annotations

import math

import numpy as np
import pytest

from netwright.evaluate.intervals import bootstrap_intervals
from netwright.evaluate.metrics import METRICS
from netwright.evaluate.weighted import weighted_score

NUMBERS = [name for name, metric in METRICS.items() if "regression" in metric.tasks]
CLASSES = [name for name, metric in METRICS.items() if "binary" in metric.tasks]


def checked(name, truth, prediction, weights):
    """Each draw against the plain metric on the rows written out."""
    found = weighted_score(name, truth, prediction)(weights.astype(np.float64))
    assert found.shape == (weights.shape[1],)
    for draw, score in enumerate(found):
        rows = np.repeat(np.arange(len(truth)), weights[:, draw])
        expected = METRICS[name].score(truth[rows], prediction[rows])
        assert score == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True), (name, draw)
    return found


def drawn(rng, n_rows, n_draws=25):
    return rng.multinomial(n_rows, np.full(n_rows, 1 / n_rows), n_draws).T


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("n_rows", [1, 2, 7, 200])
def test_numbers(name, n_rows):
    rng = np.random.default_rng(n_rows)
    truth = rng.normal(1e6, 3, n_rows)
    checked(name, truth, truth + rng.normal(size=n_rows), drawn(rng, n_rows))


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize(("n_rows", "n_classes"), [(1, 2), (3, 2), (8, 2), (300, 2), (6, 3), (40, 5), (300, 4)])
def test_classes(name, n_rows, n_classes):
    rng = np.random.default_rng(n_rows * n_classes)
    truth = rng.integers(0, n_classes, n_rows).astype(float)
    checked(name, truth, rng.dirichlet(np.ones(n_classes), n_rows), drawn(rng, n_rows))


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("n_classes", [2, 3, 6])
def test_classes_that_training_lacked_ties_and_rare_classes(name, n_classes):
    rng = np.random.default_rng(n_classes)
    truth = rng.integers(-1, n_classes - 1, 60).astype(float)  # the last class never occurs in truth
    truth[0] = 0
    chances = rng.dirichlet(np.ones(n_classes), 60).round(1)  # many ties
    checked(name, truth, chances, drawn(rng, 60))


def test_a_draw_without_contrast_has_no_area_and_no_r2():
    truth, chances = np.array([0.0, 0.0, 1.0]), np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]])
    weights = np.array([[1, 2, 0], [1, 1, 0], [1, 0, 3]])
    area = checked("roc_auc", truth, chances, weights)
    assert [math.isnan(own) for own in area] == [False, True, True]
    r2 = checked("r2", truth * 1e8 + 0.5, truth, weights)
    assert [math.isnan(own) for own in r2] == [False, True, True]


def test_a_network_that_diverged_ranks_nothing_and_has_no_interval():
    rows = np.arange(4.0)
    assert np.isnan(weighted_score("roc_auc", rows % 2, np.full((4, 2), np.nan))(np.ones((4, 3)))).all()
    predicted = np.array([1.0, np.nan, np.inf, 2.0])
    with np.errstate(invalid="ignore"):
        ends = bootstrap_intervals({"mae": weighted_score("mae", rows, predicted)}, np.arange(4), 0)["mae"]
    assert all(not math.isfinite(end) for end in ends)


@pytest.mark.parametrize("n_rows", [1, 5, 300])
def test_draws_take_as_many_rows_as_there_are(n_rows):
    total = bootstrap_intervals({"rows": lambda weights: weights.sum(axis=0)}, np.arange(n_rows), 0)
    assert total["rows"] == (n_rows, n_rows)
