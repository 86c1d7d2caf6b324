"""The command as a process among others: streams that are closed, full or unread, signals, other people's warnings."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TextIO

from netwright.base.errors import Interrupted, NetwrightError, OutputError, Terminated
from netwright.base.figures import one_line
from netwright.base.interrupts import TerminationRequest, heard

_WRITE_ERRORS = frozenset({errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EBADF})


def open_missing_streams() -> None:
    """Give a shell's closed standard output or error (`>&-`), which Python has as None, a place to write to."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


def silence_warnings() -> None:
    """Keep what other packages warn their programmers of away from our users; NETWRIGHT_DEBUG shows it."""
    if not os.environ.get("NETWRIGHT_DEBUG"):
        # not by a filter: packages put their own in front when they are imported
        warnings.showwarning = lambda *_, **__: None


def guarded(verb: Callable[..., None]) -> Callable[..., None]:
    """A verb in which Ctrl-C and SIGTERM are errors of ours; typer would end it with words of its own."""

    @functools.wraps(verb)
    def run(*words: Any, **options: Any) -> None:
        try:
            verb(*words, **options)
            sys.stdout.flush()
        except TerminationRequest as error:
            raise Terminated(f"terminated, {_left_by(error)}") from None
        except KeyboardInterrupt as error:
            raise Interrupted(f"interrupted, {_left_by(error)}") from None
        except Exception as error:
            if heard() is None or isinstance(error, NetwrightError):
                raise
            kind, word = (Terminated, "terminated") if heard() == signal.SIGTERM else (Interrupted, "interrupted")
            raise kind(f"{word}, {_left_by(error)}") from None

    return run


def _left_by(error: BaseException) -> str:
    """What there is after a signal: whoever keeps something has noted it on the error."""
    return "; ".join(getattr(error, "__notes__", ())) or "nothing was written"


def output_error(error: Exception) -> OutputError | None:
    """The error of standard output or error that this is, or None; files have a name and are handled where they are."""
    if not isinstance(error, OSError) or error.filename is not None or error.errno not in _WRITE_ERRORS:
        return None
    return _unwritable("output" if refusal(sys.stderr) is None else "error", error)


def is_panic(error: BaseException) -> bool:
    """Whether a library written in Rust gave up; its exception is none of those that programs catch."""
    return type(error).__name__ == "PanicException"


def is_gone_reader(end: SystemExit) -> bool:
    """Whether typer or rich ends because nobody reads the output any more (`| head`), which is no failure."""
    return isinstance(end.__context__, BrokenPipeError)


def _unwritable(name: str, error: OSError) -> OutputError:
    return OutputError(
        f"standard {name} must be writable, got: {error.strerror or error}. Send it to another file or screen."
    )


def refusal(stream: TextIO) -> OSError | None:
    """Why a stream does not take what was written to it, or None where it does."""
    try:
        stream.flush()
    except OSError as error:
        return error
    return None


def say(text: str) -> None:
    """A line on standard error, if anything is to be had there."""
    with contextlib.suppress(OSError):
        print(one_line(text), file=sys.stderr, flush=True)


def end_now(code: int) -> NoReturn:
    """End the process at once, in the middle of whatever it does: what was saved before is whole."""
    with contextlib.suppress(OSError):
        os.write(2, b"netwright: ended at once by a second signal; what was saved before is whole\n")
    os._exit(code)


def end(code: int) -> NoReturn:
    """End the process at once: torch takes half a second to take itself apart."""
    error = refusal(sys.stdout)
    if error is not None and code == 0 and not isinstance(error, BrokenPipeError):
        say(f"netwright: {_unwritable('output', error)}")
        code = OutputError.exit_code
    refusal(sys.stderr)
    os._exit(code)
