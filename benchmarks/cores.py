"""A clock that stands still while other programs have the cores, so that a busy machine takes no budget from a rival.

Linux says how long the cores were busy (`/proc/stat`), the system how long this process was; the rest is what others
took. A program with a thread for each core waits as long as that, shared by the cores; one that leaves cores free waits
less and is given too much. And a program at work uses a second of some core each second: a clock that has gone further
than its own seconds was stopped, or waited in another way. Both favour the rival.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_STAT = Path("/proc/stat")
#: Fields of the first line: the third and fourth are idle, and guests are counted among the users.
_IDLE, _OWN_FIELDS = (3, 4), 8
#: Seconds for which an answer is good enough: many times the hundredth that processes are counted in.
_FRESH = 1.0


def busy_seconds(stat: str, ticks: int) -> float:
    """Seconds that all cores together were busy since the start of the machine.

    Args:
        stat: What `/proc/stat` holds.
        ticks: Of a second.

    Example:
        >>> busy_seconds("cpu  100 20 30 4000 50 0 0 50 7 7", 100)
        2.0
    """
    fields = [int(word) for word in stat.splitlines()[0].split()[1:]][:_OWN_FIELDS]
    return sum(value for place, value in enumerate(fields) if place not in _IDLE) / ticks


def own_seconds() -> float:
    """Seconds of the cores that this process and those that it has started and ended have used."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class OthersBusy:
    """How long other programs have kept the cores, from the start on."""

    def __init__(self) -> None:
        self._start = self._others()

    def _others(self) -> float:
        try:
            return busy_seconds(_STAT.read_text(encoding="ascii"), os.sysconf("SC_CLK_TCK")) - own_seconds()
        except (OSError, ValueError, IndexError):
            return 0.0

    def seconds(self) -> float:
        """The time that a program with a thread for each core has waited for them."""
        return max(0.0, self._others() - self._start) / (os.cpu_count() or 1)


class PatientClock:
    """`time.time()`, less the time that others had the cores, or that this process did not run."""

    def __init__(self) -> None:
        self._others, self._waited, self._last = OthersBusy(), 0.0, (time.time(), 0.0, own_seconds())

    def __call__(self) -> float:
        """The time, in seconds."""
        now = time.time()
        if now - self._last[0] >= _FRESH:
            told = now, self._others.seconds(), own_seconds()
            passed, others, own = (new - old for new, old in zip(told, self._last, strict=True))
            self._waited += max(0.0, others, passed - own)
            self._last = told
        return now - self._waited
