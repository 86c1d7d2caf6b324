"""A column as a learner of a single column takes it: numbers or levels, and ways to group its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from netwright.base.table import Column

#: Rows a bin at the finest, and the numbers of the coarser bins. Values or levels with fewer rows than that name things
#: of which there are a few rows each (a patient, a town): they tell which one it is, not what it is like.
FINE_ROWS = 10
_BINS = (64, 16)
#: Numbers with at most so many different values, and rows enough of each, are also taken as levels.
_MOST_CODES = 100
#: Names of at most so many things are levels, however few rows there are of each.
_FEW_NAMES = 20


@dataclass(frozen=True)
class Cells:
    """The cells of a column: either numbers or levels.

    Args:
        numbers: NaN where missing; float64, (n_rows,).
        levels: Their numbers from 0, -1 where missing; int64, (n_rows,).
    """

    numbers: np.ndarray | None = None
    levels: np.ndarray | None = None

    @classmethod
    def of(cls, cells: pl.Series, column: Column) -> Cells:
        """Numbers where the column has an order of its own, else levels.

        Args:
            cells: Typed, as a table holds them.
            column: Their column.

        Example:
            >>> Cells.of(pl.Series(["b", None, "a"]), Column("x", "category")).levels.tolist()
            [1, -1, 0]
            >>> Cells.of(pl.Series(["7", "12"]), Column("x", "identifier")).numbers.tolist()
            [7.0, 12.0]
        """
        if column.kind == "numeric":
            numbers = cells
        elif column.kind == "date":
            numbers = cells.dt.epoch("us").cast(pl.Float64)
        elif column.kind == "ordinal":
            places = range(len(column.levels))
            numbers = cells.replace_strict(column.levels, places, default=None, return_dtype=pl.Float64)
        elif column.kind == "identifier":
            numbers = cells.cast(pl.Float64, strict=False)
            if numbers.null_count() > cells.null_count():
                numbers = cells.rank("dense").cast(pl.Float64)
        else:
            return cls(levels=(cells.rank("dense").cast(pl.Int64).fill_null(0) - 1).to_numpy())
        return cls(numbers.fill_null(float("nan")).to_numpy())

    @property
    def missing(self) -> np.ndarray:
        """Which cells are; (n_rows,)."""
        if self.numbers is not None:
            return np.asarray(np.isnan(self.numbers))
        assert self.levels is not None, "cells are numbers or levels"
        return np.asarray(self.levels < 0)

    @property
    def filled(self) -> Cells | None:
        """Whether a cell is, as two levels; None where all cells are, or none."""
        missing = self.missing
        return Cells(levels=np.where(missing, 0, 1)) if 0 < missing.sum() < len(missing) else None

    @property
    def names_things(self) -> bool:
        """Whether there are many values with a few rows each, such as names of patients, or their height."""
        values = self.levels if self.numbers is None else self.numbers[~self.missing]
        assert values is not None, "cells are numbers or levels"
        n_values = len(np.unique(values))
        return n_values > _FEW_NAMES and n_values * FINE_ROWS > len(values)

    def groupings(self) -> Iterator[np.ndarray]:
        """Ways to put rows with like cells together, those without a value in a group of their own, the last.

        Levels as they are; numbers in bins of as many rows each, fine and coarse, and by value where few repeat.

        Yields:
            The group of each row; int64, (n_rows,).
        """
        if self.levels is not None:
            yield np.where(self.levels < 0, self.levels.max(initial=-1) + 1, self.levels)
            return
        assert self.numbers is not None, "cells are numbers or levels"
        known = ~self.missing
        values, place, counts = np.unique(self.numbers[known], return_inverse=True, return_counts=True)
        n_known = int(known.sum())
        if len(values) <= min(_MOST_CODES, n_known / FINE_ROWS):
            yield _over_all_rows(place, known, len(values))
        middle = np.cumsum(counts) - counts / 2  # equal values stay together, wherever an edge falls
        finest = max(1, n_known // FINE_ROWS)
        for n_bins in sorted({finest, *_BINS}):
            if n_bins <= finest and n_bins < len(values):
                bins = (middle * n_bins / n_known).astype(np.int64)
                yield _over_all_rows(bins[place], known, n_bins)


def _over_all_rows(groups: np.ndarray, known: np.ndarray, n_groups: int) -> np.ndarray:
    all_rows = np.full(len(known), n_groups, dtype=np.int64)
    all_rows[known] = groups
    return all_rows
