"""The epoch at which a half of the outer rows is judged comes from the other half, worked through by hand."""

from __future__ import annotations

import numpy as np

from netwright.training.outer import OuterPredictions, first_half

HALVES = [np.array([True, False, True, False]), np.array([False, False, True])]


def run(errors: list[list[list[float]]], stops: list[int]) -> OuterPredictions:
    """errors[epoch][member][half]; a member trains in the epochs up to its stop; predictions are the epoch's number."""
    outer = OuterPredictions(HALVES)
    for epoch, rows in enumerate(errors):
        predictions = np.full((2, 4, 1), float(epoch))
        predictions[[all(np.isnan(row)) for row in rows]] = np.nan
        outer.update(epoch, np.array(rows, dtype=float), predictions, np.array([epoch <= stop for stop in stops]))
    return outer


ERRORS = [[[9, 9], [9, 9]], [[1, 8], [5, 5]], [[2, 3], [6, 4]], [[3, 7], [7, 4]]]


def test_each_half_is_judged_at_the_best_epoch_of_the_other() -> None:
    outer = run(ERRORS, stops=[3, 3])
    # the first halves are best at epochs 1 and 1, the second at 2 and (first among equals) 2
    assert outer.epoch.tolist() == [[2, 1], [2, 1]]
    assert outer.result()[0, :, 0].tolist() == [2, 1, 2, 1]
    assert outer.result()[1, :3, 0].tolist() == [1, 1, 2]


def test_its_own_rows_cannot_move_it() -> None:
    changed = [[[row[0][0], 50 - 10 * epoch], row[1]] for epoch, row in enumerate(ERRORS)]
    before, after = run(ERRORS, [3, 3]), run(changed, [3, 3])
    assert before.epoch[0, 1] == after.epoch[0, 1]
    assert before.epoch[0, 0] != after.epoch[0, 0]


def test_a_member_that_has_stopped_is_not_read_any_more() -> None:
    outer = run([*ERRORS, [[0, 0], [0, 0]]], stops=[1, 4])
    assert outer.epoch.tolist() == [[1, 1], [4, 4]]


def test_a_diverged_member_keeps_its_last_finite_predictions() -> None:
    nan = float("nan")
    outer = run([[[9, 9], [9, 9]], [[5, 5], [5, 5]], [[nan, nan], [1, 1]]], stops=[2, 2])
    assert outer.epoch[0].tolist() == [1, 1]
    assert np.isfinite(outer.result()[0]).all()


def test_a_half_that_cannot_be_scored_never_chooses() -> None:
    nan = float("nan")
    outer = run([[[nan, 9], [9, 9]], [[nan, 1], [1, 1]]], stops=[1, 1])
    assert outer.epoch[0].tolist() == [1, 0]


def test_halves_are_even_repeatable_and_differ_by_fold_and_seed() -> None:
    for n_rows in (1, 2, 7, 100):
        assert first_half(np.arange(n_rows), 0, 0).sum() == n_rows // 2
    rows = np.arange(100)
    assert (first_half(rows, 2, 5) == first_half(rows, 2, 5)).all()
    assert (first_half(rows, 2, 5) != first_half(rows, 3, 5)).any()
    assert (first_half(rows, 2, 5) != first_half(rows, 2, 6)).any()


def test_copies_and_groups_are_of_one_half() -> None:
    units = np.random.default_rng(0).integers(0, 40, 300)
    half = first_half(units, 0, 0)
    assert all(len(set(half[units == unit])) == 1 for unit in np.unique(units))
    assert abs(half.sum() - 150) < 20
    assert first_half(np.array([7, 7, 9, 9]), 0, 0).sum() == 2
    assert not first_half(np.array([7, 7, 7]), 0, 0).any()  # one unit has no other half
