"""Encoders that can be turned back: cells become features, and features become cells again.

What makes new rows reads and writes the same features. Each column becomes at most one number of about normal
distribution, and then one feature for each of its states: levels, values that many rows share, "another number" and
"missing". Exactly one state of a column is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import ndtr, ndtri

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.encoder import Encoder, encoder
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

#: Numbers of so few values are levels; of others a value that so many rows share is a state of its own.
_FEW_VALUES, _SHARED, _MOST_ATOMS = 20, 0.05, 10
#: Quantiles of a number at most, states of a column at most, and levels that are kept under "rare" at most.
_MOST_KNOTS, MOST_STATES, _MOST_RARE = 1_000, 60, 1_000
#: Digits after (or zeros before) the decimal point that are looked for, and what counts as equal.
_DECIMALS, _ROUNDING = range(-6, 9), 1e-9
#: Microseconds that dates may be whole numbers of: days, hours, minutes, seconds.
_STEPS = (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000)
#: No number lies farther out.
_FARTHEST = 5.0


@dataclass(frozen=True)
class Invertible(Encoder):
    """Base of encoders that can be turned back."""

    @property
    def n_states(self) -> int:
        """Features that say in which state a cell is; they stand last. 0 where it can be in one only."""
        return 0

    @property
    def gate(self) -> int | None:
        """Which of the states says that the number counts; None where there is no number, or it always does."""
        return None

    @property
    def meanings(self) -> tuple[str, ...]:
        """The number, then the states."""
        return ("number",) * self.n_continuous + ("level",) * self.n_states

    def back(self, dense: np.ndarray, random: np.random.Generator) -> Values:
        """Cells of the column.

        Args:
            dense: Features, of the states the largest is taken; (n_rows, n_features).
            random: Draws among rare levels.
        """
        raise NotImplementedError


@encoder("invertible_number")
@dataclass(frozen=True)
class InvertibleNumber(Invertible):
    """Numbers and dates: their rank as a number of the normal distribution, shared values as states.

    Args:
        atoms: Values that are states of their own, rising.
        knots: Quantiles of the other values of the train rows, rising.
        shares: The share of those rows below each, in (0, 1), rising.
        missing: Whether train rows lack a value.
        decimals: Digits after the point that values have (negative: zeros before it); None where they have more.
        unit: What `decimals` counts: 1, of dates the microseconds of a day, an hour, a minute or a second.
        dates: Whether values are microseconds since 1970.
    """

    atoms: tuple[float, ...]
    knots: tuple[float, ...]
    shares: tuple[float, ...]
    missing: bool
    decimals: int | None
    unit: float
    dates: bool

    def __post_init__(self) -> None:
        rising = all(np.all(np.diff(own) > 0) and np.isfinite(own).all() for own in (self.atoms, self.knots))
        whole = len(self.knots) == len(self.shares) <= _MOST_KNOTS and len(self.atoms) <= MOST_STATES
        inside = all(0 < share < 1 for share in self.shares) and bool(np.all(np.diff(self.shares) > 0))
        if not (rising and whole and inside and self.unit > 0 and len(self.knots) != 1):
            raise ValueError(f"the quantiles of {self.column!r} must rise, one share each")
        if self.decimals is not None and self.decimals not in _DECIMALS:
            raise ValueError(f"the decimals of {self.column!r} must be one of {_DECIMALS}")

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Values that many rows share, and quantiles of the others."""
        dates = isinstance(values, Moments)
        array = _as_numbers(values, column.name)
        known = array[~np.isnan(array)]
        unit, decimals = _resolution(known, dates=dates)
        different, counts = np.unique(known, return_counts=True)
        shared = np.ones(len(different), dtype=bool)
        if len(different) > _FEW_VALUES:
            most = np.argsort(-counts, kind="stable")[:_MOST_ATOMS]
            shared = np.isin(np.arange(len(different)), most) & (counts >= _SHARED * len(known))
        knots, shares = _quantiles(different[~shared], counts[~shared])
        atoms = tuple(float(own) for own in different[shared])
        return cls(column.name, atoms, knots, shares, len(known) < len(array), decimals, unit, dates)

    @property
    def _states(self) -> list[str]:
        shown = [f"{self.column} = {atom:g}" for atom in self.atoms]
        other = [f"{self.column} is another number"] if self.knots else []
        return [*shown, *other, *([f"{self.column} is missing"] if self.missing else [])]

    @property
    def n_states(self) -> int:
        """The shared values, any other number, missing."""
        n_states = len(self.atoms) + bool(self.knots) + self.missing
        return n_states if n_states > 1 else 0

    @property
    def gate(self) -> int | None:
        """The state of any other number."""
        return len(self.atoms) if self.knots and self.n_states else None

    @property
    def n_continuous(self) -> int:
        """The number, where there is one."""
        return 1 if self.knots else 0

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The number, then the states."""
        return (*([self.column] if self.knots else []), *(self._states if self.n_states else []))

    def dense(self, values: Values) -> np.ndarray:
        """The number, 0 where it does not count, and the states."""
        array = _as_numbers(values, self.column)
        missing = np.isnan(array)
        filled = np.where(missing, 0.0, array)
        state = np.full(len(array), len(self.atoms))
        if self.atoms:
            atoms = np.array(self.atoms)
            near = np.abs(filled[:, None] - atoms).argmin(axis=1)
            is_atom = atoms[near] == filled if self.knots else np.ones(len(array), dtype=bool)
            state = np.where(is_atom, near, state)
        n_states = len(self.atoms) + bool(self.knots) + self.missing
        state = np.where(missing, n_states - 1 if self.missing else -1, state)
        parts = []
        if self.knots:
            share = np.interp(filled, self.knots, self.shares)
            parts.append(np.where(state == len(self.atoms), ndtri(share), 0.0)[:, None])
        if self.n_states:
            parts.append(np.vstack([np.eye(n_states), np.zeros(n_states)])[state])
        empty = np.zeros((len(array), 0))
        return np.concatenate([empty, *parts], axis=1).astype(np.float32)

    def back(self, dense: np.ndarray, random: np.random.Generator) -> Values:
        """Numbers within those of the train rows, with as many digits; or moments."""
        n_rows, first = len(dense), self.n_continuous
        state = dense[:, first:].argmax(axis=1) if self.n_states else np.zeros(n_rows, dtype=np.int64)
        numbers = np.full(n_rows, np.nan)
        if self.knots:
            share = ndtr(np.clip(dense[:, 0].astype(np.float64), -_FARTHEST, _FARTHEST))
            other = np.interp(share, self.shares, self.knots)
            other = np.clip(self._rounded(other), self.knots[0], self.knots[-1])
            numbers = np.where(state == len(self.atoms), other, numbers)
        if self.atoms:
            numbers = np.where(
                state < len(self.atoms), np.array([*self.atoms, np.nan])[state.clip(max=len(self.atoms))], numbers
            )
        if not self.dates:
            return Numbers(numbers)
        missing = np.isnan(numbers)
        return Moments(np.where(missing, NO_MOMENT, np.where(missing, 0, numbers).round().astype(np.int64)))

    def _rounded(self, numbers: np.ndarray) -> np.ndarray:
        if self.decimals is None:
            return numbers
        return np.asarray(np.round(numbers / self.unit, self.decimals) * self.unit)


@encoder("invertible_levels")
@dataclass(frozen=True)
class InvertibleLevels(Invertible):
    """Categories, booleans and ordered levels: one feature a level, those of too many levels together.

    A text of few train rows may be what one person wrote. It is not kept here at all: it shares the state of the rare
    ones, and a cell that is made of it is missing.

    Args:
        levels: Texts that are states of their own, from frequent to rare.
        rare: Texts that share a state, each in enough train rows to be given out.
        rare_counts: In how many train rows each of them stands.
        missing: Whether train rows lack a value.
        withheld: How many train rows hold texts that must not be given out; they share the state of the rare ones.
    """

    levels: tuple[str, ...]
    rare: tuple[str, ...]
    rare_counts: tuple[int, ...]
    missing: bool
    withheld: int = 0

    def __post_init__(self) -> None:
        if self.withheld < 0:
            raise ValueError(f"the withheld rows of {self.column!r} must be a number from 0")
        if len(self.rare) != len(self.rare_counts) or any(count < 1 for count in self.rare_counts):
            raise ValueError(f"each rare level of {self.column!r} must have a count of its own")
        if self._n_states > MOST_STATES + 2:
            raise ValueError(f"the states of {self.column!r} must be at most {MOST_STATES + 2:,}")

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Count the levels of the train rows."""
        texts = codes_of(values, column.name)
        counts = texts.counts()
        order = sorted(np.flatnonzero(counts), key=lambda code: (-counts[code], texts.levels[code]))
        order = [code for code in order if counts[code] >= preparation.rare_count]
        own, rare = order[:MOST_STATES], order[MOST_STATES : MOST_STATES + _MOST_RARE]
        return cls(
            column.name,
            tuple(texts.levels[code] for code in own),
            tuple(texts.levels[code] for code in rare),
            tuple(int(counts[code]) for code in rare),
            bool((texts.array == MISSING).any()),
            int(counts.sum() - counts[[*own, *rare]].sum()),
        )

    @property
    def _any_rare(self) -> bool:
        return bool(self.rare) or self.withheld > 0

    @property
    def _n_states(self) -> int:
        return len(self.levels) + self._any_rare + self.missing

    @property
    def n_states(self) -> int:
        """The levels, rare, missing."""
        return self._n_states if self._n_states > 1 else 0

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One a state."""
        if not self.n_states:
            return ()
        rare = [f"{self.column} is rare"] if self._any_rare else []
        missing = [f"{self.column} is missing"] if self.missing else []
        return (*(f"{self.column} = {level}" for level in self.levels), *rare, *missing)

    def dense(self, values: Values) -> np.ndarray:
        """One-hot states; what training did not see is rare, or in no state where there is none."""
        texts = codes_of(values, self.column)
        if not self.n_states:
            return np.zeros((len(texts.array), 0), dtype=np.float32)
        known = {level: place for place, level in enumerate(self.levels)}
        nowhere = self._n_states
        state = texts.mapped(known, otherwise=len(self.levels) if self._any_rare else nowhere)
        state = np.where(texts.array == MISSING, self._n_states - 1 if self.missing else nowhere, state)
        onehot = np.vstack([np.eye(nowhere), np.zeros(nowhere)]).astype(np.float32)
        return np.asarray(onehot[state])

    def back(self, dense: np.ndarray, random: np.random.Generator) -> Values:
        """Texts; of rare ones each as often as in the train rows, missing for those that are withheld."""
        texts = (*self.levels, *self.rare)
        state = dense.argmax(axis=1) if self.n_states else np.zeros(len(dense), dtype=np.int64)
        first = len(self.levels)
        codes = np.where(state < first, state, MISSING)
        if self.rare:
            counts = np.array([*self.rare_counts, self.withheld], dtype=np.float64)
            drawn = random.choice(len(counts), len(dense), p=counts / counts.sum())
            codes = np.where((state == first) & (drawn < len(self.rare)), first + drawn, codes)
        order = sorted(range(len(texts)), key=texts.__getitem__)
        place = np.array([*np.argsort(order), MISSING], dtype=np.int64)
        return Codes(place[codes], tuple(texts[code] for code in order))


#: The encoder of each kind of column where features must turn back into cells.
INVERTIBLE: dict[str, type[Invertible]] = {
    "numeric": InvertibleNumber,
    "date": InvertibleNumber,
    "category": InvertibleLevels,
    "boolean": InvertibleLevels,
    "ordinal": InvertibleLevels,
}


def _as_numbers(values: Values, column: str) -> np.ndarray:
    """Numbers as they are, moments as microseconds; NaN is missing."""
    if not isinstance(values, Moments):
        return numbers_of(values, column)
    return np.where(values.array == NO_MOMENT, np.nan, values.array.astype(np.float64))


def _resolution(known: np.ndarray, *, dates: bool) -> tuple[float, int | None]:
    """The unit of some numbers, and the digits that they have of it."""
    if dates:
        return float(next((step for step in _STEPS if not (known % step).any()), 1)), 0
    if not len(known):
        return 1.0, 0
    scale = max(1.0, float(np.abs(known).max()))
    fits = (d for d in _DECIMALS if np.abs(np.round(known, d) - known).max() <= _ROUNDING * min(scale, 10.0**-d))
    return 1.0, next(fits, None)


def _quantiles(different: np.ndarray, counts: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Some of the values, and the share of rows below each: those that share it count half."""
    if not len(different):
        return (), ()
    shares = (np.cumsum(counts) - counts / 2) / counts.sum()
    if len(different) > _MOST_KNOTS:
        wanted = np.linspace(shares[0], shares[-1], _MOST_KNOTS)
        places = np.unique(np.searchsorted(shares, wanted).clip(max=len(shares) - 1))
        different, shares = different[places], shares[places]
    return tuple(float(own) for own in different), tuple(float(own) for own in shares)
