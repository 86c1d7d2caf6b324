"""Mini-batches as index tensors: every member walks through its own train rows in its own order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Batch:
    """Which rows each member sees in one step.

    Args:
        rows: Positions of rows.
        weight: 1 for a row, 0 for padding.
    """

    rows: Int[Tensor, "member batch"]
    weight: Float[Tensor, "member batch"]


@dataclass(frozen=True)
class Cutting:
    """How the train rows of every fold of a split are cut into batches, whichever of them train together.

    Args:
        steps: Batches an epoch.
        widest: Rows of the largest batch of any fold.
    """

    steps: int
    widest: int

    @classmethod
    def of(cls, batch_size: int, counts: Sequence[int]) -> Cutting:
        """Batches of even size.

        Args:
            batch_size: Rows a batch at most (a fold larger than the smallest may exceed it); 0 takes all.
            counts: Train rows of each fold.

        Example:
            >>> Cutting.of(32, [323, 324]), Cutting.of(0, [323])
            (Cutting(steps=11, widest=30), Cutting(steps=1, widest=323))
        """
        steps = math.ceil(min(counts) / batch_size) if batch_size else 1
        return cls(steps, math.ceil(max(counts) / steps))


class BatchOrder:
    """The order of rows, member by member and epoch by epoch.

    The rows of a member are cut into batches of even size, so no epoch ends on a tiny one; shorter batches are padded
    with rows of weight 0.

    Args:
        train_rows: For each member the positions of its train rows.
        keys: For each member the key of its random numbers.
        cutting: Into which batches.
    """

    def __init__(self, train_rows: Sequence[np.ndarray], keys: Sequence[int], cutting: Cutting) -> None:
        self._train_rows = train_rows
        self._keys = keys
        self.steps, self.widest = cutting.steps, cutting.widest
        counts = np.array([len(rows) for rows in train_rows])
        cuts = np.arange(self.steps + 1)[:, None] * counts // self.steps  # (step + 1, member)
        sizes = np.diff(cuts, axis=0)
        self._position = cuts[:-1, :, None] + np.arange(cutting.widest)  # (step, member, batch)
        self._weight = (np.arange(cutting.widest) < sizes[:, :, None]).astype(np.float32)
        self._position = np.minimum(self._position, counts[:, None] - 1)

    def epoch(self, number: int, device: torch.device) -> Iterator[Batch]:
        """The batches of one epoch; a member's order depends on its key and the epoch alone."""
        rows = np.empty_like(self._position)
        for member, (own, key) in enumerate(zip(self._train_rows, self._keys, strict=True)):
            stream = np.random.Generator(np.random.Philox(key=np.array([key, number], dtype=np.uint64)))
            rows[:, member] = own[stream.permutation(len(own))][self._position[:, member]]
        positions, weights = torch.from_numpy(rows).to(device), torch.from_numpy(self._weight).to(device)
        for step in range(self.steps):
            yield Batch(positions[step], weights[step])
