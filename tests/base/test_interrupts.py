"""Signals that wait for the work under way, in our process and in someone else's."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from netwright.base import interrupts
from netwright.base.interrupts import TerminationRequest, deferred, heard, own_signals


@pytest.fixture(autouse=True)
def _as_they_were() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    interrupts._heard.clear()


def test_a_signal_waits_for_the_end_of_the_block() -> None:
    done = False
    with pytest.raises(KeyboardInterrupt), deferred() as signals:
        assert not signals.pending
        signal.raise_signal(signal.SIGINT)
        assert signals.pending
        done = True
    assert done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_a_notebook_a_second_one_does_not_wait() -> None:
    with pytest.raises(KeyboardInterrupt), deferred():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("it did not wait")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_in_the_block_goes_before_the_signal() -> None:
    with pytest.raises(ZeroDivisionError), deferred():
        signal.raise_signal(signal.SIGINT)
        raise ZeroDivisionError


def test_another_thread_and_another_handler_are_left_alone() -> None:
    heard = []
    signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    with deferred() as signals:
        signal.raise_signal(signal.SIGINT)
        assert heard == [signal.SIGINT] and not signals.pending
    signal.signal(signal.SIGINT, signal.default_int_handler)
    seen = []

    def work() -> None:
        with deferred():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


@pytest.mark.parametrize(("number", "kind"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, TerminationRequest)])
def test_our_process_is_unwound_by_the_first(number: signal.Signals, kind: type[BaseException]) -> None:
    ended: list[int] = []
    own_signals(ended.append)
    assert heard() is None
    with pytest.raises(kind):
        signal.raise_signal(number)
    assert heard() == number
    signal.raise_signal(signal.SIGINT)  # a second Ctrl-C ends at once
    assert ended == [130]


def test_our_process_waits_too_and_ends_at_once_at_the_second() -> None:
    ended: list[int] = []
    own_signals(ended.append)
    with pytest.raises(TerminationRequest), deferred() as signals:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # `timeout` sends two
        assert signals.pending and not ended
    with deferred() as signals:
        signal.raise_signal(signal.SIGINT)
        assert ended == [130]


def test_a_later_sigterm_unwinds_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.base.interrupts._DEAF_SECONDS", 0.0)
    own_signals()
    for _ in range(2):
        with pytest.raises(TerminationRequest):
            signal.raise_signal(signal.SIGTERM)
    with pytest.raises(TerminationRequest), deferred():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        pytest.fail("it did not wait")
