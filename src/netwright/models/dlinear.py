"""DLinear: trend and rest of a window, a linear layer each (Zeng, Chen, Zhang and Xu, AAAI 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import MemberLinear
from netwright.models.noise import Noise
from netwright.models.windowed import Beside, input_row, learned_in, normalised, own_spread

#: Seeds of different tensors of one member lie this far apart.
_SALT = 1_000
#: Weights start small, so that the first forecast is about the level of the window.
_GAIN = 0.1


@dataclass(frozen=True)
class DLinearConfig:
    """Choices of the family `dlinear`.

    Args:
        smooth: Steps of the moving average that is the trend, made odd, at most those of the window.
        embedding: Width of the vector learned for each level of a category.
    """

    smooth: int = 25
    embedding: int = 4


@family("dlinear")
class DLinearFamily:
    """Linear forecasts of trend and rest."""

    config: ClassVar[type[DLinearConfig]] = DLinearConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes", "past", "future"})

    @staticmethod
    def build(config: DLinearConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One network for each seed."""
        return DLinear(config, sizes, seeds)


class DLinear(Network):
    """Linear forecasts of one shape, one for each seed."""

    def __init__(self, config: DLinearConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config, self.sizes, self.n_members = config, sizes, len(seeds)
        channels, steps = sizes.arrays["past"]
        self._smooth = max(1, min(config.smooth, steps) // 2 * 2 - 1)
        self.trend = MemberLinear(seeds, steps, sizes.outputs, _GAIN, salt=0)
        self.rest = MemberLinear(seeds, steps, sizes.outputs, _GAIN, salt=_SALT)
        self.others = (
            MemberLinear(seeds, (channels - 1) * steps, sizes.outputs, _GAIN, salt=2 * _SALT) if channels > 1 else None
        )
        self.beside = Beside(seeds, sizes, config.embedding, _SALT // 2)
        self.head = MemberLinear(seeds, self.beside.width, sizes.outputs, _GAIN, 3 * _SALT, self.beside.fan_in)

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch output"]:
        """Forecasts of all members."""
        spread = own_spread(inputs["past"])
        past = normalised(inputs["past"], spread)
        own = past[:, :, 0]
        trend = self._trend_of(own)
        ahead: Tensor = self.trend(trend) + self.rest(own - trend) + self.head(self.beside(inputs))
        if self.others is not None:
            ahead = ahead + self.others(past[:, :, 1:].flatten(2))
        return ahead * spread

    def _trend_of(self, own: Float[Tensor, "member batch step"]) -> Float[Tensor, "member batch step"]:
        """The moving average, the ends repeated beyond the window."""
        side = self._smooth // 2
        if not side:
            return own
        padded = torch.cat([own[..., :1].expand(-1, -1, side), own, own[..., -1:].expand(-1, -1, side)], dim=2)
        return functional.avg_pool1d(padded, self._smooth, stride=1)

    def _linear(self) -> list[tuple[str, MemberLinear]]:
        parts = [("trend", self.trend), ("rest", self.rest), ("others", self.others), ("output", self.head)]
        return [(name, part) for name, part in parts if part is not None]

    def penalised(self) -> list[nn.Parameter]:
        """The weights of all linear layers."""
        return [part.weight for _, part in self._linear()]

    def layers(self) -> list[LayerRow]:
        """The window, then what each part gives; they are added."""
        rows = [input_row(self.sizes), *self.beside.layers()]
        return rows + [LayerRow(name, str(self.sizes.outputs), "", learned_in(part)) for name, part in self._linear()]
