"""What a forecast has to beat: last value, seasonal naive, mean of the window, autoregression, boosted trees on lags.

All read one row of plain numbers an origin: the window of the target, oldest step first, then whatever else there is;
counted from the level of the window, as what they predict is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from netwright.base.seeds import derive_seed
from netwright.evaluate.tree_arrays import TreeArrays

FORECASTS = ("last_value", "seasonal_naive", "window_mean", "linear", "trees")
#: Strengths of the ridge that are tried, by leave-one-out.
_RIDGES = tuple(10.0**power for power in range(-3, 5))
#: Rows that trees learn from, steps pooled; lags that they read, the last ones; rounds.
_MOST_ROWS, _MOST_LAGS, _ROUNDS = 20_000, 32, 100
_MANY_CELLS = 1_000_000


@dataclass(frozen=True)
class Naive:
    """A forecast that nothing is fitted for.

    Args:
        name: `last_value`, `seasonal_naive` or `window_mean`.
        past: Steps of the window, the first numbers of a row.
        horizon: Steps ahead.
        season: Steps of the season.

    Example:
        >>> Naive("seasonal_naive", past=4, horizon=3, season=2)(np.array([[1.0, 2.0, 3.0, 4.0]])).tolist()
        [[3.0, 4.0, 3.0]]
    """

    kind: ClassVar[str] = "naive"
    name: str
    past: int
    horizon: int
    season: int

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Forecasts; (n_rows, step)."""
        own = x[:, : self.past]
        if self.name == "window_mean":
            return np.repeat(own.mean(axis=1, keepdims=True), self.horizon, axis=1)
        season = self.season if self.name == "seasonal_naive" else 1
        return np.asarray(own[:, self.past - season + np.arange(self.horizon) % season])

    n_parameters: ClassVar[int] = 0

    @property
    def row_products(self) -> int:
        """None, as good as."""
        return self.horizon


@dataclass(frozen=True)
class Autoregression:
    """Every step ahead as a linear function of the row.

    Args:
        means: Of the features; (n_features,).
        weights: In units of the features; (n_features, step).
        bias: (step,).
    """

    kind: ClassVar[str] = "linear"
    means: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def fit(cls, x: np.ndarray, y: np.ndarray) -> Autoregression:
        """Ridge regression, its strength by leave-one-out over the train rows.

        Args:
            x: (n_rows, n_features).
            y: (n_rows, step).
        """
        means, spreads = x.mean(axis=0), x.std(axis=0)
        spreads = np.where(spreads > 0, spreads, 1.0)
        scaled, bias = (x - means) / spreads, y.mean(axis=0)
        rest = y - bias
        u, s, vt = np.linalg.svd(scaled, full_matrices=False)
        projected = u.T @ rest
        best, chosen = np.inf, np.zeros((x.shape[1], y.shape[1]))
        for strength in _RIDGES:
            shrunk = s**2 / (s**2 + strength)
            fitted = u @ (shrunk[:, None] * projected)
            own = (u**2 * shrunk).sum(axis=1) + 1 / len(x)  # how much each row fits itself, the mean included
            error = float((((rest - fitted) / np.maximum(1 - own, 1e-6)[:, None]) ** 2).mean())
            if error < best:
                shares = np.divide(s, s**2 + strength)
                best, chosen = error, vt.T @ (shares[:, None] * projected)
        return cls(means, chosen / spreads[:, None], bias)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Forecasts; (n_rows, step)."""
        return np.asarray((x - self.means) @ self.weights + self.bias)

    @property
    def n_parameters(self) -> int:
        """Slopes and constants."""
        return self.weights.size + self.bias.size

    @property
    def row_products(self) -> int:
        """One a slope."""
        return self.weights.size


@dataclass(frozen=True)
class PooledTrees:
    """Boosted trees for all steps together: the step is a feature, and so is the same phase of the last season.

    Args:
        trees: What was fitted.
        past: Steps of the window.
        horizon: Steps ahead.
        season: Steps of the season.
    """

    kind: ClassVar[str] = "trees"
    trees: TreeArrays
    past: int
    horizon: int
    season: int

    @classmethod
    def fit(cls, x: np.ndarray, y: np.ndarray, past: int, season: int, seed: int) -> PooledTrees:
        """Learn from (a sample of) all rows and steps.

        Args:
            x: (n_rows, n_features).
            y: (n_rows, step).
            past: Steps of the window.
            season: Steps of the season.
            seed: For what is random.
        """
        from sklearn.ensemble import HistGradientBoostingRegressor
        from threadpoolctl import threadpool_limits

        n_rows, horizon = y.shape
        pairs = np.arange(n_rows * horizon)
        if len(pairs) > _MOST_ROWS:
            stream = np.random.default_rng(derive_seed(seed, "rows of trees"))
            pairs = np.sort(stream.choice(len(pairs), _MOST_ROWS, replace=False))
        features = _of_steps(x, pairs // horizon, pairs % horizon, past, season)
        with threadpool_limits(1 if features.size < _MANY_CELLS else None):
            trees = HistGradientBoostingRegressor(max_iter=_ROUNDS, early_stopping=False, random_state=seed % 2**31)
            trees.fit(features, y.ravel()[pairs])
        return cls(TreeArrays.of(trees, np.arange(features.shape[1])), past, horizon, season)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Forecasts; (n_rows, step)."""
        found = np.empty((len(x), self.horizon))
        for step in range(self.horizon):
            steps = np.full(len(x), step)
            found[:, step] = self.trees(_of_steps(x, np.arange(len(x)), steps, self.past, self.season))
        return found

    @property
    def n_parameters(self) -> int:
        """Nodes."""
        return self.trees.n_parameters

    @property
    def row_products(self) -> int:
        """The trees are gone through for every step."""
        return self.horizon * self.trees.row_products


def _of_steps(x: np.ndarray, rows: np.ndarray, steps: np.ndarray, past: int, season: int) -> np.ndarray:
    """Features of single steps: lags, what stands beside them, the step, the value a season earlier."""
    lags, beside = x[:, max(0, past - _MOST_LAGS) : past], x[:, past:]
    before = x[rows, past - season + steps % season]
    return np.concatenate([lags[rows], beside[rows], steps[:, None], before[:, None]], axis=1)


#: Arrays that forecast: (n_rows, n_features) to (n_rows, step).
Forecast = Naive | Autoregression | PooledTrees


def fit_forecast(name: str, x: np.ndarray, y: np.ndarray, *, past: int, season: int, seed: int) -> Forecast:
    """Fit one baseline on the train rows of one fold.

    Args:
        name: One of `FORECASTS`.
        x: The window, then what stands beside it; (n_rows, n_features).
        y: (n_rows, step).
        past: Steps of the window.
        season: Steps of the season.
        seed: For what is random.
    """
    if name == "linear":
        return Autoregression.fit(x, y)
    if name == "trees":
        return PooledTrees.fit(x, y, past, season, seed)
    return Naive(name, past, y.shape[1], season)
