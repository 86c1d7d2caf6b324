"""How sure a score is: bootstrap over test rows."""

from __future__ import annotations

import numpy as np

from netwright.base.seeds import derive_seed
from netwright.evaluate.metrics import Metric

LEVEL = 0.95
_DRAWS = 1_000
#: Rows in all draws together; large tables need fewer draws for the same precision of the ends.
_MOST_ROWS = 20_000_000
_FEWEST_DRAWS = 200


def bootstrap_interval(
    metric: Metric, truth: np.ndarray, prediction: np.ndarray, seed: int, level: float = LEVEL
) -> tuple[float, float]:
    """Percentile interval of a score over rows drawn with replacement (Efron, 1979).

    It says how the score would vary with other test rows for this same model, not with other training rows.

    Args:
        metric: What is scored.
        truth: Values or class numbers; (n_rows,).
        prediction: Values or probabilities.
        seed: The run's seed.
        level: Share of draws inside the interval.

    Returns:
        Both ends; NaN where the metric is defined in no draw.
    """
    stream = np.random.default_rng(derive_seed(seed, "bootstrap", metric.name))
    n_rows = len(truth)
    draws = int(np.clip(_MOST_ROWS // max(n_rows, 1), _FEWEST_DRAWS, _DRAWS))
    scores = np.empty(draws)
    for draw in range(draws):
        rows = stream.integers(0, n_rows, n_rows)
        scores[draw] = metric.score(truth[rows], prediction[rows])
    if np.isnan(scores).all():
        return float("nan"), float("nan")
    low, high = np.nanquantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
