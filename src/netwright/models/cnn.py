"""The convolutional network for pictures: a small residual network, channels doubling while sides halve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from netwright.base.errors import PlanError
from netwright.models.convolution import MemberConv, MemberNorm, ResidualBlock, moved
from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import MemberEmbedding, MemberLinear, drop
from netwright.models.noise import Noise

#: The output starts close to zero, so that the first loss is that of the constant predictor.
_OUTPUT_GAIN = 0.1
#: Seeds of different tensors of one member lie this far apart.
_SALT = 1_000
#: Sides halve between stages while both are at least so long; longer pictures are halved at once by the stem.
_SHORTEST, _LONG = 8, 32
#: Places a side over which the last channels are averaged: where something stands may matter, as in digits.
_PLACES = 3


@dataclass(frozen=True)
class CNNConfig:
    """Choices of the family `cnn`.

    Args:
        filters: Channels of each stage: the first is one convolution, the others are residual blocks.
        kernel: Side of the windows, an odd number.
        dropout: Share of the pooled channels dropped in a training step.
        shift: Pictures are shifted while training by up to this share of their sides.
        flip: Whether left and right change places by chance while training: right for photographs, wrong for letters.
        embedding: Width of the vector learned for each level of a category with many levels, beside pictures.
    """

    filters: tuple[int, ...] = (16, 32, 64)
    kernel: int = 3
    dropout: float = 0.2
    shift: float = 0.08
    flip: bool = False
    embedding: int = 8

    def __post_init__(self) -> None:
        if not self.filters or min(self.filters) < 1:
            raise PlanError(f"--filters must be whole numbers above 0, got {self.filters!r}.")
        if self.kernel < 1 or self.kernel % 2 == 0:
            raise PlanError(f"--kernel must be an odd number, so that the size stays, got {self.kernel}.")
        if not 0 <= self.shift < 1:
            raise PlanError(f"the shift of pictures must be a share of their sides, got {self.shift:g}.")


@family("cnn")
class CNNFamily:
    """Convolutional networks."""

    config: ClassVar[type[CNNConfig]] = CNNConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes", "image"})

    @staticmethod
    def build(config: CNNConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One network for each seed.

        Raises:
            PlanError: There are no pictures.
        """
        if "image" not in sizes.arrays:
            raise PlanError("--model cnn must have a column of pictures, got none. Pass a folder of pictures.")
        return CNN(config, sizes, seeds)


class CNN(Network):
    """Networks of one shape, one for each seed. Other columns join the pooled channels before the output."""

    def __init__(self, config: CNNConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config, self.sizes, self.n_members = config, sizes, len(seeds)
        channels, *side = sizes.arrays["image"]
        self._halved_first = min(side) > _LONG
        kernel, filters = config.kernel, config.filters
        self.stem = MemberConv(seeds, channels, filters[0], kernel, 0, stride=2 if self._halved_first else 1)
        self.stem_norm = MemberNorm(len(seeds), filters[0])
        self.stages = nn.ModuleList(
            ResidualBlock(seeds, n_in, n_out, kernel, salt=number * _SALT)
            for number, (n_in, n_out) in enumerate(pairwise(filters), 1)
        )
        dimensions = [min(config.embedding, cardinality) for cardinality in sizes.cardinalities]
        self.embedding = MemberEmbedding(seeds, sizes.cardinalities, dimensions, _SALT // 2) if dimensions else None
        height, width = self._sides()[-1]
        self._places = min(_PLACES, height), min(_PLACES, width)
        pooled = filters[-1] * self._places[0] * self._places[1] + sum(dimensions)
        fan_in = [pooled + width for width in sizes.fan_in]
        width = pooled + sizes.dense
        self.head = MemberLinear(seeds, width, sizes.outputs, _OUTPUT_GAIN, len(filters) * _SALT, fan_in)
        self.noise_units = width

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch output"]:
        """Raw outputs of all members."""
        return self.from_maps(self.maps(inputs, noise), inputs, noise)

    def maps(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch channel height width"]:
        """The channels before they are pooled: what was seen where."""
        x = inputs["image"]
        if noise is not None:
            x = self._augmented(x, noise)
        n_members = x.shape[0]
        x = x.transpose(0, 1).flatten(1, 2)
        x = torch.relu(self.stem_norm(self.stem(x)))
        for stage in self.stages:
            x = stage(functional.max_pool2d(x, 2) if min(x.shape[2:]) >= _SHORTEST else x)
        return x.view(x.shape[0], n_members, -1, *x.shape[2:]).transpose(0, 1)

    def from_maps(
        self,
        maps: Float[Tensor, "member batch channel height width"],
        inputs: Inputs,
        noise: Noise | None = None,
    ) -> Float[Tensor, "member batch output"]:
        """Raw outputs from the channels before they are pooled."""
        window = [side // places for side, places in zip(maps.shape[3:], self._places, strict=True)]
        means = functional.avg_pool2d(maps.flatten(0, 1), window)[:, :, : self._places[0], : self._places[1]]
        parts = [means.reshape(*maps.shape[:2], -1)]
        if self.embedding is not None:
            parts.append(self.embedding(inputs["codes"]))
        if self.sizes.dense:
            parts.append(inputs["dense"])
        raw: Tensor = self.head(drop(torch.cat(parts, dim=2) if len(parts) > 1 else parts[0], noise))
        return raw

    def _augmented(self, x: Tensor, noise: Noise) -> Tensor:
        """Pictures shifted, and mirrored where that is asked for, each member's by its own stream."""
        reach = [round(self.config.shift * side) for side in x.shape[3:]]
        if not max(reach) and not self.config.flip:
            return x
        shares = noise.shares(3).to(x.device)
        spans = torch.tensor([2 * own + 1 for own in reach], device=x.device)
        shifts = (shares[:, :, :2] * spans).long().clamp(max=spans - 1) - torch.tensor(reach, device=x.device)
        return moved(x, shifts, shares[:, :, 2] < 0.5 if self.config.flip else None)

    def penalised(self) -> list[nn.Parameter]:
        """The weights of all convolutions and of the output."""
        own = [layer.weight for layer in self.modules() if isinstance(layer, MemberConv | MemberLinear)]
        return [weight for weight in own if isinstance(weight, nn.Parameter)]

    def _sides(self) -> list[tuple[int, int]]:
        """Height and width after the stem and after each stage."""
        _, height, width = self.sizes.arrays["image"]
        halve = 2 if self._halved_first else 1
        sides = [(-(-height // halve), -(-width // halve))]
        for _ in self.stages:
            height, width = sides[-1]
            sides.append((height // 2, width // 2) if min(sides[-1]) >= _SHORTEST else sides[-1])
        return sides

    def layers(self) -> list[LayerRow]:
        """Pictures, stem, residual blocks, pooled channels, output."""
        rows = [LayerRow("image", " x ".join(map(str, self.sizes.arrays["image"])), "", 0)]
        names = ["convolution", *(["residual block"] * len(self.stages))]
        parts: list[list[nn.Module]] = [[self.stem, self.stem_norm], *([stage] for stage in self.stages)]
        for name, channels, side, own in zip(names, self.config.filters, self._sides(), parts, strict=True):
            rows.append(LayerRow(name, f"{channels} x {side[0]} x {side[1]}", "relu", sum(map(_learned, own))))
        shape = " x ".join(map(str, (self.config.filters[-1], *self._places)))
        rows.append(LayerRow("mean over places", shape, "", 0))
        if self.embedding is not None:
            rows.append(LayerRow("embedding", str(self.embedding.width), "", _learned(self.embedding)))
        return [*rows, LayerRow("output", str(self.sizes.outputs), "", _learned(self.head))]

    @property
    def row_units(self) -> int:
        """How many numbers a row becomes on its way through one member; a block makes about six of each channel."""
        channels, height, width = self.sizes.arrays["image"]
        inside = [
            factor * n * h * w
            for factor, n, (h, w) in zip([2] + [6] * len(self.stages), self.config.filters, self._sides(), strict=True)
        ]
        return channels * height * width + sum(inside) + self.noise_units + self.sizes.outputs

    @property
    def row_products(self) -> int:
        """How many multiplications a row takes on its way through one member."""
        parts: list[list[nn.Module]] = [[self.stem], *(list(stage.modules()) for stage in self.stages)]
        convolved = sum(
            layer.weight[0].numel() * height * width
            for own, (height, width) in zip(parts, self._sides(), strict=True)
            for layer in own
            if isinstance(layer, MemberConv)
        )
        return convolved + _learned(self.head)


def _learned(module: nn.Module) -> int:
    """Numbers that one member learns in a part."""
    return sum(own[0].numel() for own in module.parameters())
