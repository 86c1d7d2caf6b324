"""Which task a target stands for, inferred from its values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.base.plan import Task
from netwright.base.table import CLASS_OF_PICTURE, Table

if TYPE_CHECKING:
    import polars as pl

#: Whole numbers counted from 0 or 1 without a gap are class codes up to this many.
_MOST_CODES = 10
#: More classes than this, and few rows a class, are names rather than classes.
_MOST_CLASSES = 100
_ROWS_A_CLASS = 5
#: And from this many classes on where most have a single row.
_MANY_CLASSES = 20


@dataclass(frozen=True)
class TaskGuess:
    """A task and what speaks for it."""

    task: Task
    why: str


def infer_task(table: Table, name: str, asked: str | None = None) -> TaskGuess:
    """The task that the values of the target stand for.

    Args:
        table: A typed table.
        name: The target column.
        asked: The task that the user named; texts may be numbers then.

    Raises:
        DataError: The target is no target: constant, all missing, dates, or names.
    """
    column, cells = table.schema[name], table[name].drop_nulls()
    where = f"target {name!r} of {table.source.name}"
    if cells.len() == 0:
        raise DataError(f"{where} must hold values, got none in {count(table.n_rows, 'row')}. Pass another --target.")
    n_distinct = cells.n_unique()
    if n_distinct == 1 and column.why == CLASS_OF_PICTURE:
        raise DataError(
            f"{table.source.name} must hold a folder of pictures for each of at least two classes, got only "
            f"{cells[0]!r} with {count(cells.len(), 'picture')}. There is nothing to learn. Add a second folder."
        )
    if n_distinct == 1:
        raise DataError(
            f"{where} must take at least two values, got only {cells[0]!r} in {count(cells.len(), 'row')}. "
            "There is nothing to learn. Pass another --target."
        )
    if column.kind == "date":
        raise DataError(f"{where} must be a number or a class, got dates. Pass another --target.")
    if column.kind == "numeric":
        return _numeric_task(cells, n_distinct)
    if asked != "regression":
        check_classes(table, name)
    return TaskGuess("binary" if n_distinct == 2 else "multiclass", f"{n_distinct} classes")


def _numeric_task(cells: pl.Series, n_distinct: int) -> TaskGuess:
    values = np.unique(cells.to_numpy())
    if n_distinct == 2:
        return TaskGuess("binary", "two values")
    counted = np.arange(n_distinct) + values[0]
    if values[0] in (0, 1) and n_distinct <= _MOST_CODES and np.array_equal(values, counted):
        return TaskGuess("multiclass", f"whole numbers {values[0]:g} to {values[-1]:g}")
    return TaskGuess("regression", "numbers")


def check_classes(table: Table, name: str) -> None:
    """A class target must not be a list of names.

    Raises:
        DataError: Nearly every row has a class of its own.
    """
    cells = table[name].drop_nulls()
    n_distinct = cells.n_unique()
    few_rows = cells.len() < n_distinct * (_ROWS_A_CLASS if n_distinct > _MOST_CLASSES else 2)
    if n_distinct > _MANY_CLASSES and few_rows:
        raise DataError(
            f"target {name!r} of {table.source.name} must be numbers or classes that repeat, got {n_distinct:,} "
            f"different values in {count(cells.len(), 'row')}. Pass another --target, or --task regression for numbers."
        )
