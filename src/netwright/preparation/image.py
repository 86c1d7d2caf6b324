"""Pictures: scaled channel by channel for networks that read them, small and in a row for all others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from netwright.base.near_pictures import SMALL, pooled, small_size
from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.encoder import Encoder, encoder
from netwright.preparation.values import Values, arrays_of

#: Numbers that a picture becomes in a row for trees.
_MOST_PLAIN = 64
#: The largest picture that is read, in numbers.
MOST_NUMBERS = 1 << 22
#: Pictures that are looked at together.
_BLOCK = 4_096
_SMALLEST_SPREAD = 1e-3
_WHITE = 255.0


@encoder("image")
@dataclass(frozen=True)
class ImageEncoder(Encoder):
    """Mean and spread of each channel over the train rows, in shares of white.

    Args:
        size: Channels, height and width.
        mean: Of each channel, from 0 to 1.
        spread: Standard deviation of each channel.
        flat: Whether the picture becomes a few numbers in a row.
    """

    size: tuple[int, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    flat: bool

    def __post_init__(self) -> None:
        if len(self.size) != 3 or min(self.size) < 1 or math.prod(self.size) > MOST_NUMBERS:
            raise ValueError(f"pictures of {self.column!r} must have a size of channels, height and width")
        if not len(self.mean) == len(self.spread) == self.size[0]:
            raise ValueError(f"pictures of {self.column!r} must have a mean and a spread for each channel")
        if not all(map(math.isfinite, (*self.mean, *self.spread))) or min(self.spread) <= 0:
            raise ValueError(f"the spread of pictures of {self.column!r} must be above 0")

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Mean and spread over all pixels of the train rows."""
        pictures = arrays_of(values, column.name)
        sums = np.zeros((2, column.shape[0]))
        for start in range(0, len(pictures), _BLOCK):
            block = pictures[start : start + _BLOCK].astype(np.float64) / _WHITE
            sums += [block.sum(axis=(0, 2, 3)), (block**2).sum(axis=(0, 2, 3))]
        mean, square = sums / max(1, len(pictures) * column.shape[1] * column.shape[2])
        spread = np.sqrt(np.maximum(square - mean**2, _SMALLEST_SPREAD**2))
        return cls(column.name, tuple(column.shape), tuple(mean.tolist()), tuple(spread.tolist()), preparation.flat)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name for each number in a row: channel, row and column of the small picture."""
        if not self.flat:
            return ()
        channels, (height, width) = self.size[0], small_size(self.size, SMALL)
        return tuple(
            f"{self.column} {channel}:{row}:{place}"
            for channel in range(channels)
            for row in range(height)
            for place in range(width)
        )

    @property
    def n_features(self) -> int:
        """As many as names."""
        return self.size[0] * math.prod(small_size(self.size, SMALL)) if self.flat else 0

    @property
    def n_continuous(self) -> int:
        """All of them are numbers on a scale."""
        return self.n_features

    @property
    def input(self) -> str:
        """`image`, unless it is flat."""
        return "" if self.flat else "image"

    @property
    def shape(self) -> tuple[int, ...]:
        """Channels, height and width of what is read, flat or not."""
        return self.size

    def dense(self, values: Values) -> np.ndarray:
        """The small picture, row by row."""
        pictures = arrays_of(values, self.column)
        if not self.flat:
            return np.zeros((len(pictures), 0), dtype=np.float32)
        small = in_a_row(pictures, self.size, SMALL)
        per = small.shape[1] // self.size[0]
        dense: np.ndarray = (small - np.repeat(self._mean, per)) / np.repeat(self._spread, per)
        return dense

    def decoded(self, dense: np.ndarray, codes: np.ndarray | None) -> np.ndarray | None:
        """Small pictures in shares of white; (n_rows, channels, height, width). None where it is not flat."""
        if not self.flat:
            return None
        small = dense.reshape(len(dense), self.size[0], *small_size(self.size, SMALL))
        return np.asarray(small * self._spread[:, None, None] + self._mean[:, None, None])

    def back(self, array: np.ndarray) -> np.ndarray:
        """Pictures, of numbers that have mean 0 and spread 1 in each channel; uint8, (n_rows, *size)."""
        shares = array * self._spread[:, None, None] + self._mean[:, None, None]
        return np.asarray(np.clip(np.rint(shares * np.float32(_WHITE)), 0, _WHITE).astype(np.uint8))

    def array(self, values: Values) -> np.ndarray:
        """The pictures with mean 0 and spread 1 in each channel."""
        scaled = arrays_of(values, self.column).astype(np.float32)
        scaled /= np.float32(_WHITE)
        scaled -= self._mean[:, None, None]
        scaled /= self._spread[:, None, None]
        return scaled

    @property
    def _mean(self) -> np.ndarray:
        return np.array(self.mean, dtype=np.float32)

    @property
    def _spread(self) -> np.ndarray:
        return np.array(self.spread, dtype=np.float32)


def in_a_row(pictures: np.ndarray, size: tuple[int, ...], most: int) -> np.ndarray:
    """Small pictures as numbers in a row, in shares of white; float32, (n_rows, n_numbers).

    Args:
        pictures: (n_rows, channels, height, width).
        size: Of a picture.
        most: Numbers of a small one.
    """
    wanted = small_size(size, most)
    n_numbers = size[0] * math.prod(wanted)
    blocks = [
        pooled(pictures[start : start + _BLOCK], wanted).reshape(-1, n_numbers) / np.float32(_WHITE)
        for start in range(0, len(pictures), _BLOCK)
    ]
    return np.concatenate(blocks) if blocks else np.zeros((0, n_numbers), dtype=np.float32)


def plain_width(shape: tuple[int, ...]) -> int:
    """Numbers that a picture becomes for trees.

    Args:
        shape: Channels, height and width.
    """
    return shape[0] * math.prod(small_size(shape, _MOST_PLAIN))


def plain_pictures(values: Values, column: Column) -> np.ndarray:
    """Pictures as trees read them; float64, (n_rows, n_numbers)."""
    return in_a_row(arrays_of(values, column.name), column.shape, _MOST_PLAIN).astype(np.float64)
