"""Weights of classes in the loss, fold by fold along the member axis."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

from netwright.apps.api import train
from netwright.base.plan import Plan
from netwright.evaluate.baselines import BaselineTask, fit_baseline
from netwright.evaluate.metrics import weighted_log_loss
from netwright.training.race import Race
from tests.training.engine import bucket_of


def customers(n_rows: int = 400, seed: int = 0) -> pl.DataFrame:
    """One in eight says yes."""
    rng = np.random.default_rng(seed)
    spent = rng.normal(size=n_rows)
    says = spent + rng.normal(size=n_rows) > 1.6
    return pl.DataFrame({"spent": spent, "price": np.where(says, "yes", "no")})


LOGISTIC = Plan(
    "p", "mlp", {"hidden": []}, loss="cross_entropy", epochs=800, learning_rate=0.2, batch_size=0, schedule="cosine"
)


def test_weighted_logistic_regression_ends_at_scikit_learns() -> None:
    bucket = bucket_of(customers(), LOGISTIC, class_weight="balanced")
    (chunk,) = Race(bucket, 1).chunks
    for epoch in range(1, LOGISTIC.epochs + 1):
        chunk.train_epoch(epoch)
    for index, member in enumerate(bucket.members):
        fold = bucket.folds[member.fold]
        x, y = fold.inputs.dense[fold.train].astype(np.float64), fold.target[fold.train]
        expected = LogisticRegression(C=np.inf, class_weight="balanced", tol=1e-8).fit(x, y)
        assert chunk.network.head.weight[index].item() == pytest.approx(expected.coef_.item(), abs=2e-3)
        assert chunk.network.head.bias[index].item() == pytest.approx(expected.intercept_.item(), abs=2e-3)


def test_weights_of_one_change_no_bit() -> None:
    runs = [
        train(customers(), "price", preset="quick", epochs=3, class_weight=weight)
        for weight in ("none", {"yes": 1, "no": 1})
    ]
    first, second = (list(run.model.fitted.networks[0].network.parameters()) for run in runs)
    assert all(one.equal(other) for one, other in zip(first, second, strict=True))


@pytest.mark.parametrize("options", [{"class_weight": "balanced"}, {"sampling": "over"}, {"sampling": "under"}])
def test_probabilities_are_those_of_a_balanced_world(options: dict[str, str]) -> None:
    frame, say = customers(), {"preset": "quick", "epochs": 8, "model": "mlp"}
    plain, even = train(frame, "price", **say), train(frame, "price", **say, **options)
    assert plain.record.validation.predicted[:, 1].mean() < 0.25
    assert 0.27 < even.record.validation.predicted[:, 1].mean() < 0.6
    assert plain.metrics["baselines"]["constant"]["roc_auc"] == pytest.approx(0.5)
    assert even.metrics["baselines"]["constant"]["log_loss"] == pytest.approx(np.log(2))
    for run in (plain, even):
        assert len(run.record.test.rows) == 80  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["linear", "constant"])
def test_a_weight_of_three_is_a_row_three_times(name: str) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 2)), rng.integers(0, 2, 300).astype(float)
    weights, times = np.where(y == 1, 3.0, 1.0), np.where(y == 1, 3, 1)
    what, categorical = BaselineTask("binary", 2, 0), np.zeros(2, dtype=bool)
    weighted = fit_baseline(name, what, x, y, categorical, weights)(x)
    repeated = fit_baseline(name, what, np.repeat(x, times, axis=0), np.repeat(y, times), categorical)(x)
    np.testing.assert_allclose(weighted, repeated, atol=1e-3)
    trees = [fit_baseline("trees", what, x, y, categorical, own)(x)[:, 1].mean() for own in (None, weights)]
    assert trees[1] > trees[0] + 0.1  # they limit leaves by rows, so a weight is not quite a repeated row


def test_the_weights_choose_the_epoch_too() -> None:
    """By log-loss that counts all rows alike the first epochs would win: they still know the true shares."""
    frame, say = customers(), {"preset": "quick", "epochs": 30, "model": "mlp", "class_weight": {"yes": 30.0}}
    run = train(frame, "price", no_repair=True, **say)
    curves, folds, model = run.record.curves, run._outcome.folds, run.model.fitted.networks[0]
    predicted = model.predict_prepared([fold.inputs for fold in folds], len(folds[0].target))
    for member, (epoch, number) in enumerate(zip(curves.best_epoch, model.member_folds, strict=True)):
        fold = folds[number]
        assert epoch == np.nanargmin(curves.valid_score[member])
        own = weighted_log_loss(fold.target[fold.valid], predicted[member, fold.valid], np.array([1.0, 30.0]))
        assert curves.valid_score[member, epoch] == pytest.approx(own, rel=1e-4)
