"""Dates and times: parts that repeat (on a circle) and time that passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from netwright.base.errors import InternalError
from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.encoder import Encoder, encoder
from netwright.preparation.numeric import NumericEncoder, scaled_by
from netwright.preparation.values import NO_MOMENT, Moments, Values

_MICROSECONDS_A_DAY = 86_400_000_000
_THURSDAY = 4  # 1970-01-01; Sunday is 0
#: The sine of half a circle is zero: what float64 has beyond these decimals is rounding, which must not look like a
#: part that varies.
_CIRCLE_DECIMALS = 12
#: Days between which moments can be written: those of the years 1 to 9999, since 1970.
_DAYS = -719_162, 2_932_896
#: Parts that go round, and how many there are of them.
_CIRCLES = {"month": 12, "weekday": 7, "hour": 24}
_PARTS = ("days", "year", "day", *(f"{name} {half}" for name in _CIRCLES for half in ("sine", "cosine")))


@encoder("date")
@dataclass(frozen=True)
class DateEncoder(Encoder):
    """Parts of a moment: days passed, year, day of month, and month, weekday and hour as sine and cosine.

    Only the parts that vary in the train rows become features.

    Args:
        parts: Names of the parts that vary.
        centers: Mean of each part over the train rows.
        factors: One over the spread of each part.
        fills: Median of each part, taken where the date is missing.
        indicator: Whether train rows lack a date.
    """

    parts: tuple[str, ...]
    centers: tuple[float, ...]
    factors: tuple[float, ...]
    fills: tuple[float, ...]
    indicator: bool

    def __post_init__(self) -> None:
        if not set(self.parts) <= set(_PARTS) or len(set(self.parts)) < len(self.parts):
            raise ValueError(f"the parts of {self.column!r} must be some of {', '.join(_PARTS)}, each once")
        if not len(self.parts) == len(self.centers) == len(self.factors) == len(self.fills):
            raise ValueError(f"each part of {self.column!r} must have a center, a factor and a fill")

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Find the parts that vary and their spread."""
        parts = date_parts(values)
        fitted = {name: NumericEncoder.fit_array(name, array, "standard") for name, array in parts.items()}
        kept = {name: number for name, number in fitted.items() if number.factor}
        return cls(
            column=column.name,
            parts=tuple(kept),
            centers=tuple(number.center for number in kept.values()),
            factors=tuple(number.factor for number in kept.values()),
            fills=tuple(number.fill for number in kept.values()),
            indicator=any(number.indicator for number in fitted.values()),
        )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The parts, and whether the date is missing."""
        names = tuple(f"{self.column} {part}" for part in self.parts)
        return (*names, f"{self.column} is missing") if self.indicator else names

    @property
    def n_continuous(self) -> int:
        """Every part."""
        return len(self.parts)

    def dense(self, values: Values) -> np.ndarray:
        """Scaled parts, and the indicator where there is one."""
        parts = date_parts(values)
        features = []
        for name, center, factor, fill in zip(self.parts, self.centers, self.factors, self.fills, strict=True):
            filled = np.where(np.isnan(parts[name]), fill, parts[name])
            features.append(scaled_by(filled, center, factor))
        if self.indicator:
            features.append(np.isnan(parts["day"]).astype(np.float64))
        n_rows = len(parts["day"])
        return np.stack(features, axis=1).astype(np.float32) if features else np.zeros((n_rows, 0), np.float32)

    def decoded(self, dense: np.ndarray, codes: np.ndarray | None) -> np.ndarray | None:
        """Microseconds since 1970, in whole days where the time of day does not vary; None where days do not."""
        if "days" not in self.parts:
            return None
        place = self.parts.index("days")
        days = dense[:, place].astype(np.float64) / self.factors[place] + self.centers[place]
        if not {"hour sine", "hour cosine"} & set(self.parts):
            days = np.round(days)
        return np.clip(days, *_DAYS) * _MICROSECONDS_A_DAY


def date_parts(values: Values) -> dict[str, np.ndarray]:
    """All parts of moments by name, NaN where the date is missing; float64, each (n_rows,)."""
    if not isinstance(values, Moments):
        raise InternalError("a date column does not hold moments")
    missing = values.array == NO_MOMENT
    moments = np.where(missing, 0, values.array)
    days = moments // _MICROSECONDS_A_DAY
    dates = days.astype("datetime64[D]")
    years, months = dates.astype("datetime64[Y]"), dates.astype("datetime64[M]")
    month = (months - years).astype(np.float64)
    weekday = ((days + _THURSDAY) % 7).astype(np.float64)
    hour = (moments % _MICROSECONDS_A_DAY) / (_MICROSECONDS_A_DAY / 24)
    parts = {
        "days": moments / _MICROSECONDS_A_DAY,
        "year": years.astype(np.float64) + 1970,
        "day": (dates - months).astype(np.float64) + 1,
    }
    for (name, period), position in zip(_CIRCLES.items(), (month, weekday, hour), strict=True):
        angle = 2 * np.pi * position / period
        parts[f"{name} sine"] = np.round(np.sin(angle), _CIRCLE_DECIMALS)
        parts[f"{name} cosine"] = np.round(np.cos(angle), _CIRCLE_DECIMALS)
    return {name: np.where(missing, np.nan, array) for name, array in parts.items()}
