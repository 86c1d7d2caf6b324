"""The baselines on the same folds as the network: same train rows, same outer rows, same mean over folds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from netwright.base.plan import Preparation
from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.base.table import Table
from netwright.evaluate.baselines import BASELINES, BaselineTask, fit_baseline, grow_trees
from netwright.evaluate.boosting import Judging, affordable
from netwright.preparation.folds import train_target
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.preparer import Preparer
from netwright.preparation.target import Target
from netwright.preparation.values import Values, cells_at, feature_values
from netwright.training.fitted_baseline import BaselineFold, FittedBaseline
from netwright.training.outer import first_half

#: The linear model sees categories as columns of 0 and 1 up to this many levels, pictures and texts as plain numbers.
_LINEAR_PREPARATION = Preparation(onehot_limit=300, flat=True)


#: Train rows of a fold that baselines learn from where the table is large, and numbers that these rows may become.
MOST_ROWS, _MOST_NUMBERS, _FEWEST_ROWS = 500_000, 1 << 26, 10_000
#: Outer rows of a fold that say when trees end.
_MOST_JUDGES = 20_000


@dataclass(frozen=True)
class TrainedBaseline:
    """One baseline, fitted fold by fold.

    Args:
        outer: Predictions of each fold on its outer rows.
        seconds: What fitting took, over all folds.
        fitted: What predicts.
        row_seconds: What predicting a row by the model of one fold took.
    """

    outer: tuple[np.ndarray, ...]
    seconds: float
    fitted: FittedBaseline
    row_seconds: float = 0.0

    @property
    def name(self) -> str:
        """`constant`, `linear` or `trees`."""
        return self.fitted.name

    def predict(self, table: Table) -> np.ndarray:
        """The mean over folds, as the network's."""
        return self.fitted.predict(table)


def train_baselines(
    split: Split,
    target: Target,
    seed: int,
    outliers: str = "keep",
    tree_settings: int = 0,
    tree_seconds: float = 0.0,
) -> Iterator[TrainedBaseline]:
    """Fit every baseline on every fold.

    Args:
        split: Its development rows are read, its test rows are not.
        target: What is predicted.
        seed: The run's seed.
        outliers: With `clip` the linear model reads limited numbers, and all learn from limited targets.
        tree_settings: How many settings grow trees that outer rows end ...
        tree_seconds: ... in so many declared seconds; with none trees have scikit-learn's usual settings.
    """
    linear = replace(_LINEAR_PREPARATION, outliers=outliers)
    what = BaselineTask(target.task, len(target.classes), derive_seed(seed, "baselines") % 2**31)
    cells, numbers = _Cells(split.development), target.numbers(split.development)
    for name in BASELINES:
        start = time.perf_counter()
        folds, outer, predicting = [], [], 0.0
        for number, fold in enumerate(split.folds):
            rows = learned_rows(split, number, seed)
            learned = train_target(numbers, fold.train, target, linear)
            own = cells.at(rows)
            maker = _maker(name, split, own, linear)
            categorical = maker.categorical if isinstance(maker, PlainFeatures) else np.zeros(0, dtype=bool)
            labels, x = learned[rows], maker.transform(own).dense
            weights = None if fold.class_weights is None else fold.class_weights[labels.astype(int)]
            if split.development.in_files:  # a category may have become many columns
                fewer = slice(max(_FEWEST_ROWS, _MOST_NUMBERS // max(1, x.shape[1])))
                x, labels, weights = x[fewer], labels[fewer], None if weights is None else weights[fewer]
            grown, judges = None, _judges(len(fold.valid), number, seed)
            if name == "trees":
                judging = _judging(
                    split, number, seed, judges, maker.transform(cells.at(fold.valid[judges])).dense, numbers
                )
                n_outputs = len(target.classes) if len(target.classes) > 2 else 1
                settings = affordable(tree_seconds / len(split.folds), tree_settings, len(x), x.shape[1], n_outputs)
                grown = grow_trees(settings, what, x, labels, categorical, weights, judging)
            fitted = grown.trees if grown else fit_baseline(name, what, x, labels, categorical, weights)
            folds.append(BaselineFold(maker, fitted))
            fitted_at = time.perf_counter()
            parts = [fitted(maker.transform(part).dense) for part in cells.parts(fold.valid)]
            own_outer = parts[0] if len(parts) == 1 else np.concatenate(parts)
            predicting += time.perf_counter() - fitted_at
            if grown:  # who did not judge had no say
                own_outer[judges] = grown.outer
            outer.append(own_outer)
        row_seconds = predicting / max(1, sum(map(len, outer)))
        seconds, fitted_folds = time.perf_counter() - start, FittedBaseline(name, tuple(folds))
        yield TrainedBaseline(tuple(outer), seconds, fitted_folds, row_seconds)


def _judges(n_rows: int, fold: int, seed: int) -> np.ndarray:
    """Which of the outer rows of a fold end trees: all, of many a sample; (n_judges,)."""
    if n_rows <= _MOST_JUDGES:
        return np.arange(n_rows)
    stream = np.random.default_rng(derive_seed(seed, "rows that end trees", fold))
    return np.sort(stream.choice(n_rows, _MOST_JUDGES, replace=False))


def _judging(split: Split, number: int, seed: int, judges: np.ndarray, x: np.ndarray, numbers: np.ndarray) -> Judging:
    """Outer rows of a fold, halved as the networks' are.

    Args:
        split: The rows of the run.
        number: The fold.
        seed: The run's seed.
        judges: Which of its outer rows; (n_judges,).
        x: Their plain features; (n_judges, n_features).
        numbers: Target of the development rows; (n_rows,).
    """
    fold, units = split.folds[number], split.development.units
    rows, y = fold.valid[judges], numbers[fold.valid[judges]]
    weights = None if fold.class_weights is None else fold.class_weights[y.astype(int)]
    return Judging(x, y, first_half(rows if units is None else units[rows], number, seed), weights)


def learned_rows(split: Split, fold: int, seed: int) -> np.ndarray:
    """The train rows of a fold that baselines learn from: all, of a large table a sample in no order; (n_rows,).

    Args:
        split: The rows of the run.
        fold: Its number.
        seed: The run's seed.
    """
    rows = split.folds[fold].train
    if not split.development.in_files or len(rows) <= MOST_ROWS:
        return rows
    stream = np.random.default_rng(derive_seed(seed, "rows of baselines", fold))
    return np.asarray(rows[stream.choice(len(rows), MOST_ROWS, replace=False)])


class _Cells:
    """Cells of the development rows: at once, those of a large table in parts.

    Args:
        table: The development rows.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._cells = None if table.in_files else feature_values(table)

    def at(self, rows: np.ndarray) -> Mapping[str, Values]:
        """The cells of these rows."""
        return feature_values(self._table.take(rows)) if self._cells is None else cells_at(self._cells, rows)

    def parts(self, rows: np.ndarray) -> Iterator[Mapping[str, Values]]:
        """The cells of these rows, of a large table block by block."""
        if self._cells is not None:
            yield cells_at(self._cells, rows)
            return
        for block in self._table.take(rows).blocks():
            yield feature_values(block)


def _maker(name: str, split: Split, own: Mapping[str, Values], linear: Preparation) -> PlainFeatures | Preparer:
    schema = split.development.schema
    return PlainFeatures.fit(schema, own) if name == "trees" else Preparer.fit(schema, own, linear)
