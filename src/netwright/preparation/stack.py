"""The prepared inputs of a large table: written block by block into scratch files, all folds side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwright.base.scratch import scratch_array
from netwright.base.table import Table
from netwright.preparation.finite import Spoiled
from netwright.preparation.prepared import Prepared
from netwright.preparation.preparer import Preparer
from netwright.preparation.values import feature_values


@dataclass(frozen=True)
class Stack:
    """Inputs of all folds, narrower ones padded with zeros.

    Args:
        dense: float32, in a file; (fold, row, feature).
        codes: int64, in a file; (fold, row, column).
        spoiled: Of each fold the features that no network can be fed.
    """

    dense: np.ndarray
    codes: np.ndarray
    spoiled: tuple[Spoiled, ...]

    def of(self, fold: int, preparer: Preparer) -> Prepared:
        """The inputs of one fold, which are a part of these files."""
        width, coded = preparer.width, len(preparer.cardinalities)
        return Prepared(self.dense[fold, :, :width], self.codes[fold, :, :coded], self.spoiled[fold])


def stacked_inputs(table: Table, preparers: Sequence[Preparer]) -> Stack:
    """The inputs of all rows of a table, as each preparer makes them; one block of rows is in memory at a time.

    Args:
        table: The rows.
        preparers: One a fold.

    Raises:
        DataError: The disk has no room for them.
    """
    width = max(preparer.width for preparer in preparers)
    coded = max(len(preparer.cardinalities) for preparer in preparers)
    dense = scratch_array((len(preparers), table.n_rows, width), np.float32)
    codes = scratch_array((len(preparers), table.n_rows, coded), np.int64)
    spoiled: list[list[tuple[int, Spoiled]]] = [[] for _ in preparers]
    start = 0
    for block in table.blocks():
        values, rows = feature_values(block), slice(start, start + block.n_rows)
        for fold, preparer in enumerate(preparers):
            inputs = preparer.transform(values)
            dense[fold, rows, : inputs.dense.shape[1]] = inputs.dense
            codes[fold, rows, : inputs.codes.shape[1]] = inputs.codes
            spoiled[fold].append((start, inputs.spoiled))
        start += block.n_rows
    return Stack(dense, codes, tuple(map(Spoiled.joined, spoiled)))
