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
#: Tells other draws of a step from the decisions of an epoch.
_OTHER = 1


class Noise:
    """Keep-or-drop decisions for the training steps of all members.

    The stream of a member is a function of its key and of the epoch alone, so a member drops the same units alone, in
    any company, and after a restart. NumPy draws and compares five times as fast here as torch does.

    Args:
        keys: One 64-bit key a member.
        rates: For each member the share of units that are dropped.
        batch: Rows a step.
        units: Decisions a row, over all layers of the network.
        device: Where the decisions are used.
        steps: Steps an epoch; no decisions are drawn beyond.
    """

    def __init__(
        self,
        keys: Sequence[int],
        rates: Sequence[float],
        batch: int,
        units: int,
        device: torch.device,
        steps: int = _BLOCK,
    ) -> None:
        self._keys, self._rates = list(keys), np.array(rates, dtype=np.float64)
        self._batch, self._units = batch, units if self._rates.any() else 0
        self._device = device
        self._streams: list[np.random.SFC64] = []
        self._draws_a_step = -(-batch * units // _PER_DRAW)
        self._steps_a_block = max(1, min(steps, _BLOCK // max(1, len(self._keys) * batch * units)))
        self._factors = torch.empty(0)
        self._highest, self._scale = np.empty(0, np.int16), np.empty(0, np.float32)
        self._epoch, self._step = 0, 0
        self._used = 0

    @property
    def silent(self) -> bool:
        """Whether nobody drops anything."""
        return not self._units

    def start_epoch(self, epoch: int, strengths: Sequence[float], step: int = 0) -> None:
        """Begin the streams of this epoch, or go on in it.

        Args:
            epoch: Its number.
            strengths: For each member the share of its rate that is in force.
            step: Steps of it that are done already.
        """
        if (self._epoch, self._step) == (epoch, step - 1):  # where it stopped
            return
        self._epoch, self._step = epoch, step - 1
        if self.silent:
            return
        kept = 1 - self._rates * np.array(strengths)
        highest = np.round(kept * _LEVELS).astype(np.int64) - _LEVELS // 2 - 1
        shape = (-1, 1, 1, 1)
        self._highest = np.maximum(highest, -(_LEVELS // 2)).astype(np.int16).reshape(shape)
        self._scale = (1 / kept).astype(np.float32).reshape(shape)
        self._streams = [np.random.SFC64([key, epoch]) for key in self._keys]
        begun, within = divmod(step, self._steps_a_block)
        for stream in self._streams:
            stream.random_raw(begun * self._steps_a_block * self._draws_a_step, output=False)
        if within:
            self._draw()

    def shares(self, numbers: int) -> Float[Tensor, "member batch number"]:
        """So many numbers from 0 to 1 for each row of this step, for augmentation; whether or not anybody drops.

        Args:
            numbers: How many a row.
        """
        # a stream for each step: nothing has to be skipped after a restart, and no decision of dropout moves
        own = [np.random.Generator(np.random.SFC64([key, self._epoch, self._step + 1, numbers])) for key in self._keys]
        drawn = [stream.random((self._batch, numbers), dtype=np.float32) for stream in own]
        return torch.from_numpy(np.stack(drawn)).to(self._device)

    def start_step(self) -> None:
        """Go on to the next step of the epoch."""
        self._step += 1
        self._used = 0
        if self._units and self._step % self._steps_a_block == 0:
            self._draw()

    def streams(self) -> list[np.random.Generator]:
        """Each member's own generator of this step, for whatever else is drawn; alike after a restart."""
        return [np.random.Generator(np.random.SFC64([key, self._epoch, self._step, _OTHER])) for key in self._keys]

    def _draw(self) -> None:
        """Decisions for the steps of the next block."""
        raw = np.stack([stream.random_raw(self._steps_a_block * self._draws_a_step) for stream in self._streams])
        bits = raw.view(np.int16).reshape(len(self._keys), self._steps_a_block, -1)
        own = bits[:, :, : self._batch * self._units].reshape(*bits.shape[:2], self._batch, self._units)
        self._factors = torch.from_numpy((own <= self._highest) * self._scale).to(self._device)

    def uniforms(self, n: int) -> Float[Tensor, "member n"]:
        """Numbers in [0, 1) for this step, for networks that make their own noise of them; whatever the rates are.

        Args:
            n: How many a member.
        """
        seeds = [[key, self._epoch, self._step] for key in self._keys]
        rows = [np.random.Generator(np.random.SFC64(seed)).random(n, dtype=np.float32) for seed in seeds]
        return torch.from_numpy(np.stack(rows)).to(self._device)

    def factors(self, units: int) -> Float[Tensor, "member batch unit"]:
        """For the next `units` of each row 1 / share with the probability `share` of being kept, else 0."""
        factors = self._factors[:, self._step % self._steps_a_block, :, self._used : self._used + units]
        self._used += units
        return factors
