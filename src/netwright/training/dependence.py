"""Partial dependence: how predictions of validation rows move when one column is set to one value after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netwright.base.clock import LOOKS_SECONDS
from netwright.base.record import Dependence
from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.base.table import Table
from netwright.preparation.grid import Grid, grid_of
from netwright.preparation.prepared import Prepared
from netwright.preparation.target import Target
from netwright.preparation.values import Values, column_values
from netwright.training.explain import PRODUCTS_PER_SECOND, fold_cells, fold_inputs
from netwright.training.mixture import Inputs, Maker, Mixture

#: Columns that are looked at, the most important ones.
MOST_COLUMNS = 6
#: Classes whose probability is followed, the most frequent ones.
_MOST_CLASSES = 6
#: Single rows that are followed.
_MOST_LINES = 12
#: Validation rows of a fold that are looked at; fewer where the model is large, but never fewer than ...
_MOST_ROWS, _FEWEST_ROWS = 500, 30
#: Rows of a fold that pass through the networks at once.
_ROWS_AT_ONCE = 4_096


def partial_dependence(
    model: Mixture, split: Split, columns: Sequence[str], seed: int, seconds: float = LOOKS_SECONDS / 2
) -> tuple[Dependence, ...]:
    """The mean prediction at each of some values of a column, the other cells of the rows kept.

    Validation rows of a fold are predicted by what was trained on that fold, with the column set to each value of a
    grid (`preparation/grid.py`), raw and prepared as the fold prepares it.

    Args:
        model: What predicts.
        split: Its development rows are read, whose cells give the grid.
        columns: The columns to look at; those without two values to set are left out.
        seed: The run's seed.
        seconds: What it may take, by declaration.

    Source: J. H. Friedman, "Greedy function approximation", Annals of Statistics 29 (2001); single rows after
    A. Goldstein et al., "Peeking Inside the Black Box", JCGS 24 (2015).
    """
    table = split.development
    kinds = {column.name: column for column in table.schema.features}
    grids = {name: grid_of(column_values(table[name], kinds[name]), kinds[name]) for name in columns}
    n_points = sum(len(grid.at) for grid in grids.values() if grid is not None)
    of_a_row = model.row_products * max(1, n_points)
    most = min(_MOST_ROWS, max(_FEWEST_ROWS, int(seconds * PRODUCTS_PER_SECOND / of_a_row)))
    rows = [_chosen(fold.valid, derive_seed(seed, "dependence", k), most) for k, fold in enumerate(split.folds)]
    cells = fold_cells(split, rows)
    inputs = fold_inputs(model, cells)
    outputs = _outputs(model.target, table)
    found = []
    for name, grid in grids.items():
        if grid is not None:
            means, lines = _along(model, inputs, cells, name, grid, outputs)
            found.append(_dependence(model.target, kinds[name].kind, name, grid, outputs, means, lines))
    return tuple(found)


def _outputs(target: Target, table: Table) -> list[int]:
    """Which numbers of a prediction are followed: the value, the positive class, or the most frequent classes."""
    if target.task != "multiclass":
        return [len(target.classes) - 1] if target.classes else [0]
    counts = np.bincount(target.numbers(table).astype(int), minlength=len(target.classes))
    return sorted(np.argsort(-counts, kind="stable")[:_MOST_CLASSES].tolist())


def _along(
    model: Mixture,
    inputs: Inputs,
    own_cells: Sequence[Mapping[str, Values]],
    column: str,
    grid: Grid,
    outputs: Sequence[int],
) -> tuple[np.ndarray, np.ndarray]:
    """The mean over rows of each vote (vote, value, output), and the first output of single rows (row, value)."""
    n_rows = [len(own[column].array) for own in own_cells]
    at_once = max(1, _ROWS_AT_ONCE // max(n_rows))
    each = -(-_MOST_LINES // len(n_rows))
    means: list[np.ndarray] = []
    lines: list[list[np.ndarray]] = [[] for _ in n_rows]
    for start in range(0, len(grid.at), at_once):
        cells = grid.cells.take(np.arange(start, min(start + at_once, len(grid.at))))
        n_points = len(cells.array)
        there = [
            [
                _set(maker, column, given, cells, others)
                for maker, given, others in zip(part.makers, own, own_cells, strict=True)
            ]
            for part, own in zip(model.parts, inputs, strict=True)
        ]
        predicted, voters = model.votes(there, max(n_rows) * n_points)
        found = np.empty((len(voters), n_points, len(outputs)))
        for k, n_own in enumerate(n_rows):
            if not (voters == k).any():  # all that were trained on this fold diverged
                continue
            mine = predicted[voters == k][:, : n_own * n_points, list(outputs)]
            mine = mine.reshape(-1, n_points, n_own, len(outputs))
            found[voters == k] = mine.mean(axis=2)
            lines[k].append(mine[:, :, :each, 0].mean(axis=0).T)
        means.append(found)
    single = np.concatenate([np.concatenate(own, axis=1) for own in lines if own])
    return np.concatenate(means, axis=1), single[:_MOST_LINES]


def _set(maker: Maker, column: str, inputs: Prepared, cells: Values, others: Mapping[str, Values]) -> Prepared:
    """The rows once for each value, the column set to it; `others` are the cells of the rows as they are."""
    n_points, n_rows = len(cells.array), len(inputs.dense)
    dense, codes = np.tile(inputs.dense, (n_points, 1)), np.tile(inputs.codes, (n_points, 1))
    made, span = maker.of_column(column, cells), maker.spans()[column]
    dense[:, span.start : span.stop] = np.repeat(made.dense, n_rows, axis=0)
    if span.code is not None:
        codes[:, span.code] = np.repeat(made.codes[:, 0], n_rows)
    each, of_rows = np.repeat(np.arange(n_points), n_rows), np.tile(np.arange(n_rows), n_points)
    values = {name: cells.take(each) if name == column else others[name].take(of_rows) for name in maker.read}
    maker.renew(dense, values, column)
    arrays = {name: np.concatenate([own] * n_points) for name, own in inputs.arrays.items()}
    return Prepared(dense, codes, arrays=arrays)


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
