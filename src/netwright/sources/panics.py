"""Libraries written in Rust that give up: their exception is no ordinary one, and they print before they raise it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


class Panic(Exception):
    """A library gave up on its input."""


@contextmanager
def no_panic() -> Iterator[None]:
    """What panics inside raises `Panic`, and what it prints about that is not seen; NETWRIGHT_DEBUG shows it.

    Raises:
        Panic: A library panicked.
    """
    with _quiet_if_it_panics():
        try:
            yield
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise Panic(str(error)) from error


@contextmanager
def _quiet_if_it_panics() -> Iterator[None]:
    """Standard error goes to a file for a while, since the libraries write to it without Python."""
    if os.environ.get("NETWRIGHT_DEBUG"):
        yield
        return
    try:
        said = tempfile.TemporaryFile()  # noqa: SIM115
    except OSError:  # no place to put it: then it is seen
        yield
        return
    with said:
        try:
            before = os.dup(2)
        except OSError:  # no standard error at all
            yield
            return
        if sys.stderr is not None:
            sys.stderr.flush()
        os.dup2(said.fileno(), 2)
        panicked = False
        try:
            yield
        except Panic:
            panicked = True
            raise
        finally:
            os.dup2(before, 2)
            os.close(before)
            if not panicked and said.tell():
                # what others printed meanwhile
                said.seek(0)
                os.write(2, said.read())
