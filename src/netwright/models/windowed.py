"""What families of windows have in common: the window brought to its own spread, and what stands beside it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.models.family import Inputs, LayerRow, Sizes
from netwright.models.layers import MemberEmbedding

#: A window that does not move counts as spread so much.
_LEAST_SPREAD = 1e-3


def own_spread(past: Float[Tensor, "member batch channel step"]) -> Float[Tensor, "member batch 1"]:
    """How much the target moves within each window.

    After Kim and others, "Reversible instance normalization" (ICLR 2022): what is forecast is multiplied by it again.
    Its level is taken off before any network reads it (`preparation/windows.py`).
    """
    return past[:, :, 0].std(dim=2, unbiased=False, keepdim=True) + _LEAST_SPREAD


def normalised(
    past: Float[Tensor, "member batch channel step"], spread: Float[Tensor, "member batch 1"]
) -> Float[Tensor, "member batch channel step"]:
    """The same windows with the target divided by its spread; other channels as they are."""
    return torch.cat([past[:, :, :1] / spread[..., None], past[:, :, 1:]], dim=2)


class Beside(nn.Module):
    """What stands beside a window, side by side: plain features, what is known ahead, vectors of categories.

    Args:
        seeds: One a member.
        sizes: What there is.
        embedding: Width of the vector of a level, at most.
        salt: Tells its random numbers from those of other layers.
    """

    def __init__(self, seeds: Sequence[int], sizes: Sizes, embedding: int, salt: int) -> None:
        super().__init__()
        dimensions = [min(embedding, cardinality) for cardinality in sizes.cardinalities]
        self.embedding = MemberEmbedding(seeds, sizes.cardinalities, dimensions, salt) if dimensions else None
        channels, steps = sizes.arrays.get("future", (0, 0))
        self._ahead = channels * steps
        more = sum(dimensions) + self._ahead
        self.width, self.fan_in = sizes.dense + more, [own + more for own in sizes.fan_in]

    def forward(self, inputs: Inputs) -> Float[Tensor, "member batch feature"]:
        """All of it in a row."""
        parts = [inputs["dense"]]
        if self._ahead:
            parts.append(inputs["future"].flatten(2))
        if self.embedding is not None:
            parts.append(self.embedding(inputs["codes"]))
        return torch.cat(parts, dim=2)

    def layers(self) -> list[LayerRow]:
        """The embedding, where there is one."""
        if self.embedding is None:
            return []
        learned = sum(table[0].numel() for table in self.embedding.tables)
        return [LayerRow("embedding", str(self.embedding.width), "", learned)]


def input_row(sizes: Sizes) -> LayerRow:
    """The first line of the table of layers: the window, as channels by steps."""
    channels, steps = sizes.arrays["past"]
    return LayerRow("input", f"{channels} x {steps}", "", 0)


def learned_in(module: nn.Module) -> int:
    """How many numbers one member learns in a module."""
    return sum(parameter[0].numel() for parameter in module.parameters())
