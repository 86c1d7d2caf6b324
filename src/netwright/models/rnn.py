"""Recurrent networks: GRU (Cho and others, 2014) and LSTM (Hochreiter and Schmidhuber, 1997), step by step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.base.errors import PlanError
from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import MemberLinear, drop, member_uniform
from netwright.models.noise import Noise
from netwright.models.windowed import Beside, input_row, learned_in, normalised, own_spread

#: Gates of each kind of cell.
CELLS = {"gru": 3, "lstm": 4}
#: Seeds of different tensors of one member lie this far apart.
_SALT = 1_000
_OUTPUT_GAIN = 0.1


@dataclass(frozen=True)
class RNNConfig:
    """Choices of the family `rnn`.

    Args:
        cell: `gru` or `lstm`.
        units: Numbers that are handed on from step to step.
        steps: The most steps that are gone through: the last ones of the window.
        dropout: Share of units before the output that are dropped in a training step.
        embedding: Width of the vector learned for each level of a category.
    """

    cell: str = "gru"
    units: int = 32
    steps: int = 96
    dropout: float = 0.0
    embedding: int = 4


@family("rnn")
class RNNFamily:
    """Recurrent networks."""

    config: ClassVar[type[RNNConfig]] = RNNConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes", "past", "future"})

    @staticmethod
    def build(config: RNNConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One network for each seed."""
        if config.cell not in CELLS:
            raise PlanError(f"the cell of an rnn must be one of {', '.join(CELLS)}, got {config.cell!r}.")
        return RNN(config, sizes, seeds)


class Recurrent(nn.Module):
    """A recurrent layer a member.

    Args:
        seeds: One a member.
        cell: `gru` or `lstm`.
        n_in: Numbers a step that come in.
        units: Numbers a step that are handed on.
        salt: Tells its random numbers from those of other layers.
    """

    def __init__(self, seeds: Sequence[int], cell: str, n_in: int, units: int, salt: int) -> None:
        super().__init__()
        self.cell, self.units = cell, units
        width, bound = CELLS[cell] * units, 1 / math.sqrt(units)
        self.weight = nn.Parameter(member_uniform(seeds, (n_in, width), bound, salt))
        self.state_weight = nn.Parameter(member_uniform(seeds, (units, width), bound, salt + 1))
        bias = torch.zeros(len(seeds), 1, width)
        if cell == "lstm":
            bias[..., units : 2 * units] = 1.0  # what is remembered is kept at first (Gers and others, 2000)
        self.bias = nn.Parameter(bias)
        self.state_bias = nn.Parameter(torch.zeros(len(seeds), 1, units)) if cell == "gru" else None

    def forward(self, x: Float[Tensor, "member batch step n_in"]) -> Float[Tensor, "member batch unit"]:
        """What is handed on after the last step."""
        n_members, n_rows, n_steps, n_in = x.shape
        given = torch.baddbmm(self.bias, x.reshape(n_members, n_rows * n_steps, n_in), self.weight)
        given = given.view(n_members, n_rows, n_steps, -1)
        state = x.new_zeros(n_members, n_rows, self.units)
        memory = state
        for own in given.unbind(2):
            if self.state_bias is not None:
                state = self._gru(own, state, self.state_bias)
            else:
                state, memory = self._lstm(own, state, memory)
        return state

    def _gru(self, given: Tensor, state: Tensor, bias: Tensor) -> Tensor:
        """Gates: reset, update; then what is new."""
        units = self.units
        held = torch.bmm(state, self.state_weight)
        gates = torch.sigmoid(given[..., : 2 * units] + held[..., : 2 * units])
        new = torch.tanh(given[..., 2 * units :] + gates[..., :units] * (held[..., 2 * units :] + bias))
        return torch.lerp(new, state, gates[..., units:])

    def _lstm(self, given: Tensor, state: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Gates: input, forget, output; then what is new."""
        units = self.units
        both = torch.baddbmm(given, state, self.state_weight)
        gates = torch.sigmoid(both[..., : 3 * units])
        new = torch.tanh(both[..., 3 * units :])
        memory = gates[..., units : 2 * units] * memory + gates[..., :units] * new
        return gates[..., 2 * units :] * torch.tanh(memory), memory


class RNN(Network):
    """Recurrent networks of one shape, one for each seed."""

    def __init__(self, config: RNNConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config, self.sizes, self.n_members = config, sizes, len(seeds)
        channels, steps = sizes.arrays["past"]
        self._steps = min(config.steps, steps)
        self.recurrent = Recurrent(seeds, config.cell, channels, config.units, salt=0)
        self.beside = Beside(seeds, sizes, config.embedding, _SALT // 2)
        self.noise_units = config.units
        width = config.units + self.beside.width
        fan_in = [config.units + own for own in self.beside.fan_in]
        self.head = MemberLinear(seeds, width, sizes.outputs, _OUTPUT_GAIN, 3 * _SALT, fan_in)

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch output"]:
        """Forecasts of all members, from the state after the last step of the window."""
        spread = own_spread(inputs["past"])
        past = normalised(inputs["past"], spread)[..., -self._steps :].transpose(2, 3)
        state = drop(self.recurrent(past), noise)
        ahead: Tensor = self.head(torch.cat([state, self.beside(inputs)], dim=2))
        return ahead * spread

    def penalised(self) -> list[nn.Parameter]:
        """All weights."""
        return [self.recurrent.weight, self.recurrent.state_weight, self.head.weight]

    def layers(self) -> list[LayerRow]:
        """The window, the recurrent layer with its steps, the output."""
        name = f"{self.config.cell} over {self._steps} steps"
        rows = [input_row(self.sizes), *self.beside.layers()]
        rows.append(LayerRow(name, str(self.config.units), "tanh", learned_in(self.recurrent)))
        return [*rows, LayerRow("output", str(self.sizes.outputs), "", learned_in(self.head))]

    @property
    def row_units(self) -> int:
        """The state and its gates at every step."""
        return super().row_units + self._steps * self.config.units * (CELLS[self.config.cell] + 1)

    @property
    def row_products(self) -> int:
        """The recurrent layer is used at every step."""
        return self._steps * learned_in(self.recurrent) + learned_in(self.head)
