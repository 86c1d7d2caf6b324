"""One process a run folder: a lock that the system itself takes back when its owner dies."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

from netwright.base.errors import DataError

#: Not on Windows, where nothing tells a living owner from one that is gone.
_HAS_LOCKS = find_spec("fcntl") is not None

LOCK = ".lock"
_MOST_BYTES = 4_096


class Lock:
    """The right to write into a run folder.

    Args:
        folder: An existing folder.
        option: What the user names another folder with.

    Attributes:
        note: A sentence if the lock of a process that is gone was taken over, else empty.

    Raises:
        DataError: Another process has it.
        OSError: The folder cannot be written.
    """

    def __init__(self, folder: Path, option: str) -> None:
        self._path = folder / LOCK
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        while True:
            self._file = os.open(self._path, flags, 0o666)
            if not self._take():
                owner = _owner(self._file)
                os.close(self._file)
                raise DataError(
                    f"{folder} must be written by one process at a time, got a second one: {owner} is at work there. "
                    f"Wait for its end, or pass another {option}."
                )
            if self._is_in_place():
                break
            os.close(self._file)  # its owner removed it in between
        owner = _owner(self._file)
        self.note = f"the lock of {owner}, which is gone, was taken over" if owner else ""
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, _myself().encode("utf-8"), 0)

    def release(self) -> None:
        """Give it back."""
        with suppress(OSError):
            self._path.unlink()
        os.close(self._file)

    def _take(self) -> bool:
        if not _HAS_LOCKS:
            return True
        import fcntl

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: the folder is still made by one process only
            return True
        return True

    def _is_in_place(self) -> bool:
        with suppress(OSError):
            return os.path.samestat(os.fstat(self._file), self._path.stat(follow_symlinks=False))
        return False


def _myself() -> str:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": now})


def _owner(file: int) -> str:
    """Who wrote a lock, in words; empty where nobody did."""
    raw = os.pread(file, _MOST_BYTES, 0)
    if not raw:
        return ""
    try:
        said = json.loads(raw)
        return f"process {int(said['pid'])} on {str(said['host'])[:64]} (since {str(said['since'])[:32]})"
    except (ValueError, KeyError, TypeError):
        return "another process"
