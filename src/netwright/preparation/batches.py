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


def steps_an_epoch(batch_size: int, train_rows: Sequence[np.ndarray]) -> int:
    """How many batches the train rows of a fold are cut into; the same for all folds of a split.

    Args:
        batch_size: Rows a batch at most (folds a row larger than the smallest may exceed it by one); 0 takes all.
        train_rows: For each fold the positions of its train rows.

    Example:
        >>> steps_an_epoch(32, [np.arange(323), np.arange(324)]), steps_an_epoch(0, [np.arange(323)])
        (11, 1)
    """
    smallest = min(len(rows) for rows in train_rows)
    return math.ceil(smallest / batch_size) if batch_size else 1


class BatchOrder:
    """The order of rows, member by member and epoch by epoch.

    The rows of a member are cut into `steps` batches of even size, so no epoch ends on a tiny one. Where members have
    unequal numbers of rows, the shorter batch is padded with rows of weight 0.

    Args:
        train_rows: For each member the positions of its train rows.
        keys: For each member the key of its random numbers.
        steps: Batches an epoch.
    """

    def __init__(self, train_rows: Sequence[np.ndarray], keys: Sequence[int], steps: int) -> None:
        self._train_rows = train_rows
        self._keys = keys
        self.steps = steps
        counts = np.array([len(rows) for rows in train_rows])
        cuts = np.arange(steps + 1)[:, None] * counts // steps  # (step + 1, member)
        sizes = np.diff(cuts, axis=0)
        self._position = cuts[:-1, :, None] + np.arange(sizes.max())  # (step, member, batch)
        self._weight = (np.arange(sizes.max()) < sizes[:, :, None]).astype(np.float32)
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
