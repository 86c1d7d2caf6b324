"""Packed files unpacked with a limit: a few bytes can stand for more than any memory holds.

A packed file may become half a gigabyte without being asked for, and beyond that 200 times what it was, which tables of
anything but one repeated cell do not reach; and never more than what can be read in the memory that is free.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib

from netwright.base.errors import DataError
from netwright.base.memory import free_bytes, size_in_words

#: What a packed file may become whatever it was, and how many times what it was.
_UNASKED, _TIMES = 1 << 29, 200
#: Bytes in memory while a byte of a file becomes cells, as measured for texts.
_MEMORY_A_BYTE = 8
_STEP = 1 << 20
#: How gzip files begin.
_MARK = b"\x1f\x8b"


def gunzipped(raw: bytes, name: str) -> bytes:
    """The bytes of a gzip file.

    Args:
        raw: As they lie on the disk.
        name: As messages name the file.

    Raises:
        DataError: It is damaged, or becomes too large.
    """
    limit, free = _limits(len(raw))
    unpacked = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            while step := file.read(_STEP):
                unpacked.write(step)
                if unpacked.tell() > min(limit, free):
                    raise _too_large(name, len(raw), limit, free, "Unpack it with gunzip and name what it holds, if")
    except (OSError, EOFError, zlib.error) as error:
        got = "one that is cut off" if isinstance(error, EOFError) else "a damaged one"
        got = got if raw.startswith(_MARK) else "something else"
        raise DataError(f"{name} must be a whole gzip file, got {got}. Copy or download it again.") from error
    return unpacked.getvalue()


def refuse_zip_bomb(data: bytes, name: str) -> None:
    """Raise if a zip archive, as Excel workbooks are, says that it becomes too large; what is none is left to others.

    Args:
        data: Its bytes.
        name: As messages name the file.

    Raises:
        DataError: It does.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return
    limit, free = _limits(len(data))
    if size > min(limit, free):
        raise _too_large(name, len(data), limit, free, "Open it in Excel and save the sheet as .csv, if")


def _limits(packed: int) -> tuple[int, int]:
    """What a file of so many bytes may become by the rule, and by the memory."""
    limit, free = max(_UNASKED, _TIMES * packed), free_bytes()
    return limit, limit if free is None else free // _MEMORY_A_BYTE


def _too_large(name: str, packed: int, limit: int, free: int, advice: str) -> DataError:
    why = f"{_TIMES} times its {size_in_words(packed)}" if limit > _UNASKED else "much for a file of its size"
    if free < limit:
        why = "what can be read in the memory that is free"
    return DataError(
        f"{name} must unpack to at most {size_in_words(min(limit, free))}, {why}, got more. {advice} it is meant to be "
        f"that large."
    )
