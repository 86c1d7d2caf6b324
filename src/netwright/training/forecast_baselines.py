"""The baselines of a forecast on the same folds as the networks: same train rows, same outer rows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.base.table import Column, Schema
from netwright.evaluate.forecasts import FORECASTS, fit_forecast
from netwright.preparation.prepared import Prepared, Span
from netwright.preparation.target import Target
from netwright.preparation.values import Arrays, Codes, Numbers, Values, arrays_of, codes_of, feature_values
from netwright.preparation.window import PAST
from netwright.training.baselines import TrainedBaseline
from netwright.training.fitted_baseline import BaselineFold, FittedBaseline

#: Series that become columns of 0 and 1; those beyond have none.
_MOST_SERIES = 100


@dataclass(frozen=True)
class LagFeatures:
    """Windows as plain numbers, the target's channel first: what baselines of forecasts read.

    Args:
        columns: The feature columns.
        levels: For each category its levels in the train rows.
        width: Numbers a row.
    """

    columns: tuple[Column, ...]
    levels: Mapping[str, tuple[str, ...]]
    width: int

    @classmethod
    def fit(cls, schema: Schema, values: Mapping[str, Values]) -> LagFeatures:
        """Learn the levels of categories from these cells."""
        levels = {
            name: tuple(level for level, n in zip(own.levels, own.counts(), strict=True) if n)[:_MOST_SERIES]
            for name, own in values.items()
            if isinstance(own, Codes)
        }
        columns = sorted(schema.features, key=lambda column: column.name != PAST)
        return cls(tuple(columns), levels, 0)._measured(values)

    def _measured(self, values: Mapping[str, Values]) -> LagFeatures:
        one = {name: own.take(np.arange(1)) for name, own in values.items()}
        return LagFeatures(self.columns, self.levels, self.transform(one).dense.shape[1])

    def spans(self) -> dict[str, Span]:
        """All columns together."""
        return {column.name: Span(0, self.width) for column in self.columns}

    def transform(self, values: Mapping[str, Values]) -> Prepared:
        """Float64 features; (n_rows, width)."""
        parts = [self._of(column.name, values[column.name]) for column in self.columns]
        dense = np.concatenate(parts, axis=1)
        return Prepared(dense, np.zeros((len(dense), 0), dtype=np.int64))

    def _of(self, name: str, cells: Values) -> np.ndarray:
        if isinstance(cells, Arrays):
            own = arrays_of(cells, name).astype(np.float64)
            return own.reshape(len(own), -1)
        if isinstance(cells, Numbers):
            return cells.array[:, None]
        codes = codes_of(cells, name)
        known = {level: place for place, level in enumerate(self.levels[name])}
        table = np.concatenate([np.eye(len(known)), np.zeros((1, len(known)))])
        return np.asarray(table[codes.mapped(known, otherwise=len(known))])


def train_forecast_baselines(split: Split, target: Target, seed: int, season: int) -> Iterator[TrainedBaseline]:
    """Fit every baseline of forecasts on every fold.

    Args:
        split: Its development rows are read, its test rows are not.
        target: What is forecast.
        seed: The run's seed.
        season: Steps of the season.
    """
    table = split.development
    numbers, cells = target.numbers(table), feature_values(table)
    past = table.schema[PAST].shape[1]
    for name in FORECASTS:
        start, folds, outer, predicting = time.perf_counter(), [], [], 0.0
        for number, fold in enumerate(split.folds):
            own = {column: values.take(fold.train) for column, values in cells.items()}
            maker = LagFeatures.fit(table.schema, own)
            x, y = maker.transform(own).dense, numbers[fold.train]
            own_seed = derive_seed(seed, "baselines", number)
            fitted = fit_forecast(name, x, y, past=past, season=season, seed=own_seed)
            folds.append(BaselineFold(maker, fitted))  # type: ignore[arg-type]  # read in the same way
            fitted_at = time.perf_counter()
            judged = {column: values.take(fold.valid) for column, values in cells.items()}
            outer.append(fitted(maker.transform(judged).dense))
            predicting += time.perf_counter() - fitted_at
        seconds = time.perf_counter() - start
        yield TrainedBaseline(
            tuple(outer), seconds, FittedBaseline(name, tuple(folds)), predicting / max(1, sum(map(len, outer)))
        )
