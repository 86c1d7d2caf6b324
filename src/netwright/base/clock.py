"""Seconds per stage, and when training must end so that a time limit is kept."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: What comes after training takes about so many seconds, at the least ...
_RESERVE_SECONDS = 0.8
#: ... and grows with the table and the slowness of the machine, as the audit and the baselines do: their share of it,
#: and its most seconds, since trees may grow for long on few rows.
_RESERVE_OF = {"audit": (1.0, math.inf), "baselines": (0.4, 2.0)}
#: What looks at the chosen networks (importance, dependence) may take so many seconds, and this share of a limit.
LOOKS_SECONDS, _LOOKS_SHARE, _LEAST_LOOKS = 3.0, 0.05, 0.05


@dataclass
class Clock:
    """Seconds per stage; a time limit counts from the start of the command."""

    started: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)
    #: What is foreseen to come after training, by what it is for.
    foreseen: dict[str, float] = field(default_factory=dict)
    #: Seconds here for a second by declaration, as far as known; heeded within time limits only.
    slowness: float = 1.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the time inside to a stage."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - begun

    def add(self, name: str, seconds: float) -> None:
        """Count time that an earlier process of the run spent on a stage."""
        self.started -= seconds
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def end(self) -> None:
        """All stages are through."""
        self.seconds["total"] = time.monotonic() - self.started

    def deadline(self, limit: float | None) -> float | None:
        """When training must end so that the rest fits into the limit."""
        return None if limit is None else self.started + limit - self._after - looks_seconds(limit)

    def for_looks(self, limit: float | None) -> float:
        """Declared seconds for looking at the chosen networks: what is usual, less where the time is short."""
        if limit is None:
            return LOOKS_SECONDS
        left = self.started + limit - self._after - time.monotonic()
        return min(looks_seconds(limit), max(_LEAST_LOOKS, left)) / self.slowness

    @property
    def _after(self) -> float:
        """Seconds that come after training, looks aside."""
        like_before = sum(min(share * self.seconds.get(name, 0.0), most) for name, (share, most) in _RESERVE_OF.items())
        return _RESERVE_SECONDS * self.slowness + like_before + sum(self.foreseen.values())

    def rounded(self) -> dict[str, float]:
        """As `metrics.json` and `run.json` hold them."""
        return {name: round(value, 3) for name, value in self.seconds.items()}


def looks_seconds(limit: float) -> float:
    """How long looking at the chosen networks may take within a time limit.

    Example:
        >>> looks_seconds(10), looks_seconds(600)
        (0.5, 3.0)
    """
    return min(_LOOKS_SHARE * limit, LOOKS_SECONDS)
