"""TabM: one perceptron that makes k predictions (Gorishniy, Kotelnikov, Babenko, "TabM", ICLR 2025).

The k submodels share their weights and differ by vectors that scale what goes into a layer and what comes out of it.
Each is trained for itself: the loss is the mean of their k losses, the prediction the mean of their k predictions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from netwright.base.errors import PlanError
from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import ACTIVATIONS, MemberEmbedding, drop, member_normal, member_uniform
from netwright.models.noise import Noise
from netwright.models.piecewise import Columns, PiecewiseLinearEmbedding

#: Seeds of different tensors of one member lie this far apart.
_SALT = 1_000
#: A category with more codes becomes a learned vector: k rows times hundreds of zeros would cost more than the network.
_MOST_ONEHOT = 100
#: Rows at a time beyond training: each of them becomes k rows of the widest layer.
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class TabMConfig:
    """Choices of the family `tabm`.

    Args:
        hidden: Width of each hidden layer.
        activation: What follows each hidden layer.
        dropout: Share of hidden units dropped in a training step.
        embedding: Width of the vector learned for each level of a category with more than a hundred levels.
        k: How many submodels a network has.
        n_bins: Bins of the piecewise-linear embedding of numbers; 0 takes numbers as they are.
        d_embedding: Width of that embedding.
        mini: Whether submodels differ in the first scaling and in their heads only.
    """

    hidden: tuple[int, ...] = (512, 512)
    activation: str = "relu"
    dropout: float = 0.1
    embedding: int = 8
    k: int = 32
    n_bins: int = 48
    d_embedding: int = 16
    mini: bool = False

    def __post_init__(self) -> None:
        if not self.hidden:
            raise PlanError(
                "--hidden must name at least one width for tabm, got none. --model linear is plain regression."
            )


@family("tabm")
class TabMFamily:
    """TabMs."""

    config: ClassVar[type[TabMConfig]] = TabMConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes"})

    @staticmethod
    def build(config: TabMConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One network of k submodels for each seed."""
        return TabM(config, sizes, seeds)


class OneHot(nn.Module):
    """A column of 0 and 1 for each code but 0, which stands for unseen levels: they are all zeros.

    Args:
        n_members: How many networks.
        columns: Which coded columns.
        cardinalities: How many codes each of them has.
    """

    column: Tensor
    code: Tensor

    def __init__(self, n_members: int, columns: Sequence[int], cardinalities: Sequence[int]) -> None:
        super().__init__()
        pairs = [(column, code) for column, n in zip(columns, cardinalities, strict=True) for code in range(1, n)]
        column, code = torch.tensor(pairs, dtype=torch.int64).reshape(-1, 2).T.repeat(n_members, 1, 1).unbind(1)
        self.register_buffer("column", column.contiguous(), persistent=False)
        self.register_buffer("code", code.contiguous(), persistent=False)

    def forward(self, codes: Int[Tensor, "member batch column"]) -> Bool[Tensor, "member batch code"]:
        """The columns of all codes side by side."""
        own = codes.gather(2, self.column[:, None].expand(-1, codes.shape[1], -1))
        return own == self.code[:, None]


class TabMInputs(nn.Module):
    """Embedded numbers, the other dense features, codes as columns, and vectors of long categories, side by side.

    Args:
        config: The family's choices.
        sizes: What the network must fit.
        seeds: One a member.
    """

    #: For each feature how many numbers it becomes; they share their first scalings.
    chunks: tuple[int, ...]
    #: For each member how many numbers come out, without padding.
    fan_in: tuple[int, ...]

    def __init__(self, config: TabMConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        numbers = sizes.continuous if config.n_bins and any(sizes.continuous) else ((),) * len(seeds)
        others = [sorted(set(range(own)).difference(taken)) for own, taken in zip(sizes.fan_in, numbers, strict=True)]
        known = sizes.others if numbers[0] else sizes.dense  # whoever trains beside: shapes are those of all folds
        most = max(map(len, others)) if known is None else known
        cardinalities = dict(enumerate(sizes.cardinalities))
        short = {column: n for column, n in cardinalities.items() if n <= _MOST_ONEHOT}
        self.long = [column for column in cardinalities if column not in short]
        dimensions = [config.embedding] * len(self.long)
        self.numbers = None
        if numbers[0]:
            self.numbers = PiecewiseLinearEmbedding(seeds, numbers, config.n_bins, config.d_embedding, _SALT // 4)
        self.others = Columns([own + [-1] * (most - len(own)) for own in others]) if most else None
        self.onehot = OneHot(len(seeds), list(short), list(short.values())) if short else None
        self.embedding = None
        if self.long:
            long = [cardinalities[column] for column in self.long]
            self.embedding = MemberEmbedding(seeds, long, dimensions, _SALT // 2)
        coded = [n - 1 for n in short.values()] + dimensions
        self.chunks = (*[config.d_embedding] * len(numbers[0]), *[1] * most, *coded)
        real = [sum(position >= 0 for position in own) for own in numbers]
        self.fan_in = tuple(config.d_embedding * n + len(own) + sum(coded) for n, own in zip(real, others, strict=True))

    def forward(self, inputs: Inputs) -> Float[Tensor, "member batch feature"]:
        """What goes into the first layer."""
        dense = inputs["dense"]
        parts = [part(dense) for part in (self.numbers, self.others) if part is not None]
        if self.onehot is not None:
            parts.append(self.onehot(inputs["codes"]).to(dense.dtype))
        if self.embedding is not None:
            parts.append(self.embedding(inputs["codes"][:, :, self.long]))
        return torch.cat(parts, dim=2)


def first_scaling(
    seeds: Sequence[int], k: int, chunks: Sequence[int], normal: bool
) -> Float[Tensor, "member 1 submodel feature"]:
    """What tells submodels apart at the start: one number for each feature, normal or a random sign."""
    drawn = member_normal(seeds, (1, k, len(chunks)), _SALT // 4 * 3)
    scaling = drawn if normal else torch.where(drawn >= 0, 1.0, -1.0)
    return scaling.repeat_interleave(torch.tensor(chunks), dim=3)


class EnsembleLinear(nn.Module):
    """`((x * r_i) W) * s_i + b_i` for submodel i, with one W for all (BatchEnsemble; Wen, Tran, Ba, ICLR 2020).

    W starts between plus and minus `1 / sqrt(fan_in)`, and so do the biases, alike in all submodels; s starts at 1.

    Args:
        seeds: One a member.
        fan_in: For each member the number of inputs that are not padding.
        n_in: Width of the input.
        n_out: Width of the output.
        salt: Tells this layer's random numbers from those of the other layers.
        scaling: First r (member 1 submodel n_in); None for a layer without any.
        k: Submodels with an s and a bias of their own; None for one bias that they share, and no s.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        fan_in: Sequence[int],
        n_in: int,
        n_out: int,
        salt: int,
        scaling: Float[Tensor, "member 1 submodel n_in"] | None,
        k: int | None,
    ) -> None:
        super().__init__()
        bound = torch.tensor(list(fan_in), dtype=torch.float32).clamp(min=1).rsqrt()[:, None, None]
        self.weight = nn.Parameter(member_uniform(seeds, (n_in, n_out), 1.0, salt) * bound)
        bias = (member_uniform(seeds, (1, n_out), 1.0, salt + 1) * bound)[:, :, None]
        self.bias = nn.Parameter(bias.repeat(1, 1, k or 1, 1))
        self.r = None if scaling is None else nn.Parameter(scaling)
        self.s = None if k is None else nn.Parameter(torch.ones_like(bias).repeat(1, 1, k, 1))

    def forward(self, x: Float[Tensor, "member batch _ n_in"]) -> Float[Tensor, "member batch _submodel n_out"]:
        """Apply the layer to all submodels as to so many rows; an axis of 1 goes to each of them."""
        if self.r is not None:
            x = x * self.r
        n_members, batch, k, n_in = x.shape
        rows, shape = x.reshape(n_members, batch * k, n_in), (n_members, batch, k, self.weight.shape[2])
        if self.s is None:
            return torch.baddbmm(self.bias[:, 0], rows, self.weight).view(shape)
        return (torch.bmm(rows, self.weight).view(shape) * self.s).add_(self.bias)


class SubmodelHeads(nn.Module):
    """A linear layer for each submodel, weights and biases between plus and minus `1 / sqrt(n_in)`.

    Args:
        seeds: One a member.
        k: How many submodels.
        n_in: Width of the input.
        n_out: Width of the output.
        salt: Tells this layer's random numbers from those of the other layers.
    """

    def __init__(self, seeds: Sequence[int], k: int, n_in: int, n_out: int, salt: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(n_in)
        self.weight = nn.Parameter(member_uniform(seeds, (k, n_in, n_out), bound, salt))
        self.bias = nn.Parameter(member_uniform(seeds, (1, k, n_out), bound, salt + 1))

    def forward(self, x: Float[Tensor, "member batch submodel n_in"]) -> Float[Tensor, "member batch submodel n_out"]:
        """Apply each submodel's own weights."""
        return (x.transpose(1, 2) @ self.weight).transpose(1, 2) + self.bias


class TabM(Network):
    """TabMs of one shape, one for each seed."""

    def __init__(self, config: TabMConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config, self.sizes, self.n_members = config, sizes, len(seeds)
        self.noise_units = config.k * sum(config.hidden)
        self.features = TabMInputs(config, sizes, seeds)
        width, fan_in = sum(self.features.chunks), self.features.fan_in
        scaling: Tensor | None = first_scaling(seeds, config.k, self.features.chunks, self.features.numbers is not None)
        self.hidden = nn.ModuleList()
        for depth, units in enumerate(config.hidden):
            own = None if config.mini else config.k
            self.hidden.append(EnsembleLinear(seeds, fan_in, width, units, depth * _SALT, scaling, own))
            width, fan_in = units, (units,) * len(seeds)
            scaling = None if config.mini else torch.ones(len(seeds), 1, config.k, units)
        self.head = SubmodelHeads(seeds, config.k, width, sizes.outputs, len(config.hidden) * _SALT)

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch submodel output"]:
        """Raw outputs of all submodels of all members."""
        batch = inputs["dense"].shape[1]
        if noise is not None or batch <= _ROWS_AT_ONCE:
            return self._outputs(inputs, noise)
        starts = range(0, batch, _ROWS_AT_ONCE)
        parts = [{name: x[:, start : start + _ROWS_AT_ONCE] for name, x in inputs.items()} for start in starts]
        return torch.cat([self._outputs(part, None) for part in parts], dim=1)

    def _outputs(self, inputs: Inputs, noise: Noise | None) -> Float[Tensor, "member batch submodel output"]:
        x = self.features(inputs)[:, :, None]
        activation = ACTIVATIONS[self.config.activation]
        for layer in self.hidden:
            x = activation(layer(x))
            x = drop(x.flatten(2), noise).view(x.shape)
        raw: Tensor = self.head(x)
        return raw

    def start_from(self, inputs: Inputs, weight: Float[Tensor, "member row"], seeds: Sequence[int]) -> None:
        """Lay the bins of the numbers' embeddings on the train rows."""
        if self.features.numbers is not None:
            self.features.numbers.fit(inputs["dense"], weight)

    def penalised(self) -> list[nn.Parameter]:
        """Everything but the biases and the lines that numbers are embedded on; scalings do decay."""
        names = [name for name, _ in self.named_parameters()]
        free = {name for name in names if name.endswith((".bias", ".slope"))}
        return [parameter for name, parameter in self.named_parameters() if name not in free]

    @property
    def row_products(self) -> int:
        """Every submodel passes through the shared weights."""
        shared = [layer.weight for layer in self.hidden if isinstance(layer, EnsembleLinear)]
        return self.config.k * (sum(weight[0].numel() for weight in shared) + self.config.hidden[-1])

    def layers(self) -> list[LayerRow]:
        """Input, embeddings, hidden layers and heads; `32 x 512` is 512 numbers for each of 32 submodels."""
        k, shown = self.config.k, "" if self.config.activation == "none" else self.config.activation
        rows = [LayerRow("input", str(self.sizes.dense + len(self.sizes.cardinalities)), "", 0)]
        if learned := _learned(self.features):
            rows.append(LayerRow("embedding", str(sum(self.features.chunks)), "", learned))
        for layer, units in zip(self.hidden, self.config.hidden, strict=True):
            rows.append(LayerRow("linear", f"{k} x {units}", shown, _learned(layer)))
        return [*rows, LayerRow("output", f"{k} x {self.sizes.outputs}", "", _learned(self.head))]


def _learned(part: nn.Module) -> int:
    """How many numbers one member learns in a part."""
    return sum(parameter[0].numel() for parameter in part.parameters())
