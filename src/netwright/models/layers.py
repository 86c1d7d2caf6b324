"""Layers with a leading member axis: parameters `[member, ...]`, inputs `[member, batch, feature]`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from netwright.models.noise import Noise

#: Activations by the name the user types. `none` leaves its input as it is.
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "selu": functional.selu,
    "gelu": functional.gelu,
    "mish": functional.mish,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "none": lambda x: x,
}

#: The same into the memory of their input, where the gradient needs nothing but what comes out.
IN_PLACE: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu_,
    "tanh": torch.tanh_,
    "sigmoid": torch.sigmoid_,
}


def member_normal(seeds: Sequence[int], shape: tuple[int, ...], salt: int) -> Float[Tensor, "member ..."]:
    """Standard normal numbers, each member's from its own seed (`salt` tells the tensors of a member apart)."""
    rows = [
        torch.empty(shape).normal_(generator=torch.Generator().manual_seed((seed + salt) % 2**63)) for seed in seeds
    ]
    return torch.stack(rows)


def member_uniform(
    seeds: Sequence[int], shape: tuple[int, ...], bound: float, salt: int
) -> Float[Tensor, "member ..."]:
    """Numbers between -bound and bound, each member's from its own seed."""
    rows = [
        torch.empty(shape).uniform_(-bound, bound, generator=torch.Generator().manual_seed((seed + salt) % 2**63))
        for seed in seeds
    ]
    return torch.stack(rows)


class MemberLinear(nn.Module):
    """One linear layer a member: `y_m = x_m W_m + b_m`.

    Weights start normal with standard deviation `gain / sqrt(fan_in)`, biases zero. A gain of sqrt(2) keeps the
    spread of activations through ReLU layers (He et al., ICCV 2015).

    Args:
        seeds: One a member.
        n_in: Width of the input.
        n_out: Width of the output.
        gain: Scale of the first weights.
        fan_in: For each member the number of inputs that are not padding; `n_in` where None.
        salt: Tells this layer's random numbers from those of the other layers.
    """

    def __init__(
        self, seeds: Sequence[int], n_in: int, n_out: int, gain: float, salt: int, fan_in: Sequence[int] | None = None
    ) -> None:
        super().__init__()
        width = torch.tensor([n_in] * len(seeds) if fan_in is None else list(fan_in), dtype=torch.float32)
        spread = gain / width.clamp(min=1).sqrt()
        self.weight = nn.Parameter(member_normal(seeds, (n_in, n_out), salt) * spread[:, None, None])
        self.bias = nn.Parameter(torch.zeros(len(seeds), 1, n_out))

    def forward(self, x: Float[Tensor, "member batch n_in"]) -> Float[Tensor, "member batch n_out"]:
        """Apply each member's own weights."""
        return torch.baddbmm(self.bias, x, self.weight)


class MemberEmbedding(nn.Module):
    """Learned vectors for the codes of several columns, one set a member.

    Code 0 stands for levels that training did not see; it starts at zero, and so do padded codes.

    Args:
        seeds: One a member.
        cardinalities: How many codes each column has.
        dimensions: Width of each column's vectors.
        salt: Tells this layer's random numbers from those of the other layers.
    """

    def __init__(
        self, seeds: Sequence[int], cardinalities: Sequence[int], dimensions: Sequence[int], salt: int
    ) -> None:
        super().__init__()
        self.tables = nn.ParameterList()
        for index, (cardinality, dimension) in enumerate(zip(cardinalities, dimensions, strict=True)):
            table = member_normal(seeds, (cardinality, dimension), salt + index)
            table[:, 0] = 0
            self.tables.append(nn.Parameter(table))
        self.width = sum(dimensions)

    def forward(self, codes: Int[Tensor, "member batch column"]) -> Float[Tensor, "member batch width"]:
        """The vectors of all columns side by side."""
        n_members, batch, _ = codes.shape
        vectors = []
        for column, table in enumerate(self.tables):
            offset = torch.arange(n_members, device=codes.device)[:, None] * table.shape[1]
            flat = functional.embedding(codes[:, :, column] + offset, table.reshape(-1, table.shape[2]))
            vectors.append(flat.reshape(n_members, batch, table.shape[2]))
        return torch.cat(vectors, dim=2)


def drop(x: Float[Tensor, "member batch feature"], noise: Noise | None) -> Float[Tensor, "member batch feature"]:
    """Inverted dropout (Srivastava et al., JMLR 2014): while training, zero some units at each member's own rate."""
    if noise is None or noise.silent:
        return x
    return x * noise.factors(x.shape[2])
