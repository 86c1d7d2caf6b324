"""Windows as plain numbers side by side: what the baselines of forecasts read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from netwright.base.table import Schema
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.prepared import Prepared, Span
from netwright.preparation.values import Arrays, Codes, Numbers, Values, arrays_of, codes_of
from netwright.preparation.window import PAST

#: Series that become columns of 0 and 1; those beyond have none.
_MOST_SERIES = 100


@dataclass(frozen=True)
class LagFeatures(PlainFeatures):
    """Windows as plain numbers, the target's channel first: what baselines of forecasts read.

    Args:
        columns: The feature columns.
        levels: For each category its levels in the train rows.
        width: Numbers a row.
    """

    width: int = 0

    @classmethod
    def fit(cls, schema: Schema, values: Mapping[str, Values]) -> LagFeatures:
        """Learn the levels of categories from these cells."""
        levels = {
            name: tuple(level for level, n in zip(own.levels, own.counts(), strict=True) if n)[:_MOST_SERIES]
            for name, own in values.items()
            if isinstance(own, Codes)
        }
        columns = sorted(schema.features, key=lambda column: column.name != PAST)
        return cls(columns=tuple(columns), levels=levels)._measured(values)

    def _measured(self, values: Mapping[str, Values]) -> LagFeatures:
        one = {name: own.take(np.arange(1)) for name, own in values.items()}
        return replace(self, width=self.transform(one).dense.shape[1])

    def spans(self) -> dict[str, Span]:
        """All columns together."""
        return {column.name: Span(0, self.width) for column in self.columns}

    def transform(self, values: Mapping[str, Values]) -> Prepared:
        """Float64 features; (n_rows, width)."""
        parts = [self._of(column.name, values[column.name]) for column in self.columns]
        dense = np.concatenate(parts, axis=1)
        return Prepared(dense, np.zeros((len(dense), 0), dtype=np.int64))

    def _of(self, name: str, cells: Values) -> np.ndarray:
        if isinstance(cells, Arrays):
            own = arrays_of(cells, name).astype(np.float64)
            return own.reshape(len(own), -1)
        if isinstance(cells, Numbers):
            return cells.array[:, None]
        codes = codes_of(cells, name)
        known = {level: place for place, level in enumerate(self.levels[name])}
        table = np.concatenate([np.eye(len(known)), np.zeros((1, len(known)))])
        return np.asarray(table[codes.mapped(known, otherwise=len(known))])
