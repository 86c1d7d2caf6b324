"""What preparation gives: named inputs of some rows, and where each column went."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from netwright.preparation.finite import Spoiled


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
