"""Embeddings of numbers: each feature becomes several, with numbers of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.models.layers import member_normal, member_uniform


class PeriodicEmbedding(nn.Module):
    """`V cos(2 pi w x + b) + c` for each feature (PBLD without its copy of x; Holzmueller et al., NeurIPS 2024).

    Args:
        seeds: One a member.
        continuous: For each member which inputs are numbers on a scale; -1 is padding, whose output is 0.
        frequencies: Cosines a feature.
        width: Numbers that come out for a feature.
        sigma: Standard deviation of the first frequencies.
        salt: Tells this layer's random numbers from those of the other layers.
    """

    positions: Tensor
    present: Tensor

    def __init__(
        self,
        seeds: Sequence[int],
        continuous: Sequence[Sequence[int]],
        frequencies: int,
        width: int,
        sigma: float,
        salt: int,
    ) -> None:
        super().__init__()
        positions = torch.tensor([list(own) for own in continuous])
        self.register_buffer("positions", positions.clamp(min=0), persistent=False)
        self.register_buffer("present", (positions >= 0).float()[:, :, None, None], persistent=False)
        n_features = positions.shape[1]
        self.width = n_features * width
        bound = 1 / math.sqrt(frequencies)
        self.frequency = nn.Parameter(member_normal(seeds, (n_features, 1, frequencies), salt) * sigma)
        self.phase = nn.Parameter(member_uniform(seeds, (n_features, 1, frequencies), math.pi, salt + 1))
        self.weight = nn.Parameter(member_uniform(seeds, (n_features, frequencies, width), bound, salt + 2))
        self.bias = nn.Parameter(member_uniform(seeds, (n_features, 1, width), bound, salt + 3))

    def forward(self, x: Float[Tensor, "member batch feature"]) -> Float[Tensor, "member batch width"]:
        """The embeddings of all features side by side."""
        n_members, batch, _ = x.shape
        own = x.gather(2, self.positions[:, None, :].expand(-1, batch, -1)).transpose(1, 2)[:, :, :, None]
        waves = torch.cos(2 * math.pi * own * self.frequency + self.phase)  # [member, feature, batch, frequency]
        out = (waves @ self.weight + self.bias) * self.present
        return out.transpose(1, 2).reshape(n_members, batch, self.width)
