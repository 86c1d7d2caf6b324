"""Ordered categories (S < M < L): the rank as a number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.encoder import Encoder, encoder
from netwright.preparation.numeric import NumericEncoder
from netwright.preparation.values import Values, codes_of


@encoder("ordinal")
@dataclass(frozen=True)
class OrdinalEncoder(Encoder):
    """Ranks 0, 1, 2 ... scaled like any number; a level outside the order counts as missing.

    Args:
        levels: From low to high.
        fill: Median rank of the train rows.
        center: Mean rank of the train rows.
        factor: One over the spread of ranks.
        indicator: Whether train rows lack a value.
    """

    levels: tuple[str, ...]
    fill: float
    center: float
    factor: float
    indicator: bool

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Take the order from the schema and the spread from the train rows."""
        ranks = _ranks(values, column.name, column.levels)
        number = NumericEncoder.fit_array(column.name, ranks, "standard")
        return cls(column.name, column.levels, number.fill, number.center, number.factor, number.indicator)

    @property
    def _number(self) -> NumericEncoder:
        return NumericEncoder(self.column, self.fill, self.center, self.factor, self.indicator)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The rank, and whether it is missing."""
        return self._number.feature_names

    @property
    def n_continuous(self) -> int:
        """The rank."""
        return 1

    def dense(self, values: Values) -> np.ndarray:
        """Scaled ranks, and the indicator where there is one."""
        return self._number.dense_array(_ranks(values, self.column, self.levels))

    def decoded(self, dense: np.ndarray, codes: np.ndarray | None) -> dict[str, np.ndarray]:
        """The level whose rank is nearest."""
        ranks = np.clip(np.round(self._number.decoded(dense, codes)), 0, len(self.levels) - 1)
        return {level: (ranks == rank).astype(np.float64) for rank, level in enumerate(self.levels)}


def _ranks(values: Values, column: str, levels: tuple[str, ...]) -> np.ndarray:
    ranks = codes_of(values, column).mapped({level: rank for rank, level in enumerate(levels)}, otherwise=-1)
    return np.where(ranks < 0, np.nan, ranks.astype(np.float64))
