"""Arrays in scratch files: what does not fit the memory lies on the disk and is read through a memory map.

A file loses its name as soon as it is mapped. So nothing is left behind whatever ends the process, and the disk gets
its room back when the last array is gone. Pages of such a file belong to the system's file cache, which may drop them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError, PlanError
from netwright.base.memory import size_in_words

if TYPE_CHECKING:
    import numpy as np

#: Folders of these file systems lie in the memory themselves.
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_BESIDE = Path("/var/tmp")
_MOUNTS = Path("/proc/mounts")


def scratch_folder() -> Path:
    """Where scratch files go: `TMPDIR`, or the system's folder unless that lies in the memory."""
    folder = Path(tempfile.gettempdir())
    given = any(os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    if not given and _in_memory(folder) and os.access(_BESIDE, os.W_OK) and not _in_memory(_BESIDE):
        return _BESIDE
    return folder


def _in_memory(folder: Path) -> bool:
    """Whether the file system of a folder is one that lies in the memory; False where nobody says."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    mounts = [line.split()[1:3] for line in lines if len(line.split()) >= 3]
    own = [(len(place), kind) for place, kind in mounts if folder.resolve().is_relative_to(place)]
    return max(own, default=(0, ""))[1] in _IN_MEMORY


def refuse_full_disk(what: str, needed: int) -> None:
    """What the disk has no room for is refused before the work.

    Args:
        what: The sentence up to `about`, such as `the table must fit the disk, but it needs`.
        needed: Bytes.

    Raises:
        PlanError: The folder of scratch files has less room.
    """
    folder = scratch_folder()
    try:
        free = shutil.disk_usage(folder).free
    except OSError:  # making the first file says what is wrong
        return
    if needed > free:
        raise PlanError(
            f"{what} about {size_in_words(needed)} and {size_in_words(free)} are free in {folder}. Make room, or set "
            "TMPDIR to a folder on a larger disk."
        )


def scratch_array(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array of zeros in a scratch file of its own.

    Args:
        shape: Of the array.
        dtype: Of its numbers.

    Raises:
        DataError: The disk has no room for it, or the folder cannot be written.

    Example:
        >>> array = scratch_array((2, 3), "float32")
        >>> array[1] = 5
        >>> float(array.sum())
        15.0
    """
    import numpy as np

    kind = np.dtype(dtype)
    n_bytes = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    if not n_bytes:
        return np.zeros(shape, kind)
    folder = scratch_folder()
    path = None
    try:
        number, name = tempfile.mkstemp(prefix="netwright-", suffix=".scratch", dir=folder)
        path = Path(name)
        with os.fdopen(number, "r+b") as file:
            _take_room(file.fileno(), n_bytes)
            array = np.memmap(file, kind, "r+", shape=shape)
    except OSError as error:
        if path is not None:
            _forget(path)
        raise DataError(_no_room(folder, n_bytes, error)) from error
    if not _forget(path):  # a system that keeps the names of mapped files: at the end, then
        weakref.finalize(array, _forget, path)
    return array


def _take_room(number: int, n_bytes: int) -> None:
    """The whole file at once: a disk that is full later would end the process at a write to the map."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(number, 0, n_bytes)
    else:
        os.truncate(number, n_bytes)


def _forget(path: Path) -> bool:
    with contextlib.suppress(OSError):
        path.unlink()
        return True
    return False


def _no_room(folder: Path, n_bytes: int, error: OSError) -> str:
    needed = size_in_words(n_bytes)
    if error.errno == errno.ENOSPC:
        return (
            f"the disk must have room for what does not fit the memory, but {folder} has none for {needed} more. "
            "Make room, or set TMPDIR to a folder on a larger disk."
        )
    return (
        f"the folder for scratch files must be writable, got {error.strerror or error} in {folder} for {needed}. "
        "Set TMPDIR to another folder."
    )
