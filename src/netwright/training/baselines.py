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
from netwright.evaluate.baselines import BASELINES, BaselineTask, Predict, fit_baseline
from netwright.preparation.folds import train_target
from netwright.preparation.plain import PlainFeatures
from netwright.preparation.preparer import Preparer
from netwright.preparation.target import Target
from netwright.preparation.values import Values, feature_values

#: The linear model sees categories as columns of 0 and 1 up to this many levels.
_LINEAR_PREPARATION = Preparation(onehot_limit=300)


@dataclass(frozen=True)
class TrainedBaseline:
    """One baseline, fitted fold by fold.

    Args:
        name: `constant`, `linear` or `trees`.
        outer: Predictions of each fold on its outer rows.
        seconds: What fitting took, over all folds.
        folds: For each fold how cells become features, and the fitted model.
    """

    name: str
    outer: tuple[np.ndarray, ...]
    seconds: float
    folds: tuple[tuple[PlainFeatures | Preparer, Predict], ...]

    def predict(self, table: Table) -> np.ndarray:
        """The mean over folds, as the network's."""
        values = feature_values(table)
        mean: np.ndarray = np.mean([predict(_features(maker, values)) for maker, predict in self.folds], axis=0)
        return mean


def train_baselines(split: Split, target: Target, seed: int, outliers: str = "keep") -> Iterator[TrainedBaseline]:
    """Fit every baseline on every fold.

    Args:
        split: Its development rows are read, its test rows are not.
        target: What is predicted.
        seed: The run's seed.
        outliers: With `clip` the linear model reads limited numbers, and all learn from limited targets.
    """
    linear = replace(_LINEAR_PREPARATION, outliers=outliers)
    what = BaselineTask(target.task, len(target.classes), derive_seed(seed, "baselines") % 2**31)
    cells, numbers = feature_values(split.development), target.numbers(split.development)
    for name in BASELINES:
        start = time.perf_counter()
        folds, outer = [], []
        for fold in split.folds:
            learned = train_target(numbers, fold.train, target, linear)
            own = {column: values.take(fold.train) for column, values in cells.items()}
            maker = _maker(name, split, own, linear)
            categorical = maker.transform(own)[1] if isinstance(maker, PlainFeatures) else np.zeros(0, dtype=bool)
            labels = learned[fold.train]
            weights = None if fold.class_weights is None else fold.class_weights[labels.astype(int)]
            predict = fit_baseline(name, what, _features(maker, own), labels, categorical, weights)
            folds.append((maker, predict))
            outer.append(
                predict(_features(maker, {column: values.take(fold.valid) for column, values in cells.items()}))
            )
        yield TrainedBaseline(name, tuple(outer), time.perf_counter() - start, tuple(folds))


def _maker(name: str, split: Split, own: Mapping[str, Values], linear: Preparation) -> PlainFeatures | Preparer:
    schema = split.development.schema
    return PlainFeatures.fit(schema, own) if name == "trees" else Preparer.fit(schema, own, linear)


def _features(maker: PlainFeatures | Preparer, values: Mapping[str, Values]) -> np.ndarray:
    if isinstance(maker, PlainFeatures):
        return maker.transform(values)[0]
    return maker.transform(values).dense
