"""Greedy weights, temperature and threshold: pure functions of out-of-fold predictions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwright.evaluate.metrics import METRICS, judged_by, row_errors
from netwright.evaluate.mixing import tempered
from netwright.training.ensemble import Library, greedy_weights
from netwright.training.temperature import fit_temperature
from netwright.training.threshold import fit_threshold


def library(metric: str, truth: np.ndarray, predicted: list[np.ndarray], n_parts: int = 3) -> Library:
    parts = np.array_split(np.arange(len(truth)), n_parts)
    return Library.of(METRICS[metric], [truth[p] for p in parts], [[own[p] for p in parts] for own in predicted], 0)


def sure(truth: np.ndarray, noise: np.ndarray) -> np.ndarray:
    chance = 1 / (1 + np.exp(-(2 * truth - 1) - noise))
    return np.stack([1 - chance, chance], axis=1)


@pytest.mark.parametrize("metric", ["rmse", "mae", "r2"])
def test_the_error_of_a_blend_is_that_of_the_metric(metric: str) -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=90)
    predicted = [truth + rng.normal(size=90) for _ in range(3)]
    weights = np.array([0.5, 0.2, 0.3])
    blend = sum(weight * own for weight, own in zip(weights, predicted, strict=True))
    parts = np.array_split(np.arange(90), 3)
    errors = [METRICS[metric].error(METRICS[metric].score(truth[p], np.asarray(blend)[p])) for p in parts]
    assert library(metric, truth, predicted).error(weights, [0, 1, 2]) == pytest.approx(np.mean(errors))


@pytest.mark.parametrize("metric", ["log_loss", "accuracy", "roc_auc"])
def test_blends_of_classes_are_weighed_by_log_loss(metric: str) -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 90).astype(float)
    predicted = [sure(truth, rng.normal(size=90)) for _ in range(2)]
    parts = np.array_split(np.arange(90), 3)
    blend = (predicted[0] + 3 * predicted[1]) / 4
    errors = [row_errors("binary", truth[p], blend[p]).mean() for p in parts]
    assert library(metric, truth, predicted).error(np.array([0.25, 0.75]), [0, 1, 2]) == pytest.approx(np.mean(errors))


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 30), metric=st.sampled_from(["rmse", "mae", "log_loss"]))
def test_weights_are_a_blend_no_worse_than_the_anchor_on_the_rows_that_choose(seed: int, n: int, metric: str) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 40).astype(float)
    noise = [rng.normal(size=40) * rng.uniform(0.1, 3) for _ in range(n)]
    predicted = [sure(truth, own) if metric == "log_loss" else truth + own for own in noise]
    own = library(metric, truth, predicted)
    anchor = min(range(n), key=lambda one: own.error(np.eye(n)[one], [0, 1]))
    weights = greedy_weights(own, [0, 1], range(n), anchor, seed)
    assert weights.sum() == pytest.approx(1) and (weights >= 0).all() and weights[anchor] > 0
    assert np.count_nonzero(weights) <= 8
    if n < 8:  # bags look at a half each, and may lose a little
        assert own.error(weights, [0, 1]) <= own.error(np.eye(n)[anchor], [0, 1]) * 1.01
    assert (weights == greedy_weights(own, [0, 1], range(n), anchor, seed)).all()


def test_what_is_the_only_one_of_its_kind_is_in_every_bag() -> None:
    rng = np.random.default_rng(0)
    truth, alike = rng.normal(size=300), rng.normal(size=300)
    predicted = [truth + 2 * alike + 0.2 * rng.normal(size=300) for _ in range(12)]
    own = library("rmse", truth, [*predicted, truth + 0.3 * rng.normal(size=300)])
    assert greedy_weights(own, [0, 1, 2], range(13), 0, 0)[12] < 0.7, "half of the bags are without it"
    assert greedy_weights(own, [0, 1, 2], range(13), 0, 0, [12])[12] > 0.9


def test_a_part_that_does_not_choose_has_no_say() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=90)
    predicted = [truth + rng.normal(size=90) for _ in range(12)]
    before = greedy_weights(library("rmse", truth, predicted), [0, 1], range(12), 0, 0)
    changed = [np.concatenate([own[:60], rng.normal(size=30) * 9]) for own in predicted]
    assert (greedy_weights(library("rmse", truth, changed), [0, 1], range(12), 0, 0) == before).all()


def test_what_is_not_usable_is_not_in() -> None:
    truth = np.zeros(9)
    weights = greedy_weights(library("rmse", truth, [truth, truth + 1, truth - 1]), [0, 1, 2], [1, 2], 1, 0)
    assert weights.tolist() == [0.0, 0.5, 0.5]


def test_of_many_rows_a_sample_is_looked_at() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=200_000)
    own = library("mae", truth, [truth + 1] * 20)
    assert sum(part.size for part in own.off) <= 1 << 19
    assert own.error(np.eye(20)[3], [0, 1, 2]) == pytest.approx(1)


@given(seed=st.integers(0, 2**32 - 1), temperature=st.floats(0.3, 4))
def test_the_temperature_is_found_again(seed: int, temperature: float) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(4_000, 3)) * 1.5
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (rng.uniform(size=(4_000, 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    found = fit_temperature([truth], [tempered(chances, 1 / temperature)], 0)
    assert found == pytest.approx(temperature, rel=0.15)


def test_a_temperature_leaves_names_and_sums_and_stays_finite() -> None:
    chances = np.array([[1e-300, 1 - 1e-16, 1e-16], [0.2, 0.5, 0.3], [0.0, 0.0, 1.0]])
    for temperature in (0.2, 0.7, 5.0):
        after = tempered(chances, temperature)
        assert np.isfinite(after).all() and (after.argmax(axis=1) == chances.argmax(axis=1)).all()
        assert after.sum(axis=1) == pytest.approx(1)
    assert tempered(chances, 1.0) is chances
    assert fit_temperature([np.array([-1])], [np.array([[0.5, 0.5]])], 0) == 1.0


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "f1_macro"])
def test_a_threshold_is_the_best_of_all_in_the_words_of_the_metric(metric: str) -> None:
    rng = np.random.default_rng(3)
    truth = (rng.uniform(size=40) < 0.2).astype(float)
    chances = np.round(np.clip(0.25 * truth + rng.uniform(0, 0.5, 40), 0, 1), 3)
    both = np.stack([1 - chances, chances], axis=1)

    def error(at: float) -> float:
        return METRICS[metric].error(METRICS[metric].score(truth, judged_by(METRICS[metric], both, at)))

    found = fit_threshold(METRICS[metric], [truth], [chances])
    every = np.unique(chances)
    assert error(found) == pytest.approx(min(error(at) for at in [*(every[1:] + every[:-1]) / 2, 0.5]))


def test_a_threshold_does_nothing_to_metrics_of_probabilities() -> None:
    chances = np.array([[0.8, 0.2]])
    assert judged_by(METRICS["log_loss"], chances, 0.1) is chances
    assert judged_by(METRICS["accuracy"], chances, 0.1).tolist() == [[0.0, 1.0]]
    assert fit_threshold(METRICS["f1_macro"], [np.zeros(3)], [np.array([0.1, 0.2, 0.3])]) == 0.5
