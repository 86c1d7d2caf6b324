"""Derived features: columns worked out from others by a formula, with what its groupings learned from the train rows.

What has no finite value is missing: division by zero, the logarithm or root of what has none, what is too large for a
float, and whatever is worked out from a missing cell. Nothing of it is ever infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from netwright.base.errors import PlanError
from netwright.base.figures import listing
from netwright.base.formula import (
    MOST_FORMULAS,
    Call,
    ColumnOf,
    Expression,
    Formula,
    Grouping,
    Number,
    parse_formula,
    parts_of,
    quoted,
)
from netwright.base.option import flag
from netwright.base.plan import Preparation
from netwright.base.table import Column, Schema, Table
from netwright.base.typed import from_plain
from netwright.preparation.numeric import NumericEncoder
from netwright.preparation.values import Numbers, Values, codes_of, feature_values, numbers_of

#: Kinds of columns that rows can be grouped by.
_OF_GROUPS = ("category", "boolean", "ordinal")
_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "**": np.power,
    "neg": np.negative,
    "log": np.log,
    "log1p": np.log1p,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "min": np.minimum,
    "max": np.maximum,
}


@dataclass(frozen=True)
class Groups:
    """What a grouping gives for each level of its column.

    Args:
        levels: Those of the train rows.
        values: For each level.
        missing: For rows whose level is missing, where train rows have such.
        overall: For levels that no train row has; None where there is nothing to take it from.
    """

    levels: tuple[str, ...]
    values: tuple[float, ...]
    missing: float | None
    overall: float | None

    def __post_init__(self) -> None:
        if len(set(self.levels)) < len(self.levels) or len(self.values) != len(self.levels):
            raise ValueError("each level of a grouping must be there once, with its value")
        if not all(math.isfinite(value) for value in (*self.values, self.missing or 0.0, self.overall or 0.0)):
            raise ValueError("the values of a grouping must be finite")

    @classmethod
    def fit(cls, what: str, numbers: np.ndarray, values: Values, column: str) -> Groups:
        """Ask the train rows.

        Args:
            what: `mean`, `median` or `count`.
            numbers: Of the train rows, NaN is missing; not looked at by `count`; (n_rows,).
            values: The cells that say their groups.
            column: The name of that column.
        """
        texts = codes_of(values, column)
        places = np.where(texts.array < 0, len(texts.levels), texts.array)
        counts = np.bincount(places, minlength=len(texts.levels) + 1)
        if what == "count":
            found, overall = counts.astype(np.float64), 0.0
        else:
            found, overall = _of_groups(what, numbers, places, len(counts))
            found = np.where(np.isfinite(found), found, overall)
        seen = np.flatnonzero(counts[:-1]) if math.isfinite(overall) else np.zeros(0, dtype=int)
        return cls(
            tuple(texts.levels[level] for level in seen),
            tuple(float(found[level]) for level in seen),
            float(found[-1]) if counts[-1] and math.isfinite(overall) else None,
            overall if math.isfinite(overall) else None,
        )

    def of(self, values: Values, column: str) -> np.ndarray:
        """What it gives for these rows; float64, (n_rows,)."""
        known = {level: place for place, level in enumerate(self.levels)}
        overall = math.nan if self.overall is None else self.overall
        missing = overall if self.missing is None else self.missing
        places = codes_of(values, column).mapped(known, otherwise=len(known))
        return np.asarray(np.array([*self.values, overall, missing], dtype=np.float64)[places])  # -1 reads the last


def _of_groups(what: str, numbers: np.ndarray, places: np.ndarray, n_groups: int) -> tuple[np.ndarray, float]:
    """Mean or median of the numbers of each group and of all; NaN where there are none."""
    known = ~np.isnan(numbers)
    own, places = numbers[known], places[known]
    counts = np.bincount(places, minlength=n_groups)
    with np.errstate(all="ignore"):
        if what == "mean":
            means = np.bincount(places, weights=own, minlength=n_groups) / counts
            return means, float(own.mean()) if len(own) else math.nan
        ordered = own[np.lexsort((own, places))]
        first = np.cumsum(counts) - counts
        low, high = first + (np.maximum(counts, 1) - 1) // 2, first + counts // 2
        last = max(0, len(ordered) - 1)
        padded = ordered if len(ordered) else np.array([math.nan])
        medians = padded[np.minimum(low, last)] / 2 + padded[np.minimum(high, last)] / 2
        return np.where(counts > 0, medians, math.nan), float(np.median(own)) if len(own) else math.nan


class _Evaluation:
    """The value of an expression at some rows.

    Args:
        cells: By column.
        n_rows: How many rows they are.
        groups: What the groupings learned, in the order of `parts_of`; None learns it from these rows.
    """

    def __init__(self, cells: Mapping[str, Values], n_rows: int, groups: Sequence[Groups] | None) -> None:
        self._cells, self._n_rows, self._fits = cells, n_rows, groups is None
        self.groups = list(groups or ())
        self._passed = 0

    def of(self, expression: Expression) -> np.ndarray:
        """NaN where there is none; float64, (n_rows,)."""
        if isinstance(expression, Number):
            return np.full(self._n_rows, expression.value)
        if isinstance(expression, ColumnOf):
            return numbers_of(self._cells[expression.name], expression.name)
        if isinstance(expression, Call):
            return _worked_out(expression.name, [self.of(part) for part in expression.parts])
        numbers = np.zeros(0) if expression.part is None else self.of(expression.part)
        values = self._cells[expression.by]
        if self._fits:
            self.groups.append(Groups.fit(expression.name, numbers, values, expression.by))
        self._passed += 1
        return self.groups[self._passed - 1].of(values, expression.by)


def _worked_out(name: str, parts: list[np.ndarray]) -> np.ndarray:
    """One operation, from the left; NaN where it has no finite value or a part is missing."""
    operation, found = _ARITHMETIC[name], parts[0]
    with np.errstate(all="ignore"):
        if len(parts) == 1:
            found = operation(found)
        for part in parts[1:]:
            # NaN ** 0 and 1 ** NaN are 1 to IEEE 754, and missing to us
            found = np.where(np.isnan(found) | np.isnan(part), math.nan, operation(found, part))
    return np.where(np.isfinite(found), found, math.nan)


def _n_rows(formula: Formula, cells: Mapping[str, Values]) -> int:
    return len(cells[formula.columns[0]].array)


def evaluated(formula: Formula, cells: Mapping[str, Values], groups: Sequence[Groups] | None = None) -> np.ndarray:
    """What a formula gives for these rows; NaN where it gives nothing; float64, (n_rows,).

    Args:
        formula: What is worked out.
        cells: By column.
        groups: What its groupings learned; None learns it from these rows.

    Example:
        >>> cells = {"a": Numbers(np.array([6.0, 1.0, np.nan])), "b": Numbers(np.array([3.0, 0.0, 1.0]))}
        >>> evaluated(parse_formula("x = a / b"), cells).tolist()
        [2.0, nan, nan]
    """
    return _Evaluation(cells, _n_rows(formula, cells), groups).of(formula.expression)


@dataclass(frozen=True)
class Derived:
    """A derived feature, fitted on the train rows of one fold.

    Args:
        formula: What is worked out.
        groups: What its groupings learned.
        number: How what comes out is filled and scaled, as in any numeric column.
        found: Whether it was found in the train rows of the fold; else the user asked for it.
    """

    formula: Formula
    groups: tuple[Groups, ...]
    number: NumericEncoder
    found: bool = False

    @classmethod
    def fit(
        cls, formula: Formula, cells: Mapping[str, Values], preparation: Preparation, *, found: bool = False
    ) -> Derived:
        """Learn groupings, filling and scale from the cells of the train rows.

        What was found ends where the train rows do: nobody thought of what a ratio of other rows may come to.
        """
        evaluation = _Evaluation(cells, _n_rows(formula, cells), None)
        numbers = Numbers(evaluation.of(formula.expression))
        number = NumericEncoder.fit(Column(formula.name, "numeric"), numbers, preparation)
        known = numbers.array[~np.isnan(numbers.array)]
        if found and number.low is None and len(known):
            number = replace(number, low=float(known.min()), high=float(known.max()))
        return cls(formula, tuple(evaluation.groups), number, found)

    @property
    def name(self) -> str:
        """Of the feature."""
        return self.formula.name

    def dense(self, cells: Mapping[str, Values]) -> np.ndarray:
        """The features of these rows; float32, (n_rows, n_features)."""
        return self.number.dense_array(evaluated(self.formula, cells, self.groups))

    def to_json(self) -> dict[str, Any]:
        """The fitted state as plain JSON values."""
        number = {name: value for name, value in asdict(self.number).items() if name != "column"}
        return {
            "encoder": DERIVED,
            "column": self.name,
            "formula": self.formula.text,
            "found": self.found,
            "groups": [asdict(groups) for groups in self.groups],
            "number": number,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Derived:
        """The feature that `to_json` described.

        Raises:
            PlanError: The formula is none.
            ValueError: Anything else in it is absent, unknown, of another type, or does not fit the formula.
        """
        own = from_plain(_Stored, {name: data[name] for name in data if name not in ("encoder", "groups", "number")})
        groups, number = data.get("groups"), data.get("number")
        if not isinstance(groups, list) or not all(isinstance(group, Mapping) for group in groups):
            raise ValueError(f"the groupings of {own.column!r} must be a list of objects")
        if not isinstance(number, Mapping) or "column" in number:
            raise ValueError(f"the number of {own.column!r} must be an object without a column")
        formula = parse_formula(f"{quoted(own.column)} = {own.formula}")
        n_groupings = sum(isinstance(part, Grouping) for part in parts_of(formula.expression))
        if len(groups) != n_groupings or not formula.columns:
            raise ValueError(f"the formula of {own.column!r} must read a column, and have what each grouping learned")
        return cls(
            formula,
            tuple(from_plain(Groups, group) for group in groups),
            from_plain(NumericEncoder, {**number, "column": own.column}),
            own.found,
        )


@dataclass(frozen=True)
class _Stored:
    """The plain fields of `Derived.to_json`."""

    column: str
    formula: str
    found: bool


#: What stands for the encoder of a derived feature among those of the columns.
DERIVED = "derived"


def check_formulas(texts: Sequence[str], schema: Schema) -> tuple[Formula, ...]:
    """The formulas of `--derive`, if the columns are there for them.

    Args:
        texts: As the user wrote them.
        schema: Columns of the table, with their roles.

    Raises:
        PlanError: One is no formula, its name is taken, or it reads what it may not.
    """
    if len(texts) > MOST_FORMULAS:
        raise PlanError(f"--derive must be given at most {MOST_FORMULAS} times, got {len(texts):,} formulas.")
    formulas = tuple(map(parse_formula, texts))
    _check(formulas, schema)
    return formulas


def check_worth(texts: Sequence[str], table: Table) -> None:
    """Whether the formulas of `--derive` tell rows apart.

    Args:
        texts: As the user wrote them, checked.
        table: Development rows, some of them of a large table.

    Raises:
        PlanError: One has no value in any row, or the same in all.
    """
    cells = feature_values(table) if texts else {}
    for formula in map(parse_formula, texts):
        found = evaluated(formula, cells)
        if np.isnan(found).all():
            what = "which has no finite value in any of them (missing cells, a division by 0, or too large a number)"
        elif (found == found[0]).all():
            what = f"which is {found[0]:g} in all of them"
        else:
            continue
        raise PlanError(
            f"--derive must tell rows apart, got '{formula}' over {table.n_rows:,} rows, {what}. Mend it or leave it "
            "out."
        )


def check_derived(derived: Sequence[Derived], schema: Schema) -> None:
    """The same for features that a bundle says were derived.

    Raises:
        PlanError: A name is taken, or a formula reads what it may not.
    """
    _check([own.formula for own in derived], schema)


def _check(formulas: Sequence[Formula], schema: Schema) -> None:
    names = set(schema.names)
    for formula in formulas:
        if formula.name in names:
            raise PlanError(f"--derive must give a new name, got {formula.name!r}, which is there already: {formula}.")
        names.add(formula.name)
        for name in formula.columns:
            _check_column(formula, name, schema)
        if not formula.columns:
            raise PlanError(f"--derive must read a column, got {str(formula)!r}, which is the same in every row.")


def _check_column(formula: Formula, name: str, schema: Schema) -> None:
    """A formula reads features only: as numbers those that are, as groups those with levels."""
    if name not in schema:
        there = listing([column.name for column in schema.features if column.kind == "numeric"], 12) or "there is none"
        raise PlanError(f"--derive must read columns of the table (numeric: {there}), got {name!r} in '{formula}'.")
    column = schema[name]
    if column.role == "target":
        raise PlanError(
            f"--derive must not read the target, got {name!r} in '{formula}': such a feature would give away what is "
            "to be predicted, and new rows do not have it."
        )
    if column not in schema.features:
        raise PlanError(
            f"--derive must read features, got {name!r} in '{formula}', which is left out ({column.kind}). Take it in "
            f"with --use or {flag('--kind', name + '=KIND')}, or leave the formula out."
        )
    if name in formula.numbers and column.kind != "numeric":
        raise PlanError(
            f"--derive must work on numeric columns, got {name!r} in '{formula}', which is of kind {column.kind}. Pass "
            f"{flag('--kind', name + '=numeric')} if its cells are numbers."
        )
    if name in formula.groups and column.kind not in _OF_GROUPS:
        raise PlanError(
            f"--derive must group by a column of kind {', '.join(_OF_GROUPS)}, got {name!r} in '{formula}', which is "
            f"of kind {column.kind}. Pass {flag('--kind', name + '=category')}."
        )
