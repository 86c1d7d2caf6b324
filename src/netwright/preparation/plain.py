"""Plain features for trees: numbers with their gaps, categories as codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netwright.base.table import Column, Schema
from netwright.preparation.date import date_parts
from netwright.preparation.image import plain_pictures, plain_width
from netwright.preparation.prepared import Prepared, Span
from netwright.preparation.text import TextEncoder
from netwright.preparation.values import Codes, Moments, Values, codes_of, numbers_of

#: Histogram trees take at most 255 codes a column; rarer levels count as missing.
MOST_LEVELS = 250
_DATE_PARTS = len(date_parts(Moments(np.zeros(0, dtype=np.int64))))


@dataclass(frozen=True)
class PlainFeatures:
    """How cells become plain features, learned from the train rows of one fold.

    Args:
        columns: The feature columns.
        levels: For each category its levels in the train rows, frequent ones first.
        texts: For each column of texts what makes numbers of it.
    """

    columns: tuple[Column, ...]
    levels: Mapping[str, Sequence[str]]
    texts: Mapping[str, TextEncoder] = field(default_factory=dict)

    @classmethod
    def fit(cls, schema: Schema, values: Mapping[str, Values]) -> PlainFeatures:
        """Learn the levels of categories from these cells."""
        levels: dict[str, Sequence[str]] = {}
        for column in schema.features:
            if column.kind == "category":
                levels[column.name] = _frequent(codes_of(values[column.name], column.name))
            elif column.kind in ("boolean", "ordinal"):
                levels[column.name] = column.levels
        texts = {
            column.name: TextEncoder.of_numbers(column.name, codes_of(values[column.name], column.name))
            for column in schema.features
            if column.kind == "text"
        }
        return cls(schema.features, levels, texts)

    @property
    def categorical(self) -> np.ndarray:
        """Which features are codes of categories; bool, (n_features,)."""
        return np.array(
            [column.kind == "category" for column in self.columns for _ in range(self._width(column))], dtype=bool
        )

    def spans(self) -> dict[str, Span]:
        """Where each column went."""
        ends = np.cumsum([self._width(column) for column in self.columns]).tolist()
        return {
            column.name: Span(end - self._width(column), end) for column, end in zip(self.columns, ends, strict=True)
        }

    def _width(self, column: Column) -> int:
        if column.kind == "text":
            return len(self.texts[column.name].means)
        if column.kind == "image":
            return plain_width(column.shape)
        return _DATE_PARTS if column.kind == "date" else 1

    def transform(self, values: Mapping[str, Values]) -> Prepared:
        """Float64 features, NaN where a cell is missing or its level unknown; there are no codes for embeddings."""
        features = [self.of_column(column.name, values[column.name]).dense for column in self.columns]
        n_rows = len(next(iter(values.values())).array)
        return Prepared(np.concatenate(features, axis=1) if features else np.zeros((n_rows, 0)), _no_codes(n_rows))

    def of_column(self, name: str, cells: Values) -> Prepared:
        """What the cells of one column become."""
        column = next(column for column in self.columns if column.name == name)
        kind = column.kind
        if kind == "image":
            return Prepared(plain_pictures(cells, column), _no_codes(len(cells.array)))
        if kind == "numeric":
            features = [numbers_of(cells, name)]
        elif kind == "date":
            features = list(date_parts(cells).values())
        elif kind == "text":
            return Prepared(self.texts[name].numbers(codes_of(cells, name)), _no_codes(len(cells.array)))
        else:
            known = {level: code for code, level in enumerate(self.levels[name])}
            codes = codes_of(cells, name).mapped(known, otherwise=-1)
            features = [np.where(codes < 0, np.nan, codes.astype(np.float64))]
        return Prepared(np.stack(features, axis=1), _no_codes(len(cells.array)))

    @property
    def read(self) -> tuple[str, ...]:
        """Columns that features of several columns are worked out from: there are none such."""
        return ()

    def renew(self, dense: np.ndarray, values: Mapping[str, Values], column: str | None = None) -> None:
        """Nothing is made of several columns."""

    def to_json(self) -> dict[str, Any]:
        """What was learned as plain JSON values: the levels by column, of texts what makes numbers of them."""
        levels: dict[str, Any] = {name: list(own) for name, own in self.levels.items()}
        return levels | {name: own.to_json() for name, own in self.texts.items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], schema: Schema) -> PlainFeatures:
        """The features that `to_json` described.

        Args:
            data: Lists of texts; for a column of texts the fields of its encoder.
            schema: The columns that they are made of.

        Raises:
            ValueError: The levels or n-grams are those of other columns, too many, or there twice.
        """
        texts = {column.name for column in schema.features if column.kind == "text"}
        encoded = {name: own for name, own in data.items() if isinstance(own, Mapping)}
        data = {name: own for name, own in data.items() if name not in encoded}
        if encoded.keys() != texts:
            raise ValueError("the n-grams must be those of the columns of free text")
        wanted = {
            column.name: column for column in schema.features if column.kind in ("category", "boolean", "ordinal")
        }
        if data.keys() != wanted.keys():
            raise ValueError("the levels must be those of the columns of texts")
        for name, levels in data.items():
            if len(set(levels)) < len(levels):
                raise ValueError(f"the levels of {name[:100]!r} must be different ones")
            if wanted[name].kind == "category" and len(levels) > MOST_LEVELS:
                raise ValueError(f"the levels of {name[:100]!r} must be at most {MOST_LEVELS}, got {len(levels):,}")
            if wanted[name].kind != "category" and tuple(levels) != tuple(wanted[name].levels):
                raise ValueError(f"the levels of {name[:100]!r} must be those of the column")
        made = {name: TextEncoder.from_json(own) for name, own in encoded.items()}
        if any(own.positions or own.column != name for name, own in made.items()):
            raise ValueError("trees read numbers made of texts, each of its own column")
        return cls(schema.features, {name: tuple(levels) for name, levels in data.items()}, made)


def _no_codes(n_rows: int) -> np.ndarray:
    return np.zeros((n_rows, 0), dtype=np.int64)


def _frequent(cells: Codes) -> list[str]:
    counts = cells.counts()
    order = sorted(np.flatnonzero(counts), key=lambda code: (-counts[code], cells.levels[code]))
    return [cells.levels[code] for code in order[:MOST_LEVELS]]
