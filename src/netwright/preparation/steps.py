"""Times as steps of a grid: every month, every hour, or the times that occur; found once, used for later data too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

#: Units of the times of a series.
Unit = Literal["moment", "number"]
Way = Literal["even", "months", "occurring"]

_DAY = 86_400_000_000
#: Days of a month, within which the usual distance of months lies.
_MONTH = (27.5, 31.5)
#: Share of times that may lie off an even grid, how far off in steps, and the share of steps that may be absent.
_MOST_OFF, _OFF, _MOST_ABSENT = 0.02, 0.2, 0.1
_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Steps:
    """How times become whole steps.

    Args:
        unit: Whether times are moments (microseconds since 1970) or plain numbers.
        way: `even` steps of one size, calendar `months`, or the times that are `occurring`, whatever lies between.
        size: Of a step, in the unit of the times; of months how many. Where times only occur their usual distance.
        start: The time of step 0.
        weekdays: Where days occur on some weekdays only, those (Monday is 0); else empty.
    """

    unit: Unit
    way: Way
    size: float
    start: float
    weekdays: tuple[int, ...] = ()

    @classmethod
    def find(cls, times: np.ndarray, unit: Unit) -> Steps:
        """The grid of some times.

        Args:
            times: Different ones, rising, two at least; float64, (n_times,).
            unit: What they are.

        Example:
            >>> Steps.find(np.array([0.0, 2.0, 4.0, 6.0]), "number")
            Steps(unit='number', way='even', size=2.0, start=0.0, weekdays=())
        """
        distances = np.diff(times)
        usual, start = float(np.median(distances)), float(times[0])
        if unit == "moment":
            months = round(usual / _DAY / 30.44)
            if months >= 1 and _MONTH[0] <= usual / _DAY / months <= _MONTH[1]:
                found = cls(unit, "months", float(months), start)
                if found._holds(times):
                    return found
        values, counts = np.unique(np.round(distances, 6), return_counts=True)
        even = cls(unit, "even", float(values[counts.argmax()]), start)
        if even._holds(times):
            return even
        return cls(unit, "occurring", usual, start, _weekdays(times) if unit == "moment" else ())

    def _holds(self, times: np.ndarray) -> bool:
        """Whether nearly all times lie on the grid, and nearly all of the grid occurs."""
        exact = self._exact(times)
        off = np.abs(exact - np.round(exact)) > _OFF
        n_steps = len(np.unique(np.round(exact)))
        return bool(off.mean() <= _MOST_OFF and n_steps >= (1 - _MOST_ABSENT) * (np.round(exact).max() + 1))

    def _exact(self, times: np.ndarray) -> np.ndarray:
        if self.way == "months":
            return np.asarray((_months(times) - _months(np.array([self.start]))[0]) / self.size)
        return np.asarray((times - self.start) / self.size)

    def index(self, times: np.ndarray, occurring: np.ndarray | None = None) -> np.ndarray:
        """The step of each time; int64, (n_times,).

        Args:
            times: Of rows.
            occurring: Where times only occur, all of them, rising.
        """
        if self.way == "occurring":
            known = np.unique(times) if occurring is None else occurring
            return np.searchsorted(known, times).astype(np.int64)
        return np.round(self._exact(times)).astype(np.int64)

    def after(self, last: float, count: int) -> np.ndarray:
        """The times of the steps that follow a time; float64, (count,).

        Args:
            last: The time of the last known step.
            count: How many.
        """
        ahead = np.arange(1, count + 1)
        if self.way == "months":
            return _plus_months(last, ahead * int(self.size))
        if self.weekdays:
            days = last + np.arange(1, 8 * (count + 1)) * float(_DAY)
            return days[np.isin(_weekday(days), self.weekdays)][:count]
        return np.asarray(last + ahead * self.size)

    @property
    def words(self) -> str:
        """A step in words.

        Example:
            >>> Steps("moment", "months", 1.0, 0.0).words, Steps("moment", "even", 3_600e6, 0.0).words
            ('1 month', '1 hour')
        """
        if self.way == "months":
            return _counted(self.size, "month")
        if self.way == "occurring":
            return "from one time that occurs to the next"
        if self.unit == "number":
            return f"{self.size:g}"
        seconds = self.size / 1e6
        for name, own in (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
            if seconds >= own and seconds % own == 0:
                return _counted(seconds / own, name)
        return f"{seconds:g} seconds"

    @property
    def seasons(self) -> tuple[int, ...]:
        """Steps of the seasons that the calendar suggests, short to long."""
        if self.unit == "number":
            return ()
        if self.way == "months":
            return (round(_MONTHS_A_YEAR / self.size),) if self.size < _MONTHS_A_YEAR else ()
        if self.way == "occurring":
            return (len(self.weekdays),) if len(self.weekdays) > 1 else ()
        found = [span * _DAY / self.size for span in (1 / 24, 1, 7, 365.25)]
        return tuple(dict.fromkeys(round(own) for own in found if own >= 1.5))

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        return asdict(self) | {"weekdays": list(self.weekdays)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Steps:
        """What `to_json` described, of a stranger.

        Raises:
            ValueError: It gives no steps.
        """
        steps = cls(
            data["unit"], data["way"], float(data["size"]), float(data["start"]), tuple(map(int, data["weekdays"]))
        )
        words = steps.unit in ("moment", "number") and steps.way in ("even", "months", "occurring")
        days = all(0 <= day < 7 for day in steps.weekdays)
        if not words or not days or not 0 < steps.size < 1e18 or not abs(steps.start) < 1e18:
            raise ValueError("the steps of the series must be of a size above 0")
        if steps.way == "months" and (steps.unit != "moment" or steps.size != int(steps.size) or steps.size > 1e5):
            raise ValueError("the steps of the series must be whole months")
        return steps


def calendar(times: np.ndarray, steps: Steps) -> dict[str, np.ndarray]:
    """Where in day, week and year times lie, as far as steps are short enough to tell; sine and cosine each.

    Args:
        times: float64, (n_times,).
        steps: Of the series.

    Returns:
        Between -1 and 1, by name; nothing for plain numbers.

    Example:
        >>> list(calendar(np.zeros(1), Steps("moment", "months", 1.0, 0.0)))
        ['year (sine)', 'year (cosine)']
    """
    if steps.unit == "number":
        return {}
    size = 30.44 * _DAY * steps.size if steps.way == "months" else steps.size
    days = times / _DAY
    moments = np.round(times).astype(np.int64).astype("datetime64[us]")
    years = moments.astype("datetime64[Y]")
    lengths = (years + 1).astype("datetime64[us]").astype(np.int64) - years.astype("datetime64[us]").astype(np.int64)
    shares = {
        "day": (days % 1.0, size < 0.9 * _DAY),
        "week": (((days + 3) % 7) / 7, size < 6.5 * _DAY),
        "year": ((times - years.astype("datetime64[us]").astype(np.int64)) / lengths, size < 300 * _DAY),
    }
    found = {}
    for name, (share, tells) in shares.items():
        if tells:
            found[f"{name} (sine)"] = np.sin(2 * np.pi * share)
            found[f"{name} (cosine)"] = np.cos(2 * np.pi * share)
    return found


def _counted(size: float, name: str) -> str:
    return f"{size:g} {name}" if size == 1 else f"{size:g} {name}s"


def _weekday(times: np.ndarray) -> np.ndarray:
    return ((np.floor(times / _DAY) + 3) % 7).astype(np.int64)  # 1970 began on a Thursday


def _weekdays(times: np.ndarray) -> tuple[int, ...]:
    """The weekdays on which days occur, where they are days and not all of the week."""
    if (times % _DAY).any():
        return ()
    n_weeks = max(1.0, (times[-1] - times[0]) / (7 * _DAY))
    often = np.bincount(_weekday(times), minlength=7) > n_weeks / 2
    return tuple(np.flatnonzero(often).tolist()) if 1 < often.sum() < 7 else ()


def _months(times: np.ndarray) -> np.ndarray:
    """Months since 1970 with their fraction; float64."""
    moments = np.round(times).astype(np.int64).astype("datetime64[us]")
    months = moments.astype("datetime64[M]")
    begins = months.astype("datetime64[us]").astype(np.int64)
    lengths = (months + 1).astype("datetime64[us]").astype(np.int64) - begins
    return np.asarray(months.astype(np.int64) + (np.round(times) - begins) / lengths)


def _plus_months(time: float, months: np.ndarray) -> np.ndarray:
    """The same day some months later, the last one of the month where it has no such day."""
    moment = np.datetime64(int(time), "us")
    month = moment.astype("datetime64[M]")
    rest = int(time) - int(month.astype("datetime64[us]").astype(np.int64))
    begins = (month + months).astype("datetime64[us]").astype(np.int64)
    ends = (month + months + 1).astype("datetime64[us]").astype(np.int64)
    whole, within = divmod(rest, _DAY)
    days = np.minimum(whole, (ends - begins) // _DAY - 1)
    if int((month + 1).astype("datetime64[us]").astype(np.int64)) - int(time) <= _DAY:  # an end of month stays one
        days = (ends - begins) // _DAY - 1
    return np.asarray(begins + days * _DAY + within, dtype=np.float64)
