"""A temporal convolutional network: dilated causal convolutions with a way around (Bai, Kolter and Koltun, 2018)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import ACTIVATIONS, MemberLinear, drop, member_normal
from netwright.models.noise import Noise
from netwright.models.windowed import Beside, input_row, learned_in, normalised, own_spread

#: Seeds of different tensors of one member lie this far apart.
_SALT = 1_000
#: The output starts close to zero, the level of the window.
_OUTPUT_GAIN = 0.1


@dataclass(frozen=True)
class TCNConfig:
    """Choices of the family `tcn`.

    Args:
        channels: Numbers a step within the network.
        kernel: Steps that a convolution reads.
        levels: Convolutions; each reads twice as far apart as the one before. 0 takes as many as the window needs.
        activation: What follows each.
        dropout: Share of units before the output that are dropped in a training step.
        embedding: Width of the vector learned for each level of a category.
    """

    channels: int = 16
    kernel: int = 3
    levels: int = 0
    activation: str = "relu"
    dropout: float = 0.0
    embedding: int = 4


@family("tcn")
class TCNFamily:
    """Convolutions over time."""

    config: ClassVar[type[TCNConfig]] = TCNConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes", "past", "future"})

    @staticmethod
    def build(config: TCNConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One network for each seed."""
        return TCN(config, sizes, seeds)


class CausalConv(nn.Module):
    """A convolution a member that reads a step and those before it; the members are groups of one convolution.

    Args:
        seeds: One a member.
        n_in: Channels that come in.
        n_out: Channels that go out.
        kernel: Steps that are read ...
        dilation: ... so many steps apart.
        salt: Tells its random numbers from those of other layers.
    """

    def __init__(self, seeds: Sequence[int], n_in: int, n_out: int, kernel: int, dilation: int, salt: int) -> None:
        super().__init__()
        spread = math.sqrt(2 / (n_in * kernel))
        self.weight = nn.Parameter(member_normal(seeds, (n_out, n_in, kernel), salt) * spread)
        self.bias = nn.Parameter(torch.zeros(len(seeds), n_out))
        self._dilation = dilation

    def forward(self, x: Float[Tensor, "member batch n_in step"]) -> Float[Tensor, "member batch n_out step"]:
        """As many steps as came in."""
        n_members, n_rows, n_in, n_steps = x.shape
        n_out, kernel = self.weight.shape[1], self.weight.shape[3]
        side_by_side = x.transpose(0, 1).reshape(n_rows, n_members * n_in, n_steps)
        padded = functional.pad(side_by_side, ((kernel - 1) * self._dilation, 0))
        found = functional.conv1d(
            padded, self.weight.flatten(0, 1), self.bias.flatten(), dilation=self._dilation, groups=n_members
        )
        return found.view(n_rows, n_members, n_out, n_steps).transpose(0, 1)


class TCN(Network):
    """Convolutions of one shape, one network for each seed."""

    def __init__(self, config: TCNConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config, self.sizes, self.n_members = config, sizes, len(seeds)
        n_in, steps = sizes.arrays["past"]
        needed = max(1, math.ceil(math.log2(max(2, steps / (config.kernel - 1 or 1)))))
        self.hidden = nn.ModuleList()
        for level in range(config.levels or needed):
            self.hidden.append(CausalConv(seeds, n_in, config.channels, config.kernel, 2**level, level * _SALT))
            n_in = config.channels
        self.beside = Beside(seeds, sizes, config.embedding, _SALT // 2)
        self.noise_units = config.channels
        width = config.channels + self.beside.width
        fan_in = [config.channels + own for own in self.beside.fan_in]
        self.head = MemberLinear(seeds, width, sizes.outputs, _OUTPUT_GAIN, 50 * _SALT, fan_in)

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch output"]:
        """Forecasts of all members, from what the last step of the window has become."""
        spread = own_spread(inputs["past"])
        x, activation = normalised(inputs["past"], spread), ACTIVATIONS[self.config.activation]
        for level, layer in enumerate(self.hidden):
            x = activation(layer(x)) + (x if level else 0)
        last = drop(x[..., -1], noise)
        ahead: Tensor = self.head(torch.cat([last, self.beside(inputs)], dim=2))
        return ahead * spread

    def penalised(self) -> list[nn.Parameter]:
        """The weights of convolutions and of the output."""
        convolutions = [layer.weight for layer in self.hidden if isinstance(layer, CausalConv)]
        return [*convolutions, self.head.weight]

    def layers(self) -> list[LayerRow]:
        """The window, convolutions with channels by steps, the output."""
        steps = self.sizes.arrays["past"][1]
        rows = [input_row(self.sizes), *self.beside.layers()]
        shape, activation = f"{self.config.channels} x {steps}", self.config.activation
        rows += [LayerRow("convolution", shape, activation, learned_in(layer)) for layer in self.hidden]
        return [*rows, LayerRow("output", str(self.sizes.outputs), "", learned_in(self.head))]

    @property
    def row_products(self) -> int:
        """A convolution is used at every step."""
        steps = self.sizes.arrays["past"][1]
        return steps * sum(learned_in(layer) for layer in self.hidden) + learned_in(self.head)
