"""How sure a score is: bootstrap over test rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import numpy as np

from netwright.base.seeds import derive_seed
from netwright.evaluate.metrics import Metric
from netwright.evaluate.weighted import WeightedScore, weighted_score

LEVEL = 0.95
_DRAWS = 1_000
#: Rows in all draws together; large tables need fewer draws for the same precision of the ends.
_MOST_ROWS = 20_000_000
_FEWEST_DRAWS = 200
#: Of more classes than this, every class costs (ROC AUC sorts them one by one), so there are fewer draws.
_FEW_CLASSES = 10
#: Weights that are looked at together: what fits the cache.
_BLOCK = 1 << 19

Ends = tuple[float, float]
Key = TypeVar("Key")


def bootstrap_interval(
    metric: Metric, truth: np.ndarray, prediction: np.ndarray, seed: int, level: float = LEVEL
) -> Ends:
    """The interval of one score; see `bootstrap_intervals`.

    Args:
        metric: What is scored.
        truth: Values or class numbers; (n_rows,).
        prediction: Values or probabilities.
        seed: The run's seed.
        level: Share of draws inside the interval.
    """
    scores = {metric.name: weighted_score(metric.name, truth, prediction)}
    n_classes = prediction.shape[1] if prediction.ndim > 1 else 0
    return bootstrap_intervals(scores, np.arange(len(truth)), seed, level, n_classes)[metric.name]


def bootstrap_intervals(
    scores: Mapping[Key, WeightedScore], units: np.ndarray, seed: int, level: float = LEVEL, n_classes: int = 0
) -> dict[Key, Ends]:
    """Percentile intervals of scores over rows drawn with replacement (Efron, 1979), all from the same draws.

    They say how the scores would vary with other test rows for this same model, not with other training rows. Rows of
    one unit (copies, or a group) are drawn together: they do not vary by themselves.

    Args:
        scores: What is scored.
        units: Rows that belong together share a number, from 0 without gaps; (n_rows,).
        seed: The run's seed.
        level: Share of draws inside the interval.
        n_classes: Of the target; 0 for numbers.

    Returns:
        Both ends of each; NaN where the score is defined in no draw.
    """
    n_draws = int(_MOST_ROWS / max(1, len(units)) / max(1.0, n_classes / _FEW_CLASSES))
    n_draws = min(max(n_draws, _FEWEST_DRAWS), _DRAWS)
    drawn: dict[Key, list[np.ndarray]] = {key: [] for key in scores}
    with np.errstate(over="ignore", invalid="ignore"):  # a network that diverged has no interval
        for weights in _draws(units, n_draws, np.random.default_rng(derive_seed(seed, "bootstrap"))):
            for key, score in scores.items():
                drawn[key].append(score(weights))
    tail = _expanded((1 - level) / 2, int(units.max(initial=-1)) + 1)
    return {key: _ends(np.concatenate(own), tail) for key, own in drawn.items()}


def _expanded(tail: float, n_units: int) -> float:
    """The share of draws to leave out at either end: fewer where units are few, else the interval is too narrow.

    The expanded percentile interval of T. Hesterberg, "What teachers should know about the bootstrap" (2015).

    Example:
        >>> round(_expanded(0.025, 10), 4), round(_expanded(0.025, 1_000), 4)
        (0.0086, 0.0248)
    """
    from scipy import stats

    if n_units < 2:
        return tail
    far = stats.t.ppf(tail, n_units - 1) * (n_units / (n_units - 1)) ** 0.5
    return float(stats.norm.cdf(far))


def _draws(units: np.ndarray, n_draws: int, stream: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each row is taken, some draws at a time; (row, draw)."""
    n_units = int(units.max(initial=-1)) + 1
    alone = n_units == len(units)
    size = max(1, _BLOCK // max(n_units, 1))
    for start in range(0, n_draws, size):
        n_here = min(size, n_draws - start)
        taken = stream.integers(0, n_units, (n_units, n_here)) * n_here + np.arange(n_here)
        counts = np.bincount(taken.ravel(), minlength=n_units * n_here).reshape(n_units, n_here)
        yield (counts if alone else counts[units]).astype(np.float64)


def _ends(scores: np.ndarray, tail: float) -> Ends:
    defined = scores[~np.isnan(scores)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
