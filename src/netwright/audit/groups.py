"""The target along a column: what it is like among the rows of each level, or of each range of numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from netwright.audit.truth import Truth
from netwright.base.figures import figure
from netwright.base.relation import TargetGroup

#: Numbers are cut into this many ranges of as many rows each, so that outliers leave room for the rest.
_RANGES = 10
#: The most frequent classes get a share each; the rest is what is left of 1.
_MOST_CLASSES = 6


def groups_of_levels(cells: pl.Series, levels: list[str], truth: Truth) -> tuple[TargetGroup, ...]:
    """The target among the rows of each of these levels.

    Args:
        cells: A column of labels; (n_rows,).
        levels: Those wanted, in the order wanted.
        truth: The target of the same rows.
    """
    if not levels:
        return ()
    places = cells.replace_strict(levels, range(len(levels)), default=-1, return_dtype=pl.Int64).to_numpy()
    places = np.where(truth.known, places, -1)
    return tuple(_groups(places, levels, truth))


def groups_of_numbers(values: np.ndarray, texts: pl.Series, truth: Truth) -> tuple[TargetGroup, ...]:
    """The target in ranges of a column of numbers or dates; a column of few values has a group for each of them.

    Args:
        values: NaN where missing; (n_rows,).
        texts: The cells that the values stand for, Float64 or Datetime, of which the labels are made; (n_rows,).
        truth: The target of the same rows.
    """
    known = np.flatnonzero(np.isfinite(values) & truth.known)
    if not len(known):
        return ()
    own = values[known]
    distinct = np.unique(own)
    # a range holds its upper end, so that equal values stay together
    ends = distinct if len(distinct) <= _RANGES else _equal_ends(own)
    places = np.full(len(values), -1)
    places[known] = np.searchsorted(ends, own, side="left")
    labels = []
    for place in range(len(ends)):
        rows = np.flatnonzero(places == place)
        low, high = (_label(texts[int(rows[end])]) for end in (values[rows].argmin(), values[rows].argmax()))
        labels.append(low if low == high else f"{low} to {high}")
    return tuple(_groups(places, labels, truth))


def _equal_ends(values: np.ndarray) -> np.ndarray:
    """Upper ends of ranges of about as many rows each, fewer where values repeat."""
    shares = np.arange(1, _RANGES + 1) / _RANGES
    ends: np.ndarray = np.unique(np.quantile(values, shares, method="inverted_cdf"))
    return ends


def _label(cell: object) -> str:
    return figure(cell) if isinstance(cell, float) else str(cell)[:16].removesuffix(" 00:00")


def _groups(places: np.ndarray, labels: list[str], truth: Truth) -> Iterator[TargetGroup]:
    """One group a label; -1 belongs to none."""
    classes = _frequent(truth)
    for place, label in enumerate(labels):
        own = truth.numbers[places == place]
        if not len(own):
            values = {}
        elif truth.classes:
            values = {truth.classes[number]: float((own == number).mean()) for number in classes}
        else:
            with np.errstate(over="ignore", invalid="ignore"):  # what numbers near 1e308 do not have is not drawn
                low, middle, high = np.quantile(own, [0.25, 0.5, 0.75])
            values = {"lower quartile": float(low), "median": float(middle), "upper quartile": float(high)}
        yield TargetGroup(label, len(own), values)


def _frequent(truth: Truth) -> list[int]:
    """Numbers of the most frequent classes, in their own order."""
    if not truth.classes:
        return []
    counts = np.bincount(truth.numbers[truth.known].astype(np.int64), minlength=len(truth.classes))
    return sorted(np.argsort(-counts, kind="stable")[:_MOST_CLASSES].tolist())
