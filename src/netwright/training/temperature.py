"""How sure class probabilities are made: one temperature for all classes (Guo and others, ICML 2017)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.base.seeds import derive_seed

#: Probabilities are never raised to a power outside these.
_LEAST_POWER, _MOST_POWER = 0.2, 5.0
_STEPS, _CLOSE = 30, 1e-7
#: Rows that a temperature is fitted on; of more a sample is drawn.
_MOST_ROWS = 20_000
_SMALLEST_PROBABILITY = 1e-15


def fit_temperature(truth: Sequence[np.ndarray], probabilities: Sequence[np.ndarray], seed: int) -> float:
    """The temperature with the lowest log-loss, as the mean over parts of the rows.

    Rows of a class that training lacked are passed over. Log-loss is convex in one over the temperature.

    Args:
        truth: Class numbers of each part; (n_rows,) each.
        probabilities: Of each part; (n_rows, n_classes) each.
        seed: The run's seed, for the sample of rows where there are many.

    Example:
        >>> from netwright.evaluate.mixing import tempered
        >>> sure = np.array([[0.01, 0.99]] * 4)
        >>> temperature = fit_temperature([np.array([1, 1, 1, 0])], [sure], seed=0)
        >>> tempered(sure, temperature)[0].round(4)
        array([0.25, 0.75])
    """
    logs, happened, weights = [], [], []
    n_rows = sum(len(own) for own in truth)
    for part, (numbers, own) in enumerate(zip(truth, probabilities, strict=True)):
        known = np.flatnonzero((numbers >= 0) & np.isfinite(own).all(axis=1))
        if n_rows > _MOST_ROWS:
            stream = np.random.default_rng(derive_seed(seed, "rows of the temperature", part))
            known = stream.permutation(known)[: max(1, len(known) * _MOST_ROWS // n_rows)]
        if len(known):
            logs.append(np.log(np.maximum(own[known], _SMALLEST_PROBABILITY)))
            happened.append(numbers[known].astype(np.int64))
            weights.append(np.full(len(known), 1 / len(known)))
    if not logs:
        return 1.0
    joined, row_weights = np.concatenate(logs), np.concatenate(weights) / len(logs)
    own = joined[np.arange(len(joined)), np.concatenate(happened)]
    return 1 / _best_power(joined, own, row_weights)


def _best_power(logs: np.ndarray, own: np.ndarray, weights: np.ndarray) -> float:
    """Newton's method, kept between two ends that hold the root of the slope.

    Args:
        logs: Of probabilities; (n_rows, n_classes).
        own: Those of what happened; (n_rows,).
        weights: What rows count, summing to 1; (n_rows,).
    """
    low, high, power = _LEAST_POWER, _MOST_POWER, 1.0
    for _ in range(_STEPS):
        scaled = power * logs
        chances = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        mean = (chances * logs).sum(axis=1)
        slope = float(weights @ (mean - own))
        bend = float(weights @ ((chances * logs**2).sum(axis=1) - mean**2))
        low, high = (power, high) if slope < 0 else (low, power)
        step = power - slope / bend if bend > 0 else low
        after = step if low < step < high else (low + high) / 2
        if abs(after - power) < _CLOSE:
            break
        power = after
    return round(power, 6)
