"""What a caller in Python hands over, X and y, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.base.errors import DataError
from netwright.base.table import Column, Schema, Table
from netwright.preparation.target import Target


def has_columns(X: Any) -> bool:
    """Whether X is a table with named columns rather than an array."""
    if hasattr(X, "toarray"):  # a sparse matrix, which may be a mapping too, is refused like other arrays
        return False
    return isinstance(X, Table | Mapping) or hasattr(X, "columns") or hasattr(X, "column_names")


def with_names(X: Any) -> Any:
    """The same columns under names that are texts."""
    if type(X).__module__.startswith("pandas") and not all(isinstance(name, str) for name in X.columns):
        return X.set_axis([str(name) for name in X.columns], axis=1)
    return X


def target_name(y: Any, table: Table) -> str:
    """What y calls itself, or a name that no column has."""
    name = getattr(y, "name", None)
    name = name if isinstance(name, str) and name else "target"
    while name in table.schema:
        name += "_"
    return name


def with_target(table: Table, target: Target, cells: np.ndarray) -> Table:
    """The table with the target as a further column."""
    import polars as pl

    if len(cells) != table.n_rows:
        raise DataError(f"X and y must have the same number of rows, got {table.n_rows} and {len(cells)}.")
    regression = target.task == "regression"
    series = pl.Series(target.name, list(cells), dtype=pl.Float64 if regression else pl.String)
    column = Column(target.name, "numeric" if regression else "category", role="target")
    others = tuple(other for other in table.schema.columns if other.name != target.name)
    frame = table.frame.select([other.name for other in others]).with_columns(series)
    return replace(table, frame=frame, schema=Schema((*others, column)))
