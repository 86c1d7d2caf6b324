"""The autoencoder: rows through a narrow middle and back, learned from rows of which some cells are hidden.

What it gives for a row is not a prediction of a target but what the row costs in training, and how far off it is when
it is given back. A column counts as much as any other, whatever it is made of, in units of the error that whoever knows
only the column's mean (or the shares of its levels) makes: 1 is as bad as that, 0 is perfect.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from netwright.models.cells import Cells
from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import ACTIVATIONS, MemberEmbedding, MemberLinear
from netwright.models.noise import Noise
from netwright.models.watched import WatchedLayer, layers_by_name

#: The middle where nobody asked for one: the root of the number of columns, within bounds.
_FEWEST, _MOST = 2, 16
#: What is given back starts close to what the mean row is.
_OUTPUT_GAIN = 0.1
#: Farther than any row lies.
_NO_LIMIT = 1e30
#: Seeds of different tensors of one member lie this far apart.
_SALT = 1_000


@dataclass(frozen=True)
class AutoencoderConfig:
    """Choices of the family `autoencoder`.

    Args:
        hidden: Widths on the way to the middle, and in reverse on the way back; empty makes it linear, which is what
            principal components are.
        code: Width of the middle; 0 takes the root of the number of columns, from 2 to 16.
        activation: What follows each hidden layer; the middle has none.
        dropout: Share of the cells of a row that are hidden from it in a training step.
        trim: Share of the rows that count nothing in training, those farthest from the mean row. What is learned from
            can be given back, and so would not stand out.
        embedding: Width of the vector learned for each level of a category with many levels.
    """

    hidden: tuple[int, ...] = (64, 32)
    code: int = 0
    activation: str = "tanh"
    dropout: float = 0.1
    trim: float = 0.2
    embedding: int = 8


@family("autoencoder")
class AutoencoderFamily:
    """Denoising autoencoders (Vincent, Larochelle, Bengio and Manzagol, ICML 2008)."""

    config: ClassVar[type[AutoencoderConfig]] = AutoencoderConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes"})
    purpose: ClassVar[str] = "reconstruct"

    @staticmethod
    def build(config: AutoencoderConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One autoencoder for each seed."""
        return Autoencoder(config, sizes, seeds)


class Autoencoder(Network):
    """Autoencoders of one shape, one for each seed."""

    limit: Tensor

    def __init__(self, config: AutoencoderConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        super().__init__()
        self.config, self.sizes, self.n_members = config, sizes, len(seeds)
        #: What is compared when a row comes back.
        self.cells = Cells(sizes)
        self.noise_units = self.cells.n_columns
        self.code = config.code or max(_FEWEST, min(_MOST, math.ceil(math.sqrt(self.cells.n_columns))))
        dimensions = [min(config.embedding, cardinality) for cardinality in sizes.cardinalities]
        self.embedding = MemberEmbedding(seeds, sizes.cardinalities, dimensions, _SALT // 2) if dimensions else None
        self.hidden = nn.ModuleList()
        width, fan_in = sizes.dense + sum(dimensions), [n + sum(dimensions) for n in sizes.fan_in]
        for depth, units in enumerate((*config.hidden, self.code, *reversed(config.hidden))):
            self.hidden.append(MemberLinear(seeds, width, units, 1.0, salt=depth * _SALT, fan_in=fan_in))
            width, fan_in = units, [units] * len(seeds)
        #: How far from the mean row a row may lie in order to count in training.
        self.register_buffer("limit", torch.full((len(seeds),), _NO_LIMIT))
        self.head = Heads(seeds, width, sizes, (2 * len(config.hidden) + 1) * _SALT)

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch 2"]:
        """What each row costs, and how far off it is when it is given back."""
        back = self.head(self._decoded(self._encoded(inputs, noise)))
        both = self.cells.costs(inputs["dense"], _codes(inputs), *back)
        counts = self.cells.distance(inputs["dense"]) <= self.limit[:, None]
        return torch.stack([both[:, :, 0] * counts, both[:, :, 1]], dim=2)

    def embed(self, inputs: Inputs) -> Float[Tensor, "member batch code"]:
        """Where each row lies in the middle."""
        return self._encoded(inputs, None)

    def rebuild(self, inputs: Inputs) -> tuple[Float[Tensor, "member batch feature"], list[Tensor]]:
        """The rows as the network gives them back.

        Returns:
            Dense features, on the scale of the inputs and for levels as probabilities (of signs 2 p - 1); and for each
            coded column the probability of each code, [member, batch, code].
        """
        return self.cells.as_inputs(*self.head(self._decoded(self._encoded(inputs, None))))

    def errors(self, inputs: Inputs) -> Float[Tensor, "member batch column"]:
        """How far off each column of a row is when it is given back; NaN where its cell is unknown."""
        back = self.head(self._decoded(self._encoded(inputs, None)))
        return self.cells.of_columns(inputs["dense"], _codes(inputs), *back)

    def _encoded(self, inputs: Inputs, noise: Noise | None) -> Tensor:
        """The middle; while training some cells are hidden: numbers are the mean then, levels unknown."""
        x, codes = inputs["dense"], _codes(inputs)
        if noise is not None and not noise.silent:
            x, codes = self.cells.hidden(x, codes, noise.factors(self.cells.n_columns) > 0)
        if self.embedding is not None:
            x = torch.cat([x, self.embedding(codes)], dim=2)
        activation = ACTIVATIONS[self.config.activation]
        depth = len(self.config.hidden)
        for layer in self.hidden[:depth]:
            x = activation(layer(x))
        code: Tensor = self.hidden[depth](x)
        return code

    def _decoded(self, x: Tensor) -> Tensor:
        activation = ACTIVATIONS[self.config.activation]
        for layer in self.hidden[len(self.config.hidden) + 1 :]:
            x = activation(layer(x))
        return x

    @torch.no_grad()
    def start_from(self, inputs: Inputs, weight: Float[Tensor, "member row"], seeds: Sequence[int]) -> None:
        """Learn the units of errors from train rows, and begin with the mean row.

        Args:
            inputs: Of train rows of each member.
            weight: 1 for a row, 0 for padding.
            seeds: One a member.
        """
        dense, coded = self.cells.fit(inputs["dense"], _codes(inputs), weight)
        self.head.begin_at(dense, coded)
        distance = self.cells.distance(inputs["dense"])
        for member, own in enumerate(weight > 0):
            if self.config.trim and bool(own.any()):
                ordered = distance[member][own].sort().values
                kept = max(1, math.ceil((1 - self.config.trim) * len(ordered)))
                self.limit[member] = ordered[kept - 1]

    def penalised(self) -> list[nn.Parameter]:
        """The weights of all linear layers."""
        layers = [*self.hidden, self.head.dense, *self.head.coded]
        return [layer.weight for layer in layers if isinstance(layer, MemberLinear)]

    def watched(self) -> list[WatchedLayer]:
        """As the parts are called; the middle has no activation."""
        middle = f"hidden {len(self.config.hidden) + 1}"
        layers = layers_by_name(self, self.config.activation)
        return [replace(own, module="", activation="") if own.name == middle else own for own in layers]

    def layers(self) -> list[LayerRow]:
        """Input, embedding where there is one, the way to the middle, and the way back."""
        n_coded = len(self.sizes.cardinalities)
        rows = [LayerRow("input", str(self.sizes.dense + n_coded), "", 0)]
        if self.embedding is not None:
            learned = sum(table[0].numel() for table in self.embedding.tables)
            rows.append(LayerRow("embedding", str(self.sizes.dense + self.embedding.width), "", learned))
        depth = len(self.config.hidden)
        for place, layer in enumerate(self.hidden):
            name = "middle" if place == depth else "encoder" if place < depth else "decoder"
            rows.append(_row(name, [layer], "" if place == depth else self.config.activation))
        return [*rows, _row("output", [self.head.dense, *self.head.coded], "")]


class Heads(nn.Module):
    """What comes out: a number for each dense feature, and for each coded column one for each of its codes.

    Args:
        seeds: One a member.
        width: Of what comes in.
        sizes: What the network must fit.
        salt: Tells these layers' random numbers from those of the others.
    """

    coded: nn.ModuleList

    def __init__(self, seeds: Sequence[int], width: int, sizes: Sizes, salt: int) -> None:
        super().__init__()
        self.dense = MemberLinear(seeds, width, sizes.dense, _OUTPUT_GAIN, salt)
        self.coded = nn.ModuleList(
            MemberLinear(seeds, width, n_codes, _OUTPUT_GAIN, salt + 1 + place)
            for place, n_codes in enumerate(sizes.cardinalities)
        )

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Raw numbers of all dense features, and of the codes of each coded column."""
        return self.dense(x), [layer(x) for layer in self.coded]

    def begin_at(self, dense: Float[Tensor, "member feature"], coded: Sequence[Tensor]) -> None:
        """Give these raw numbers at first."""
        self.dense.bias.copy_(dense[:, None, :])
        for layer, own in zip(self.coded, coded, strict=True):
            assert isinstance(layer, MemberLinear)
            layer.bias.copy_(own[:, None, :])


def _codes(inputs: Inputs) -> Tensor:
    """The codes of coded columns; none are given where there is no such column."""
    dense = inputs["dense"]
    return inputs["codes"] if "codes" in inputs else dense.new_zeros(*dense.shape[:2], 0, dtype=torch.int64)


def _row(name: str, layers: Sequence[nn.Module], activation: str) -> LayerRow:
    shapes = [layer.weight.shape[1:] for layer in layers if isinstance(layer, MemberLinear)]
    parameters = sum(n_in * n_out + n_out for n_in, n_out in shapes)
    shown = "" if activation == "none" else activation
    return LayerRow(name, str(sum(n_out for _, n_out in shapes)), shown, parameters)
