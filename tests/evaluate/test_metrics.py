from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from netwright.base.errors import PlanError
from netwright.evaluate.metrics import DEFAULT_METRIC, METRICS, all_scores, choose_metric, row_errors


def score(name: str, truth, prediction) -> float:
    return METRICS[name].score(np.asarray(truth, dtype=float), np.asarray(prediction, dtype=float))


def probabilities(n_rows: int, n_classes: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(n_classes), n_rows)


def truths(n_rows: int, n_classes: int, seed: int = 1, lowest: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(lowest, n_classes, n_rows).astype(float)


@pytest.mark.parametrize(
    ("name", "reference"),
    [("rmse", sk.root_mean_squared_error), ("mae", sk.mean_absolute_error), ("r2", sk.r2_score)],
)
def test_regression(name, reference):
    rng = np.random.default_rng(0)
    truth, prediction = rng.normal(5, 3, 200), rng.normal(5, 3, 200)
    assert score(name, truth, prediction) == pytest.approx(reference(truth, prediction), rel=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_classes(n_classes):
    truth, p = truths(300, n_classes), probabilities(300, n_classes)
    named, labels = p.argmax(axis=1), np.arange(n_classes)
    assert score("accuracy", truth, p) == pytest.approx(sk.accuracy_score(truth, named))
    assert score("balanced_accuracy", truth, p) == pytest.approx(sk.balanced_accuracy_score(truth, named))
    assert score("f1_macro", truth, p) == pytest.approx(sk.f1_score(truth, named, average="macro"))
    assert score("log_loss", truth, p) == pytest.approx(sk.log_loss(truth, p, labels=labels), rel=1e-12)
    if n_classes == 2:
        assert score("roc_auc", truth, p) == pytest.approx(sk.roc_auc_score(truth, p[:, 1]))
    else:
        assert score("roc_auc", truth, p) == pytest.approx(sk.roc_auc_score(truth, p, multi_class="ovr"))


@pytest.mark.parametrize("n_classes", [2, 4])
def test_a_class_that_the_model_does_not_know_is_wrong(n_classes):
    truth, p = truths(200, n_classes, lowest=-1), probabilities(200, n_classes)
    assert (truth == -1).any()
    named = p.argmax(axis=1)
    assert score("accuracy", truth, p) == pytest.approx(sk.accuracy_score(truth, named))
    recalls = [np.mean(named[truth == k] == k) if k >= 0 else 0.0 for k in range(-1, n_classes)]
    assert score("balanced_accuracy", truth, p) == pytest.approx(np.mean(recalls))
    assert score("f1_macro", truth, p) == pytest.approx(sk.f1_score(truth, named, average="macro", zero_division=0))
    known = truth >= 0
    costs = [-math.log(p[row, int(truth[row])]) if known[row] else -math.log(1e-15) for row in range(200)]
    assert score("log_loss", truth, p) == pytest.approx(np.mean(costs))
    areas = [sk.roc_auc_score(truth == k, p[:, k]) for k in range(n_classes)]
    expected = areas[1] if n_classes == 2 else np.mean(areas)
    assert score("roc_auc", truth, p) == pytest.approx(expected)


def test_certain_and_wrong_costs_a_lot_but_not_infinitely():
    assert score("log_loss", [0, 1], [[0, 1], [0, 1]]) == pytest.approx(-math.log(1e-15) / 2)
    assert score("log_loss", [0, 1], [[1, 0], [0, 1]]) == 0


@pytest.mark.parametrize(
    ("truth", "n_classes"), [([1, 1, 1], 2), ([0, 0, 0], 2), ([2, 2, 2], 3), ([-1, -1, 1], 2), ([-1, -1, -1], 3)]
)
def test_roc_auc_needs_two_classes(truth, n_classes):
    assert math.isnan(score("roc_auc", truth, probabilities(3, n_classes)))


def test_roc_auc_over_the_classes_that_occur():
    truth, p = np.array([0, 2, 2, 0, 2, 0.0]), probabilities(6, 4)
    expected = np.mean([sk.roc_auc_score(truth == k, p[:, k]) for k in (0, 2)])
    assert score("roc_auc", truth, p) == pytest.approx(expected)


def test_roc_auc_by_hand():
    # pairs (positive, negative): .9 > .8, .9 > .1, .4 < .8, .4 > .1 -> 3 of 4; a tie counts half
    positive = np.array([0.8, 0.9, 0.4, 0.1])
    assert score("roc_auc", [0, 1, 1, 0], np.stack([1 - positive, positive], axis=1)) == 0.75
    assert score("roc_auc", [0, 1], [[0.5, 0.5], [0.5, 0.5]]) == 0.5


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_network_that_diverged(n_classes):
    p = np.full((4, n_classes), np.nan)
    assert math.isnan(score("roc_auc", [0, 1, 0, 1], p))
    assert math.isnan(score("log_loss", [0, 1, 0, 1], p))
    assert math.isnan(score("rmse", [0, 1], [np.nan, 1]))


def test_r2_of_a_constant_truth_is_not_defined():
    assert math.isnan(score("r2", [3, 3, 3], [3, 3, 4]))
    assert math.isnan(score("r2", [3], [3]))
    assert score("r2", [1, 2, 3], [1, 2, 3]) == 1
    assert score("r2", [1, 2, 3], [2, 2, 2]) == 0


def test_classes_without_a_hit_count_as_zero():
    p = np.eye(3)[[0, 0, 0]]
    assert score("f1_macro", [0, 1, 2], p) == pytest.approx((2 * 1 / (1 * 2 + 2 + 0)) / 3)
    assert score("balanced_accuracy", [0, 1, 2], p) == pytest.approx(1 / 3)


def test_an_error_a_row():
    assert row_errors("regression", np.array([1.0, 5.0]), np.array([3.0, 5.0])).tolist() == [4.0, 0.0]
    p = np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]])
    errors = row_errors("binary", np.array([1.0, 0.0, -1.0]), p)
    np.testing.assert_allclose(errors, [-math.log(0.75), -math.log(0.5), -math.log(1e-15)])
    np.testing.assert_array_equal(row_errors("multiclass", np.array([1.0, 0.0, -1.0]), p), errors)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_laws_of_class_metrics(seed, n_classes):
    truth, p = truths(40, n_classes, seed), probabilities(40, n_classes, seed)
    order = np.random.default_rng(seed).permutation(40)
    for name, value in all_scores("multiclass", truth, p).items():
        assert METRICS[name].score(truth[order], p[order]) == pytest.approx(value, nan_ok=True)
        assert name == "log_loss" or math.isnan(value) or 0 <= value <= 1
    best = all_scores("multiclass", truth, np.eye(n_classes)[truth.astype(int)])
    assert all(best[name] in (0.0, 1.0) for name in best)


def test_scores_by_task():
    assert list(all_scores("regression", np.array([1.0, 2.0]), np.array([1.0, 2.0]))) == ["rmse", "mae", "r2"]
    names = ["log_loss", "accuracy", "balanced_accuracy", "f1_macro", "roc_auc"]
    assert list(all_scores("binary", truths(9, 2), probabilities(9, 2))) == names
    assert list(all_scores("multiclass", truths(9, 3), probabilities(9, 3))) == names


def test_less_is_better_after_turning():
    assert METRICS["rmse"].error(2.5) == 2.5
    assert METRICS["accuracy"].error(0.9) == pytest.approx(0.1)
    better = {name for name, metric in METRICS.items() if metric.greater_is_better}
    assert better == {"r2", "accuracy", "balanced_accuracy", "f1_macro", "roc_auc"}


def test_choice():
    assert {task: choose_metric(None, task).name for task in DEFAULT_METRIC} == {
        "regression": "rmse", "binary": "log_loss", "multiclass": "log_loss", "unsupervised": "reconstruction_error"
    }  # fmt: skip
    assert choose_metric("roc_auc", "multiclass").name == "roc_auc"


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        ("accuracy", "regression", "--metric must be one of rmse, mae, r2 for regression, got 'accuracy'."),
        (
            "rmse",
            "binary",
            "--metric must be one of log_loss, accuracy, balanced_accuracy, f1_macro, roc_auc for binary, got 'rmse'.",
        ),
        ("auc", "regression", "--metric must be one of rmse, mae, r2 for regression, got 'auc'."),
    ],
)
def test_wrong_choice(name, task, message):
    with pytest.raises(PlanError) as caught:
        choose_metric(name, task)
    assert str(caught.value) == message
