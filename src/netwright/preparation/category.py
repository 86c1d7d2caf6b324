"""Categories: a column for each level where they are few, a learned embedding where they are many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.encoder import Encoder, encoder
from netwright.preparation.values import MISSING, Values, codes_of

#: States that may have a dense column each: codes become rows of a square of ones as wide.
_MOST_DENSE = 1_000
#: Code of levels that training did not see; its embedding starts at zero.
UNSEEN = 0

#: How rare levels are written where a network gives them back together.
RARE = "(rare)"


@encoder("category")
@dataclass(frozen=True)
class CategoryEncoder(Encoder):
    """Levels of the train rows, from frequent to rare.

    The states of the column are: unseen, its levels, "rare" (levels in too few train rows, where there are such),
    "missing" (where train rows lack a value). An unseen level counts as rare where there is a rare state.

    Args:
        levels: Texts that have a state of their own.
        rare: Whether there is a state for rare levels.
        missing: Whether there is a state for missing cells.
        onehot: Whether each state is a dense column (else its code goes to an embedding).
        rare_levels: The rare ones, so that a level that was never seen can be told from them.
    """

    levels: tuple[str, ...]
    rare: bool
    missing: bool
    onehot: bool
    rare_levels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.onehot and self._n_states > _MOST_DENSE:
            raise ValueError(f"the dense states of {self.column!r} must be at most {_MOST_DENSE:,}")

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Count the levels of the train rows."""
        texts = codes_of(values, column.name)
        counts = texts.counts()
        order = sorted(np.flatnonzero(counts), key=lambda code: (-counts[code], texts.levels[code]))
        kept = [texts.levels[code] for code in order if counts[code] >= preparation.rare_count]
        if len(kept) < 2 and len(order) >= 2:  # every level is rare: better the frequent ones than none
            kept = [texts.levels[code] for code in order[: preparation.onehot_limit]]
        missing = bool((texts.array == MISSING).any())
        if preparation.dense_only:  # beyond the limit a level is as good as rare
            n_states = len(kept) + (len(kept) < len(order)) + missing
            kept = kept if n_states <= preparation.onehot_limit else kept[: preparation.onehot_limit - 1 - missing]
        rare = len(kept) < len(order)
        onehot = len(kept) + rare + missing <= preparation.onehot_limit
        seen_rarely = {texts.levels[code] for code in order}.difference(kept)
        return cls(column.name, tuple(kept), rare, missing, onehot, tuple(sorted(seen_rarely)))

    @property
    def _states(self) -> list[str]:
        rare = [f"{self.column} is rare"] if self.rare else []
        missing = [f"{self.column} is missing"] if self.missing else []
        return [*(f"{self.column} = {level}" for level in self.levels), *rare, *missing]

    @property
    def _n_states(self) -> int:
        return len(self.levels) + self.rare + self.missing

    @property
    def _paired(self) -> bool:
        """Two states are one column of -1 and +1: the second column would say nothing new."""
        return self._n_states == 2

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name a state, of two states only the first."""
        if not self.onehot:
            return ()
        return tuple(self._states[:1] if self._paired else self._states)

    @property
    def n_features(self) -> int:
        """As many as names."""
        return (1 if self._paired else self._n_states) if self.onehot else 0

    @property
    def meanings(self) -> tuple[str, ...]:
        """A sign for two states, else a level each; the state of missing cells is the last."""
        if not self.onehot:
            return ()
        if self._paired:
            return ("sign",)
        return ("level",) * (self._n_states - self.missing) + ("missing",) * self.missing

    @property
    def cardinality(self) -> int:
        """Unseen, then the states."""
        return 0 if self.onehot else 1 + self._n_states

    @property
    def known_codes(self) -> int:
        """Without the state of missing cells."""
        return 0 if self.onehot else 1 + self._n_states - self.missing

    def codes(self, values: Values) -> np.ndarray:
        """0 for unseen, then the states in order."""
        unseen = 1 + len(self.levels) if self.rare else UNSEEN
        codes = codes_of(values, self.column).mapped(
            {level: 1 + index for index, level in enumerate(self.levels)}, otherwise=unseen
        )
        return np.where(codes == MISSING, 1 + len(self.levels) + self.rare if self.missing else UNSEEN, codes)

    def dense(self, values: Values) -> np.ndarray:
        """One-hot columns; an unseen state is zero in all of them."""
        if not self.onehot:
            return np.zeros((len(values.array), 0), dtype=np.float32)
        codes = self.codes(values)
        signs = np.array([0, 1, -1], dtype=np.float32)
        onehot = np.eye(1 + self._n_states, dtype=np.float32)[:, 1:]
        features: np.ndarray = signs[codes][:, None] if self._paired else onehot[codes]
        return features

    def decoded(self, dense: np.ndarray, codes: np.ndarray | None) -> dict[str, np.ndarray] | None:
        """The share of each level, of rare ones together; that of missing cells is left out."""
        names = [*self.levels, *([RARE] if self.rare else []), *([""] if self.missing else [])]
        if codes is not None:
            shares = codes[:, 1:]
        elif self._paired:
            first = (dense[:, 0] + 1) / 2
            shares = np.stack([first, 1 - first], axis=1)
        else:
            shares = dense
        return {name: shares[:, place] for place, name in enumerate(names) if name and place < shares.shape[1]} or None
