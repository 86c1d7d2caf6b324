"""The Preparer: the fitted encoders of all columns of one fold, and what they give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netwright.base.errors import InternalError, PlanError
from netwright.base.formula import Formula, parse_formula
from netwright.base.layout import Layout
from netwright.base.option import flag
from netwright.base.plan import Preparation
from netwright.base.table import Column, Schema
from netwright.preparation.components import COMPONENTS, MOST_ROWS, Components, spread
from netwright.preparation.derived import DERIVED, Derived
from netwright.preparation.encoder import Encoder, encoders
from netwright.preparation.finite import made_finite
from netwright.preparation.interactions import found_formulas, outlined_formulas
from netwright.preparation.invertible import INVERTIBLE, Invertible
from netwright.preparation.prepared import Prepared, Span, filled_up, widest
from netwright.preparation.select import LEFT_OUT, LeftOut, columns_without_use
from netwright.preparation.small_trees import Goal
from netwright.preparation.values import Values, cells_at


@dataclass(frozen=True)
class Preparer:
    """Turns cells into inputs, with what it learned from the train rows of one fold.

    Args:
        encoders: One a feature column, in the schema's order.
        derived: Features worked out from cells of several columns; they stand behind those of the columns.
        components: Of all numeric features so far; they stand at the end. None is none.
    """

    encoders: tuple[Encoder, ...]
    derived: tuple[Derived, ...] = ()
    components: Components | None = None

    def __post_init__(self) -> None:
        if self.components is not None and len(self.components.means) != len(self._continuous):
            raise ValueError("the components must be those of the numeric features")

    @classmethod
    def fit(
        cls, schema: Schema, values: Mapping[str, Values], preparation: Preparation, goal: Goal | None = None
    ) -> Preparer:
        """Fit every encoder on these cells and nothing else.

        Args:
            schema: Says which columns are features and of which kind.
            values: The cells of the train rows, by column.
            preparation: The plan's choices.
            goal: What the rows are to predict; features are left out and found by it. None leaves none out, and makes
                as many as may be found, whichever they are: the widest that inputs can become.
        """
        unused = columns_without_use(schema, values, goal) if preparation.select and goal else frozenset()
        fitted: list[Encoder] = []
        for column in schema.features:
            if column.name in unused:
                fitted.append(LeftOut(column.name))
                continue
            fitted.append(_encoder_of(column, preparation).fit(column, values[column.name], preparation))
        derived = [Derived.fit(parse_formula(text), values, preparation) for text in preparation.derived]
        taken, n_wanted = {*schema.names, *(own.name for own in derived)}, preparation.interactions
        found: tuple[Formula, ...] = ()
        if n_wanted:
            found = (
                found_formulas(schema, values, n_wanted, goal, taken)
                if goal
                else outlined_formulas(schema, n_wanted, taken)
            )
        derived += [Derived.fit(formula, values, preparation, found=True) for formula in found]
        preparer = cls(tuple(fitted), tuple(derived))
        if not preparation.components:
            return preparer
        n_rows = len(next(iter(values.values())).array)
        some = preparer.transform(cells_at(values, spread(n_rows, MOST_ROWS))).dense[:, preparer.continuous]
        return replace(preparer, components=Components.fit(some, preparation.components))

    @property
    def _numbered(self) -> tuple[Encoder, ...]:
        """What gives dense features, in order; components aside."""
        return (*self.encoders, *(own.number for own in self.derived))

    @property
    def _own_width(self) -> int:
        """How many dense features there are, components aside."""
        return sum(encoder.n_features for encoder in self._numbered)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the dense features, in order."""
        own = tuple(name for encoder in self._numbered for name in encoder.feature_names)
        return own + (self.components.feature_names if self.components else ())

    @property
    def width(self) -> int:
        """How many dense features there are."""
        return self._own_width + (len(self.components.shares) if self.components else 0)

    @property
    def continuous(self) -> tuple[int, ...]:
        """Positions of the dense features that are numbers on a scale."""
        return (*self._continuous, *range(self._own_width, self.width))

    @property
    def _continuous(self) -> tuple[int, ...]:
        """The same, components aside."""
        found, start = list[int](), 0
        for encoder in self._numbered:
            found += range(start, start + encoder.n_continuous)
            start += encoder.n_features
        return tuple(found)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Codes of each coded column, in order."""
        return tuple(encoder.cardinality for encoder in self.encoders if encoder.cardinality)

    @property
    def coded_columns(self) -> tuple[str, ...]:
        """Names of the columns that go to an embedding, in order."""
        return tuple(encoder.column for encoder in self.encoders if encoder.cardinality)

    @property
    def arrays(self) -> dict[str, tuple[int, ...]]:
        """Shape of each input of more axes, by name.

        Columns of one name stand side by side along the first axis, and are as wide as the widest along the others.
        """
        shapes: dict[str, tuple[int, ...]] = {}
        for own in self.encoders:
            if own.input:
                before = shapes.get(own.input, (0, *own.shape[1:]))
                shapes[own.input] = (before[0] + own.shape[0], *widest([before[1:], own.shape[1:]]))
        return shapes

    @property
    def layout(self) -> Layout | None:
        """How features are to be turned back into cells; None where they cannot be."""
        if not all(isinstance(own, Invertible) for own in self.encoders) or self.derived or self.components:
            return None
        groups, gates = list[int](), list[int]()
        for number, own in enumerate(own for own in self.encoders if isinstance(own, Invertible)):
            states = len(groups) + own.n_continuous
            groups += [-1] * own.n_continuous + [number] * own.n_states
            gates += [-1 if own.gate is None else states + own.gate] * own.n_continuous + [-1] * own.n_states
        return Layout(tuple(groups), tuple(gates))

    def back(self, dense: np.ndarray, random: np.random.Generator) -> dict[str, Values]:
        """Cells of every feature column, from features.

        Args:
            dense: (n_rows, n_features), wider ones being padded.
            random: Draws among rare levels.
        """
        cells, start = dict[str, Values](), 0
        for own in self.encoders:
            if not isinstance(own, Invertible):
                raise InternalError(f"the features of {own.column!r} cannot be turned back")
            stop = start + own.n_features
            cells[own.column], start = own.back(dense[:, start:stop], random), stop
        return cells

    def meanings(self) -> list[tuple[str, tuple[str, ...], int]]:
        """(name, what each dense feature is, codes of known levels and 0) of columns and derived features, in order."""
        own = [(one.column, one.meanings, one.known_codes) for one in self.encoders]
        return own + [(one.name, one.number.meanings, 0) for one in self.derived]

    def spans(self) -> dict[str, Span]:
        """Where each column went; what was derived from it is not counted."""
        spans, dense, codes, taken = {}, 0, 0, dict[str, int]()
        for encoder in self.encoders:
            width, array = encoder.n_features, None
            if encoder.input:
                first = taken.get(encoder.input, 0)
                array = encoder.input, first, first + encoder.shape[0]
                taken[encoder.input] = array[2]
            spans[encoder.column] = Span(dense, dense + width, codes if encoder.cardinality else None, array)
            dense += width
            codes += bool(encoder.cardinality)
        return spans

    def transform(self, values: Mapping[str, Values]) -> Prepared:
        """The inputs of any rows; what an encoder gives that no network can be fed is replaced and told."""
        n_rows = len(next(iter(values.values())).array)
        plain = [encoder for encoder in self.encoders if not encoder.cardinality and _is_dense(encoder)]
        dense = [encoder.dense(values[encoder.column]) for encoder in plain]
        dense += [own.dense(values) for own in self.derived]
        codes = [encoder.codes(values[encoder.column]) for encoder in self.encoders if encoder.cardinality]
        features, spoiled = made_finite(
            np.concatenate(dense, axis=1) if dense else np.zeros((n_rows, 0), dtype=np.float32)
        )
        if self.components is not None:
            components = self.components.dense(features[:, self._continuous])
            features = np.concatenate([features, components], axis=1)
        together = np.stack(codes, axis=1) if codes else np.zeros((n_rows, 0), dtype=np.int64)
        return Prepared(features, together, spoiled, self._arrays(values))

    def _arrays(self, values: Mapping[str, Values]) -> dict[str, np.ndarray]:
        """Inputs of more axes; (n_rows, *shape) each."""
        parts: dict[str, list[np.ndarray]] = {}
        for own in self.encoders:
            if own.input:
                shape = (own.shape[0], *self.arrays[own.input][1:])
                parts.setdefault(own.input, []).append(filled_up(own.array(values[own.column]), shape))
        return {name: own[0] if len(own) == 1 else np.concatenate(own, axis=1) for name, own in parts.items()}

    @property
    def read(self) -> tuple[str, ...]:
        """Columns whose cells derived features are worked out from, each once."""
        return tuple(dict.fromkeys(name for own in self.derived for name in own.formula.columns))

    def renew(self, dense: np.ndarray, values: Mapping[str, Values], column: str | None = None) -> None:
        """Work out anew the features that are made of several columns, in place.

        Args:
            dense: Inputs of some rows, right where a feature is made of one column; (n_rows, n_features).
            values: The cells of these rows, of the columns in `read` at least.
            column: The only one whose cells have changed; None: any may have.
        """
        start = sum(encoder.n_features for encoder in self.encoders)
        for own in self.derived:
            stop = start + own.number.n_features
            if column is None or column in own.formula.columns:
                dense[:, start:stop] = made_finite(own.dense(values))[0]
            start = stop
        if self.components is not None:
            dense[:, self._own_width : self.width] = self.components.dense(dense[:, self._continuous])

    def of_column(self, name: str, cells: Values) -> Prepared:
        """What the cells of one column become, alone."""
        own = next(encoder for encoder in self.encoders if encoder.column == name)
        if own.cardinality:
            return Prepared(np.zeros((len(cells.array), 0), dtype=np.float32), own.codes(cells)[:, None])
        n_rows = len(cells.array)
        dense, spoiled = made_finite(own.dense(cells) if _is_dense(own) else np.zeros((n_rows, 0), dtype=np.float32))
        array = (
            {own.input: filled_up(own.array(cells), (own.shape[0], *self.arrays[own.input][1:]))} if own.input else {}
        )
        return Prepared(dense, np.zeros((n_rows, 0), dtype=np.int64), spoiled, array)

    def column_of(self, feature: int) -> str:
        """The column that a dense feature was made of, or what a derived one is called."""
        start = 0
        for encoder in self._numbered:
            start += encoder.n_features
            if feature < start:
                return encoder.column
        if self.components is not None and feature < self.width:
            return self.components.feature_names[feature - start]
        raise IndexError(f"there are {start:,} features, got number {feature:,}")

    def to_json(self) -> list[dict[str, Any]]:
        """All fitted state as plain JSON values."""
        several = [own.to_json() for own in (*self.derived, self.components) if own is not None]
        return [encoder.to_json() for encoder in self.encoders] + several

    @classmethod
    def from_json(cls, data: list[Mapping[str, Any]]) -> Preparer:
        """The preparer that `to_json` described, of encoders that netwright ships.

        Raises:
            PlanError: There is no such encoder.
            ValueError: An encoder is not as it says, or stands in the wrong place.
        """
        entries = list(data)
        last = entries.pop() if entries and entries[-1]["encoder"] == COMPONENTS else None
        n_derived = sum(entry["encoder"] == DERIVED for entry in entries)
        n_columns = len(entries) - n_derived
        return cls(
            tuple(_kind_of(entry["encoder"]).from_json(entry) for entry in entries[:n_columns]),
            tuple(Derived.from_json(entry) for entry in entries[n_columns:]),
            None if last is None else Components.from_json(last),
        )


def _encoder_of(column: Column, preparation: Preparation) -> type[Encoder]:
    if preparation.invertible:
        if column.kind not in INVERTIBLE:
            raise PlanError(
                f"new rows can be made of numbers, categories and dates, got column {column.name!r} of kind {column.kind}. "
                f"Pass {flag('--drop', column.name)}."
            )
        return INVERTIBLE[column.kind]
    return encoders.get("binned" if column.name in preparation.bins else column.kind)


def _is_dense(encoder: Encoder) -> bool:
    """Whether it gives dense features; one that gives an input of more axes may give some beside it."""
    return not encoder.input or encoder.n_features > 0


def _kind_of(name: str) -> type[Encoder]:
    return LeftOut if name == LEFT_OUT else encoders.shipped(name)


def check_bins(bins: Mapping[str, int | tuple[float, ...]], features: tuple[Column, ...]) -> None:
    """Only numeric features can be grouped.

    Raises:
        PlanError: `--bin` names a column that is not one.
    """
    numeric = [column.name for column in features if column.kind == "numeric"]
    for name in bins:
        if name not in numeric:
            raise PlanError(
                f"--bin must name a numeric feature ({', '.join(numeric) or 'there is none'}), got {name!r}."
            )
