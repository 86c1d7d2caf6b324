from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.preparation.batches import BatchOrder, Cutting


def seen(order: BatchOrder, epoch: int = 0) -> list[list[list[int]]]:
    """For each member the rows of each batch that count."""
    rows = order.epoch(epoch)
    return [
        [own[m][share[m] > 0].tolist() for own, share in zip(rows, order.share, strict=True)]
        for m in range(rows.shape[1])
    ]


def make(counts: list[int], batch_size: int, keys: list[int] | None = None, start: int = 100) -> BatchOrder:
    rows = [np.arange(count) * 2 + start for count in counts]
    return BatchOrder(rows, keys or list(range(len(counts))), Cutting.of(batch_size, counts))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(0, 6), st.integers(0, 70), st.integers(1, 4))
def test_each_train_row_exactly_once_an_epoch_for_every_member(count, more, batch_size, n_members):
    counts = [count + more * (m % 2) for m in range(n_members)]
    order = make(counts, batch_size)
    for epoch in (0, 7):
        for own, batches in zip(counts, seen(order, epoch), strict=True):
            assert Counter(row for batch in batches for row in batch) == Counter(range(100, 100 + 2 * own, 2))
            assert len(batches) == order.steps


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.integers(1, 500))
def test_batches_are_even_and_no_larger_than_asked(count, batch_size):
    (batches,) = seen(make([count], batch_size))
    sizes = [len(batch) for batch in batches]
    assert max(sizes) - min(sizes) <= 1
    assert max(sizes) <= batch_size


@pytest.mark.parametrize(
    ("batch_size", "counts", "steps", "widest"),
    [
        (32, [323, 324], 11, 30),
        (0, [323, 400], 1, 400),
        (1, [5], 5, 1),
        (1, [5, 6], 5, 2),
        (1000, [7], 1, 7),
        (8, [16], 2, 8),
        (8, [17], 3, 6),
    ],
)
def test_cutting(batch_size, counts, steps, widest):
    assert Cutting.of(batch_size, counts) == Cutting(steps, widest)


def test_shapes_and_padding():
    order = make([5, 6], 2)
    rows = order.epoch(0)
    assert rows.shape == order.share.shape == (order.steps, 2, order.widest) == (3, 2, 2)
    assert order.share.dtype == np.float32
    np.testing.assert_allclose(order.share.sum(axis=2), 1)  # a mean in every step
    assert rows[:, 0].max() <= 108  # padding repeats a row of the member's own
    assert np.count_nonzero(order.share) == 11


def test_where_only_full_batches_are_wanted_other_rows_sit_out_each_time():
    rows = [np.arange(23), np.arange(23, 48)]
    order = BatchOrder(rows, [1, 2], Cutting.of(8, [23, 25], drop_last=True))
    assert order.epoch(1).shape == (2, 2, 8)
    assert (order.share == 1 / 8).all()
    absent = [set(range(23)) - set(order.epoch(epoch)[:, 0].flatten().tolist()) for epoch in (1, 2)]
    assert len(absent[0]) == len(absent[1]) == 7
    assert absent[0] != absent[1]
    assert set(order.epoch(1)[:, 1].flatten()) <= set(rows[1])


def test_too_few_rows_for_a_full_batch_make_one_of_all():
    assert Cutting.of(256, [40, 41], drop_last=True) == Cutting(1, 41)


def test_shuffled_each_epoch_and_repeatable():
    order, again = make([50], 8), make([50], 8)
    assert seen(order, 3) == seen(again, 3)
    assert seen(order, 3) == seen(order, 3)  # whatever was asked for before
    assert seen(order, 3) != seen(order, 4)
    assert seen(order, 0)[0] != [list(range(100, 200, 2))]


def test_keys_tell_members_apart():
    order = make([50, 50, 50], 8, keys=[1, 2, 1])
    one, two, same = seen(order)
    assert one == same != two


def test_the_order_does_not_depend_on_the_company():
    cutting = Cutting.of(8, [40, 43])
    rows = [np.arange(40), np.arange(43)]
    together = seen(BatchOrder(rows, [5, 9], cutting), 2)
    for member, key in enumerate((5, 9)):
        assert seen(BatchOrder([rows[member]], [key], cutting), 2) == [together[member]]
    assert seen(BatchOrder(rows[::-1], [9, 5], cutting), 2) == together[::-1]


def test_every_position_is_equally_likely():
    firsts = Counter(seen(make([5], 5), epoch)[0][0][0] for epoch in range(1000))
    assert set(firsts) == {100, 102, 104, 106, 108}
    assert max(firsts.values()) < 260  # 200 expected, standard deviation 13
    assert min(firsts.values()) > 140


def test_large_keys():
    assert seen(make([9], 3, keys=[2**63 - 1])) != seen(make([9], 3, keys=[2**63 - 2]))
