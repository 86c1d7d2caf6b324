"""The tree of exceptions, and the exit code each leads to.

::

    NetwrightError
    ├── UserError (also a ValueError)   exit code 2: the user's data or options
    │   ├── DataError                   something in the data
    │   ├── PlanError                   an option, or options that do not fit together
    │   └── ShapeError                  an array of the wrong shape
    ├── MissingExtra                    exit code 2: an optional package is not installed
    ├── OutputError                     exit code 2: standard output cannot be written
    ├── Interrupted                     exit code 130: Ctrl-C
    ├── Terminated                      exit code 143: SIGTERM
    └── InternalError                   exit code 1: a bug of ours

A message says what must hold, what came, where, and what to do, in one paragraph.
"""

from __future__ import annotations

from netwright.base.figures import one_line, readable


class NetwrightError(Exception):
    """Base of every error that netwright raises on purpose.

    Args:
        message: What the user reads: one line; names and cells in it that are very long are shortened.
    """

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(one_line(readable(message)))


class UserError(NetwrightError, ValueError):
    """The user's data or options cannot be used as they are."""

    exit_code = 2


class DataError(UserError):
    """Something in the data stands in the way."""


class PlanError(UserError):
    """An option is not possible, or options contradict each other."""


class ShapeError(UserError):
    """An array does not have the shape that it must have."""


class MissingExtra(NetwrightError):
    """An optional package is needed and not installed.

    Args:
        package: The package that is missing.
        extra: The extra of netwright that brings it.
        purpose: What it is needed for, as the start of a sentence.
    """

    exit_code = 2

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the package {package}. Install it with: pip install 'netwright[{extra}]'")


class OutputError(NetwrightError):
    """Standard output or error takes nothing more: a full disk, say."""

    exit_code = 2


class Interrupted(NetwrightError):
    """The user pressed Ctrl-C."""

    exit_code = 130


class Terminated(NetwrightError):
    """Someone ended the process by SIGTERM."""

    exit_code = 143


class InternalError(NetwrightError):
    """A state that should be impossible: a bug of ours."""

    def __init__(self, message: str) -> None:
        super().__init__(f"{message} (this is a bug in netwright, please report it)")
