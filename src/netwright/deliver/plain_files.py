"""Files of a folder that someone else may have made: only plain ones are read, under their own name in that folder.

No link leads elsewhere, no pipe or device waits for ever, and nothing is larger than it may be. What is checked is the
open file itself, so that nothing can be put in its place between the check and the reading.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from netwright.base.errors import DataError
from netwright.base.option import flag
from netwright.base.sealed import JsonLimits, parse_json

#: Where a system lacks one of these it is 0; Windows knows no files relative to an open folder.
_READ = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
)
_FOLDER = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_DIRECTORY", "O_CLOEXEC"))
_NO_LIMIT = 1 << 63
_HAS_RELATIVE = os.open in os.supports_dir_fd


class PlainFolder:
    """A folder that is open, so that its name can lead nowhere else while it is read.

    Args:
        path: The folder. The user named it, so links in this path are followed.

    Raises:
        OSError: There is no such folder, or it may not be read.
        ValueError: No folder can have that name.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = _opened(path, None) if _HAS_RELATIVE else None
        if self._fd is None and not stat.S_ISDIR(path.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._fd is not None:
            os.close(self._fd)

    def inner(self, name: str) -> PlainFolder | None:
        """The folder of that name in this one; None where there is none.

        Raises:
            DataError: It is a link.
        """
        try:
            status = self._status(name)
        except OSError:
            return None
        if stat.S_ISLNK(status.st_mode):
            raise self._refused(name, "a folder of its own", "a link")
        if not stat.S_ISDIR(status.st_mode):
            return None
        found = object.__new__(PlainFolder)
        found.path = self.path / name
        found._fd = None
        if self._fd is not None:
            try:
                found._fd = _opened(name, self._fd)
            except OSError as error:
                raise self._refused(name, "readable", f"{error.strerror}") from error
        return found

    def has(self, name: str) -> bool:
        """Whether anything has that name."""
        with suppress(OSError):
            self._status(name)
            return True
        return False

    def check(self, name: str) -> None:
        """Hold what has that name to being a plain file, without reading it.

        Raises:
            DataError: It is none.
        """
        with suppress(OSError):
            self._check(name, self._status(name), _NO_LIMIT)

    def read(self, name: str, most: int) -> bytes:
        """The bytes of a plain file.

        Args:
            name: Of a file right in this folder.
            most: Bytes that it may have at most.

        Raises:
            DataError: There is no such file, it is no plain one, or it is too large.
        """
        try:
            self._check(name, self._status(name), most)  # opening a device may already do something
            fd = os.open(self._at(name), _READ, dir_fd=self._fd)
            with os.fdopen(fd, "rb") as file:
                status = os.fstat(fd)
                self._check(name, status, most)
                raw = file.read(status.st_size + 1)
        except OSError as error:
            raise DataError(
                f"{name} of {self.path} must be a file that can be read, got: {error.strerror or error}. "
                "Copy it again, from where it is complete."
            ) from error
        if len(raw) != status.st_size:
            raise self._refused(name, "left alone while it is read", "another length")
        return raw

    def _check(self, name: str, status: os.stat_result, most: int) -> None:
        mode = status.st_mode
        if not stat.S_ISREG(mode):
            raise self._refused(name, "a plain file", _KINDS.get(stat.S_IFMT(mode), "something else"))
        if status.st_nlink > 1:
            raise self._refused(name, "a file of its own", f"a hard link, one of {status.st_nlink:,}")
        if status.st_size > most:
            raise self._refused(name, f"at most {most:,} bytes long", f"{status.st_size:,}")

    def _refused(self, name: str, must: str, got: str) -> DataError:
        advice = "Copy what it leads to, with cp -rL" if "link" in got else "Copy it again, from where it is complete"
        return DataError(f"{name} of {self.path} must be {must}, got {got}. {advice}.")

    def _at(self, name: str) -> str | Path:
        return name if self._fd is not None else self.path / name

    def _status(self, name: str) -> os.stat_result:
        return os.stat(self._at(name), dir_fd=self._fd, follow_symlinks=False)


#: What is no plain file, in words.
_KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def _opened(path: str | Path, parent: int | None) -> int:
    nowhere_else = 0 if parent is None else getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, _FOLDER | nowhere_else, dir_fd=parent)


def json_file(folder: Path, name: str) -> dict[str, Any] | None:
    """What a JSON file of a run says; None where there is none.

    Args:
        folder: Of the run; it may be reached by links, the file may not.
        name: Of the file in it.

    Raises:
        DataError: It is no plain file, or no JSON.
    """
    try:
        opened = PlainFolder(folder)
    except (OSError, ValueError):
        return None
    with opened:
        if not opened.has(name):
            return None
        try:
            return parse_json(opened.read(name, JsonLimits().n_bytes))
        except DataError:
            raise
        except ValueError as error:
            raise DataError(
                f"{name} of {folder} must be the file that the run wrote, got a damaged one: it {error}. "
                "Copy it again, from where it is complete."
            ) from error


def is_unfinished(run: Path) -> bool:
    """Whether a folder is that of a run that was stopped, or is still at work."""
    return (run / "run.json").is_file() and not (run / "metrics.json").exists()


def unfinished(run: Path) -> DataError:
    """That a run has nothing to show yet."""
    return DataError(
        f"{run} must be the folder of a finished run, got one that was stopped or is still at work. If it was stopped, "
        f"go on with: {flag('netwright resume', str(run))}"
    )
