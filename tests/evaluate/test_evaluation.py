from __future__ import annotations

import json

import numpy as np
import pytest

from netwright.evaluate.evaluation import Evaluation, gap_in_words, json_scores
from netwright.evaluate.intervals import bootstrap_interval
from netwright.evaluate.metrics import METRICS


@pytest.fixture
def evaluation():
    truth = np.array([1.0, 2.0, 4.0, 8.0])
    return Evaluation("regression", truth, truth + 1, {"constant": np.full(4, 3.75), "linear": truth - 2})


def test_scores(evaluation):
    assert evaluation.scores() == {"rmse": 1.0, "mae": 1.0, "r2": pytest.approx(1 - 4 / 28.75)}
    assert evaluation.baseline_scores()["linear"]["mae"] == 2.0
    assert evaluation.baseline_scores()["constant"]["r2"] == 0.0


@pytest.mark.parametrize(("task", "main"), [("regression", "rmse"), ("binary", "log_loss"), ("multiclass", "accuracy")])
def test_intervals_of_every_metric(task, main):
    rng = np.random.default_rng(0)
    truth = rng.normal(size=30) if task == "regression" else rng.integers(0, 2, 30).astype(float)
    predicted = rng.normal(size=30) if task == "regression" else rng.dirichlet([1, 1], 30)
    entry = Evaluation(task, truth, predicted, {}).interval(METRICS[main], seed=5)
    names = [name for name, metric in METRICS.items() if task in metric.tasks]
    assert list(entry) == ["level", *names, "baselines"]
    assert entry["level"] == 0.95
    for name in names:
        assert tuple(entry[name]) == bootstrap_interval(METRICS[name], truth, predicted, 5)


def test_baselines_get_an_interval_of_the_main_metric_from_the_same_draws(evaluation):
    entry = evaluation.interval(METRICS["mae"], seed=0)
    assert list(entry["baselines"]) == ["constant", "linear"]
    assert entry["baselines"]["linear"] == {"mae": [None, None]}  # every error is 2: the draws tell nothing
    low, high = entry["baselines"]["constant"]["mae"]
    assert low < METRICS["mae"].score(evaluation.truth, evaluation.baselines["constant"]) < high
    predicted = evaluation.truth + np.array([1.0, 2.0, 0.5, -1.0])
    twin = Evaluation("regression", evaluation.truth, predicted, {"same": predicted})
    again = twin.interval(METRICS["rmse"], seed=0)
    assert again["baselines"]["same"]["rmse"] == again["rmse"]


def test_scores_that_are_the_same_in_every_draw_have_no_interval_of_no_width():
    chances = np.tile([0.2, 0.8], (100, 1))
    right = Evaluation("binary", np.ones(100), chances, {}).interval(METRICS["accuracy"], seed=0)
    assert right["accuracy"] == [pytest.approx(0.025**0.01), 1.0]  # an error rate of 3.6 % still gives none in 100 rows
    assert right["f1_macro"] == right["log_loss"] == [None, None]
    wrong = Evaluation("binary", np.zeros(100), chances, {}).interval(METRICS["accuracy"], seed=0)
    assert wrong["accuracy"] == [0.0, pytest.approx(1 - 0.025**0.01)]


def test_copies_are_drawn_together():
    rng = np.random.default_rng(0)
    truth, predicted, times = rng.normal(size=60), np.zeros(60), 9
    once = Evaluation("regression", truth, predicted, {}).interval(METRICS["mae"], seed=0)["mae"]
    rows, units = np.tile(truth, times), np.tile(np.arange(60), times)
    naive = Evaluation("regression", rows, np.zeros(len(rows)), {}).interval(METRICS["mae"], seed=0)["mae"]
    honest = Evaluation("regression", rows, np.zeros(len(rows)), {}, units).interval(METRICS["mae"], seed=0)["mae"]
    assert honest == pytest.approx(once)
    assert naive[1] - naive[0] < 0.6 * (honest[1] - honest[0])


def test_what_is_not_defined_is_none():
    scores = json_scores("binary", np.zeros(4), np.full((4, 2), 0.5))
    assert scores["roc_auc"] is None
    assert scores["accuracy"] == 1.0
    interval = Evaluation("binary", np.zeros(4), np.full((4, 2), 0.5), {}).interval(METRICS["roc_auc"], seed=0)
    assert interval["roc_auc"] == [None, None]
    json.dumps(scores | interval, allow_nan=False)


@pytest.mark.parametrize(
    ("metric", "train", "unseen", "ending"),
    [
        ("rmse", 2.0, 2.0, "it generalises"),
        ("rmse", 2.0, 1.5, "it generalises"),
        ("rmse", 2.0, 2.1, "it generalises"),
        ("rmse", 2.0, 2.11, "5 % more error on rows it never saw"),
        ("rmse", 2.0, 3.98, "99 % more error on rows it never saw"),
        ("rmse", 2.0, 4.1, "more than twice the error on rows it never saw"),
        ("rmse", 0.0, 0.0, "it generalises"),
        ("rmse", 0.0, 0.1, "more than twice the error on rows it never saw"),
        ("accuracy", 0.9, 0.9, "it generalises"),
        ("accuracy", 0.9, 0.85, "50 % more error on rows it never saw"),  # 10 % wrong, then 15 %
        ("accuracy", 0.9, 0.7, "more than twice the error on rows it never saw"),
        ("accuracy", 1.0, 1.0, "it generalises"),
        ("r2", 0.5, 0.2, "60 % more error on rows it never saw"),
        ("r2", 0.5, -0.7, "more than twice the error on rows it never saw"),
        ("log_loss", 0.3, 0.36, "20 % more error on rows it never saw"),
    ],
)
def test_gap_in_words(metric, train, unseen, ending):
    words = gap_in_words(METRICS[metric], train, unseen)
    assert words.split(": ")[1] == ending
    assert words.startswith(f"{METRICS[metric].label} is ")


def test_both_figures_are_said():
    assert gap_in_words(METRICS["rmse"], 46740.3, 52111) == (
        "RMSE is 46,700 on train rows and 52,100 on unseen ones: 11 % more error on rows it never saw"
    )


@pytest.mark.parametrize(("metric", "unseen", "constant"), [("rmse", 3.0, 3.0), ("rmse", 3.0, 2.0), ("r2", -0.1, 0.0)])
def test_no_better_than_the_constant_is_not_called_generalising(metric, unseen, constant):
    assert gap_in_words(METRICS[metric], unseen, unseen, constant).endswith("learned nothing that holds")
    better = constant - 0.5 if metric == "rmse" else constant + 0.5
    assert gap_in_words(METRICS[metric], better, better, constant).endswith("it generalises")


@pytest.mark.parametrize(("train", "unseen"), [(None, 1.0), (1.0, None), (None, None)])
def test_nothing_to_compare(train, unseen):
    assert gap_in_words(METRICS["roc_auc"], train, unseen) == ""


def test_a_test_score_that_validation_does_not_bear_out_may_be_chance() -> None:
    accuracy = METRICS["accuracy"]
    assert gap_in_words(accuracy, 0.62, 0.633, 0.5, (0.5, 0.5)).endswith("so that may be chance")
    assert gap_in_words(accuracy, 0.62, 0.633, 0.5, (0.6, 0.5)).endswith("it generalises")
    assert gap_in_words(accuracy, 0.62, 0.633, 0.5, (None, 0.5)).endswith("it generalises")
