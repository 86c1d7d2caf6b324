"""The Preparer: the fitted encoders of all columns of one fold, and what they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netwright.base.plan import Preparation
from netwright.base.table import Column, Schema
from netwright.preparation.encoder import Encoder, encoders
from netwright.preparation.finite import Spoiled, made_finite
from netwright.preparation.values import Values


@dataclass(frozen=True)
class Prepared:
    """Named inputs of some rows.

    Args:
        dense: Features that stand for themselves; (n_rows, n_features). For networks and linear models float32, all of
            them finite; for trees float64, NaN where there is a gap.
        codes: Codes for embeddings; int64, (n_rows, n_coded_columns).
        spoiled: Dense features that no network can be fed, before they were replaced by the rule of `made_finite`.
    """

    dense: np.ndarray
    codes: np.ndarray
    spoiled: Spoiled = field(default_factory=Spoiled)


@dataclass(frozen=True)
class Span:
    """Where a column went: positions in `dense` from start to stop, or its place among the codes."""

    start: int
    stop: int
    code: int | None = None


@dataclass(frozen=True)
class Preparer:
    """Turns cells into inputs, with what it learned from the train rows of one fold.

    Args:
        encoders: One a feature column, in the schema's order.
    """

    encoders: tuple[Encoder, ...]

    @classmethod
    def fit(cls, schema: Schema, values: Mapping[str, Values], preparation: Preparation) -> Preparer:
        """Fit every encoder on these cells and nothing else.

        Args:
            schema: Says which columns are features and of which kind.
            values: The cells of the train rows, by column.
            preparation: The plan's choices.
        """
        fitted = []
        for column in schema.features:
            name = "binned" if column.name in preparation.bins else column.kind
            fitted.append(encoders.get(name).fit(column, values[column.name], preparation))
        return cls(tuple(fitted))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the dense features, in order."""
        return tuple(name for encoder in self.encoders for name in encoder.feature_names)

    @property
    def width(self) -> int:
        """How many dense features there are."""
        return sum(encoder.n_features for encoder in self.encoders)

    @property
    def continuous(self) -> tuple[int, ...]:
        """Positions of the dense features that are numbers on a scale."""
        spans = self.spans()
        own = [(spans[encoder.column].start, encoder.n_continuous) for encoder in self.encoders]
        return tuple(start + index for start, n in own for index in range(n))

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Codes of each coded column, in order."""
        return tuple(encoder.cardinality for encoder in self.encoders if encoder.cardinality)

    @property
    def coded_columns(self) -> tuple[str, ...]:
        """Names of the columns that go to an embedding, in order."""
        return tuple(encoder.column for encoder in self.encoders if encoder.cardinality)

    def spans(self) -> dict[str, Span]:
        """Where each column went."""
        spans, dense, codes = {}, 0, 0
        for encoder in self.encoders:
            width = encoder.n_features
            spans[encoder.column] = Span(dense, dense + width, codes if encoder.cardinality else None)
            dense += width
            codes += bool(encoder.cardinality)
        return spans

    def transform(self, values: Mapping[str, Values]) -> Prepared:
        """The inputs of any rows; what an encoder gives that no network can be fed is replaced and told."""
        n_rows = len(next(iter(values.values())).array)
        dense = [encoder.dense(values[encoder.column]) for encoder in self.encoders if not encoder.cardinality]
        codes = [encoder.codes(values[encoder.column]) for encoder in self.encoders if encoder.cardinality]
        features, spoiled = made_finite(
            np.concatenate(dense, axis=1) if dense else np.zeros((n_rows, 0), dtype=np.float32)
        )
        together = np.stack(codes, axis=1) if codes else np.zeros((n_rows, 0), dtype=np.int64)
        return Prepared(features, together, spoiled)

    def of_column(self, name: str, cells: Values) -> Prepared:
        """What the cells of one column become, alone."""
        own = next(encoder for encoder in self.encoders if encoder.column == name)
        if own.cardinality:
            return Prepared(np.zeros((len(cells.array), 0), dtype=np.float32), own.codes(cells)[:, None])
        dense, spoiled = made_finite(own.dense(cells))
        return Prepared(dense, np.zeros((len(dense), 0), dtype=np.int64), spoiled)

    def column_of(self, feature: int) -> str:
        """The column that a dense feature was made of."""
        return next(column for column, span in self.spans().items() if span.start <= feature < span.stop)

    def to_json(self) -> list[dict[str, Any]]:
        """All fitted state as plain JSON values."""
        return [encoder.to_json() for encoder in self.encoders]

    @classmethod
    def from_json(cls, data: list[Mapping[str, Any]]) -> Preparer:
        """The preparer that `to_json` described, of encoders that netwright ships.

        Raises:
            PlanError: There is no such encoder.
            ValueError: An encoder is not as it says.
        """
        return cls(tuple(encoders.shipped(entry["encoder"]).from_json(entry) for entry in data))


def check_bins(bins: Mapping[str, int | tuple[float, ...]], features: tuple[Column, ...]) -> None:
    """Only numeric features can be grouped.

    Raises:
        PlanError: `--bin` names a column that is not one.
    """
    from netwright.base.errors import PlanError

    numeric = [column.name for column in features if column.kind == "numeric"]
    for name in bins:
        if name not in numeric:
            raise PlanError(
                f"--bin must name a numeric feature ({', '.join(numeric) or 'there is none'}), got {name!r}."
            )
