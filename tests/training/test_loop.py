from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from netwright.base.events import EpochDone
from netwright.training.chunk import Chunk
from netwright.training.device import Threads
from netwright.training.loop import _next, train
from netwright.training.race import Race
from tests.training.engine import bucket_of, curve, ended, plan, trained

Houses = Callable[..., pl.DataFrame]


def test_it_learns_what_can_be_learned(houses: Houses) -> None:
    result = trained(houses(400), plan(epochs=60, dropout=0.0))
    assert (result.judged.curves.valid_loss[:, 0] > 0.7).all()  # standardised target: about 1 before training
    assert (result.judged.curves.valid_loss.min(axis=1) < 0.05).all()  # noise is 1 of a spread of about 13


def test_plain_regression_ends_at_least_squares(houses: Houses) -> None:
    frame = houses(300).select("rooms", "price")
    chosen = plan(hidden=[], epochs=300, learning_rate=0.05, batch_size=0, schedule="cosine")
    bucket = bucket_of(frame, chosen)
    (chunk,) = Race(bucket, 1).chunks
    for epoch in range(1, chosen.epochs + 1):  # to the end, not the best on validation rows
        chunk.train_epoch(epoch)
    network = chunk.network
    for index, member in enumerate(bucket.members):
        fold = bucket.folds[member.fold]
        x, y = fold.inputs.dense[fold.train, 0].astype(np.float64), fold.target[fold.train]
        slope, intercept = np.polyfit(x, y, 1)
        assert network.head.weight[index].item() == pytest.approx(slope, abs=1e-3)
        assert network.head.bias[index].item() == pytest.approx(intercept, abs=1e-3)


def test_epochs_come_as_events_and_epoch_0_is_the_untrained_network(houses: Houses) -> None:
    events = list(train([bucket_of(houses(), plan(epochs=3))]))
    assert [(event.epoch, event.epochs) for event in events] == [(1, 3), (2, 3), (3, 3)]
    assert all(isinstance(event, EpochDone) and event.n_training == 5 for event in events)


def test_losses_are_measured_without_dropout(houses: Houses) -> None:
    result = trained(houses(), plan(epochs=4, dropout=0.9))
    curves, dense = result.judged.curves, torch.from_numpy(np.stack([fold.inputs.dense for fold in result.folds]))
    raw = result.network({"dense": dense})[:, :, 0].detach().numpy()
    for member, epoch in enumerate(curves.best_epoch):
        fold = result.folds[member]
        errors = raw[member, fold.valid] - fold.target[fold.valid]
        assert curves.valid_loss[member, epoch] == pytest.approx(float(np.mean(errors**2)), rel=1e-4)


def test_the_weights_kept_are_those_of_the_best_epoch(houses: Houses) -> None:
    result = trained(houses(), plan(epochs=25, learning_rate=0.05))
    for member in range(5):
        scores = result.judged.curves.valid_score[member]
        assert result.judged.curves.best_epoch[member] == np.nanargmin(scores)


def test_patience_stops_a_member_and_its_curve_ends_there(houses: Houses) -> None:
    result = trained(houses(), plan(epochs=300, learning_rate=0.03, patience=5))
    curves = result.judged.curves
    assert set(curves.status) == {"stopped"}
    for member in range(5):
        assert len(curve(curves, member)) == curves.best_epoch[member] + 5 + 1


def test_without_patience_every_epoch_is_trained(houses: Houses) -> None:
    result = trained(houses(), plan(epochs=7))
    assert set(result.judged.curves.status) == {"done"}
    assert result.judged.curves.valid_loss.shape == (5, 8)
    assert not np.isnan(result.judged.curves.valid_loss).any()


def test_a_diverged_member_stops_and_keeps_its_best_weights(houses: Houses) -> None:
    result = trained(houses(), plan(epochs=40, learning_rate=1e12, optimizer="sgd", dropout=0.0))
    assert "diverged" in result.judged.curves.status
    assert all(torch.isfinite(parameter).all() for parameter in result.network.parameters())
    assert all(np.isfinite(outer).all() for outer in result.judged.outer)


def test_a_deadline_ends_training_once_there_is_an_epoch_to_show(houses: Houses) -> None:
    watched = train([bucket_of(houses(), plan(epochs=50))], deadline=0.0)
    epochs = []
    try:
        while True:
            epochs.append(next(watched).epoch)
    except StopIteration as end:
        (result,) = end.value
    assert epochs == [1]
    assert set(result.judged.curves.status) == {"cut"}
    assert result.judged.curves.train_loss.shape == (5, 2)


def test_at_a_deadline_what_is_slow_is_given_up_in_the_middle(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, slow = plan(epochs=3), plan(hidden=[5], epochs=3)
    train_epoch = Chunk.train_epoch

    def slowly(self: Chunk, epoch: int, halt: Callable[[], bool]) -> None:
        if self.members[0].plan == slow:
            while not halt():
                time.sleep(0.005)
        train_epoch(self, epoch, halt)

    monkeypatch.setattr(Chunk, "train_epoch", slowly)
    monkeypatch.setattr("netwright.training.loop.threads_for", lambda buckets: Threads(2, 1))
    result = ended(train([bucket_of(houses(), slow), bucket_of(houses(), quick)], time.monotonic() + 0.5))
    assert [one.plan for one in result] == [quick]
    assert set(result[0].judged.curves.status) == {"done"}


def test_a_fold_of_a_single_row_is_judged_by_a_trained_network(houses: Houses) -> None:
    result = trained(houses(15), plan(epochs=20, dropout=0.0), folds=12, test_size=0.2)
    assert {len(fold.valid) for fold in result.folds} == {1}
    assert (result.judged.outer_epoch[:, 1] > 5).all()


def test_a_workers_turn_goes_to_whom_it_was_owed(houses: Houses) -> None:
    first, second = (Race(bucket_of(houses(), plan(hidden=[units])), 1) for units in (5, 6))
    assert _next([first, second], {}) == (first, 0)
    assert _next([first, second], {Future(): (first, 0, time.monotonic())}) == (second, 0)
    assert _next([first, second], {}) is None


def test_weight_decay_and_l1_pull_weights_towards_zero(houses: Houses) -> None:
    def size(**changes: float) -> float:
        network = trained(houses(), plan(epochs=15, dropout=0.0, **changes)).network
        return sum(weight.abs().mean().item() for weight in network.penalised())

    free = size()
    assert size(weight_decay=0.3) < free
    assert size(l1=0.02) < free


def test_out_of_fold_predictions_are_in_the_units_of_the_target(houses: Houses) -> None:
    frame = houses(300)
    result = trained(frame, plan(epochs=40, dropout=0.0))
    outer = np.concatenate(result.judged.outer)
    assert outer.shape == (240, 1)
    assert outer.mean() == pytest.approx(frame["price"].mean(), rel=0.05)


def test_classes_train_too(houses: Houses) -> None:
    frame = houses(300).with_columns(
        pl.when(pl.col("price") > 45).then(pl.lit("dear")).otherwise(pl.lit("cheap")).alias("price")
    )
    result = trained(frame, plan(epochs=30, loss="cross_entropy"), task="binary")
    assert (result.judged.curves.valid_score.min(axis=1) < 0.35).all()
    assert result.judged.outer[0].shape[1] == 2
    np.testing.assert_allclose(result.judged.outer[0].sum(axis=1), 1, rtol=1e-6)


def test_where_a_fold_cannot_be_scored_all_choose_by_the_loss(houses: Houses) -> None:
    frame = houses(200).with_columns(pl.lit("no").alias("price"))
    labels = ["yes" if row in (3, 90, 150) else "no" for row in range(200)]  # five folds, three of them: no AUC in some
    told = frame.with_columns(pl.Series("price", labels))
    curves = trained(told, plan(epochs=5, loss="cross_entropy"), metric="roc_auc", task="binary").judged.curves
    for member in range(5):
        assert curves.best_epoch[member] == np.argmin(curves.valid_loss[member])


def test_predictions_end_where_the_train_rows_do_if_the_plan_says_so(houses: Houses) -> None:
    frame = houses(200)
    wild = plan(epochs=2, learning_rate=1.0, dropout=0.0)
    held = replace(wild, preparation=replace(wild.preparation, clamp_target=True))
    loose, bound = trained(frame, wild), trained(frame, held)
    for member, fold in enumerate(bound.folds):
        numbers = fold.scale.back(fold.target)[fold.train]
        assert bound.judged.outer[member].min() >= numbers.min() - 1e-9
        assert bound.judged.outer[member].max() <= numbers.max() + 1e-9
    ends = [max(one.max() for one in result.judged.outer) for result in (loose, bound)]
    assert ends[0] > ends[1]


def test_who_stops_listening_stops_the_training(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[int] = []
    train_epoch = Chunk.train_epoch

    def counted(self: Chunk, epoch: int, halt: Callable[[], bool]) -> None:
        began.append(epoch)
        train_epoch(self, epoch, halt)

    monkeypatch.setattr(Chunk, "train_epoch", counted)
    events = train([bucket_of(houses(), plan(epochs=10_000))])
    next(events)
    events.close()
    assert max(began) <= 3


def test_an_error_in_a_worker_is_raised(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Chunk, epoch: int, halt: object = None) -> None:
        raise MemoryError("no more")

    monkeypatch.setattr(Chunk, "train_epoch", broken)
    with pytest.raises(MemoryError, match="no more"):
        list(train([bucket_of(houses(), plan())]))


def test_the_waiting_thread_looks_up_to_hear_signals(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float | None] = []

    def watched(futures: Any, timeout: float | None = None, return_when: str = "") -> Any:
        asked.append(timeout)
        return wait(futures, timeout=timeout, return_when=return_when)

    monkeypatch.setattr("netwright.training.loop.wait", watched)
    list(train([bucket_of(houses(), plan(epochs=2))]))
    assert asked
    assert all(timeout is not None and timeout <= 1 for timeout in asked)


@pytest.mark.parametrize("metric", ["accuracy", "balanced_accuracy", "f1_macro"])
def test_metrics_of_names_leave_the_epoch_to_the_log_loss(metric: str) -> None:
    """Of a rare class names say nothing: an untrained network that names by chance would be kept."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    frame = pl.DataFrame({"x": x, "price": np.where(x + rng.normal(size=400) > 2.6, "yes", "no")})
    own = plan(loss="cross_entropy", batch_size=64, epochs=30)
    by_names, by_loss = (trained(frame, own, metric=name).judged for name in (metric, "log_loss"))
    assert by_names.curves.best_epoch.tolist() == by_loss.curves.best_epoch.tolist()
    assert (by_names.outer_epoch == by_loss.outer_epoch).all() and (by_names.curves.best_epoch > 1).all()
    assert not np.allclose(by_names.curves.valid_score, by_loss.curves.valid_score)
