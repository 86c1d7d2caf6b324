"""NaN and infinity stop the network that has them, with the reason, and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from netwright.base.curves import Curves
from netwright.base.plan import Member, Plan, Preparation
from netwright.models.family import PREDICT, families, purpose_of
from netwright.preparation.numeric import NumericEncoder
from netwright.training.chunk import Chunk
from netwright.training.not_finite import Cause, all_finite, findings_of, of_epoch, of_fold, smaller_rate
from netwright.training.optimizers import OPTIMIZERS
from netwright.training.race import Race
from tests.training.engine import REALMLP, SMALL, TABM, bucket_of, plan, trained

Houses = Callable[..., pl.DataFrame]

NAN, INF = float("nan"), float("inf")

#: A small plan of every family there is.
FAMILIES = {
    "mlp": plan(clip_norm=1.0, l1=1e-3, weight_decay=0.01),
    "linear": plan(hidden=[], dropout=0.0),
    "realmlp": REALMLP,
    "realmlp-s": replace(REALMLP, name="realmlp-s", family="realmlp-s", config={"hidden": [16, 8]}),
    "tabm": TABM,
    "tabm-mini": replace(TABM, name="tabm-mini", family="tabm-mini"),
    "textcnn": replace(plan(), name="textcnn", family="textcnn", config={"hidden": [16, 8]}),
}


def chunk_of(frame: pl.DataFrame, own: Plan, seeds: int = 3, **options: Any) -> Chunk:
    """One chunk of the members (fold 0, seed 0), (fold 0, seed 1) ..."""
    (chunk,) = Race(bucket_of(frame, own, [(0, seed) for seed in range(seeds)], **options), 1).chunks
    return chunk


def spoiled(chunk: Chunk, member: int, value: float) -> None:
    """Every parameter of one member gets one such number."""
    with torch.no_grad():
        for parameter in chunk.network.parameters():
            parameter[member].view(-1)[0] = value


def labelled(frame: pl.DataFrame) -> pl.DataFrame:
    """The same houses as cheap, middling or dear."""
    dear, mid = pl.col("price") > 55, pl.col("price") > 40
    return frame.with_columns(
        pl.when(dear).then(pl.lit("dear")).when(mid).then(pl.lit("mid")).otherwise(pl.lit("cheap")).alias("price")
    )


def test_every_family_is_tried_here() -> None:
    """Those that read plain cells; pictures and windows are no houses."""
    predicting = {name for name in families.names() if purpose_of(name) == PREDICT}
    assert set(FAMILIES) == {name for name in predicting if not families.get(name).takes & {"image", "past"}}


@pytest.mark.parametrize("value", [INF, NAN])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_spoiled_network_never_reaches_another(houses: Houses, family: str, value: float) -> None:
    calm, ill = (chunk_of(houses(90), FAMILIES[family]) for _ in range(2))
    spoiled(ill, 1, value)
    for epoch in (1, 2):
        calm.train_epoch(epoch)
        ill.train_epoch(epoch)
    for one, other in zip(calm.network.parameters(), ill.network.parameters(), strict=True):
        assert torch.equal(one[[0, 2]], other[[0, 2]])
    healthy, judged = calm.measure(), ill.measure()
    np.testing.assert_array_equal(healthy.train_loss[[0, 2]], judged.train_loss[[0, 2]])
    np.testing.assert_array_equal(healthy.predictions[[0, 2]], judged.predictions[[0, 2]])
    assert [why is None for why in judged.cause] == [True, False, True]
    assert np.isnan(judged.train_loss[1])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_nor_does_it_by_way_of_the_optimizer(houses: Houses, optimizer: str) -> None:
    own = plan(optimizer=optimizer, clip_norm=0.5, label_smoothing=0.1, loss="cross_entropy")
    calm, ill = (chunk_of(labelled(houses(90)), own, task="multiclass") for _ in range(2))
    spoiled(ill, 1, INF)
    for epoch in (1, 2):
        calm.train_epoch(epoch)
        ill.train_epoch(epoch)
    for one, other in zip(calm.network.parameters(), ill.network.parameters(), strict=True):
        assert torch.equal(one[[0, 2]], other[[0, 2]])
    assert not torch.isfinite(next(ill.network.parameters())[1]).all()


def planting(monkeypatch: pytest.MonkeyPatch, plant: Callable[[Chunk, int], None], member: int, after: int) -> None:
    """Do something to one member at the end of an epoch, wherever it lies among those that still train."""
    train_epoch = Chunk.train_epoch

    def spoiling(self: Chunk, epoch: int, *halt: Any) -> None:
        train_epoch(self, epoch, *halt)
        places = [k for k, own in enumerate(self.active) if self.members[own].fold == member]
        if epoch == after and places:
            with torch.no_grad():
                plant(self, places[0])

    monkeypatch.setattr(Chunk, "train_epoch", spoiling)


def in_a_weight(chunk: Chunk, place: int) -> None:
    chunk.network.hidden[1].weight[place, 0, 0] = INF


def in_all_weights(chunk: Chunk, place: int) -> None:
    for parameter in chunk.network.parameters():
        parameter[place] = NAN


def in_a_dead_bias(chunk: Chunk, place: int) -> None:
    """A unit that is never active: the loss stays finite."""
    chunk.network.hidden[0].bias[place, 0, 0] = -INF


def in_a_gradient(chunk: Chunk, place: int) -> None:
    chunk._optimizer._second[-1][place] = INF


@pytest.mark.parametrize(
    ("plant", "reason"),
    [
        (in_a_weight, "in epoch 2: weights of hidden layer 2 became NaN or infinite"),
        (in_all_weights, "in epoch 2: weights of all layers became NaN or infinite"),
        (in_a_dead_bias, "in epoch 2: weights of hidden layer 1 became NaN or infinite"),
        (in_a_gradient, "in epoch 2: squared gradients of the output layer became NaN or infinite"),
    ],
)
def test_the_reason_names_epoch_and_layer(
    houses: Houses, monkeypatch: pytest.MonkeyPatch, plant: Callable[[Chunk, int], None], reason: str
) -> None:
    own = plan(dropout=0.0, epochs=4)
    calm = trained(houses(90), own).judged
    planting(monkeypatch, plant, member=2, after=2)
    judged = trained(houses(90), own).judged
    assert judged.curves.reasons == ("", "", reason, "", "")
    assert judged.curves.status == ("done", "done", "diverged", "done", "done")
    others = [0, 1, 3, 4]
    np.testing.assert_array_equal(judged.curves.valid_loss[others], calm.curves.valid_loss[others])
    for member in others:
        np.testing.assert_array_equal(judged.outer[member], calm.outer[member])
    # epoch 2 does not count: neither its weights nor its predictions are kept
    assert judged.curves.best_epoch[2] <= 1
    assert judged.outer_epoch[2].max() <= 1
    assert np.isinf(judged.curves.train_loss[2, 2])
    assert np.isnan(judged.curves.train_loss[2, 3:]).all()


def test_weights_of_an_epoch_that_diverged_are_not_kept(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dead bias leaves predictions finite, and may leave them the best so far."""
    for after in (1, 2, 3):
        with monkeypatch.context() as patch:
            planting(patch, in_a_dead_bias, member=0, after=after)
            network = trained(houses(90), plan(dropout=0.0, epochs=4)).network
        assert all(torch.isfinite(parameter).all() for parameter in network.parameters())


def at_row(frame: pl.DataFrame, row: int, rooms: float) -> pl.DataFrame:
    return frame.with_columns(pl.when(pl.int_range(pl.len()) == row).then(rooms).otherwise("rooms").alias("rooms"))


def test_a_loss_names_the_row_and_its_farthest_column(houses: Houses) -> None:
    own = plan(hidden=[], dropout=0.0, preparation=Preparation(scale="robust"))
    chunk = chunk_of(at_row(houses(90), 8, 1e308), own, seeds=2)
    far = int(np.abs(chunk._folds[0].inputs.dense[:, 0]).argmax())
    assert far in chunk._folds[0].train, "a table in which that row validates would show nothing"
    with torch.no_grad():
        chunk.network.head.weight[1] = 1e14  # a million spreads become 1e20, whose square is no float32
    assert chunk.measure().cause[0] is None
    cause = chunk.measure().cause[1]
    assert (cause.what, cause.row, cause.column) == ("loss", far, "rooms")
    assert cause.sentence.startswith(f"the loss of train row {far} became NaN or infinite, whose 'rooms' is ")
    with torch.no_grad():
        chunk.network.head.weight[1] = 1e25
    assert chunk.measure().cause[1].sentence == "the loss of most train rows became NaN or infinite"


def test_a_loss_without_a_far_cell_names_the_row_alone(houses: Houses) -> None:
    bucket = bucket_of(houses(90), plan(hidden=[]), [(0, 0)])
    (chunk,) = Race(bucket, 1).chunks
    rows = bucket.folds[0].train
    losses = np.ones(len(rows))
    losses[3] = INF
    numbers = np.arange(1_000, 1_000 + len(bucket.problem.truth))
    cause = of_epoch(chunk.network, chunk._optimizer.squares, 0, losses, rows, bucket.folds[0], numbers)
    assert cause == Cause("loss", row=1_000 + int(rows[3]))


def spoil_cells(monkeypatch: pytest.MonkeyPatch, marked: float, value: float) -> None:
    """An encoder with a bug: it gives this value wherever a cell holds the mark."""
    honest = NumericEncoder.dense_array

    def dense_array(self: NumericEncoder, array: np.ndarray) -> np.ndarray:
        features = honest(self, array)
        features[array == marked, 0] = value
        return features

    monkeypatch.setattr(NumericEncoder, "dense_array", dense_array)


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_train_rows_that_are_no_numbers_stop_their_networks_before_the_first_step(
    houses: Houses, monkeypatch: pytest.MonkeyPatch, value: float
) -> None:
    frame = at_row(houses(90), 8, 6.2345)
    spoil_cells(monkeypatch, 6.2345, value)
    bucket = bucket_of(frame, plan(epochs=3))
    hit = [fold for fold, own in enumerate(bucket.folds) if of_fold(own, np.arange(90), "price") is not None]
    assert len(hit) == 4, "the row trains all folds but the one it judges"
    judged = trained(frame, plan(epochs=3)).judged
    for member, status in enumerate(judged.curves.status):
        lost = member in hit
        assert status == ("diverged" if lost else "done")
        assert judged.curves.learned[member] != lost
        assert np.isnan(judged.curves.train_loss[member, 1:]).all() == lost
        cause = judged.causes[member]
        assert (cause is not None) == lost
        if cause is not None:
            assert (cause.what, cause.column, cause.value, cause.epoch) == ("input", "rooms", str(value), 0)
    assert all(np.isfinite(own).all() for own in judged.outer)


def test_a_target_that_is_no_number_does_too(houses: Houses) -> None:
    bucket = bucket_of(houses(60), plan())
    fold = bucket.folds[0]
    target = fold.target.copy()
    target[fold.train[4]] = 1e39  # beyond float32
    cause = of_fold(replace(fold, target=target), np.arange(100, 200), "price")
    assert cause == Cause("target", row=100 + int(fold.train[4]), column="price", value="inf")
    target[fold.train[4]], target[fold.valid[0]] = 0.0, NAN
    assert of_fold(replace(fold, target=target), np.arange(100, 200), "price") is None


def test_numbers_whose_sum_overflows_are_finite() -> None:
    large = torch.full((2, 4), 3e38)
    assert all_finite([large]).tolist() == [True, True]
    large[1, 2] = INF
    assert all_finite([torch.zeros(2, 3), large]).tolist() == [True, False]


def test_who_has_learned() -> None:
    flat, members = np.ones((4, 3)), tuple(Member(SMALL, fold, 0) for fold in range(4))
    curves = Curves(
        members, flat, flat, flat, flat, np.array([0, 2, 0, 1]), ("diverged", "diverged", "done", "stopped")
    )
    assert curves.learned.tolist() == [False, True, True, True]
    joined = Curves.joined([curves, replace(curves, reasons=("a", "", "", ""))])
    assert joined.reasons == ("", "", "", "", "a", "", "", "")


MEMBERS = [Member(SMALL, fold, 0) for fold in range(3)]
GONE = Cause("weights", layer="hidden layer 1", epoch=4)


def told(causes: list[Cause | None], learned: list[bool], members: list[Member] = MEMBERS) -> Any:
    (finding,) = findings_of(SMALL, members, causes, np.array(learned))
    assert (finding.code, finding.where, finding.severity) == ("not-finite", "training", "warning")
    return finding


def test_one_finding_a_plan_says_what_happened_and_what_to_do() -> None:
    assert list(findings_of(SMALL, MEMBERS, [None] * 3, np.ones(3, dtype=bool))) == []
    finding = told([None, GONE, None], [True, True, True])
    assert finding.message == (
        "small: 1 of 3 networks diverged in epoch 4: weights of hidden layer 1 became NaN or infinite; it keeps the "
        "weights of its best epoch before that"
    )
    assert finding.advice == "pass --learning-rate 0.001 (this plan's was 0.01)"
    assert finding.evidence["plan"] == "small"
    assert finding.evidence["networks"] == [
        {"fold": 1, "seed": 0, "what": "weights", "layer": "hidden layer 1", "row": None, "column": "", "value": "",
         "epoch": 4}
    ]  # fmt: skip


def test_what_follows_is_said_as_it_is() -> None:
    early = replace(GONE, epoch=1)
    assert "2 of 3 networks diverged, the first in epoch 1" in told([GONE, early, None], [True] * 3).message
    assert told([GONE, GONE, None], [True] * 3).message.endswith(
        "; each keeps the weights of its best epoch before that"
    )
    end = "had learned nothing and {} no part of the model, but what that costs its fold counts against the plan"
    assert told([early, None, None], [False, True, True]).message.endswith("it " + end.format("is"))
    assert told([early, early, None], [False, False, True]).message.endswith("they " + end.format("are"))
    assert told([early, GONE, None], [False, True, True]).message.endswith("1 of them " + end.format("is"))
    assert told([early] * 3, [False] * 3).message.endswith("nothing was learned, so the plan is out of the running")
    assert "small: the network diverged in epoch 1" in told([early], [False], MEMBERS[:1]).message


def test_columns_are_named_where_they_are_known() -> None:
    cause = Cause("input", row=1_234, column="floor area", value="nan")
    finding = told([cause, GONE, cause], [False, True, False])
    assert "2 of 3" not in finding.message
    assert "3 of 3 networks could not be trained: column 'floor area' of train row 1,234 is nan" in finding.message
    assert finding.columns == ("floor area",)
    assert finding.advice.endswith("--drop 'floor area' leaves the column out")
    far = Cause("loss", row=7, column="x", value="1e+06", epoch=2)
    finding = told([far, None, None], [True] * 3)
    assert "in epoch 2: the loss of train row 7 became NaN or infinite, whose 'x' is 1e+06" in finding.message
    assert finding.advice.startswith("look at that cell, limit such numbers with --outliers clip")
    assert told([Cause("target", row=7, column="y", value="inf"), None, None], [True] * 3).advice.startswith(
        "divide 'y'"
    )


def test_the_rate_to_try_next_is_a_tenth_and_within_reason() -> None:
    assert (smaller_rate(0.01), smaller_rate(1e6)) == (0.001, 0.1)
