"""What a run will need, told before anything is prepared: buckets over folds whose inputs are only outlined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netwright.base.plan import Preparation
from netwright.base.split import Split
from netwright.preparation.folds import PreparedFold, taken_over
from netwright.preparation.prepared import Prepared
from netwright.preparation.preparer import Preparer
from netwright.preparation.target import NO_SCALE, Target
from netwright.preparation.values import feature_values
from netwright.training.population import Bucket

#: Train rows of a fold, and cells of theirs, that tell how wide its inputs will be.
_ROWS, _CELLS = 5_000, 1 << 21
_CELL_BYTES = 8
#: Copies of the cells that stand in memory while folds are fitted: as numbers, and those of the train rows.
_CELL_COPIES = 2


def outlined_folds(split: Split, target: Target, preparation: Preparation) -> tuple[PreparedFold, ...]:
    """Folds as they will be, but for what is in them: inputs have the shape that a sample of train rows gives them.

    Args:
        split: Its development rows are read, its test rows are not.
        target: What is predicted.
        preparation: The plan's choices.
    """
    table = split.development
    n_sampled = min(_ROWS, max(1, _CELLS // max(1, len(table.schema.columns))))
    folds = []
    for fold in split.folds:
        rows = fold.train[:: max(1, len(fold.train) // n_sampled)][:n_sampled]
        if preparation.start:
            preparer = taken_over(preparation)
        else:
            preparer = Preparer.fit(table.schema, feature_values(table.take(rows)), preparation)
        shape = table.n_rows, preparer.width, len(preparer.cardinalities)
        inputs = Prepared(_outline(shape[:2], np.float32), _outline((shape[0], shape[2]), np.int64))
        arrays = {
            name: _outline((shape[0], *own), np.int64 if name == "text" else np.float32)
            for name, own in preparer.arrays.items()
        }
        inputs = replace(inputs, arrays=arrays)
        numbers = _outline((table.n_rows, *([target.steps] if target.steps else [])), np.float64)
        folds.append(PreparedFold(preparer, NO_SCALE, inputs, numbers, fold.train, fold.valid))
    return tuple(folds)


def _outline(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    """An array of a shape that takes no room."""
    return np.broadcast_to(np.zeros((), dtype), shape)


def prepared_bytes(buckets: Sequence[Bucket]) -> int:
    """What the prepared folds of some buckets take, each preparation once."""
    folds = {id(bucket.folds[0].preparer): bucket.folds for bucket in buckets}
    return sum(fold.inputs.nbytes + fold.target.nbytes for own in folds.values() for fold in own)


def preparing_bytes(split: Split) -> int:
    """What is in memory beside the prepared folds while they are made; a large table is read column by column."""
    table = split.development
    n_columns = _CELL_COPIES if table.in_files else len(table.schema.features)
    return _CELL_COPIES * _CELL_BYTES * table.n_rows * n_columns
