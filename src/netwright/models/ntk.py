"""Linear layers in the NTK form, and first weights fitted to train rows (Holzmueller et al., NeurIPS 2024)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.models.layers import member_normal

#: Rows whose pre-activations set the first biases.
_BIAS_ROWS = 5
#: Pre-activations that vary less than this over the train rows are left as they are.
_LEAST_SPREAD = 1e-6


class NTKLinear(nn.Module):
    """`z = x W + b`, weights from N(0, 1); the `1 / sqrt(n_in)` of the NTK form is to be in x already.

    Args:
        seeds: One a member.
        n_in: Width of the input.
        n_out: Width of the output.
        salt: Tells this layer's random numbers from those of the other layers.
    """

    def __init__(self, seeds: Sequence[int], n_in: int, n_out: int, salt: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(member_normal(seeds, (n_in, n_out), salt))
        self.bias = nn.Parameter(torch.zeros(len(seeds), 1, n_out))

    def forward(self, x: Float[Tensor, "member batch n_in"]) -> Float[Tensor, "member batch n_out"]:
        """Apply each member's own weights."""
        return torch.baddbmm(self.bias, x, self.weight)


@torch.no_grad()
def start_from_rows(
    layer: NTKLinear,
    x: Float[Tensor, "member row n_in"],
    weight: Float[Tensor, "member row"],
    seeds: Sequence[int],
    salt: int,
) -> Float[Tensor, "member row n_out"]:
    """Give a layer outputs of spread 1 over its train rows, and biases from five random rows of them.

    Args:
        layer: Its weights and biases are set.
        x: Its inputs at train rows.
        weight: 1 for a row, 0 for padding.
        seeds: One a member.
        salt: Tells this layer's random numbers from those of the other layers.

    Returns:
        Its outputs from then on.
    """
    z: Tensor = layer(x)
    total = weight.sum(dim=1)[:, None, None]
    mean = (z * weight[:, :, None]).sum(dim=1, keepdim=True) / total
    spread = (((z - mean) ** 2 * weight[:, :, None]).sum(dim=1, keepdim=True) / total).sqrt()
    spread = torch.where(spread > _LEAST_SPREAD, spread, 1.0)
    layer.weight.div_(spread)
    z = z / spread
    layer.bias.copy_(-_mixed_rows(z, weight, seeds, salt))
    started: Tensor = z + layer.bias
    return started


def _mixed_rows(
    z: Float[Tensor, "member row unit"], weight: Float[Tensor, "member row"], seeds: Sequence[int], salt: int
) -> Float[Tensor, "member 1 unit"]:
    """For each unit a mean of five random rows with random weights (Dirichlet), each member from its own seed."""
    mixed = []
    for member, seed in enumerate(seeds):
        generator = torch.Generator().manual_seed((seed + salt) % 2**63)
        n_rows, units = int(weight[member].sum()), z.shape[2]
        rows = torch.randint(n_rows, (_BIAS_ROWS, units), generator=generator)
        shares = torch.empty(_BIAS_ROWS, units).exponential_(generator=generator)
        chosen = z[member].gather(0, rows.to(z.device))
        mixed.append((chosen * (shares / shares.sum(dim=0)).to(z.device)).sum(dim=0, keepdim=True))
    return torch.stack(mixed)
