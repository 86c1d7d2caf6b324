"""Honest out-of-fold predictions while members train.

The outer rows of fold k judge it, so nothing about fold k may be chosen on them, the stopping epoch included. The
epoch at which fold k is judged is the best epoch of the members of the *other* folds, looked for among the epochs in
which one of those was still training. Only the predictions of the best epoch so far are kept.

With a single validation part there is no other fold: the epoch is its own best, and the score is optimistic.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from netwright.base.plan import Member


class OuterPredictions:
    """Predictions of every member on its outer rows, at the epoch that the other folds choose.

    Args:
        members: Folds and seeds of one plan.
    """

    def __init__(self, members: Sequence[Member]) -> None:
        folds = np.array([member.fold for member in members])
        self._others = [folds != fold if (folds != fold).any() else folds == fold for fold in folds]
        self._best = np.full(len(members), np.inf)
        self.epoch = np.zeros(len(members), dtype=np.int64)
        self._kept: np.ndarray | None = None

    def update(
        self,
        epoch: int,
        errors: Float[np.ndarray, " member"],
        predictions: Float[np.ndarray, "member row column"],
        training: Bool[np.ndarray, " member"],
    ) -> None:
        """Take in one epoch.

        Args:
            epoch: Its number.
            errors: Validation error of each member (less is better); NaN where it diverged.
            predictions: Of each member on its outer rows.
            training: Which members had not stopped when the epoch began.
        """
        if self._kept is None:
            self._kept = predictions.copy()
        for member, others in enumerate(self._others):
            if not training[others].any() or not np.isfinite(predictions[member]).all():
                continue
            finite = errors[others][np.isfinite(errors[others])]
            if finite.size and finite.mean() < self._best[member]:
                self._best[member], self.epoch[member] = finite.mean(), epoch
                self._kept[member] = predictions[member]

    def result(self) -> Float[np.ndarray, "member row column"]:
        """The kept predictions, padded rows included."""
        assert self._kept is not None, "no epoch was taken in"
        return self._kept
