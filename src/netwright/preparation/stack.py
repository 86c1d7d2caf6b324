"""The prepared inputs of a large table: written block by block into scratch files, all folds side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwright.base.scratch import scratch_array
from netwright.base.table import Table
from netwright.preparation.preparer import Prepared, Preparer
from netwright.preparation.values import feature_values


@dataclass(frozen=True)
class Stack:
    """Inputs of all folds, narrower ones padded with zeros.

    Args:
        dense: float32, in a file; (fold, row, feature).
        codes: int64, in a file; (fold, row, column).
    """

    dense: np.ndarray
    codes: np.ndarray

    def of(self, fold: int, preparer: Preparer) -> Prepared:
        """The inputs of one fold, which are a part of these files."""
        width, coded = len(preparer.feature_names), len(preparer.cardinalities)
        return Prepared(self.dense[fold, :, :width], self.codes[fold, :, :coded])


def stacked_inputs(table: Table, preparers: Sequence[Preparer]) -> Stack:
    """The inputs of all rows of a table, as each preparer makes them; one block of rows is in memory at a time.

    Args:
        table: The rows.
        preparers: One a fold.

    Raises:
        DataError: The disk has no room for them.
    """
    width = max(len(preparer.feature_names) for preparer in preparers)
    coded = max(len(preparer.cardinalities) for preparer in preparers)
    stack = Stack(
        scratch_array((len(preparers), table.n_rows, width), np.float32),
        scratch_array((len(preparers), table.n_rows, coded), np.int64),
    )
    start = 0
    for block in table.blocks():
        values, rows = feature_values(block), slice(start, start + block.n_rows)
        for fold, preparer in enumerate(preparers):
            inputs, own = preparer.transform(values), stack.of(fold, preparer)
            own.dense[rows], own.codes[rows] = inputs.dense, inputs.codes
        start += block.n_rows
    return stack
