"""Rows as one matrix: numbers as they are, levels as codes from frequent to rare, moments as microseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from netwright.base.table import Column, Schema
from netwright.evaluate.synthetic import Kinds
from netwright.preparation.values import (
    MISSING,
    NO_MOMENT,
    Codes,
    Moments,
    Numbers,
    Values,
    codes_of,
    numbers_of,
)

#: A column of more levels is not predicted from the others, if there is another one.
_MOST_CLASSES = 30


@dataclass(frozen=True)
class RowMatrix:
    """How the feature columns of a table stand in a matrix, NaN being missing.

    Args:
        columns: The feature columns, in order.
        levels: For each column of texts its levels in the train rows, from frequent to rare.
    """

    columns: tuple[Column, ...]
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def fit(cls, schema: Schema, values: Mapping[str, Values]) -> RowMatrix:
        """Count the levels of some rows.

        Args:
            schema: Its features are the columns.
            values: Cells of the rows.
        """
        levels = {}
        for column in schema.features:
            cells = values[column.name]
            if isinstance(cells, Codes):
                counts = cells.counts()
                order = np.argsort(-counts, kind="stable")
                levels[column.name] = tuple(cells.levels[code] for code in order if counts[code])
        return cls(schema.features, levels)

    def rows(self, values: Mapping[str, Values]) -> np.ndarray:
        """The matrix of some cells; levels that are not known share a code of their own. float64, (n_rows, column)."""
        return np.stack([self._column(column.name, values[column.name]) for column in self.columns], axis=1)

    def _column(self, name: str, cells: Values) -> np.ndarray:
        if name in self.levels:
            known = {level: code for code, level in enumerate(self.levels[name])}
            codes = codes_of(cells, name).mapped(known, otherwise=len(known))
            return np.where(codes == MISSING, np.nan, codes.astype(np.float64))
        if isinstance(cells, Moments):
            return np.where(cells.array == NO_MOMENT, np.nan, cells.array.astype(np.float64))
        return numbers_of(cells, name)

    def cells(self, rows: np.ndarray) -> dict[str, Values]:
        """The cells of a matrix of known levels, by column."""
        return {column.name: self._cells(column, rows[:, k]) for k, column in enumerate(self.columns)}

    def _cells(self, column: Column, own: np.ndarray) -> Values:
        missing = np.isnan(own)
        if column.name in self.levels:
            texts = self.levels[column.name]
            order = sorted(range(len(texts)), key=texts.__getitem__)
            place = np.array([*np.argsort(order), MISSING], dtype=np.int64)
            return Codes(place[np.where(missing, MISSING, own).astype(np.int64)], tuple(texts[code] for code in order))
        if column.kind == "date":
            return Moments(np.where(missing, NO_MOMENT, np.where(missing, 0, own).astype(np.int64)))
        return Numbers(own)

    @property
    def kinds(self) -> Kinds:
        """What the columns are; the last one that can be is predicted from the others."""
        names = tuple(column.name for column in self.columns)
        fitting = [k for k, own in enumerate(self.columns) if len(self.levels.get(own.name, ())) <= _MOST_CLASSES]
        target = next((k for k in reversed(fitting) if self.columns[k].kind != "date"), len(names) - 1)
        categorical = np.array([name in self.levels for name in names])
        return Kinds(names, categorical, target, len(self.levels.get(names[target], ())))
