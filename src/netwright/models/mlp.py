"""The multi-layer perceptron as courses teach it: linear layers, an activation after each, dropout."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.base.errors import InternalError
from netwright.base.named import Named
from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import ACTIVATIONS, IN_PLACE, MemberEmbedding, MemberLinear, drop
from netwright.models.noise import Noise

#: The output starts close to zero, so that the first loss is that of the constant predictor.
_OUTPUT_GAIN = 0.1
#: Gains that keep the spread of activations; ReLU and its relatives lose half of it (He et al., 2015).
_GAINS = {"relu": math.sqrt(2), "leaky_relu": math.sqrt(2), "gelu": math.sqrt(2), "tanh": 5 / 3}
#: Seeds of different tensors of one member lie this far apart.
_SALT = 1_000


@dataclass(frozen=True)
class MLPConfig:
    """Choices of the family `mlp`.

    Args:
        hidden: Width of each hidden layer; empty is plain linear regression.
        activation: What follows each hidden layer.
        dropout: Share of hidden units dropped in a training step.
        embedding: Width of the vector learned for each level of a category with many levels.
        start: Name of the weights that the layers begin with, all but the last; empty draws them by chance.
    """

    hidden: tuple[int, ...] = (64, 32, 16)
    activation: str = "relu"
    dropout: float = 0.2
    embedding: int = 8
    start: str = ""


@family("mlp")
class MLPFamily:
    """Multi-layer perceptrons."""

    config: ClassVar[type[MLPConfig]] = MLPConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes"})

    @staticmethod
    def build(config: MLPConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One perceptron for each seed."""
        return MLP(config, sizes, seeds)


class MLP(Network):
    """Perceptrons of one shape, one for each seed."""

    def __init__(self, config: MLPConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config = config
        self.sizes = sizes
        self.n_members = len(seeds)
        self.noise_units = sum(config.hidden)
        dimensions = [min(config.embedding, cardinality) for cardinality in sizes.cardinalities]
        self.embedding = MemberEmbedding(seeds, sizes.cardinalities, dimensions, _SALT // 2) if dimensions else None
        gain = _GAINS.get(config.activation, 1.0)
        self.hidden = nn.ModuleList()
        width, fan_in = sizes.dense + sum(dimensions), [n + sum(dimensions) for n in sizes.fan_in]
        for depth, units in enumerate(config.hidden):
            self.hidden.append(MemberLinear(seeds, width, units, gain, salt=depth * _SALT, fan_in=fan_in))
            width, fan_in = units, [units] * len(seeds)
        self.head = MemberLinear(seeds, width, sizes.outputs, _OUTPUT_GAIN, len(config.hidden) * _SALT, fan_in)

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch output"]:
        """Raw outputs of all members."""
        x = inputs["dense"]
        if self.embedding is not None:
            x = torch.cat([x, self.embedding(inputs["codes"])], dim=2)
        name = self.config.activation
        activation = IN_PLACE.get(name, ACTIVATIONS[name])
        for layer in self.hidden:
            x = drop(activation(layer(x)), noise)
        raw: Tensor = self.head(x)
        return raw

    @torch.no_grad()
    def start_from(self, inputs: Inputs, weight: Float[Tensor, "member row"], seeds: Sequence[int]) -> None:
        """Begin with the weights that the plan names, the same for every member.

        A network that is rebuilt to hold other numbers, as from a bundle, knows the name alone and is never asked.

        Args:
            inputs: Of train rows of each member; not looked at.
            weight: 1 for a row, 0 for padding.
            seeds: One a member.
        """
        if not self.config.start:
            return
        named = self.config.start
        if not isinstance(named, Named):
            raise InternalError(f"the weights {named!r} that a network is to begin with were not read")
        own = {f"hidden.{name}": parameter for name, parameter in self.hidden.named_parameters()}
        if self.embedding is not None:
            own |= {f"embedding.{column}": table for column, table in enumerate(self.embedding.tables)}
        if own.keys() != named.thing.keys():
            raise InternalError("the weights that a network is to begin with are of other layers")
        for name, parameter in own.items():
            first = torch.from_numpy(named.thing[name])
            shape = (1, *first.shape) if name.endswith("bias") else first.shape
            if parameter.shape[1:] != shape:
                raise InternalError(f"{name} must begin with {tuple(parameter.shape[1:])} numbers, got {tuple(shape)}")
            parameter.copy_(first.reshape(shape).expand_as(parameter))

    def penalised(self) -> list[nn.Parameter]:
        """The weights of all linear layers."""
        return [layer.weight for layer in [*self.hidden, self.head] if isinstance(layer, MemberLinear)]

    def layers(self) -> list[LayerRow]:
        """Input, embedding where there is one, hidden layers, output."""
        rows = [LayerRow("input", str(self.sizes.dense + len(self.sizes.cardinalities)), "", 0)]
        width = self.sizes.dense
        if self.embedding is not None:
            width += self.embedding.width
            learned = sum(table[0].numel() for table in self.embedding.tables)
            rows.append(LayerRow("embedding", str(width), "", learned))
        shown = "" if self.config.activation == "none" else self.config.activation
        hidden = [_linear_row("linear", layer, shown) for layer in self.hidden]
        return [*rows, *hidden, _linear_row("output", self.head, "")]


def _linear_row(name: str, layer: nn.Module, activation: str) -> LayerRow:
    assert isinstance(layer, MemberLinear)
    n_in, n_out = layer.weight.shape[1:]
    return LayerRow(name, str(n_out), activation, n_in * n_out + n_out)
