from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
import torch

from netwright.base.events import EpochDone
from netwright.evaluate.metrics import choose_metric
from netwright.training.loop import train
from netwright.training.objectives.supervised import Supervised
from tests.training.engine import bucket_of, curve, plan, trained

Houses = Callable[..., pl.DataFrame]


def test_it_learns_what_can_be_learned(houses: Houses) -> None:
    result = trained(houses(400), plan(epochs=60, dropout=0.0))
    assert (result.curves.valid_loss[:, 0] > 0.7).all()  # standardised target: about 1 before training
    assert (result.curves.valid_loss.min(axis=1) < 0.05).all()  # noise is 1 of a spread of about 13


def test_plain_regression_ends_at_least_squares(houses: Houses) -> None:
    frame = houses(300).select("rooms", "price")
    chosen = plan(hidden=[], epochs=300, learning_rate=0.05, batch_size=0, schedule="cosine")
    bucket, truth = bucket_of(frame, chosen)
    events = train(bucket, Supervised("regression", "mse"), choose_metric(None, "regression"), truth)
    for event in events:  # the last epoch, not the best on validation rows
        if event.epoch == event.epochs:
            break
    for index, member in enumerate(bucket.members):
        fold = bucket.folds[member.fold]
        x, y = fold.inputs.dense[fold.train, 0].astype(np.float64), fold.target[fold.train]
        slope, intercept = np.polyfit(x, y, 1)
        assert bucket.network.head.weight[index].item() == pytest.approx(slope, abs=1e-3)
        assert bucket.network.head.bias[index].item() == pytest.approx(intercept, abs=1e-3)


def test_epochs_come_as_events_and_epoch_0_is_the_untrained_network(houses: Houses) -> None:
    bucket, truth = bucket_of(houses(), plan(epochs=3))
    events = list(train(bucket, Supervised("regression", "mse"), choose_metric(None, "regression"), truth))
    assert [(event.epoch, event.epochs) for event in events] == [(1, 3), (2, 3), (3, 3)]
    assert all(isinstance(event, EpochDone) and event.n_training == 5 for event in events)


def test_losses_are_measured_without_dropout(houses: Houses) -> None:
    result = trained(houses(), plan(epochs=4, dropout=0.9))
    bucket = result.bucket
    best = result.curves.best_epoch
    losses = Supervised("regression", "mse").row_losses(
        bucket.evaluate(bucket.valid), bucket.targets(bucket.valid.rows)
    )
    weight = bucket.valid.weight
    mean = ((losses * weight).sum(dim=1) / weight.sum(dim=1)).numpy()
    for member, epoch in enumerate(best):
        assert result.curves.valid_loss[member, epoch] == pytest.approx(float(mean[member]), rel=1e-5)


def test_the_weights_kept_are_those_of_the_best_epoch(houses: Houses) -> None:
    result = trained(houses(), plan(epochs=25, learning_rate=0.05))
    for member in range(5):
        scores = result.curves.valid_score[member]
        assert result.curves.best_epoch[member] == np.nanargmin(scores)


def test_patience_stops_a_member_and_its_curve_ends_there(houses: Houses) -> None:
    result = trained(houses(), plan(epochs=300, learning_rate=0.03, patience=5))
    curves = result.curves
    assert set(curves.status) == {"stopped"}
    for member in range(5):
        assert len(curve(curves, member)) == curves.best_epoch[member] + 5 + 1


def test_without_patience_every_epoch_is_trained(houses: Houses) -> None:
    result = trained(houses(), plan(epochs=7))
    assert set(result.curves.status) == {"done"}
    assert result.curves.valid_loss.shape == (5, 8)
    assert not np.isnan(result.curves.valid_loss).any()


def test_a_diverged_member_stops_and_keeps_its_best_weights(houses: Houses) -> None:
    result = trained(houses(), plan(epochs=40, learning_rate=1e12, optimizer="sgd", dropout=0.0))
    assert "diverged" in result.curves.status
    assert all(torch.isfinite(parameter).all() for parameter in result.bucket.network.parameters())
    assert all(np.isfinite(outer).all() for outer in result.outer)


def test_a_deadline_ends_training_after_the_epoch(houses: Houses) -> None:
    bucket, truth = bucket_of(houses(), plan(epochs=50))
    metric, objective = choose_metric(None, "regression"), Supervised("regression", "mse")
    events = list(train(bucket, objective, metric, truth, deadline=0.0))
    assert [event.epoch for event in events] == [1]


def test_weight_decay_and_l1_pull_weights_towards_zero(houses: Houses) -> None:
    def size(**changes: float) -> float:
        network = trained(houses(), plan(epochs=15, dropout=0.0, **changes)).bucket.network
        return sum(weight.abs().mean().item() for weight in network.penalised())

    free = size()
    assert size(weight_decay=0.3) < free
    assert size(l1=0.02) < free


def test_out_of_fold_predictions_are_in_the_units_of_the_target(houses: Houses) -> None:
    frame = houses(300)
    result = trained(frame, plan(epochs=40, dropout=0.0))
    outer = np.concatenate(result.outer)
    assert outer.shape == (240, 1)
    assert outer.mean() == pytest.approx(frame["price"].mean(), rel=0.05)


def test_classes_train_too(houses: Houses) -> None:
    frame = houses(300).with_columns(
        pl.when(pl.col("price") > 45).then(pl.lit("dear")).otherwise(pl.lit("cheap")).alias("price")
    )
    result = trained(frame, plan(epochs=30, loss="cross_entropy"), task="binary")
    assert (result.curves.valid_score.min(axis=1) < 0.35).all()
    assert result.outer[0].shape[1] == 2
    np.testing.assert_allclose(result.outer[0].sum(axis=1), 1, rtol=1e-6)


def test_where_a_fold_cannot_be_scored_all_choose_by_the_loss(houses: Houses) -> None:
    frame = houses(200).with_columns(pl.lit("no").alias("price"))
    labels = ["yes" if row in (3, 90, 150) else "no" for row in range(200)]  # five folds, three of them: no AUC in some
    bucket, truth = bucket_of(frame.with_columns(pl.Series("price", labels)), plan(epochs=5, loss="cross_entropy"))
    generator = train(bucket, Supervised("binary", "cross_entropy"), choose_metric("roc_auc", "binary"), truth)
    while True:
        try:
            next(generator)
        except StopIteration as end:
            curves = end.value.curves
            break
    for member in range(5):
        assert curves.best_epoch[member] == np.argmin(curves.valid_loss[member])
