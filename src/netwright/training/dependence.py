"""Partial dependence: how predictions of validation rows move when one column is set to one value after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netwright.base.record import Dependence
from netwright.base.seeds import derive_seed
from netwright.base.table import Table
from netwright.preparation.encoder import Encoder
from netwright.preparation.finite import made_finite
from netwright.preparation.folds import PreparedFold
from netwright.preparation.grid import Grid, grid_of
from netwright.preparation.preparer import Prepared, Preparer
from netwright.preparation.target import Target
from netwright.preparation.values import Values, column_values, some_cells
from netwright.training.model import FittedModel

#: Columns that are looked at, the most important ones.
MOST_COLUMNS = 6
#: Classes whose probability is followed, the most frequent ones.
_MOST_CLASSES = 6
#: Single rows that are followed.
_MOST_LINES = 12
#: Validation rows of a fold that are looked at; fewer where the networks are large, but never fewer than ...
_MOST_ROWS, _FEWEST_ROWS = 500, 50
#: ... those with which all of it takes so many multiplications.
_MOST_PRODUCTS = 2e11
#: Rows of a fold that pass through the networks at once.
_ROWS_AT_ONCE = 4_096


def partial_dependence(
    model: FittedModel, folds: Sequence[PreparedFold], table: Table, columns: Sequence[str], seed: int
) -> tuple[Dependence, ...]:
    """The mean prediction at each of some values of a column, the other cells of the rows kept.

    Validation rows of a fold are predicted by the members of that fold, with the column set to each value of a grid
    (`preparation/grid.py`), raw and prepared as the fold prepares it.

    Args:
        model: The trained members.
        folds: Their prepared data.
        table: The development rows, whose cells give the grid.
        columns: The columns to look at; those without two values to set are left out.
        seed: The run's seed.

    Source: J. H. Friedman, "Greedy function approximation", Annals of Statistics 29 (2001); single rows after
    A. Goldstein et al., "Peeking Inside the Black Box", JCGS 24 (2015).
    """
    kinds = {column.name: column for column in table.schema.features}
    grids = {name: grid_of(column_values(table[name], kinds[name]), kinds[name]) for name in columns}
    n_points = sum(len(grid.at) for grid in grids.values() if grid is not None)
    of_a_row = len(model.member_folds) * model.network.row_products * max(1, n_points)
    most = min(_MOST_ROWS, max(_FEWEST_ROWS, int(_MOST_PRODUCTS / of_a_row)))
    rows = [_chosen(fold.valid, derive_seed(seed, "dependence", k), most) for k, fold in enumerate(folds)]
    others = [some_cells(table, fold.preparer.read, own) for fold, own in zip(folds, rows, strict=True)]
    outputs = _outputs(model.target, table)
    found = []
    for name, grid in grids.items():
        if grid is not None:
            means, lines = _along(model, folds, rows, others, name, grid, outputs)
            found.append(_dependence(model.target, kinds[name].kind, name, grid, outputs, means, lines))
    return tuple(found)


def _outputs(target: Target, table: Table) -> list[int]:
    """Which numbers of a prediction are followed: the value, the positive class, or the most frequent classes."""
    if target.task != "multiclass":
        return [len(target.classes) - 1] if target.classes else [0]
    counts = np.bincount(target.numbers(table).astype(int), minlength=len(target.classes))
    return sorted(np.argsort(-counts, kind="stable")[:_MOST_CLASSES].tolist())


def _along(
    model: FittedModel,
    folds: Sequence[PreparedFold],
    rows: Sequence[np.ndarray],
    others: Sequence[Mapping[str, Values]],
    column: str,
    grid: Grid,
    outputs: Sequence[int],
) -> tuple[np.ndarray, np.ndarray]:
    """The mean over rows of each member (member, value, output), and the first output of single rows (row, value)."""
    longest, members = max(len(own) for own in rows), np.array(model.member_folds)
    at_once = max(1, _ROWS_AT_ONCE // longest)
    means = np.empty((len(members), len(grid.at), len(outputs)))
    each = -(-_MOST_LINES // len(folds))
    lines: list[list[np.ndarray]] = [[] for _ in folds]
    for start in range(0, len(grid.at), at_once):
        points = np.arange(start, min(start + at_once, len(grid.at)))
        cells = grid.cells.take(points)
        inputs = [
            _set(fold, own, other, column, cells, len(points))
            for fold, own, other in zip(folds, rows, others, strict=True)
        ]
        predicted = model.predict_prepared(inputs, longest * len(points))[:, :, list(outputs)]
        for k, own in enumerate(rows):
            if not (members == k).any():  # all that were trained on this fold diverged
                continue
            mine = predicted[members == k, : len(own) * len(points)].reshape(-1, len(points), len(own), len(outputs))
            means[np.ix_(members == k, points)] = mine.mean(axis=2)
            lines[k].append(mine[:, :, :each, 0].mean(axis=0).T)
    single = np.concatenate([np.concatenate(own, axis=1) for k, own in enumerate(lines) if (members == k).any()])
    return means, single[:_MOST_LINES]


def _set(
    fold: PreparedFold, rows: np.ndarray, others: Mapping[str, Values], column: str, cells: Values, n_points: int
) -> Prepared:
    """The rows once for each value, the column set to it; `others` are cells that features of several columns read."""
    dense, codes = np.tile(fold.inputs.dense[rows], (n_points, 1)), np.tile(fold.inputs.codes[rows], (n_points, 1))
    encoder, span = _encoder(fold.preparer, column), fold.preparer.spans()[column]
    if span.code is None:
        dense[:, span.start : span.stop] = np.repeat(made_finite(encoder.dense(cells))[0], len(rows), axis=0)
    else:
        codes[:, span.code] = np.repeat(encoder.codes(cells), len(rows))
    each, of_rows = np.repeat(np.arange(n_points), len(rows)), np.tile(np.arange(len(rows)), n_points)
    values = {name: cells.take(each) if name == column else own.take(of_rows) for name, own in others.items()}
    fold.preparer.renew(dense, values, column)
    return Prepared(dense, codes)


def _encoder(preparer: Preparer, column: str) -> Encoder:
    return next(encoder for encoder in preparer.encoders if encoder.column == column)


def _chosen(rows: np.ndarray, seed: int, most: int) -> np.ndarray:
    """Rows by chance and in no order, so that the first of them are a sample too."""
    return np.asarray(np.random.default_rng(seed).permutation(rows)[:most])


def _dependence(
    target: Target, kind: str, column: str, grid: Grid, outputs: Sequence[int], means: np.ndarray, lines: np.ndarray
) -> Dependence:
    def plain(array: np.ndarray) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(map(float, row)) for row in array)

    return Dependence(
        column=column,
        kind=kind,
        outputs=tuple(target.classes[number] for number in outputs) if target.classes else (target.name,),
        at=grid.at,
        mean=plain(means.mean(axis=0).T),
        spread=plain(means.std(axis=0).T),
        lines=plain(lines) if grid.bars and len(outputs) == 1 else (),
        bars=grid.bars,
        counts=grid.counts,
        n_others=grid.n_others,
    )
