"""Yes-or-no columns: one feature of -1 and +1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.encoder import Encoder, encoder
from netwright.preparation.values import Values, codes_of


@encoder("boolean")
@dataclass(frozen=True)
class BooleanEncoder(Encoder):
    """False is -1, true is +1, missing or unseen is 0.

    Args:
        levels: The texts for false and true.
        indicator: Whether train rows lack a value, so that being missing is a feature of its own.
    """

    levels: tuple[str, ...]
    indicator: bool

    def __post_init__(self) -> None:
        if len(self.levels) != 2:
            raise ValueError(f"the levels of {self.column!r} must be two, got {len(self.levels)}")

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Take the two levels from the schema."""
        return cls(column.name, column.levels, bool((codes_of(values, column.name).array < 0).any()))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The true level, and whether it is missing."""
        name = f"{self.column} = {self.levels[-1]}"
        return (name, f"{self.column} is missing") if self.indicator else (name,)

    @property
    def meanings(self) -> tuple[str, ...]:
        """A sign, and the indicator."""
        return ("sign", "missing") if self.indicator else ("sign",)

    def dense(self, values: Values) -> np.ndarray:
        """-1, 0 or +1, and the indicator (0 or 1) where there is one."""
        texts = codes_of(values, self.column)
        known = {level: index for index, level in enumerate(self.levels)}
        state = texts.mapped(known, otherwise=len(self.levels))
        signs = np.array([-1, 1, 0, 0], dtype=np.float32)[state]  # -1 (missing) reads the last entry
        features = [signs, (texts.array < 0).astype(np.float32)] if self.indicator else [signs]
        return np.stack(features, axis=1)

    def decoded(self, dense: np.ndarray, codes: np.ndarray | None) -> dict[str, np.ndarray]:
        """The share of each level."""
        yes = (dense[:, 0] + 1) / 2
        return {self.levels[0]: 1 - yes, self.levels[1]: yes}
