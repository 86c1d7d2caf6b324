"""The epoch at which a fold is judged comes from the other folds, worked through by hand."""

from __future__ import annotations

import numpy as np

from netwright.base.plan import Member, Plan
from netwright.training.outer import OuterPredictions

PLAN = Plan("p", "mlp", {})


def run(errors: list[list[float]], stops: list[int], folds: list[int] | None = None) -> OuterPredictions:
    """errors[epoch][member]; a member trains in the epochs up to its stop; predictions are the epoch's number."""
    folds = folds or list(range(len(stops)))
    outer = OuterPredictions([Member(PLAN, fold, 0) for fold in folds])
    for epoch, row in enumerate(errors):
        training = np.array([epoch <= stop for stop in stops])
        predictions = np.full((len(stops), 2, 1), float(epoch))
        predictions[np.isnan(row)] = np.nan
        outer.update(epoch, np.array(row, dtype=float), predictions, training)
    return outer


def test_a_fold_is_judged_at_the_best_epoch_of_the_others() -> None:
    outer = run([[9, 9, 9], [1, 5, 6], [8, 3, 2], [7, 4, 5]], stops=[3, 3, 3])
    # fold 0: means of the others are 9, 5.5, 2.5, 4.5; fold 1: 9, 3.5, 5, 6; fold 2: 9, 3, 5.5, 5.5
    assert outer.epoch.tolist() == [2, 1, 1]
    assert outer.result()[:, 0, 0].tolist() == [2, 1, 1]


def test_its_own_rows_cannot_move_it() -> None:
    errors = [[9, 9, 9], [1, 5, 6], [8, 3, 2], [7, 4, 5]]
    changed = [[99 - epoch * 30, row[1], row[2]] for epoch, row in enumerate(errors)]
    assert run(errors, [3, 3, 3]).epoch[0] == run(changed, [3, 3, 3]).epoch[0]


def test_epochs_in_which_only_the_fold_itself_still_trained_do_not_count() -> None:
    # fold 0 trains to epoch 3, the others to epoch 1: what they would have done later is no choice of theirs
    outer = run([[9, 9, 9], [8, 5, 5], [7, 1, 1], [6, 1, 1]], stops=[3, 1, 1])
    assert outer.epoch[0] == 1
    assert outer.epoch[1] == 3


def test_members_of_one_fold_do_not_judge_each_other() -> None:
    outer = run([[9, 9, 9, 9], [1, 8, 1, 8], [8, 1, 8, 1]], stops=[2] * 4, folds=[0, 1, 0, 1])
    assert outer.epoch.tolist() == [2, 1, 2, 1]


def test_a_single_part_is_judged_at_its_own_best() -> None:
    outer = run([[9.0], [2.0], [3.0]], stops=[2])
    assert outer.epoch.tolist() == [1]


def test_a_diverged_member_keeps_its_last_finite_predictions() -> None:
    nan = float("nan")
    outer = run([[9, 9, 9], [5, 5, 5], [nan, 1, 1]], stops=[1, 2, 2])
    assert outer.epoch[0] == 1
    assert np.isfinite(outer.result()).all()
