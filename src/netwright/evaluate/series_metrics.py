"""How forecasts are judged: MAE, RMSE, MASE and sMAPE, over all steps and for each step ahead."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from netwright.base.figures import count

#: What is said of forecasts, in this order.
FORECAST_METRICS = ("mae", "rmse", "mase", "smape", "r2")
#: And of each step ahead.
_OF_STEPS = FORECAST_METRICS[:4]


def forecasts_in_words(n_origins: int, n_steps: int) -> str:
    """Forecasts that judge.

    Args:
        n_origins: Where they begin.
        n_steps: Steps of all of them whose truth is known.

    Example:
        >>> forecasts_in_words(76, 532)
        'forecasts from 76 origins, 532 steps'
    """
    return f"forecasts from {count(n_origins, 'origin')}, {count(n_steps, 'step')}"


def forecast_scores(truth: np.ndarray, predicted: np.ndarray, naive: np.ndarray) -> dict[str, Any]:
    """Every score of forecasts, and as `steps` those of each step ahead.

    Args:
        truth: In the units of the target; (n_rows, step).
        predicted: The same shape.
        naive: For each row the mean absolute error of the seasonal naive forecast on the early part of its series,
            by which MASE divides (Hyndman and Koehler, 2006); (n_rows,).

    Returns:
        `mae`, `rmse`, `mase`, `smape` (in percent, 0 to 200), `r2`; None where one is not defined.

    Example:
        >>> scores = forecast_scores(np.array([[1.0, 3.0]]), np.array([[1.0, 1.0]]), np.array([2.0]))
        >>> scores["mae"], scores["mase"], scores["smape"], scores["steps"]["mae"]
        (1.0, 0.5, 50.0, [0.0, 2.0])
    """
    sizes = np.abs(truth - predicted)
    both = np.abs(truth) + np.abs(predicted)
    relative = 200 * np.divide(sizes, both, out=np.zeros_like(sizes), where=both > 0)
    found = {
        "mae": sizes.mean(axis=0),
        "rmse": np.sqrt((sizes**2).mean(axis=0)),
        "mase": (sizes / naive[:, None]).mean(axis=0),
        "smape": relative.mean(axis=0),
    }
    spread = float(((truth - truth.mean()) ** 2).sum()) if truth.size else 0.0
    whole = {
        "mae": float(sizes.mean()),
        "rmse": float(np.sqrt((sizes**2).mean())),
        "mase": float((sizes / naive[:, None]).mean()),
        "smape": float(relative.mean()),
        "r2": 1 - float((sizes**2).sum()) / spread if spread > 0 else math.nan,
    }
    said: dict[str, Any] = {name: _json(whole[name]) for name in FORECAST_METRICS}
    return said | {"steps": {name: [_json(float(own)) for own in found[name]] for name in _OF_STEPS}}


def _json(value: float) -> float | None:
    return value if math.isfinite(value) else None
