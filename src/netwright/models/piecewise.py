"""Piecewise-linear embeddings of numbers: where a number lies among the quantiles of its feature."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from netwright.models.layers import member_uniform

#: A bin that is not wider than this holds one value only; its reciprocal would leave float32.
_THINNEST = 1e-20


class Columns(nn.Module):
    """Some columns of each member's own choice.

    Args:
        chosen: For each member the positions; -1 is padding, which reads as 0.
    """

    positions: Tensor
    present: Tensor

    def __init__(self, chosen: Sequence[Sequence[int]]) -> None:
        super().__init__()
        positions = torch.tensor([list(own) for own in chosen])
        self.full = bool((positions >= 0).all())
        self.register_buffer("positions", positions.clamp(min=0), persistent=False)
        self.register_buffer("present", (positions >= 0).float(), persistent=False)

    def forward(self, x: Float[Tensor, "member batch feature"]) -> Float[Tensor, "member batch column"]:
        """The chosen columns, in order."""
        own = x.gather(2, self.positions[:, None, :].expand(-1, x.shape[1], -1))
        return own if self.full else own * self.present[:, None, :]


class PiecewiseLinearEmbedding(nn.Module):
    """`w x + c + PLE(x) V` for each feature; V starts at zero, so the embedding starts as a line.

    PLE has one number for each bin between neighbouring edges: `(x - left) / (right - left)`, held between 0 and 1
    but for the outermost bins, which go on as lines (Gorishniy, Rubachev, Babenko, "On Embeddings for Numerical
    Features in Tabular Deep Learning", NeurIPS 2022; with the line as in "TabM", ICLR 2025).

    Args:
        seeds: One a member.
        continuous: For each member which inputs are numbers on a scale; -1 is padding, whose output is 0.
        n_bins: Bins of a feature with many values; fewer values make fewer bins.
        width: Numbers that come out for a feature.
        salt: Tells this layer's random numbers from those of the other layers.
    """

    edges: Tensor

    def __init__(
        self, seeds: Sequence[int], continuous: Sequence[Sequence[int]], n_bins: int, width: int, salt: int
    ) -> None:
        super().__init__()
        self.columns = Columns(continuous)
        n_features = len(continuous[0])
        self.n_bins, self.width = n_bins, n_features * width
        bound = 1 / math.sqrt(width)
        self.slope = nn.Parameter(member_uniform(seeds, (n_features, 1, width), bound, salt))
        self.bias = nn.Parameter(member_uniform(seeds, (n_features, 1, width), bound, salt + 1))
        self.weight = nn.Parameter(torch.zeros(len(seeds), n_features, n_bins, width))
        #: [member, feature, n_bins + 1], the last edge repeated where bins are fewer; none before `fit`.
        self.register_buffer("edges", torch.zeros(len(seeds), n_features, n_bins + 1))

    def forward(self, x: Float[Tensor, "member batch feature"]) -> Float[Tensor, "member batch width"]:
        """The embeddings of all features side by side."""
        number = self.columns(x).transpose(1, 2)[:, :, :, None]  # [member, feature, batch, 1]
        left, factor, low, high = self._bins()
        shares = torch.clamp((number - left) * factor, low, high)  # [member, feature, batch, bin]
        parts = torch.cat([shares, number, torch.ones_like(number)], dim=3)
        if not self.columns.full:
            parts = parts * self.columns.present[:, :, None, None]
        values = torch.cat([self.weight, self.slope, self.bias], dim=2)
        return (parts @ values).transpose(1, 2).reshape(x.shape[0], x.shape[1], self.width)

    def _bins(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Left edge, one over the width, and the bounds of each bin; [member, feature, 1, bin]."""
        widths = self.edges.diff(dim=2)
        real = widths > _THINNEST
        factor = torch.where(real, widths.reciprocal(), 0.0)
        low = torch.zeros_like(widths)
        low[:, :, 0] = -math.inf
        last = real & ~functional.pad(real[:, :, 1:], (0, 1))
        high = torch.where(last, math.inf, 1.0).to(widths.dtype)
        return self.edges[:, :, None, :-1], factor[:, :, None], low[:, :, None], high[:, :, None]

    @torch.no_grad()
    def fit(self, x: Float[Tensor, "member row feature"], weight: Float[Tensor, "member row"]) -> None:
        """Lay the edges at the distinct quantiles of each member's own rows.

        Args:
            x: Inputs of train rows.
            weight: 1 for a row, 0 for padding.
        """
        numbers = self.columns(x)
        for member, own in enumerate(weight > 0):
            self.edges[member] = quantile_edges(numbers[member][own], self.n_bins)


def quantile_edges(numbers: Float[Tensor, "row feature"], n_bins: int) -> Float[Tensor, "feature edge"]:
    """The distinct ones among the quantiles 0, 1 / n_bins, ..., 1 of each feature, the last one repeated.

    Of few rows there are fewer quantiles than rows. The arithmetic is exact, so that equal values stay equal: bins
    as thin as a rounding error would turn a new number into a huge one.

    Example:
        >>> quantile_edges(torch.tensor([[0.0], [1.0], [1.0], [1.0], [4.0]]), 4)
        tensor([[0., 1., 4., 4., 4.]])
    """
    n_rows, n_features = numbers.shape
    if n_rows == 0:
        return numbers.new_zeros(n_features, n_bins + 1)
    n_steps = max(1, min(n_bins, n_rows - 1))
    place = torch.arange(n_steps + 1, device=numbers.device) * (n_rows - 1)
    below, share = place // n_steps, (place % n_steps).double() / n_steps
    ordered = numbers.sort(dim=0).values.double()
    quantiles = torch.lerp(ordered[below], ordered[(below + 1).clamp(max=n_rows - 1)], share[:, None])
    edges = quantiles.to(numbers.dtype).T.contiguous()
    order = functional.pad((edges.diff(dim=1) > _THINNEST).cumsum(dim=1), (1, 0))
    return edges[:, -1:].repeat(1, n_bins + 1).scatter_(1, order, edges)
