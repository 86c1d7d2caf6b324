"""Honest out-of-fold predictions while members train.

The outer rows of a fold judge its members, so nothing about those may be chosen on the rows that judge, the stopping
epoch included. Yet a member that ships has been taken at its own best epoch, and is to be judged as such. So the outer
rows are halved: each half is predicted at the epoch at which the *other* half's error was lowest. No row has a say in
the epoch at which it is predicted itself. (A single outer row has no other half: there the train loss chooses.) Only
the predictions of the best epochs so far are kept.

That a member stops where neither gain nor hope is left is decided on all its rows; it ends the search and chooses no
epoch.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Float, Int

from netwright.base.seeds import derive_seed


def first_half(units: Int[np.ndarray, " row"], fold: int, seed: int) -> Bool[np.ndarray, " row"]:
    """Which of the outer rows of a fold are the first half, by chance.

    Copies of a row, and rows of a group, are of one half: else they would have a say in their own epoch after all.

    Args:
        units: Rows that belong together share a number.
        fold: Whose outer rows they are.
        seed: The run's seed.
    """
    alike = np.unique(units, return_inverse=True)[1]
    n_units = int(alike.max(initial=-1)) + 1
    order = np.random.default_rng(derive_seed(seed, "halves", fold)).permutation(n_units)
    if n_units == len(units):  # each row by itself
        return np.asarray(order < n_units // 2)
    # units in their order, until half of the rows are reached
    sizes = np.bincount(alike)[np.argsort(order)]
    before = np.cumsum(sizes) - sizes
    first = np.zeros(n_units, dtype=bool)
    first[np.argsort(order)] = before + sizes / 2 < len(units) / 2
    return np.asarray(first[alike])


class OuterPredictions:
    """Predictions of every member on its outer rows, each half of them at the epoch that the other half chose.

    Args:
        halves: For each member which of its outer rows are the first half; (n_valid,) each.
    """

    def __init__(self, halves: list[np.ndarray]) -> None:
        self._halves = halves
        #: For each member the lowest error of its first and of its second half.
        self.best = np.full((len(halves), 2), np.inf)
        self._kept: np.ndarray | None = None
        #: For each member the epoch of the predictions of its first and its second half.
        self.epoch = np.zeros((len(halves), 2), dtype=np.int64)

    def update(
        self,
        epoch: int,
        errors: Float[np.ndarray, "member 2"],
        predictions: Float[np.ndarray, "member row column"],
        training: Bool[np.ndarray, " member"],
    ) -> None:
        """Take in one epoch.

        Args:
            epoch: Its number.
            errors: Of each member on its first and on its second half (less is better); NaN where there is none.
            predictions: Of each member on its outer rows.
            training: Which members had not stopped when the epoch began; nothing is read of the others.
        """
        if self._kept is None:
            self._kept = predictions.copy()
        for member in np.flatnonzero(training):
            own = predictions[member, : len(self._halves[member])]
            if not np.isfinite(own).all():
                continue
            for chooses, judged in ((0, ~self._halves[member]), (1, self._halves[member])):
                if errors[member, chooses] < self.best[member, chooses]:
                    self.best[member, chooses], self.epoch[member, 1 - chooses] = errors[member, chooses], epoch
                    self._kept[member, : len(own)][judged] = own[judged]

    def state(self) -> dict[str, np.ndarray]:
        """Everything so far."""
        kept = {} if self._kept is None else {"outer": self._kept}
        return {"outer_best": self.best, "outer_epoch": self.epoch, **kept}

    def load(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Go on from what `state` gave."""
        self.best, self.epoch = arrays["outer_best"].copy(), arrays["outer_epoch"].copy()
        self._kept = arrays["outer"].copy() if "outer" in arrays else None

    def result(self) -> Float[np.ndarray, "member row column"]:
        """The kept predictions, padded rows included."""
        assert self._kept is not None, "no epoch was taken in"
        return self._kept
