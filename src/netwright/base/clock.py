"""Seconds per stage, and when training must end so that a time limit is kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

#: What comes after training takes about so many seconds, at the least ...
_RESERVE_SECONDS = 0.8
#: ... and grows with the table and the slowness of the machine, as the audit and the baselines do: their share of it.
_RESERVE_OF = {"audit": 1.0, "baselines": 0.4}
#: What looks at the chosen networks (importance, dependence) may take so many seconds, and this share of a limit.
LOOKS_SECONDS, _LOOKS_SHARE = 5.0, 0.05


@dataclass
class Clock:
    """Seconds per stage; a time limit counts from the start of the command."""

    started: float = field(default_factory=time.monotonic)
    seconds: dict[str, float] = field(default_factory=dict)
    #: Share of a time limit that is kept for training after the search: that of a student.
    kept: float = 0.0

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
        after = _RESERVE_SECONDS + sum(share * self.seconds.get(name, 0.0) for name, share in _RESERVE_OF.items())
        return self.started + limit * (1 - self.kept) - after - looks_seconds(limit)

    def rounded(self) -> dict[str, float]:
        """As `metrics.json` and `run.json` hold them."""
        return {name: round(value, 3) for name, value in self.seconds.items()}


def looks_seconds(limit: float | None) -> float:
    """How long looking at the chosen networks may take, within a time limit or without one.

    Example:
        >>> looks_seconds(10), looks_seconds(600), looks_seconds(None)
        (0.5, 5.0, 5.0)
    """
    return LOOKS_SECONDS if limit is None else min(_LOOKS_SHARE * limit, LOOKS_SECONDS)
