"""The order of rows of a large table."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.preparation import block_order
from netwright.preparation.batches import BatchOrder, Cutting
from netwright.preparation.block_order import BlockOrder


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_order, "BLOCK_ROWS", 7)
    monkeypatch.setattr(block_order, "WINDOW_BLOCKS", 5)


def make(full: bool = False) -> tuple[BlockOrder, list[np.ndarray], Cutting]:
    rows = [np.arange(3, 400), np.arange(100, 420)]
    cutting = Cutting.of(32, [len(own) for own in rows], drop_last=full)
    return BlockOrder(rows, [5, 9], cutting), rows, cutting


@pytest.mark.parametrize("epoch", [1, 2, 30])
def test_every_train_row_comes_exactly_once_an_epoch(epoch: int) -> None:
    order, rows, _ = make()
    found = order.epoch(epoch)[0 : order.steps]
    for member, own in enumerate(rows):
        assert sorted(found[:, member][order.share[:, member] > 0]) == own.tolist()


def test_an_epoch_can_be_read_from_any_step_on() -> None:
    order, _, _ = make()
    whole = order.epoch(3)[0 : order.steps]
    for start in range(0, order.steps, 3):
        np.testing.assert_array_equal(order.epoch(3)[start : start + 4], whole[start : start + 4])
    rows = order.epoch(3)
    assert len(rows) == order.steps
    np.testing.assert_array_equal(np.concatenate([rows[k : k + 1] for k in range(order.steps)]), whole)
    np.testing.assert_array_equal(rows[2:5], whole[2:5])  # back again


def test_batches_are_cut_and_weighed_as_those_of_any_table() -> None:
    order, rows, cutting = make()
    np.testing.assert_array_equal(order.share, BatchOrder(rows, [5, 9], cutting).share)


def test_a_members_order_does_not_depend_on_its_company() -> None:
    order, rows, cutting = make()
    together = order.epoch(2)[0 : order.steps]
    alone = BlockOrder(rows[1:], [9], cutting)
    np.testing.assert_array_equal(alone.epoch(2)[0 : order.steps][:, 0], together[:, 1])
    np.testing.assert_array_equal(order.of([1]).epoch(2)[0 : order.steps][:, 0], together[:, 1])


def test_epochs_and_members_differ() -> None:
    order, _, _ = make()
    one, two = order.epoch(1)[0 : order.steps], order.epoch(2)[0 : order.steps]
    assert (one != two).mean() > 0.9
    assert (one[:, 0] != one[:, 1]).mean() > 0.9


def test_where_only_full_batches_are_wanted_other_rows_sit_out_each_time() -> None:
    order, rows, cutting = make(full=True)
    assert cutting.full
    out = []
    for epoch in (1, 2):
        found = order.epoch(epoch)[0 : order.steps][:, 0].ravel()
        assert len(set(found)) == len(found)
        out.append(set(rows[0]) - set(found))
    assert out[0] and out[0] != out[1]


def test_the_rows_of_a_step_come_from_one_window() -> None:
    order = BlockOrder([np.arange(1_000)], [1], Cutting.of(5, [1_000]))
    found = order.epoch(1)[0:7].ravel()  # 35 rows are the first window
    assert len({row // 7 for row in found.tolist()}) == 5


def test_neighbours_of_the_file_are_spread_over_the_epoch() -> None:
    order = BlockOrder([np.arange(7_000)], [1], Cutting.of(70, [7_000]))
    rows = order.epoch(1)[0 : order.steps][:, 0].ravel()
    place = np.argsort(rows)  # where each row comes
    assert abs(np.corrcoef(np.arange(7_000), place)[0, 1]) < 0.1
