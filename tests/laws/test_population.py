"""Laws of the population: company, order and repetition change nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
import torch

from netwright.base.plan import Plan
from netwright.training.loop import train
from tests.training.engine import REALMLP, bucket_of, curve, ended, plan, trained

Houses = Callable[..., pl.DataFrame]

#: Batched and single matrix products may add up in another order: float32 rounding, grown over the steps of training.
TOLERANCE = 2e-4
EVERYONE = [(fold, seed) for seed in range(2) for fold in range(5)]


def with_many_levels(frame: pl.DataFrame) -> pl.DataFrame:
    """Also a column that goes to an embedding."""
    streets = [f"street {number % 17}" for number in range(frame.height)]
    return frame.with_columns(pl.Series("street", streets))


@pytest.mark.parametrize(
    "chosen", [plan(), plan(optimizer="momentum", batch_size=7), plan(dropout=0.0, batch_size=0), REALMLP]
)
def test_members_together_equal_each_alone(houses: Houses, chosen: Plan) -> None:
    frame = with_many_levels(houses(123))  # folds of unequal size
    together = trained(frame, chosen, EVERYONE)
    for index in (0, 3, 9):
        alone = trained(frame, chosen, [EVERYONE[index]])
        np.testing.assert_allclose(
            curve(together.judged.curves, index), curve(alone.judged.curves, 0), rtol=TOLERANCE, atol=TOLERANCE
        )


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


def test_a_diverging_member_does_not_disturb_the_others(houses: Houses) -> None:
    frame = houses(90)
    calm = trained(frame, plan())
    bucket = bucket_of(frame, plan())
    begin = bucket.begin

    def spoiled(threads: int) -> None:
        begin(threads)
        with torch.no_grad():
            bucket.chunks[0].network.head.weight[2] = float("nan")

    bucket.begin = spoiled
    result = ended(train([bucket]))[0]
    assert result.judged.curves.status[2] == "diverged"
    for member in (0, 1, 3, 4):
        np.testing.assert_array_equal(result.judged.curves.valid_loss[member], calm.judged.curves.valid_loss[member])
