"""Plain features for trees: numbers with their gaps, categories as codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from netwright.base.table import Column, Schema
from netwright.preparation.date import date_parts
from netwright.preparation.values import Codes, Values, codes_of, numbers_of

#: Histogram trees take at most 255 codes a column; rarer levels count as missing.
_MOST_LEVELS = 250


@dataclass(frozen=True)
class PlainFeatures:
    """How cells become plain features, learned from the train rows of one fold.

    Args:
        columns: The feature columns.
        levels: For each category its levels in the train rows, frequent ones first.
    """

    columns: tuple[Column, ...]
    levels: Mapping[str, Sequence[str]]

    @classmethod
    def fit(cls, schema: Schema, values: Mapping[str, Values]) -> PlainFeatures:
        """Learn the levels of categories from these cells."""
        levels: dict[str, Sequence[str]] = {}
        for column in schema.features:
            if column.kind == "category":
                levels[column.name] = _frequent(codes_of(values[column.name], column.name))
            elif column.kind in ("boolean", "ordinal"):
                levels[column.name] = column.levels
        return cls(schema.features, levels)

    def transform(self, values: Mapping[str, Values]) -> tuple[np.ndarray, np.ndarray]:
        """Features, and which of them are codes.

        Returns:
            Float64 features, NaN where a cell is missing or its level unknown, (n_rows, n_features); and booleans,
            (n_features,).
        """
        features: list[np.ndarray] = []
        categorical: list[bool] = []
        for column in self.columns:
            cells = values[column.name]
            if column.kind == "numeric":
                features.append(numbers_of(cells, column.name))
            elif column.kind == "date":
                parts = list(date_parts(cells).values())
                features += parts
                categorical += [False] * (len(parts) - 1)
            else:
                known = {level: code for code, level in enumerate(self.levels[column.name])}
                codes = codes_of(cells, column.name).mapped(known, otherwise=-1)
                features.append(np.where(codes < 0, np.nan, codes.astype(np.float64)))
            categorical.append(column.kind == "category")
        n_rows = len(next(iter(values.values())).array)
        matrix = np.stack(features, axis=1) if features else np.zeros((n_rows, 0))
        return matrix, np.array(categorical, dtype=bool)


def _frequent(cells: Codes) -> list[str]:
    counts = cells.counts()
    order = sorted(np.flatnonzero(counts), key=lambda code: (-counts[code], cells.levels[code]))
    return [cells.levels[code] for code in order[:_MOST_LEVELS]]
