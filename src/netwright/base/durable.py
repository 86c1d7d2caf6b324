"""Files that survive: the one place that writes what a run keeps.

A file is written beside its place, brought to the disk (fsync), renamed into its place and the folder brought to the
disk as well. So a place holds the old content or the new one, whatever happens in between: a kill, a full disk, a power
cut. Without the first fsync a rename can reach the disk before the content does, without the last one it can get lost
(Pillai et al., ALICE, OSDI 2014). After an fsync that failed the same file is never tried again, as the system has
thrown the content away (Rebello et al., USENIX ATC 2020): it is removed, and the error goes to the caller.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

#: What the names of files that are not in their place yet begin with.
DRAFT = ".part-"
#: A link in a file's place is not followed, and no child process inherits the file.
_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_READABLE = 0o666
#: Systems that cannot bring a folder to the disk say one of these; nothing more can be done there.
_NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})


def sha256(data: bytes) -> str:
    """The fingerprint of some bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def write_file(path: Path, data: bytes) -> None:
    """Put a file into its place, whole or not at all.

    Args:
        path: In a folder that exists; what is there is replaced.
        data: All of it.

    Raises:
        OSError: It could not be written: the disk is full, say. What was there before is still there.
    """
    write_files(path.parent, {path.name: data})


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files into a folder that exists, each whole or not at all, in their order.

    Args:
        folder: Where they go.
        files: What each holds, by name.

    Raises:
        OSError: Not all of them could be written; none of them lies there by half.
    """
    for name, data in files.items():
        _write_draft(folder / (DRAFT + name), data)
    for name in files:
        os.replace(folder / (DRAFT + name), folder / name)  # noqa: PTH105  the tests stand in for `os`
    sync_folder(folder)


def _write_draft(path: Path, data: bytes) -> None:
    """The bytes of a file on the disk, under a name of its own."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _FLAGS, _READABLE)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(file, rest) :]
            os.fsync(file)
        finally:
            os.close(file)
    except OSError:
        remove_file(path)
        raise


def make_folder(path: Path) -> None:
    """A new folder whose parent exists, on the disk.

    Raises:
        FileExistsError: Something is there.
        OSError: It cannot be made.
    """
    os.mkdir(path)  # noqa: PTH102
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can.

    Raises:
        OSError: The disk refuses.
    """
    try:
        file = os.open(folder, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except PermissionError:  # Windows opens no folders, and some folders may be written but not read
        return
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(file)


def remove_file(path: Path) -> None:
    """Remove a file if it is there and can be removed; to fail here does no harm."""
    try:
        os.unlink(path)  # noqa: PTH108
    except OSError:
        return


def remove_drafts(folder: Path, but: Iterable[str] = ()) -> None:
    """Remove what a process that was killed left half-written.

    Args:
        folder: Where.
        but: Names of files whose drafts stay.
    """
    kept = {DRAFT + name for name in but}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(DRAFT) and entry.name not in kept:
            remove_file(entry)
