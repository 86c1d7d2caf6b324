"""Random numbers for dropout, each member having its own stream, whoever trains beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

#: Sixteen random bits decide over one unit; four decisions come from one 64-bit draw.
_LEVELS = 1 << 16
_PER_DRAW = 4
#: Decisions drawn at a time, over all members: enough to make calls cheap, few enough to stay in the cache.
_BLOCK = 1 << 20


class Noise:
    """Keep-or-drop decisions for the training steps of all members.

    Philox (Salmon et al., SC 2011) is counter-based: the stream of a member is a function of its key and of the
    epoch alone, so a member drops the same units alone, in any company, and after a restart.

    Args:
        keys: One 64-bit key a member.
        batch: Rows a step.
        units: Decisions a row, over all layers of the network.
        device: Where the decisions are used.
    """

    def __init__(self, keys: Sequence[int], batch: int, units: int, device: torch.device) -> None:
        self._keys = list(keys)
        self._batch, self._units = batch, units
        self._device = device
        self._streams: list[np.random.Philox] = []
        self._draws_a_step = -(-batch * units // _PER_DRAW)
        self._steps_a_block = max(1, _BLOCK // max(1, len(self._keys) * batch * units))
        self._blocks: dict[float, Tensor] = {}
        self._bits = torch.empty(0, dtype=torch.int16)
        self._step = 0
        self._used = 0
        #: Share of the dropout rate that is in force.
        self.strength = 1.0

    def start_epoch(self, epoch: int, strength: float = 1.0) -> None:
        """Begin the streams of this epoch, with dropout at this share of its rate."""
        self.strength = strength
        self._streams = [np.random.Philox(key=np.array([key, epoch], dtype=np.uint64)) for key in self._keys]
        self._step = -1

    def start_step(self) -> None:
        """Go on to the next step of the epoch."""
        self._step += 1
        self._used = 0
        if self._units and self._step % self._steps_a_block == 0:
            raw = np.stack([stream.random_raw(self._steps_a_block * self._draws_a_step) for stream in self._streams])
            bits = torch.from_numpy(raw.view(np.int16)).view(len(self._keys), self._steps_a_block, -1)
            self._bits = bits[:, :, : self._batch * self._units].to(self._device)
            self._blocks.clear()

    def factors(self, share: float, units: int) -> Float[Tensor, "member batch unit"]:
        """For the next `units` of each row 1 / share with probability `share`, else 0."""
        if share not in self._blocks:  # for all steps of the block and all layers that share the rate
            kept = self._bits < round(share * _LEVELS) - _LEVELS // 2
            self._blocks[share] = (kept * (1 / share)).view(*kept.shape[:2], self._batch, self._units)
        factors = self._blocks[share][:, self._step % self._steps_a_block, :, self._used : self._used + units]
        self._used += units
        return factors
