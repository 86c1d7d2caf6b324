"""Plain linear and logistic regression as a family, trained like every other: what `mlp` is without a hidden layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from netwright.models.family import Network, Sizes, family
from netwright.models.mlp import MLP, MLPConfig


@dataclass(frozen=True)
class LinearConfig:
    """Choices of the family `linear`.

    Args:
        embedding: Width of the vector learned for each level of a category with many levels.
    """

    embedding: int = 8


@family("linear")
class LinearFamily:
    """Plain regressions."""

    config: ClassVar[type[LinearConfig]] = LinearConfig
    takes: ClassVar[frozenset[str]] = frozenset({"dense", "codes"})

    @staticmethod
    def build(config: LinearConfig, sizes: Sizes, seeds: Sequence[int]) -> Network:
        """One regression for each seed."""
        return MLP(MLPConfig(hidden=(), embedding=config.embedding), sizes, seeds)
