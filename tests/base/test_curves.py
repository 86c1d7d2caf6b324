from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netwright.base.curves import CURVE_COLUMNS, Curves
from netwright.base.plan import Member, Plan


def curves(plan: str, n_epochs: int, stops: list[int], start: float = 0.0) -> Curves:
    """Members that train up to an epoch each; what is noted is the number of the cell."""
    n_members = len(stops)
    cells = start + np.arange(n_members * n_epochs, dtype=float).reshape(n_members, n_epochs)
    cells = np.where(np.arange(n_epochs) <= np.array(stops)[:, None], cells, np.nan)
    return Curves(
        members=tuple(Member(Plan(plan, "mlp", {}), fold, seed=7) for fold in range(n_members)),
        train_loss=cells,
        valid_loss=cells + 0.25,
        valid_score=cells + 0.5,
        learning_rate=cells + 0.75,
        best_epoch=np.array(stops) - 1,
        status=("stopped",) * n_members,
    )


def test_rows_are_what_the_file_holds():
    rows = list(curves("a", 3, [2, 1]).rows())
    assert [tuple(row) for row in rows] == [CURVE_COLUMNS] * 5
    assert [(row["member"], row["epoch"]) for row in rows] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    assert rows[3] == {
        "member": 1, "plan": "a", "fold": 1, "seed": 7, "epoch": 0, "train_loss": 3.0, "valid_loss": 3.25,
        "valid_score": 3.5, "learning_rate": 3.75,
    }  # fmt: skip
    assert all(type(value) in (int, float, str) for row in rows for value in row.values())


def test_a_member_that_did_not_train_has_no_row():
    assert list(curves("a", 2, [-1]).rows()) == []


def test_joined_pads_the_shorter_ones():
    short, long = curves("a", 2, [1, 1]), curves("b", 4, [3], start=100)
    joined = Curves.joined([short, long])
    assert joined.train_loss.shape == joined.valid_loss.shape == joined.learning_rate.shape == (3, 4)
    np.testing.assert_array_equal(joined.train_loss[:2, :2], short.train_loss)
    assert np.isnan(joined.train_loss[:2, 2:]).all()
    assert np.isnan(joined.valid_score[:2, 2:]).all()
    np.testing.assert_array_equal(joined.valid_loss[2:], long.valid_loss)
    assert joined.members == (*short.members, *long.members)
    assert joined.best_epoch.tolist() == [0, 0, 2]
    assert joined.status == ("stopped",) * 3


def test_padding_makes_no_rows():
    joined = Curves.joined([curves("a", 2, [1]), curves("b", 5, [4])])
    assert [row["plan"] for row in joined.rows()] == ["a"] * 2 + ["b"] * 5
    assert [row["member"] for row in joined.rows()] == [0] * 2 + [1] * 5


def test_joining_one_changes_nothing():
    alone = curves("a", 3, [2, 0])
    joined = Curves.joined([alone])
    for name in ("train_loss", "valid_loss", "valid_score", "learning_rate", "best_epoch"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(alone, name))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_order_of_parts_is_that_of_members(order):
    parts = [curves("a", 2, [1]), curves("b", 3, [2])]
    joined = Curves.joined([parts[index] for index in order])
    assert [member.plan.name for member in joined.members] == ["ab"[index] for index in order]


def watched(own: Curves, n_layers: int) -> Curves:
    """The same with a signal of each layer and one of each network, measured in epoch 1 only."""
    n_members, n_epochs = own.train_loss.shape
    dead, agreement = np.full((n_members, n_epochs, n_layers), np.nan), np.full((n_members, n_epochs), np.nan)
    dead[:, 1], agreement[:, 1] = np.arange(n_layers) + 1 / 3, 0.5
    return replace(
        own,
        signals={"dead_share": dead, "agreement": agreement},
        layers=(tuple("abc"[:n_layers]),) * n_members,
        constant_loss=np.arange(n_members) + 1.0,
    )


def test_signals_follow_the_other_columns():
    own = watched(curves("a", 3, [2]), 2)
    assert own.columns == (*CURVE_COLUMNS, "agreement", "dead_share_1", "dead_share_2")
    rows = list(own.rows())
    assert [tuple(row) for row in rows] == [own.columns] * 3
    assert [tuple(row.values())[9:] for row in rows] == [(None,) * 3, (0.5, 0.333333, 1.33333), (None,) * 3]


def test_joined_signals_are_as_deep_as_the_deepest():
    parts = [watched(curves("a", 2, [1, 1]), 1), curves("b", 2, [1]), watched(curves("c", 4, [3]), 3)]
    joined = Curves.joined(parts)
    assert joined.layers == (("a",), ("a",), (), ("a", "b", "c"))
    assert joined.signals["dead_share"].shape == (4, 4, 3)
    np.testing.assert_array_equal(joined.signals["dead_share"][:2, :2, :1], parts[0].signals["dead_share"])
    np.testing.assert_array_equal(joined.signals["dead_share"][3:], parts[2].signals["dead_share"])
    assert np.isfinite(joined.signals["dead_share"]).sum() == 2 + 3
    np.testing.assert_array_equal(joined.signals["agreement"][:, 1], [0.5, 0.5, np.nan, 0.5])
    np.testing.assert_array_equal(joined.constant_loss, [1, 2, np.nan, 1])
    assert joined.columns[-3:] == ("dead_share_1", "dead_share_2", "dead_share_3")


def test_joined_without_signals_has_none():
    joined = Curves.joined([curves("a", 2, [1]), curves("b", 2, [1])])
    assert (joined.signals, joined.layers, joined.constant_loss) == ({}, (), None)
