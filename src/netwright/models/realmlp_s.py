"""RealMLP-TD-S, the simple form of RealMLP (Holzmueller et al., "Better by default", NeurIPS 2024).

A learned scale of every feature, linear layers in the NTK form and plain activations; no embeddings of numbers, no
dropout, nothing fitted to the train rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.models.fading import bend
from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import MemberEmbedding, member_normal
from netwright.models.noise import Noise
from netwright.models.ntk import NTKLinear
from netwright.models.realmlp import SCALE_FACTOR, SLOW_FACTOR

#: Seeds of different tensors of one member lie this far apart.
_SALT = 1_000


@dataclass(frozen=True)
class RealMLPSConfig:
    """Choices of the family `realmlp-s`.

    Args:
        hidden: Width of each hidden layer.
        activation: What follows each hidden layer.
        embedding: Width of the vector learned for each level of a category with very many levels.
    """

    hidden: tuple[int, ...] = (256, 256, 256)
    activation: str = "mish"
    embedding: int = 8


@family("realmlp-s")
class RealMLPSFamily:
    """Simple RealMLPs."""

    config: ClassVar[type[RealMLPSConfig]] = RealMLPSConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes"})

    @staticmethod
    def build(config: RealMLPSConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One network for each seed."""
        return RealMLPS(config, sizes, seeds)


class RealMLPS(Network):
    """Simple RealMLPs of one shape, one for each seed."""

    shrink: Tensor

    def __init__(self, config: RealMLPSConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config, self.sizes, self.n_members = config, sizes, len(seeds)
        dimensions = [min(config.embedding, cardinality) for cardinality in sizes.cardinalities]
        self.embedding = MemberEmbedding(seeds, sizes.cardinalities, dimensions, _SALT // 2) if dimensions else None
        width = sizes.dense + sum(dimensions)
        self.scale = nn.Parameter(torch.ones(len(seeds), 1, width))
        fan_in = torch.tensor([own + sum(dimensions) for own in sizes.fan_in], dtype=torch.float32)
        self.register_buffer("shrink", fan_in.clamp(min=1).rsqrt()[:, None, None], persistent=False)
        self.hidden = nn.ModuleList()
        for depth, units in enumerate(config.hidden):
            layer = NTKLinear(seeds, width, units, salt=depth * _SALT)
            layer.bias = nn.Parameter(member_normal(seeds, (1, units), salt=depth * _SALT + 1))
            self.hidden.append(layer)
            width = units
        self.head = NTKLinear(seeds, width, sizes.outputs, salt=len(config.hidden) * _SALT)
        nn.init.zeros_(self.head.weight)

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch output"]:
        """Raw outputs of all members."""
        x = inputs["dense"]
        if self.embedding is not None:
            x = torch.cat([x, self.embedding(inputs["codes"])], dim=2)
        x, one = x * (self.scale * self.shrink), torch.ones((), device=x.device, dtype=x.dtype)
        for layer, units in zip(self.hidden, self.config.hidden, strict=True):
            x = bend(self.config.activation, layer(x), one, gain=units**-0.5)
        raw: Tensor = self.head(x)
        return raw

    def rate_factor(self, name: str) -> float:
        """6 for the scale of features, a tenth for biases."""
        return SCALE_FACTOR if name == "scale" else SLOW_FACTOR if name.endswith(".bias") else 1.0

    def penalised(self) -> list[nn.Parameter]:
        """The weights of all linear layers."""
        return [layer.weight for layer in [*self.hidden, self.head] if isinstance(layer, NTKLinear)]

    def layers(self) -> list[LayerRow]:
        """Input and scale, hidden layers, output."""
        learned = self.scale[0].numel()
        learned += sum(p[0].numel() for p in self.embedding.parameters()) if self.embedding is not None else 0
        rows = [LayerRow("input", str(self.scale.shape[2]), "", learned)]
        for name, layer in [*(("linear", layer) for layer in self.hidden), ("output", self.head)]:
            assert isinstance(layer, NTKLinear)
            n, units = sum(p[0].numel() for p in layer.parameters()), str(layer.bias.shape[2])
            rows.append(LayerRow(name, units, self.config.activation if name == "linear" else "", n))
        return rows
