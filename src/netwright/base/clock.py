"""Seconds per stage, and when training must end so that a time limit is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: Share of a time limit kept back for what comes after training, and the least of it in seconds ...
_RESERVE_SHARE, _RESERVE_SECONDS = 0.1, 1.5
#: ... which grows with the table, as the baselines' time does.
_RESERVE_OF_BASELINES = 0.4


@dataclass
class Clock:
    """Seconds per stage; a time limit counts from the start of the command."""

    started: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)

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

    def deadline(self, limit: float | None) -> float | None:
        """When training must end so that the rest fits into the limit."""
        if limit is None:
            return None
        after = _RESERVE_OF_BASELINES * self.seconds.get("baselines", 0.0)
        return self.started + limit - max(_RESERVE_SECONDS, _RESERVE_SHARE * limit, after)

    def rounded(self) -> dict[str, float]:
        """As `metrics.json` and `run.json` hold them."""
        return {name: round(value, 3) for name, value in self.seconds.items()}
