"""Mini-batches as index tensors: every member walks through its own train rows in its own order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True)
class Cutting:
    """How the train rows of every fold of a split are cut into batches, whichever of them train together.

    Args:
        steps: Batches an epoch.
        widest: Rows of the largest batch of any fold.
        full: Whether every batch has `widest` rows, and the rows left over sit out.
    """

    steps: int
    widest: int
    full: bool = False

    @classmethod
    def of(cls, batch_size: int, counts: Sequence[int], drop_last: bool = False) -> Cutting:
        """Batches of even size.

        Args:
            batch_size: Rows a batch at most (a fold larger than the smallest may exceed it); 0 takes all.
            counts: Train rows of each fold.
            drop_last: Only full batches instead, where the rows are enough for one.

        Example:
            >>> Cutting.of(32, [323, 324]), Cutting.of(0, [323])
            (Cutting(steps=11, widest=30, full=False), Cutting(steps=1, widest=323, full=False))
            >>> Cutting.of(256, [323, 324], drop_last=True)
            Cutting(steps=1, widest=256, full=True)
        """
        if drop_last and 0 < batch_size <= min(counts):
            return cls(min(counts) // batch_size, batch_size, full=True)
        steps = math.ceil(min(counts) / batch_size) if batch_size else 1
        return cls(steps, math.ceil(max(counts) / steps))

    def cuts(self, counts: np.ndarray) -> Int[np.ndarray, "step+1 member"]:
        """Where the batches of members begin and end.

        Args:
            counts: Train rows of each member.
        """
        if self.full:
            return np.asarray(np.arange(self.steps + 1)[:, None] * np.full(len(counts), self.widest))
        return np.asarray(np.arange(self.steps + 1)[:, None] * counts // self.steps)


#: 2^64 over the golden ratio: the step of SplitMix64's streams.
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mixed(numbers: np.ndarray) -> np.ndarray:
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = numbers ^ (numbers >> np.uint64(31))
    return mixed


def draws(key: int, epoch: int, places: np.ndarray) -> np.ndarray:
    """A random number for each place, a function of key, epoch and place; uint64, (n_places,).

    The mixing is that of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    """
    with np.errstate(over="ignore"):
        stream = _mixed(np.array([key], dtype=np.uint64) + np.uint64(epoch) * _GOLDEN)
        drawn: np.ndarray = _mixed(stream + (places + np.uint64(1)) * _GOLDEN)
    return drawn


class BatchOrder:
    """The order of rows, member by member and epoch by epoch.

    The rows of a member are cut into batches of even size, so no epoch ends on a tiny one; shorter batches are padded
    with rows of weight 0. Where only full batches are wanted, other rows sit out in every epoch.

    Args:
        train_rows: For each member the positions of its train rows.
        keys: For each member the key of its random numbers.
        cutting: Into which batches.
    """

    def __init__(self, train_rows: Sequence[np.ndarray], keys: Sequence[int], cutting: Cutting) -> None:
        self._train_rows, self._keys, self._cutting = list(train_rows), list(keys), cutting
        self.steps, self.widest = cutting.steps, cutting.widest
        counts = np.array([len(rows) for rows in train_rows])
        cuts = cutting.cuts(counts)
        sizes = np.diff(cuts, axis=0)
        self._position = cuts[:-1, :, None] + np.arange(cutting.widest)  # (step, member, batch)
        self._position = np.minimum(self._position, counts[:, None] - 1)
        places = np.arange(counts.max())
        self._steps_of_stream = (places + 1).astype(np.uint64) * _GOLDEN
        self._absent = places >= counts[:, None]
        present = np.arange(cutting.widest) < sizes[:, :, None]
        #: Weight of each row in the mean of its batch, 0 for padding.
        self.share: Float[np.ndarray, "step member batch"] = (present / sizes[:, :, None]).astype(np.float32)

    def of(self, members: Sequence[int]) -> BatchOrder:
        """The same order for some of the members."""
        return BatchOrder([self._train_rows[k] for k in members], [self._keys[k] for k in members], self._cutting)

    def epoch(self, number: int) -> Int[np.ndarray, "step member batch"]:
        """Positions of the rows of every step of an epoch; a member's depend on its key and the epoch alone."""
        orders = np.argsort(self._draws(number), axis=1)  # padding is drawn last, so it stays at the end
        rows: np.ndarray = np.empty_like(self._position)
        for member, own in enumerate(self._train_rows):
            rows[:, member] = own[orders[member, : len(own)]][self._position[:, member]]
        return rows

    def _draws(self, number: int) -> np.ndarray:
        """A random number for every row of every member: a function of key, epoch and row, so of nothing else.

        The mixing is that of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
        """
        with np.errstate(over="ignore"):
            streams = _mixed(np.array(self._keys, dtype=np.uint64) + np.uint64(number) * _GOLDEN)
            draws = _mixed(streams[:, None] + self._steps_of_stream)
        return np.asarray(np.where(self._absent, np.iinfo(np.uint64).max, draws))
