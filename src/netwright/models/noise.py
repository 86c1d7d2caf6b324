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


class Noise:
    """Keep-or-drop decisions for one training step of all members.

    Philox (Salmon et al., SC 2011) is counter-based: the stream of a member is a function of its key and of the
    epoch alone, so a member drops the same units alone, in any company, and after a restart.

    Args:
        keys: One 64-bit key a member.
        units: Decisions a row, over all layers of the network.
        device: Where the decisions are used.
    """

    def __init__(self, keys: Sequence[int], units: int, device: torch.device) -> None:
        self._keys = list(keys)
        self._units = units
        self._device = device
        self._streams: list[np.random.Philox] = []
        self._bits = torch.empty(0, dtype=torch.int16)
        self._factors: dict[float, Tensor] = {}
        self._used = 0

    def start_epoch(self, epoch: int) -> None:
        """Begin the streams of this epoch."""
        self._streams = [np.random.Philox(key=np.array([key, epoch], dtype=np.uint64)) for key in self._keys]

    def start_step(self, batch: int) -> None:
        """Draw the bits for a batch of this many rows."""
        if self._units == 0:
            return
        draws = -(-batch * self._units // _PER_DRAW)
        raw = np.stack([stream.random_raw(draws) for stream in self._streams])
        bits = torch.from_numpy(raw.view(np.int16)[:, : batch * self._units])
        self._bits = bits.reshape(len(self._keys), batch, self._units).to(self._device)
        self._factors.clear()
        self._used = 0

    def factors(self, share: float, units: int) -> Float[Tensor, "member batch unit"]:
        """For the next `units` of each row 1 / share with probability `share`, else 0."""
        if share not in self._factors:  # for all layers at once: layers mostly share their rate
            kept = self._bits < round(share * _LEVELS) - _LEVELS // 2
            self._factors[share] = kept * (1 / share)
        factors = self._factors[share][:, :, self._used : self._used + units]
        self._used += units
        return factors
