"""A convolution over the characters of texts, joined with the other columns in a perceptron.

Every character starts n-grams of one to four characters. Each falls by its hash into a bucket, and each bucket has a
vector that is learned; the vectors of the n-grams that start at a character are added up. A convolution reads a few
characters at a time, and of each filter the largest and the mean output over the text go on, beside the other columns.
Syllable blocks of Hangul are characters, so one to four of them are about what a word is made of: no tokenizer is needed.

Hashed n-grams as in fastText (Bojanowski et al., TACL 2017), convolution and maximum after Kim (EMNLP 2014).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from netwright.base.ngrams import bucket_of, next_hashes
from netwright.models.family import Inputs, LayerRow, Network, Sizes, family
from netwright.models.layers import MemberLinear, drop, member_normal
from netwright.models.mlp import MLP, MLPConfig
from netwright.models.noise import Noise

#: Seeds of the parts that read texts lie beyond those of the perceptron.
_TABLE_SALT, _FILTER_SALT = 500_000, 500_001
#: First spread of the vectors of buckets.
_SPREAD = 0.3


@dataclass(frozen=True)
class TextCNNConfig:
    """Choices of the family `textcnn`.

    Args:
        hidden: Width of each hidden layer behind the texts.
        activation: What follows each hidden layer.
        dropout: Share of units dropped in a training step, of what texts become too.
        embedding: Width of the vector learned for each level of a category with many levels.
        longest: Characters of the longest n-gram.
        buckets: How many n-grams can be told apart.
        width: Of the vector that is learned for each bucket.
        filters: Of the convolution.
        kernel: Characters that the convolution reads at a time.
    """

    hidden: tuple[int, ...] = (64,)
    activation: str = "relu"
    dropout: float = 0.2
    embedding: int = 8
    longest: int = 4
    buckets: int = 4096
    width: int = 16
    filters: int = 64
    kernel: int = 3

    def __post_init__(self) -> None:
        if min(self.longest, self.width, self.filters, self.kernel) < 1 or self.buckets < 2 or self.longest > 8:
            raise ValueError("n-grams (of 1 to 8 characters), buckets, width, filters and kernel must be some")


@family("textcnn")
class TextCNNFamily:
    """Convolutions over texts."""

    config: ClassVar[type[TextCNNConfig]] = TextCNNConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes", "text"})

    @staticmethod
    def build(config: TextCNNConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One network for each seed; without texts it is a perceptron."""
        body = MLPConfig(config.hidden, config.activation, config.dropout, config.embedding)
        return TextCNN(config, body, sizes, seeds) if "text" in sizes.arrays else MLP(body, sizes, seeds)


class TextCNN(MLP):
    """Networks of one shape, one for each seed."""

    def __init__(self, config: TextCNNConfig, body: MLPConfig, sizes: Sizes, seeds: Sequence[int]) -> None:
        self._columns, self._positions = sizes.arrays["text"]
        read = 2 * config.filters * self._columns
        super().__init__(
            body, replace(sizes, dense=sizes.dense + read, fan_in=tuple(own + read for own in sizes.fan_in)), seeds
        )
        self.choices, self.noise_units = config, self.noise_units + read
        table = member_normal(seeds, (config.buckets, config.width), _TABLE_SALT) * _SPREAD
        self.buckets = nn.Parameter(table)
        gain = math.sqrt(2) / (_SPREAD * math.sqrt(config.longest))
        self.convolution = MemberLinear(seeds, config.kernel * config.width, config.filters, gain, _FILTER_SALT)

    def forward(self, inputs: Inputs, noise: Noise | None = None) -> Float[Tensor, "member batch output"]:
        """Raw outputs of all members."""
        read = drop(self.read(inputs["text"]), noise)
        return super().forward({**inputs, "dense": torch.cat([inputs["dense"], read], dim=2)}, noise)

    def read(self, text: Int[Tensor, "member batch column position"]) -> Float[Tensor, "member batch feature"]:
        """Of each column and filter the largest output over the text, and the mean; 0 where there is no text."""
        n_members, batch, n_columns, n_positions = text.shape
        points = text.reshape(n_members, batch * n_columns, n_positions)
        there = (points > 0).to(self.buckets.dtype)[..., None]
        vectors = self._vectors(points)
        kernel = self.choices.kernel
        windows = functional.pad(vectors, (0, 0, 0, kernel - 1)).unfold(2, kernel, 1)
        flat = windows.transpose(3, 4).reshape(n_members, -1, kernel * self.choices.width)
        found = torch.relu_(self.convolution(flat)).reshape(n_members, batch * n_columns, n_positions, -1) * there
        largest = found.amax(dim=2)
        mean = found.sum(dim=2) / there.sum(dim=2).clamp(min=1)
        return torch.cat([largest, mean], dim=2).reshape(n_members, batch, -1)

    def _vectors(self, points: Int[Tensor, "member row position"]) -> Float[Tensor, "member row position width"]:
        """For each character the sum of the vectors of the n-grams that it starts."""
        n_members, n_buckets, width = self.buckets.shape
        first = torch.arange(n_members, device=points.device)[:, None, None] * n_buckets
        table = self.buckets.reshape(-1, width)
        padded = functional.pad(points, (0, self.choices.longest - 1))
        n_positions = points.shape[2]
        hashes, whole = torch.zeros_like(points), torch.ones_like(points, dtype=torch.bool)
        total: Tensor | None = None
        for length in range(self.choices.longest):
            following = padded[:, :, length : length + n_positions]
            whole = whole & (following > 0)
            hashes = next_hashes(hashes, following)
            own = functional.embedding(first + bucket_of(hashes, n_buckets), table) * whole[..., None]
            total = own if total is None else total + own
        assert total is not None, "n-grams have a character at least"
        return total

    def penalised(self) -> list[nn.Parameter]:
        """The weights of all linear layers, and of the convolution."""
        return [self.convolution.weight, *super().penalised()]

    @property
    def row_products(self) -> int:
        """Those of the perceptron, and those of the convolution at every character."""
        body = self.member_parameters - self.buckets[0].numel()
        own = self.convolution.weight[0].numel() + self.choices.longest * self.choices.width
        return body + own * self._columns * self._positions

    def layers(self) -> list[LayerRow]:
        """Input, n-grams, convolution, then those of a perceptron."""
        own, given = self.choices, self._columns * self._positions
        first, *others = super().layers()
        read = 2 * own.filters * self._columns
        plain = int(first.shape) - read
        learned = own.kernel * own.width * own.filters + own.filters
        return [
            LayerRow("input", str(plain + given), "", 0),
            LayerRow("n-grams", f"{given} x {own.width}", "", self.buckets[0].numel()),
            LayerRow("convolution", f"{given} x {own.filters}", "relu", learned),
            LayerRow("largest and mean", str(read + plain), "", 0),
            *others,
        ]
