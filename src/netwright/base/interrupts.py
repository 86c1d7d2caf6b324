"""Ctrl-C and SIGTERM, put off while work is under way that must not be torn.

As a command the process owns its signals (`own_signals`): the first one unwinds the program, in training only after the
state has been saved; a second Ctrl-C ends it at once. In someone else's program (a notebook) only Ctrl-C is put off,
for as long as training goes on.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

#: `timeout` and some shells send SIGTERM twice; the second must not stop the tidying up after the first.
_DEAF_SECONDS = 5.0
_INTERRUPTED = 130
_Handler = Callable[[int, FrameType | None], Any]


class TerminationRequest(KeyboardInterrupt):
    """SIGTERM, raised where the program happens to be; like Ctrl-C nothing on the way may take it for an error."""


class Deferred:
    """Signals that wait until the work under way can end.

    Attributes:
        pending: Whether there is one.
    """

    def __init__(self) -> None:
        self._heard: int | None = None

    @property
    def pending(self) -> bool:
        """Whether a signal waits: the work is to come to its end."""
        return self._heard is not None

    def hear(self, number: int) -> bool:
        """Put a signal off, if it is the first."""
        first = self._heard is None
        self._heard = number if first else self._heard
        return first

    def settle(self) -> None:
        """Raise what waits.

        Raises:
            KeyboardInterrupt: Ctrl-C waits.
            TerminationRequest: SIGTERM waits.
        """
        heard, self._heard = self._heard, None
        if heard == signal.SIGTERM:
            raise TerminationRequest
        if heard is not None:
            raise KeyboardInterrupt


_deferring: list[Deferred] = []
#: Signals that `own_signals` heard.
_heard: list[int] = []


def heard() -> int | None:
    """The first signal that our process heard. Libraries in other languages may turn what it raises into another error,
    so that an error after a signal is taken for its end.
    """
    return _heard[0] if _heard else None


def own_signals(exit_now: Callable[[int], Any] = os._exit) -> None:
    """Let the first SIGINT or SIGTERM unwind the program, and a second Ctrl-C end it at once.

    Args:
        exit_now: Ends the process with an exit code.
    """
    last = 0.0
    _heard.clear()

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal last
        now, before = time.monotonic(), last
        if before and number == signal.SIGINT:
            exit_now(_INTERRUPTED)
        if before and now - before < _DEAF_SECONDS:
            return
        last = now
        _heard.append(number)
        if _deferring and _deferring[-1].hear(number):
            return
        raise TerminationRequest if number == signal.SIGTERM else KeyboardInterrupt

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)


@contextmanager
def deferred() -> Iterator[Deferred]:
    """Put signals off inside; what waits at the end of the block is raised there."""
    waiting = Deferred()
    before = _listen(waiting)
    _deferring.append(waiting)
    try:
        yield waiting
    finally:
        _deferring.remove(waiting)
        if before is not None:
            signal.signal(signal.SIGINT, before)
    waiting.settle()


def _listen(waiting: Deferred) -> _Handler | None:
    """Hear Ctrl-C in a program that left it to Python; the handler to be put back, None where nothing was changed."""
    if threading.current_thread() is not threading.main_thread():
        return None
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return None

    def hear(number: int, frame: FrameType | None) -> None:
        if not waiting.hear(number):
            signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, hear)
    return signal.default_int_handler
