"""Dense features that a network can be fed: what is no finite number is found, and replaced by a fixed rule.

The encoders of netwright give finite numbers whatever the cells hold; numbers are kept within a million spreads of the
train rows (`scaled_by`). So this is a guard, for encoders from elsewhere and for bugs.

What is replaced: NaN becomes 0; what is infinite, or so large that its square leaves float32, becomes a million with
its sign. The rule is that of prediction too, so a row is judged as it would be predicted. Networks whose train rows
hold such cells are not trained (`training/not_finite.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from jaxtyping import Bool, Float, Int

#: As far out as a dense feature may lie: float32 ends at 3e38, and a network multiplies and squares.
FARTHEST = 1e6
#: Beyond this a feature is no better than an infinity: squared and summed it leaves float32.
_USELESS = 1e15


def _none(kind: type[np.generic]) -> np.ndarray:
    return np.zeros(0, dtype=kind)


@dataclass(frozen=True)
class Spoiled:
    """Dense features that were NaN, infinite or beyond use, cell by cell.

    Args:
        rows: Their rows; (n_cells,).
        features: Their features; (n_cells,).
        values: What they were; (n_cells,).
    """

    rows: Int[np.ndarray, " cell"] = field(default_factory=lambda: _none(np.int64))
    features: Int[np.ndarray, " cell"] = field(default_factory=lambda: _none(np.int64))
    values: Float[np.ndarray, " cell"] = field(default_factory=lambda: _none(np.float32))

    @classmethod
    def joined(cls, parts: Sequence[tuple[int, Spoiled]]) -> Spoiled:
        """Those of blocks of rows, each with the number of its first row."""
        rows = np.concatenate([start + part.rows for start, part in parts])
        others = (np.concatenate([getattr(part, name) for _, part in parts]) for name in ("features", "values"))
        return cls(rows, *others)

    def among(self, rows: Int[np.ndarray, " row"]) -> Self:
        """Those of some rows."""
        own: Bool[np.ndarray, " cell"] = np.isin(self.rows, rows)
        return type(self)(self.rows[own], self.features[own], self.values[own])


def made_finite(dense: Float[np.ndarray, "row feature"]) -> tuple[Float[np.ndarray, "row feature"], Spoiled]:
    """Features that a network can be fed, and which cells held others.

    Args:
        dense: What encoders gave; left as it is.

    Example:
        >>> features, spoiled = made_finite(np.array([[1.0, np.nan], [-np.inf, 2.0]]))
        >>> features.tolist(), spoiled.rows.tolist(), spoiled.features.tolist()
        ([[1.0, 0.0], [-1000000.0, 2.0]], [0, 1], [1, 0])
    """
    sound = np.abs(dense) <= _USELESS
    if sound.all():
        return dense, Spoiled()
    rows, features = np.nonzero(~sound)
    values, replaced = dense[rows, features], dense.copy()
    replaced[rows, features] = np.where(np.isnan(values), 0.0, np.copysign(FARTHEST, values))
    return replaced, Spoiled(rows, features, values)
