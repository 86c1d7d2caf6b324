"""RealMLP: a perceptron with the parts that pay (Holzmueller et al., "Better by default", NeurIPS 2024).

Periodic embeddings of numbers, a learned scale of every feature, linear layers in the NTK form, activations that can
fade to the identity, and first weights fitted to the train rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.models.embeddings import PeriodicEmbedding
from netwright.models.fading import FadingActivation
from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import MemberEmbedding, drop
from netwright.models.noise import Noise
from netwright.models.ntk import NTKLinear, start_from_rows

#: Seeds of different tensors of one member lie this far apart.
_SALT = 1_000
#: Cosines of a number's embedding, and what they become.
_FREQUENCIES, _WIDTH = 16, 3
#: Factors of the learning rate.
SCALE_FACTOR, SLOW_FACTOR = 6.0, 0.1


@dataclass(frozen=True)
class RealMLPConfig:
    """Choices of the family `realmlp`.

    Args:
        hidden: Width of each hidden layer.
        activation: What follows each hidden layer.
        dropout: Share of hidden units dropped in a training step.
        embedding: Width of the vector learned for each level of a category with many levels.
        sigma: Spread of the first frequencies of the numbers' embeddings.
    """

    hidden: tuple[int, ...] = (256, 256, 256)
    activation: str = "mish"
    dropout: float = 0.15
    embedding: int = 8
    sigma: float = 0.1


@family("realmlp")
class RealMLPFamily:
    """RealMLPs."""

    config: ClassVar[type[RealMLPConfig]] = RealMLPConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes"})

    @staticmethod
    def build(config: RealMLPConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One network for each seed."""
        return RealMLP(config, sizes, seeds)


class RealMLP(Network):
    """RealMLPs of one shape, one for each seed."""

    shrink: Tensor

    def __init__(self, config: RealMLPConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config, self.sizes, self.n_members = config, sizes, len(seeds)
        self.noise_units = sum(config.hidden)
        dimensions = [min(config.embedding, cardinality) for cardinality in sizes.cardinalities]
        self.embedding = MemberEmbedding(seeds, sizes.cardinalities, dimensions, _SALT // 2) if dimensions else None
        self.periodic = None
        if sizes.continuous and sizes.continuous[0]:
            self.periodic = PeriodicEmbedding(seeds, sizes.continuous, _FREQUENCIES, _WIDTH, config.sigma, _SALT // 4)
        more = sum(dimensions) + (self.periodic.width if self.periodic is not None else 0)
        width, fan_in = sizes.dense + more, [own + more for own in sizes.fan_in]
        self.scale = nn.Parameter(torch.ones(len(seeds), 1, width))
        shrink = torch.tensor(fan_in, dtype=torch.float32).clamp(min=1).rsqrt()
        self.register_buffer("shrink", shrink[:, None, None], persistent=False)
        self.hidden, self.bends = nn.ModuleList(), nn.ModuleList()
        for depth, units in enumerate(config.hidden):
            self.hidden.append(NTKLinear(seeds, width, units, salt=depth * _SALT))
            self.bends.append(FadingActivation(config.activation, len(seeds), units, gain=units**-0.5))
            width = units
        self.head = NTKLinear(seeds, width, sizes.outputs, salt=len(config.hidden) * _SALT)

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch output"]:
        """Raw outputs of all members."""
        x = self._features(inputs)
        for layer, bend in zip(self.hidden, self.bends, strict=True):
            x = drop(bend(layer(x)), noise)
        raw: Tensor = self.head(x)
        return raw

    def _features(self, inputs: Inputs) -> Float[Tensor, "member batch feature"]:
        parts = [inputs["dense"]]
        if self.periodic is not None:
            parts.append(self.periodic(inputs["dense"]))
        if self.embedding is not None:
            parts.append(self.embedding(inputs["codes"]))
        return torch.cat(parts, dim=2) * (self.scale * self.shrink)

    @torch.no_grad()
    def start_from(self, inputs: Inputs, weight: Float[Tensor, "member row"], seeds: Sequence[int]) -> None:
        """Fit the first weights of all layers to train rows, from input to output."""
        x = self._features(inputs)
        for depth, layer in enumerate([*self.hidden, self.head]):
            assert isinstance(layer, NTKLinear)
            z = start_from_rows(layer, x, weight, seeds, depth * _SALT + _SALT // 3)
            if depth < len(self.bends):
                x = self.bends[depth](z)

    def rate_factor(self, name: str) -> float:
        """6 for the scale of features, a tenth for biases, activations and the numbers' embeddings."""
        if name == "scale":
            return SCALE_FACTOR
        return SLOW_FACTOR if name.startswith("periodic.") or name.endswith((".bias", ".slope")) else 1.0

    def penalised(self) -> list[nn.Parameter]:
        """Everything but the biases of linear layers."""
        biases = {id(layer.bias) for layer in [*self.hidden, self.head] if isinstance(layer, NTKLinear)}
        return [parameter for parameter in self.parameters() if id(parameter) not in biases]

    def layers(self) -> list[LayerRow]:
        """Input, embeddings and scale, hidden layers, output."""
        learned = self.scale[0].numel()
        for part in (self.periodic, self.embedding):
            learned += sum(p[0].numel() for p in part.parameters()) if part is not None else 0
        rows = [LayerRow("input", str(self.sizes.dense + len(self.sizes.cardinalities)), "", 0)]
        rows.append(LayerRow("embedding", str(self.scale.shape[2]), "", learned))
        for layer, bend in zip(self.hidden, self.bends, strict=True):
            n = sum(p[0].numel() for p in [*layer.parameters(), *bend.parameters()])
            rows.append(LayerRow("linear", str(layer.bias.shape[2]), self.config.activation, n))  # type: ignore[index]
        last = sum(p[0].numel() for p in self.head.parameters())
        return [*rows, LayerRow("output", str(self.sizes.outputs), "", last)]
