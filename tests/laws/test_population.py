"""Laws of the population: company, order and repetition change nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
import torch

from netwright.base.plan import Plan
from netwright.training.chunk import Chunk, Measured
from netwright.training.loop import train
from netwright.training.population import Bucket, in_turns, shape
from tests.training.engine import REALMLP, TABM, bucket_of, curve, ended, plan, trained, trained_plans

Houses = Callable[..., pl.DataFrame]

#: Batched and single matrix products may add up in another order: float32 rounding, grown over the steps of training.
TOLERANCE = 2e-4
EVERYONE = [(fold, seed) for seed in range(2) for fold in range(5)]


def with_many_levels(frame: pl.DataFrame) -> pl.DataFrame:
    """Also a column that goes to an embedding."""
    streets = [f"street {number % 17}" for number in range(frame.height)]
    return frame.with_columns(pl.Series("street", streets))


@pytest.mark.parametrize(
    "chosen", [plan(), plan(optimizer="momentum", batch_size=7), plan(dropout=0.0, batch_size=0), REALMLP, TABM]
)
def test_members_together_equal_each_alone(houses: Houses, chosen: Plan) -> None:
    frame = with_many_levels(houses(123))  # folds of unequal size
    together = trained(frame, chosen, EVERYONE)
    for index in (0, 3, 9):
        alone = trained(frame, chosen, [EVERYONE[index]])
        np.testing.assert_allclose(
            curve(together.judged.curves, index), curve(alone.judged.curves, 0), rtol=TOLERANCE, atol=TOLERANCE
        )


#: One shape, and everything else its own.
DIFFERENT = [
    plan(),
    plan(learning_rate=0.002, betas=(0.8, 0.9), epochs=7),
    plan(weight_decay=0.2, dropout=0.5, schedule="cosine", regularisation="flat_cosine"),
    plan(clip_norm=0.05, dropout=0.0, epochs=15, patience=3),
]


def test_plans_together_equal_each_alone(houses: Houses) -> None:
    frame = with_many_levels(houses(123))
    members = [(fold, 0) for fold in (0, 2, 4)]
    together = trained_plans(frame, DIFFERENT, members)
    assert [one.plan for one in together] == DIFFERENT
    for one in together:
        alone = trained(frame, one.plan, members)
        for member in range(3):
            np.testing.assert_allclose(
                curve(one.judged.curves, member), curve(alone.judged.curves, member), rtol=TOLERANCE, atol=TOLERANCE
            )
            np.testing.assert_allclose(
                one.judged.outer[member], alone.judged.outer[member], rtol=TOLERANCE, atol=TOLERANCE
            )


def test_classes_with_label_smoothing_of_their_own(houses: Houses) -> None:
    frame = houses(120).with_columns(
        pl.when(pl.col("price") > 45).then(pl.lit("dear")).otherwise(pl.lit("cheap")).alias("price")
    )
    plans = [plan(loss="cross_entropy", label_smoothing=share, epochs=6) for share in (0.0, 0.3)]
    together = trained_plans(frame, plans, task="binary")
    for one in together:
        alone = trained(frame, one.plan, task="binary")
        np.testing.assert_allclose(
            one.judged.curves.valid_loss, alone.judged.curves.valid_loss, rtol=TOLERANCE, atol=TOLERANCE
        )
    assert not np.allclose(together[0].judged.curves.valid_loss[:, -1], together[1].judged.curves.valid_loss[:, -1])


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_cutting_a_bucket_into_chunks_changes_nothing(
    houses: Houses, parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = with_many_levels(houses(123))
    whole = trained_plans(frame, DIFFERENT)
    monkeypatch.setattr(Bucket, "n_chunks", lambda self, threads: parts)
    cut = trained_plans(frame, DIFFERENT)
    for one, other in zip(whole, cut, strict=True):
        np.testing.assert_allclose(
            one.judged.curves.valid_loss, other.judged.curves.valid_loss, rtol=TOLERANCE, atol=TOLERANCE
        )
        for mine, theirs in zip(one.network.parameters(), other.network.parameters(), strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=TOLERANCE)


def test_shapes_side_by_side_equal_one_after_the_other(houses: Houses) -> None:
    frame = with_many_levels(houses(90))
    plans = [plan(), plan(hidden=[5]), REALMLP]
    assert len({shape(one) for one in plans}) == 3
    together = ended(train([bucket_of(frame, one) for one in plans]))
    for one, result in zip(plans, together, strict=True):
        assert result.plan == one
        np.testing.assert_array_equal(result.judged.curves.valid_loss, trained(frame, one).judged.curves.valid_loss)


def test_turns_that_fit_the_memory_hold_every_plan_once(houses: Houses) -> None:
    buckets = [bucket_of(houses(90), plan(hidden=[units])) for units in (5, 6, 7)]
    assert in_turns(buckets, None) == [buckets]
    assert in_turns(buckets, sum(bucket.bytes for bucket in buckets)) == [buckets]
    assert in_turns(buckets, buckets[0].bytes + buckets[1].bytes) == [buckets[:2], buckets[2:]]
    assert in_turns(buckets, 1) == [[bucket] for bucket in buckets]  # what fits nowhere is tried alone


def test_members_that_have_stopped_take_no_more_time(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    trained_members: list[int] = []
    train_epoch = Chunk.train_epoch

    def counted(self: Chunk, epoch: int, halt: object = None) -> None:
        trained_members.append(sum(len(parameter) for parameter in [next(self.network.parameters())]))
        train_epoch(self, epoch)

    monkeypatch.setattr(Chunk, "train_epoch", counted)
    result = trained(houses(90), plan(epochs=150, patience=4, learning_rate=0.03))
    ends = [len(curve(result.judged.curves, member)) - 1 for member in range(5)]
    assert trained_members == [sum(end >= epoch for end in ends) for epoch in range(1, max(ends) + 1)]
    assert trained_members[-1] < 5


def test_permuting_members_permutes_results(houses: Houses) -> None:
    frame, order = houses(90), [7, 2, 9, 0, 4, 1, 8, 3, 6, 5]
    straight = trained(frame, plan(), EVERYONE)
    shuffled = trained(frame, plan(), [EVERYONE[index] for index in order])
    for place, index in enumerate(order):
        np.testing.assert_allclose(
            curve(shuffled.judged.curves, place), curve(straight.judged.curves, index), rtol=TOLERANCE, atol=TOLERANCE
        )


def test_the_same_seed_gives_the_same_bits(houses: Houses) -> None:
    first, second = (trained(with_many_levels(houses(90)), plan()) for _ in range(2))
    for name in ("train_loss", "valid_loss", "valid_score", "best_epoch"):
        np.testing.assert_array_equal(getattr(first.judged.curves, name), getattr(second.judged.curves, name))
    for one, other in zip(first.network.parameters(), second.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_seeds_differ(houses: Houses) -> None:
    result = trained(houses(90), plan(), [(0, 0), (0, 1)])
    assert not np.array_equal(result.judged.curves.valid_loss[0], result.judged.curves.valid_loss[1])


def test_a_stopped_members_result_does_not_depend_on_when_others_stop(houses: Houses) -> None:
    chosen = plan(epochs=150, patience=4, learning_rate=0.03)
    frame = houses(90)
    together = trained(frame, chosen)
    lengths = [len(curve(together.judged.curves, member)) for member in range(5)]
    early = int(np.argmin(lengths))
    assert lengths[early] < max(lengths)
    alone = trained(frame, chosen, [(early, 0)])
    assert alone.judged.curves.best_epoch[0] == together.judged.curves.best_epoch[early]
    for one, other in zip(alone.network.parameters(), together.network.parameters(), strict=True):
        torch.testing.assert_close(one[0], other[early], rtol=1e-3, atol=TOLERANCE)
    np.testing.assert_allclose(together.judged.outer[early], alone.judged.outer[0], rtol=1e-3, atol=1e-2)


def test_a_diverging_member_does_not_disturb_the_others(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = houses(90)
    calm = trained(frame, plan())
    start = Chunk.measure

    def spoiled(self: Chunk, halt: Callable[[], bool]) -> Measured:
        with torch.no_grad():
            if len(self.active) == 5:  # until it has left
                self.network.head.weight[2] = float("nan")
        return start(self, halt)

    monkeypatch.setattr(Chunk, "measure", spoiled)
    result = trained(frame, plan())
    assert result.judged.curves.status[2] == "diverged"
    for member in (0, 1, 3, 4):
        np.testing.assert_array_equal(result.judged.curves.valid_loss[member], calm.judged.curves.valid_loss[member])
