"""What preparation gives: named inputs of some rows, and where each column went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from netwright.preparation.finite import Spoiled


def filled_up(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Rows with zeros behind what they hold, as wide as others are: texts are of several lengths.

    Args:
        array: (n_rows, *own shape), no axis of a row longer than in `shape`.
        shape: Of a row.

    Example:
        >>> filled_up(np.ones((1, 1, 2)), (1, 3)).tolist()
        [[[1.0, 1.0, 0.0]]]
    """
    if array.shape[1:] == tuple(shape):
        return array
    wide = np.zeros((len(array), *shape), dtype=array.dtype)
    wide[(slice(None), *(slice(own) for own in array.shape[1:]))] = array
    return wide


def widest(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The shape that all of these fit into.

    Example:
        >>> widest([(1, 8), (2, 4)])
        (2, 8)
    """
    return tuple(max(axis) for axis in zip(*shapes, strict=True))


@dataclass(frozen=True)
class Prepared:
    """Named inputs of some rows.

    Args:
        dense: Features that stand for themselves; (n_rows, n_features). For networks and linear models float32, all of
            them finite; for trees float64, NaN where there is a gap.
        codes: Codes for embeddings; int64, (n_rows, n_coded_columns).
        spoiled: Dense features that no network can be fed, before they were replaced by the rule of `made_finite`.
        arrays: Inputs of more axes by name, such as `image`, `past` or `text`; (n_rows, *shape) each.
    """

    dense: np.ndarray
    codes: np.ndarray
    spoiled: Spoiled = field(default_factory=Spoiled)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """What they take, laid out in full."""
        return sum(array.nbytes for array in (self.dense, self.codes, *self.arrays.values()))


@dataclass(frozen=True)
class Span:
    """Where a column went.

    Args:
        start: Its positions in `dense` begin here ...
        stop: ... and end before this one.
        code: Its place among the codes.
        array: The input of more axes that holds it, and from where to where along the first axis of a row.
    """

    start: int
    stop: int
    code: int | None = None
    array: tuple[str, int, int] | None = None
