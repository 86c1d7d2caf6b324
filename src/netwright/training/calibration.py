"""What conformal intervals rest on: every row as it was predicted by networks that were not fitted on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.base.plan import Task
from netwright.base.split import Split
from netwright.evaluate.conformal import Conformal, calibrate


def calibration(task: Task, split: Split, truth: np.ndarray, outer: Sequence[np.ndarray]) -> Conformal | None:
    """Scores of the out-of-fold predictions of a plan; a row that several folds judge counts once, by their mean.

    Args:
        task: What is predicted.
        split: Its folds.
        truth: Of the development rows; (n_rows,).
        outer: For each fold the predictions of its outer rows.
    """
    rows, first, place = np.unique(
        np.concatenate([fold.valid for fold in split.folds]), return_index=True, return_inverse=True
    )
    predicted = np.concatenate(list(outer))
    total = np.zeros((len(rows), *predicted.shape[1:]))
    np.add.at(total, place, predicted)
    times = np.bincount(place).reshape(-1, *[1] * (predicted.ndim - 1))
    part = np.repeat(np.arange(len(split.folds)), [len(fold.valid) for fold in split.folds])[first]
    return calibrate(task, truth[rows], total / times, part, split.rule)
