"""Numbers in groups, on request (`--bin age=5`, `--bin age=20,30,40`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.encoder import Encoder, encoder
from netwright.preparation.values import Values, numbers_of

#: Whole edges below this are written in full: 20240101 and 20250101 must not both be 2.02e+07.
_LONGEST = 1e12
#: A quarter of the largest number of float64.
_QUARTER = float(np.finfo(np.float64).max) / 4
#: Groups are columns, and the rows of a square of ones as wide.
_MOST_EDGES = 1_000


@encoder("binned")
@dataclass(frozen=True)
class BinnedEncoder(Encoder):
    """A column of 0 and 1 for each group; a missing number is in none of them and may have a column of its own.

    Args:
        edges: Where one group ends and the next begins; a number on an edge belongs to the upper group.
        indicator: Whether train rows lack a value.
    """

    edges: tuple[float, ...]
    indicator: bool

    def __post_init__(self) -> None:
        if not 0 < len(self.edges) <= _MOST_EDGES or any(a >= b for a, b in pairwise(self.edges)):
            raise ValueError(f"the groups of {self.column!r} must have 1 to {_MOST_EDGES:,} edges that rise")

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Take the edges as given, or those that cut the train rows into groups of equal size."""
        array = numbers_of(values, column.name)
        missing = np.isnan(array)
        wanted = preparation.bins[column.name]
        if isinstance(wanted, int):
            present = array[~missing]
            shares = np.arange(1, wanted) / wanted
            # distances of more than 1.8e308 are none that float64 holds: those of quarters are
            unit = 1.0 if present.size and np.ptp(present / 4) < _QUARTER else 4.0
            edges = np.unique(np.quantile(present / unit, shares) * unit) if present.size else np.zeros(1)
        else:
            edges = np.array(wanted)
        return cls(column.name, tuple(float(edge) for edge in edges), bool(missing.any()))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name a group."""
        names = tuple(f"{self.column} {label}" for label in group_labels(self.edges))
        return (*names, f"{self.column} is missing") if self.indicator else names

    @property
    def meanings(self) -> tuple[str, ...]:
        """A level a group, and the indicator."""
        levels = ("level",) * (len(self.edges) + 1)
        return (*levels, "missing") if self.indicator else levels

    def dense(self, values: Values) -> np.ndarray:
        """0 and 1."""
        array = numbers_of(values, self.column)
        missing = np.isnan(array)
        n_groups = len(self.edges) + 1
        group = np.where(missing, n_groups, np.digitize(array, self.edges))
        return np.eye(n_groups + 1, dtype=np.float32)[group][:, : n_groups + self.indicator]

    def decoded(self, dense: np.ndarray, codes: np.ndarray | None) -> dict[str, np.ndarray]:
        """The share of each group."""
        return {label: dense[:, place] for place, label in enumerate(group_labels(self.edges))}


def group_labels(edges: Sequence[float]) -> list[str]:
    """Names of the groups between edges.

    Example:
        >>> group_labels([20, 20240101])
        ['under 20', '20 to 20240101', 'from 20240101']
    """
    shown = [f"{edge:.0f}" if edge == int(edge) and abs(edge) < _LONGEST else f"{edge:g}" for edge in edges]
    return [f"under {shown[0]}", *(f"{a} to {b}" for a, b in pairwise(shown)), f"from {shown[-1]}"]
