"""Convolutions and norms with a member axis: channels of all members stand side by side, one group each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from netwright.models.layers import member_normal

#: Channels of a group of the norm, about.
_GROUP_CHANNELS = 8


class MemberConv(nn.Module):
    """One convolution a member, all in one call with as many groups as members.

    Weights start normal with standard deviation sqrt(2 / fan_in) (He et al., ICCV 2015), biases zero.

    Args:
        seeds: One a member.
        n_in: Channels of the input of a member.
        n_out: Channels of its output.
        kernel: Side of the window, an odd number; edges are padded with zeros so that the size stays.
        salt: Tells this layer's random numbers from those of the other layers.
        stride: Step of the window.
    """

    def __init__(self, seeds: Sequence[int], n_in: int, n_out: int, kernel: int, salt: int, stride: int = 1) -> None:
        super().__init__()
        spread = math.sqrt(2 / (n_in * kernel**2))
        self.weight = nn.Parameter(member_normal(seeds, (n_out, n_in, kernel, kernel), salt) * spread)
        self.bias = nn.Parameter(torch.zeros(len(seeds), n_out))
        self.stride = stride

    def forward(self, x: Float[Tensor, "batch n_in height width"]) -> Float[Tensor, "batch n_out height width"]:
        """Apply each member's own weights; channels are those of all members, member by member."""
        n_members, _, _, kernel, _ = self.weight.shape
        weight = self.weight.flatten(0, 1)
        return functional.conv2d(x, weight, self.bias.flatten(), self.stride, kernel // 2, groups=n_members)


class MemberNorm(nn.Module):
    """Group norm (Wu and He, ECCV 2018): each row by itself, so that no row depends on its batch, nor on a member.

    Args:
        n_members: How many members.
        channels: Of each of them.
    """

    def __init__(self, n_members: int, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(n_members, channels))
        self.bias = nn.Parameter(torch.zeros(n_members, channels))
        own = max(1, channels // _GROUP_CHANNELS)
        self.groups = own if channels % own == 0 else 1

    def forward(self, x: Float[Tensor, "batch channel height width"]) -> Float[Tensor, "batch channel height width"]:
        """Channels with mean 0 and spread 1 in each group, scaled and shifted by what was learned."""
        n_groups = len(self.weight) * self.groups
        return functional.group_norm(x, n_groups, self.weight.flatten(), self.bias.flatten())


class ResidualBlock(nn.Module):
    """Two convolutions beside a short cut (He et al., CVPR 2016): `relu(cut(x) + norm(conv(relu(norm(conv(x))))))`.

    Args:
        seeds: One a member.
        n_in: Channels of the input of a member.
        n_out: Channels of its output.
        kernel: Side of the windows.
        salt: Tells the random numbers from those of other blocks.
    """

    def __init__(self, seeds: Sequence[int], n_in: int, n_out: int, kernel: int, salt: int) -> None:
        super().__init__()
        self.first = MemberConv(seeds, n_in, n_out, kernel, salt)
        self.first_norm = MemberNorm(len(seeds), n_out)
        self.second = MemberConv(seeds, n_out, n_out, kernel, salt + 1)
        self.second_norm = MemberNorm(len(seeds), n_out)
        self.cut = MemberConv(seeds, n_in, n_out, 1, salt + 2) if n_in != n_out else None

    def forward(self, x: Float[Tensor, "batch n_in height width"]) -> Float[Tensor, "batch n_out height width"]:
        """The input and what two convolutions add to it."""
        inner = torch.relu(self.first_norm(self.first(x)))
        inner = self.second_norm(self.second(inner))
        return torch.relu(inner + (x if self.cut is None else self.cut(x)))


def moved(
    x: Float[Tensor, "member batch channel height width"], shifts: Tensor, mirrored: Tensor | None = None
) -> Float[Tensor, "member batch channel height width"]:
    """Pictures shifted by whole pixels, the outermost row or column being repeated, and mirrored where told.

    Args:
        x: The pictures.
        shifts: Pixels down and to the right; int64, (member, batch, 2).
        mirrored: Whether left and right change places; bool, (member, batch). None mirrors none.
    """
    n_members, batch, channels, height, width = x.shape
    rows = (torch.arange(height, device=x.device) - shifts[:, :, :1]).clamp(0, height - 1)
    columns = (torch.arange(width, device=x.device) - shifts[:, :, 1:]).clamp(0, width - 1)
    if mirrored is not None:
        columns = torch.where(mirrored[:, :, None], width - 1 - columns, columns)
    places = (rows[:, :, :, None] * width + columns[:, :, None, :]).view(n_members, batch, 1, height * width)
    flat = x.reshape(n_members, batch, channels, height * width)
    return flat.gather(3, places.expand(-1, -1, channels, -1)).view_as(x)
