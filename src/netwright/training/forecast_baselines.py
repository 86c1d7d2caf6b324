"""The baselines of a forecast on the same folds as the networks: same train rows, same outer rows."""

from __future__ import annotations

import time
from collections.abc import Iterator

from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.evaluate.forecasts import FORECASTS, fit_forecast
from netwright.preparation.lags import LagFeatures
from netwright.preparation.target import Target
from netwright.preparation.values import feature_values
from netwright.preparation.window import PAST
from netwright.training.baselines import TrainedBaseline
from netwright.training.fitted_baseline import BaselineFold, FittedBaseline


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
            folds.append(BaselineFold(maker, fitted))
            fitted_at = time.perf_counter()
            judged = {column: values.take(fold.valid) for column, values in cells.items()}
            outer.append(fitted(maker.transform(judged).dense))
            predicting += time.perf_counter() - fitted_at
        seconds = time.perf_counter() - start
        yield TrainedBaseline(
            tuple(outer), seconds, FittedBaseline(name, tuple(folds)), predicting / max(1, sum(map(len, outer)))
        )
