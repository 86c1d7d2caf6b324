"""Windows of a series: as they are for networks that read them, or as plain numbers side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.encoder import Encoder, encoder
from netwright.preparation.values import Values, arrays_of

#: The columns of windows that framing makes, and the input that each becomes.
PAST, FUTURE = "past", "future"
#: Numbers further from the mean than so many spreads are taken to lie there.
_FARTHEST = 1e6


@encoder("window")
@dataclass(frozen=True)
class WindowEncoder(Encoder):
    """Channels at mean 0 and spread 1, each by one mean and one spread over all steps.

    So a level that one step has is the level that another one has. The target's channel and what is forecast are both
    counted from the level of the window (`windows.py`), so that a trend leaves neither's range.

    Args:
        length: Steps.
        means: Of each channel.
        spreads: Of each channel.
        ahead: Whether the window lies in the future, known in advance.
        flat: Whether it becomes plain numbers.
    """

    length: int
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    ahead: bool = False
    flat: bool = False

    def __post_init__(self) -> None:
        if self.length < 1 or not self.means or len(self.means) != len(self.spreads):
            raise ValueError(f"a window of {self.column!r} must have steps, and a mean and a spread of each channel")
        if not all(np.isfinite(own) for own in self.means) or not all(0 < own < np.inf for own in self.spreads):
            raise ValueError(f"the means and spreads of {self.column!r} must be finite, spreads above 0")

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Mean and spread of each channel over all steps of the train rows."""
        cells = arrays_of(values, column.name)
        means, spreads = cells.mean(axis=(0, 2)), cells.std(axis=(0, 2))
        return cls(
            column=column.name,
            length=cells.shape[2],
            means=tuple(float(own) for own in means),
            spreads=tuple(float(own) if own > 0 else 1.0 for own in spreads),
            ahead=column.name == FUTURE,
            flat=preparation.flat,
        )

    @property
    def input(self) -> str:
        """`past` or `future`; empty where windows are plain numbers."""
        return "" if self.flat else FUTURE if self.ahead else PAST

    @property
    def shape(self) -> tuple[int, ...]:
        """Channels and steps."""
        return len(self.means), self.length

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The channel and the step, counted from the origin."""
        if not self.flat:
            return ()
        steps = range(1, self.length + 1) if self.ahead else range(1 - self.length, 1)
        return tuple(f"{self.column} {channel} at {step:+d}" for channel in range(len(self.means)) for step in steps)

    @property
    def n_features(self) -> int:
        """How many plain numbers there are."""
        return len(self.means) * self.length if self.flat else 0

    @property
    def n_continuous(self) -> int:
        """All of them."""
        return self.n_features

    def dense(self, values: Values) -> np.ndarray:
        """Plain numbers, channel after channel; float32."""
        cells = self.array(values)
        return cells.reshape(len(cells), -1)

    def array(self, values: Values) -> np.ndarray:
        """Windows at mean 0 and spread 1; float32, (n_rows, channel, step)."""
        cells = arrays_of(values, self.column).astype(np.float64)
        means, spreads = (np.array(own)[:, None] for own in (self.means, self.spreads))
        return np.asarray(np.clip((cells - means) / spreads, -_FARTHEST, _FARTHEST), dtype=np.float32)
