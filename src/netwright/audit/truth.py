"""The target as checks see it: numbers or class numbers, and which rows have one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from netwright.base.table import Table


@dataclass(frozen=True)
class Truth:
    """The target of a table.

    Args:
        name: Its column.
        numbers: Values, or class numbers; NaN where the target is missing; float64, (n_rows,).
        classes: The labels in order of their numbers; empty for regression.
    """

    name: str
    numbers: np.ndarray
    classes: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: Table) -> Truth | None:
        """The target of a table whose schema names one, else None.

        Example:
            >>> from netwright.base.table import Column, Provenance, Schema
            >>> schema = Schema((Column("sold", "category", role="target"),))
            >>> frame = pl.DataFrame({"sold": ["yes", None, "no"]})
            >>> truth = Truth.of(Table(frame, schema, Provenance("x", "x"), np.arange(3)))
            >>> truth.numbers.tolist(), truth.classes
            ([1.0, nan, 0.0], ('no', 'yes'))
        """
        column = table.schema.target
        if column is None:
            return None
        cells = table[column.name]
        if cells.dtype == pl.Float64:
            return cls(column.name, cells.fill_null(float("nan")).to_numpy())
        classes = cells.drop_nulls().unique().sort().to_list()
        codes = cells.replace_strict(classes, range(len(classes)), default=None, return_dtype=pl.Float64)
        return cls(column.name, codes.fill_null(float("nan")).to_numpy(), tuple(classes))

    @property
    def known(self) -> np.ndarray:
        """Which rows have a target; (n_rows,)."""
        return np.asarray(np.isfinite(self.numbers))
