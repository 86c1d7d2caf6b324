"""What the trained members look at, measured on their own validation rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from netwright.base.clock import LOOKS_SECONDS
from netwright.base.plan import of_classes
from netwright.base.record import Importance
from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.evaluate.importance import Shuffle, n_repeats, permutation_importance
from netwright.evaluate.metrics import Metric, judged_by
from netwright.preparation.prepared import Prepared
from netwright.preparation.values import Values, feature_values
from netwright.training.mixture import Maker, Mixture

#: Validation rows of a fold that are looked at.
_MOST_ROWS = 1_000
#: Rows of all shuffles that pass through the networks at once.
_ROWS_AT_ONCE = 4_096
#: Multiplications a second, by declaration; where a model is large fewer rows are looked at, but never fewer than ...
PRODUCTS_PER_SECOND, _FEWEST_ROWS = 1e10, 30


def explain(
    model: Mixture, split: Split, truth: np.ndarray, metric: Metric, seed: int, seconds: float = LOOKS_SECONDS / 2
) -> tuple[Importance, ...]:
    """Permutation importance of every feature column.

    A column is shuffled among the validation rows of a fold, with all features made of it, those of several columns
    too, and predicted by what was trained on that fold.

    Args:
        model: What predicts.
        split: Its development rows are read.
        truth: Target of all development rows in its own units.
        metric: What the error is measured by.
        seed: The run's seed.
        seconds: What it may take, by declaration.
    """
    columns = [column.name for column in model.schema.features]
    products, repeats = seconds * PRODUCTS_PER_SECOND / max(1, model.row_products), n_repeats(columns)
    while repeats > 1 and products < _FEWEST_ROWS * (1 + repeats * len(columns)):
        repeats -= 1
    most = min(_MOST_ROWS, max(_FEWEST_ROWS, int(products / (1 + repeats * len(columns)))))
    rows = [_chosen(fold.valid, derive_seed(seed, "importance", k), most) for k, fold in enumerate(split.folds)]
    cells = fold_cells(split, rows)
    inputs = fold_inputs(model, cells)

    def errors(shuffles: Sequence[Shuffle]) -> list[float]:
        at_once = max(1, _ROWS_AT_ONCE // max(len(own) for own in rows))
        found: list[float] = []
        for start in range(0, len(shuffles), at_once):
            found += _errors(model, inputs, cells, rows, shuffles[start : start + at_once], truth, metric, seed)
        return found

    return permutation_importance(columns, errors, repeats)


def _errors(
    model: Mixture,
    inputs: Sequence[Sequence[Prepared]],
    cells: Sequence[Mapping[str, Values]],
    rows: Sequence[np.ndarray],
    shuffles: Sequence[Shuffle],
    truth: np.ndarray,
    metric: Metric,
    seed: int,
) -> list[float]:
    """The mean error over folds under each shuffle, all of them predicted at once."""
    shuffled = []
    for part, given in zip(model.parts, inputs, strict=True):
        own = []
        for k, (maker, fold) in enumerate(zip(part.makers, given, strict=True)):
            made = [
                _shuffled(maker, fold, cells[k], column, _seed(seed, column, repeat, k)) for column, repeat in shuffles
            ]
            arrays = {name: np.concatenate([m.arrays[name] for m in made]) for name in made[0].arrays}
            dense, codes = (np.concatenate(parts) for parts in zip(*((m.dense, m.codes) for m in made), strict=True))
            own.append(Prepared(dense, codes, arrays=arrays))
        shuffled.append(own)
    votes, voters = model.votes(shuffled, max(len(own) for own in rows) * len(shuffles))
    errors = np.empty((len(shuffles), len(rows)))
    for k, own_rows in enumerate(rows):
        if not (voters == k).any():  # all that were trained on this fold diverged
            errors[:, k] = np.nan
            continue
        mean = votes[voters == k, : len(own_rows) * len(shuffles)].mean(axis=0)
        values = mean if of_classes(model.target.task) or model.target.steps else mean[:, 0]
        for index, part_of_it in enumerate(np.split(values, len(shuffles))):
            named = judged_by(metric, part_of_it, model.threshold)
            errors[index, k] = metric.error(metric.score(truth[own_rows], named))
    return [float(error) for error in np.nanmean(errors, axis=1)]


def fold_cells(split: Split, rows: Sequence[np.ndarray]) -> list[Mapping[str, Values]]:
    """The cells of some rows of each fold.

    Args:
        split: Its development rows are read.
        rows: Positions for each fold.
    """
    return [feature_values(split.development.take(own)) for own in rows]


def fold_inputs(model: Mixture, cells: Sequence[Mapping[str, Values]]) -> list[list[Prepared]]:
    """The inputs of these rows as each fold prepares its own, for each part.

    Args:
        model: What they are fed to.
        cells: As `fold_cells` gave them.
    """
    return [[maker.transform(own) for maker, own in zip(part.makers, cells, strict=True)] for part in model.parts]


def _seed(seed: int, column: str | None, repeat: int, fold: int) -> int:
    return derive_seed(seed, "importance", column, repeat, fold)


def _chosen(rows: np.ndarray, seed: int, most: int) -> np.ndarray:
    if len(rows) <= most:
        return rows
    return np.asarray(np.sort(np.random.default_rng(seed).choice(rows, most, replace=False)))


def _shuffled(maker: Maker, inputs: Prepared, cells: Mapping[str, Values], column: str | None, seed: int) -> Prepared:
    """The same rows with the cells of one column shuffled among them, and all that is made of them."""
    if column is None:
        return inputs
    span = maker.spans()[column]
    order = np.random.default_rng(seed).permutation(len(inputs.dense))
    dense, codes = inputs.dense.copy(), inputs.codes.copy()
    dense[:, span.start : span.stop] = dense[order, span.start : span.stop]
    if span.code is not None:
        codes[:, span.code] = codes[order, span.code]
    arrays = dict(inputs.arrays)
    if span.array is not None:
        name, start, stop = span.array
        arrays[name] = arrays[name].copy()
        arrays[name][:, start:stop] = arrays[name][order, start:stop]
    maker.renew(dense, {**cells, column: cells[column].take(order)}, column)
    return Prepared(dense, codes, arrays=arrays)
