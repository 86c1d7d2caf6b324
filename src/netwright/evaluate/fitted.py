"""Fitted baselines as plain arrays, without the tool that fitted them: what all have in common, and the constant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np


@dataclass(frozen=True)
class Constant:
    """The same prediction for every row.

    Args:
        values: The value (1,) of regression, or the probability of each class (n_classes,).
        is_class: Which of the two.

    Example:
        >>> Constant(np.array([3.5]), False)(np.zeros((2, 4)))
        array([3.5, 3.5])
    """

    kind: ClassVar[str] = "constant"
    values: np.ndarray
    is_class: bool

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """The prediction of every row."""
        return np.tile(self.values, (len(x), 1)) if self.is_class else np.full(len(x), self.values[0])

    def arrays(self) -> dict[str, np.ndarray]:
        """The values."""
        return {"values": self.values}

    @property
    def n_parameters(self) -> int:
        """The values."""
        return len(self.values)

    @property
    def row_products(self) -> int:
        """None, as good as."""
        return 1

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], n_classes: int) -> Constant:
        """The constant of these arrays.

        Args:
            arrays: As `arrays` gave them, from a stranger.
            n_classes: 0 for regression.

        Raises:
            ValueError: They are not those of such a task.
        """
        values = taken(arrays, {"values": ("f8", (n_classes or 1,))})["values"]
        if n_classes:
            check_shares(values)
        return cls(values, n_classes > 0)


@dataclass(frozen=True)
class ClassShares:
    """From probabilities of some classes to those of all: classes that could not be learned get a share of their own.

    Args:
        shares: The probability of each class that is not modelled, 0 for the others; (n_classes,).
        known: The numbers of the classes that are modelled, rising; (n_known,).
        rest: What the modelled classes share, before ...
        factor: ... room is made for classes that training never saw.

    Example:
        >>> ClassShares(np.array([0.0, 0.0, 0.2]), np.array([0, 1]), 1.0, 0.8).filled(np.array([[0.25, 0.75]])).round(2)
        array([[0.2, 0.6, 0.2]])
    """

    shares: np.ndarray
    known: np.ndarray
    rest: float = 1.0
    factor: float = 1.0

    def filled(self, probabilities: np.ndarray) -> np.ndarray:
        """Probabilities of all classes; (n_rows, n_classes)."""
        every = np.tile(self.shares, (len(probabilities), 1))
        every[:, self.known] = probabilities * self.rest * self.factor
        return every

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it by name."""
        return {
            "shares": self.shares,
            "known": self.known.astype(np.int32),
            "room": np.array([self.rest, self.factor]),
        }

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], n_classes: int) -> ClassShares:
        """The shares of these arrays, of a stranger.

        Raises:
            ValueError: They give no probabilities.
        """
        own = taken(arrays, {"shares": ("f8", (n_classes,)), "known": ("i4", (None,)), "room": ("f8", (2,))})
        known, (rest, factor) = own["known"].astype(np.int64), own["room"].tolist()
        if len(known) < 2 or known[0] < 0 or known[-1] >= n_classes or (np.diff(known) <= 0).any():
            raise ValueError("the classes that are known must be two at least, rising")
        if own["shares"][known].any() or not 0 < rest <= 1 or not 0 < factor <= 1:
            raise ValueError("the shares of classes must be 0 where they are known")
        check_shares(own["shares"] + np.where(np.isin(np.arange(n_classes), known), rest * factor / len(known), 0.0))
        return cls(own["shares"], known, rest, factor)


def check_shares(shares: np.ndarray) -> None:
    """Hold probabilities of classes against summing to 1.

    Raises:
        ValueError: They do not, or one is below 0.
    """
    if (shares < 0).any() or abs(float(shares.sum()) - 1) > _ROUNDING:
        raise ValueError("the shares of classes must be positive and sum to 1")


_ROUNDING = 1e-6


def taken(
    arrays: Mapping[str, np.ndarray], wanted: Mapping[str, tuple[str, tuple[int | None, ...]]]
) -> dict[str, np.ndarray]:
    """The arrays of these names, of a stranger.

    Args:
        arrays: What there is; others may be among them.
        wanted: Type and shape of each, None where a length is free.

    Raises:
        ValueError: One is missing, of another type or shape, or holds what is no finite number.
    """
    found = {}
    for name, (kind, shape) in wanted.items():
        array = arrays.get(name)
        if array is None:
            raise ValueError(f"the array {name!r} must be there")
        fits = len(array.shape) == len(shape) and all(
            n in (None, own) for n, own in zip(shape, array.shape, strict=True)
        )
        if array.dtype != np.dtype(kind) or not fits:
            raise ValueError(
                f"the array {name!r} must be of type {kind} and shape {shape}, got {array.dtype} {array.shape}"
            )
        if kind.startswith("f") and not np.isfinite(array).all():
            raise ValueError(f"the array {name!r} must hold finite numbers")
        found[name] = array
    return found
