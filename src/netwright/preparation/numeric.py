"""Numeric columns: fill what is missing, say that it was, scale."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from netwright.base.errors import PlanError
from netwright.base.far import far_bounds
from netwright.base.plan import SCALES, Preparation
from netwright.base.table import Column
from netwright.preparation.encoder import Encoder, encoder
from netwright.preparation.finite import FARTHEST
from netwright.preparation.quantile import from_normal, quantiles_of, to_normal
from netwright.preparation.values import Values, numbers_of

#: Numbers that differ by less than this share of their size differ by rounding: the column does not vary.
_ROUNDING = 1e-14
#: Half of the largest number of float64.
_HALF = float(np.finfo(np.float64).max) / 2
#: Where the smooth clip ends, and the share of it that is taken back at most.
_CLIP, _NEARLY = 3.0, 0.999


@encoder("numeric")
@dataclass(frozen=True)
class NumericEncoder(Encoder):
    """`(x - center) * factor`, the median where x is missing, and a column that says so.

    Args:
        fill: Median of the train rows, taken where a cell is missing.
        center: Mean, minimum or median of the train rows, by the scale.
        factor: One over the spread; 0 for a column that does not vary.
        indicator: Whether train rows lack a value, so that being missing is a feature of its own.
        log: Whether `sign(x) log(1 + |x|)` is taken first.
        clip: Whether scaled numbers are drawn in smoothly, never beyond 3 (`x / sqrt(1 + (x / 3)^2)`).
        low: Smaller numbers are taken for this one; None takes them as they are.
        high: Larger numbers, in the same way.
        quantiles: Those of the scaled train rows, where numbers take the place of their rank in a normal distribution.
    """

    fill: float
    center: float
    factor: float
    indicator: bool
    log: bool = False
    clip: bool = False
    quantiles: tuple[float, ...] = ()
    low: float | None = None
    high: float | None = None

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Median, center and spread of the train rows."""
        array = numbers_of(values, column.name)
        bounds = far_bounds(array[np.isfinite(array)]) if preparation.outliers == "clip" else None
        if bounds is None:
            return cls.fit_array(column.name, array, preparation.scale)
        fitted = cls.fit_array(column.name, np.clip(array, *bounds), preparation.scale)
        return replace(fitted, low=bounds[0], high=bounds[1])

    @classmethod
    def fit_array(cls, name: str, array: np.ndarray, scale: str) -> Self:
        """The same for an array in which NaN is missing."""
        with warnings.catch_warnings():  # a column without any value has no median
            warnings.simplefilter("ignore", RuntimeWarning)
            # the mean of two numbers of 1e308 is taken of their halves: their sum is none that float64 holds
            halves = 2.0 if array.size and np.nanmax(np.abs(array)) > _HALF else 1.0
            median = float(np.nanmedian(array / halves)) * halves if array.size else 0.0
        fill = median if np.isfinite(median) else 0.0
        missing = np.isnan(array)
        log = scale == "log"
        filled = _signed_log(np.where(missing, fill, array), log)
        center, factor = _center_and_factor(filled, scale)
        quantiles = quantiles_of(scaled_by(filled, center, factor)) if scale == "quantile" and factor else ()
        return cls(name, fill, center, factor, bool(missing.any()), log, scale == "robust_clip", quantiles)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The column, and whether it is missing."""
        return (self.column, f"{self.column} is missing") if self.indicator else (self.column,)

    @property
    def n_continuous(self) -> int:
        """The number itself; the indicator is none."""
        return 1

    def dense(self, values: Values) -> np.ndarray:
        """Scaled numbers, and the indicator (0 or 1) where there is one."""
        return self.dense_array(numbers_of(values, self.column))

    def dense_array(self, array: np.ndarray) -> np.ndarray:
        """The same for an array in which NaN is missing."""
        missing = np.isnan(array)
        scaled = scaled_by(self._filled(array), self.center, self.factor)
        if self.clip:  # Holzmueller et al., NeurIPS 2024
            scaled = scaled / np.sqrt(1 + (scaled / _CLIP) ** 2)
        if self.quantiles:
            scaled = to_normal(scaled, self.quantiles)
        features = [scaled, missing.astype(np.float64)] if self.indicator else [scaled]
        return np.stack(features, axis=1).astype(np.float32)

    def decoded(self, dense: np.ndarray, codes: np.ndarray | None) -> np.ndarray:
        """Numbers in their units."""
        scaled = dense[:, 0].astype(np.float64)
        if self.quantiles:
            scaled = from_normal(scaled, self.quantiles)
        if self.clip:
            inside = np.clip(scaled / _CLIP, -_NEARLY, _NEARLY)
            scaled = scaled / np.sqrt(1 - inside**2)
        numbers = scaled / self.factor + self.center if self.factor else np.full(len(scaled), self.center)
        with np.errstate(over="ignore"):
            return np.sign(numbers) * np.expm1(np.abs(numbers)) if self.log else numbers

    def beyond(self, array: np.ndarray) -> np.ndarray:
        """Which numbers lie so far out that they are taken for nearer ones; NaN is missing, and not among them."""
        with np.errstate(over="ignore"):
            return np.asarray(np.abs((self._filled(array) - self.center) * self.factor) > FARTHEST)

    def _filled(self, array: np.ndarray) -> np.ndarray:
        """Limited, without gaps, and on the scale of logarithms where that is wanted."""
        filled = np.where(np.isnan(array), self.fill, array)
        if self.low is not None or self.high is not None:
            filled = np.clip(filled, self.low, self.high)
        return _signed_log(filled, self.log)


def scaled_by(array: np.ndarray, center: float, factor: float) -> np.ndarray:
    """`(x - center) * factor`, kept within a million spreads: one absurd cell must not turn into an infinity.

    Example:
        >>> scaled_by(np.array([3.0, 1e300]), 1.0, 0.5).tolist()
        [1.0, 1000000.0]
    """
    with np.errstate(over="ignore"):
        scaled = (array - center) * factor if factor else np.zeros_like(array)
    return np.asarray(np.clip(scaled, -FARTHEST, FARTHEST))


def _signed_log(array: np.ndarray, log: bool) -> np.ndarray:
    return np.sign(array) * np.log1p(np.abs(array)) if log else array


def _center_and_factor(array: np.ndarray, scale: str) -> tuple[float, float]:
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if high - low <= _ROUNDING * max(abs(low), abs(high)):
        return low, 0.0
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        # squares of numbers such as 1e200 or 1e-200 are none that float64 holds: those of shares of the largest are
        unit = np.float64(max(abs(low), abs(high)))
        center, spread = (unit * share for share in _center_and_spread(array / unit, low / unit, high / unit, scale))
        factor = float(1 / np.float64(spread)) if spread else math.inf
    return (float(center), factor) if math.isfinite(center) and 0 < factor < math.inf else (0.0, 0.0)


def _center_and_spread(array: np.ndarray, low: float, high: float, scale: str) -> tuple[float, float]:
    if scale == "minmax":
        return low, high - low
    if scale in ("robust", "robust_clip"):
        q25, median, q75 = (float(q) for q in np.quantile(array, [0.25, 0.5, 0.75]))
        return median, q75 - q25 if q75 > q25 else (high - low) / 2
    if scale in ("standard", "log", "quantile"):
        return float(array.mean()), float(array.std())
    raise PlanError(f"--scale must be one of {', '.join(SCALES)}, got {scale!r}.")
