"""The bytes of a file, read once, and what to say when there is no such file."""

from __future__ import annotations

import difflib
import hashlib
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from netwright.base.errors import DataError
from netwright.base.figures import listing
from netwright.base.memory import free_bytes, refuse_too_large
from netwright.sources.contract import suffix_of
from netwright.sources.unpacking import gunzipped

_NEAR_NAMES = 3
#: Bytes in memory while a byte of a file becomes cells, as measured for texts; how far gzip packs a table as a rule;
#: and what is read without being asked for.
_MEMORY_A_BYTE, _PACKED, _SMALL = 8, 4, 1 << 26


@dataclass(frozen=True)
class FileBytes:
    """A file in memory.

    Args:
        name: Its name without the folder.
        stem: Its name without the endings (`houses` for `houses.csv.gz`).
        suffix: Its ending in small letters, before any `.gz`.
        data: Its bytes, unpacked.
        fingerprint: SHA-256 of the bytes as they lie on the disk.
    """

    name: str
    stem: str
    suffix: str
    data: bytes
    fingerprint: str


def read_file(data: object) -> FileBytes:
    """The bytes of the file that `data` names; gzip is unpacked.

    Raises:
        DataError: No such file, a folder, not readable, a gzip file that is damaged or becomes too large.
    """
    path = existing_file(data)
    try:
        _refuse_large(path)
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} must be readable, got: {error.strerror}. Check who may read it.") from error
    content = gunzipped(raw, readable_name(path.name)) if path.suffix.lower() == ".gz" else raw
    path = Path(readable_name(path.name))
    return FileBytes(path.name, stem_of(path), suffix_of(path), content, hashlib.sha256(raw).hexdigest())


def _refuse_large(path: Path) -> None:
    packed = path.suffix.lower() == ".gz"
    needed = path.stat().st_size * _MEMORY_A_BYTE * (_PACKED if packed else 1)
    if needed > _SMALL:
        advice = "Write it as .parquet, or pass a part of its rows."
        refuse_too_large(
            f"the file must fit the memory to be read, but {path.name} needs", needed, free_bytes(), advice
        )


def existing_file(data: object) -> Path:
    """The path of the file that `data` names, once it is known to be one.

    Raises:
        DataError: No such file (near names are given), a folder, or something else that is no file.
    """
    path = Path(os.fspath(data)).expanduser()  # type: ignore[call-overload]
    try:
        if not path.exists():
            path = _same_name_otherwise_composed(path) or path
        if path.is_dir():
            raise DataError(_a_folder(path))
        if not path.exists():
            raise DataError(_no_such_file(path))
        if not path.is_file():  # some of them never end
            raise DataError(f"{path} must be a file, got a pipe or a device. Save what it gives as a file first.")
    except OSError as error:
        raise DataError(f"{path} must be a file that can be read, got: {error.strerror}. Check its name.") from error
    return path


def readable_name(name: str) -> str:
    """The name of a file as text; archives from Windows leave Korean names in CP949, which Linux has as loose bytes.

    Example:
        >>> readable_name("집값.csv"), readable_name("집값.csv".encode("cp949").decode("utf-8", "surrogateescape"))
        ('집값.csv', '집값.csv')
    """
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raw = os.fsencode(name)
        try:
            return raw.decode("cp949")
        except UnicodeDecodeError:
            return raw.decode("utf-8", "replace")
    return name


def stem_of(path: Path) -> str:
    """The short name of a file.

    Example:
        >>> stem_of(Path("data/houses.csv.gz")), stem_of(Path("v1.2.csv"))
        ('houses', 'v1.2')
    """
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).stem


def _same_name_otherwise_composed(path: Path) -> Path | None:
    # macOS writes Hangul in file names letter by letter, Windows and Linux syllable by syllable
    if not path.parent.is_dir():
        return None
    wanted = unicodedata.normalize("NFC", path.name)
    return next((p for p in path.parent.iterdir() if unicodedata.normalize("NFC", p.name) == wanted), None)


def _no_such_file(path: Path) -> str:
    if not path.parent.is_dir():
        return f"no such file: {path}. There is no folder {path.parent} either."
    names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    near = difflib.get_close_matches(path.name, names, n=_NEAR_NAMES)
    advice = f"Did you mean {' or '.join(near)}?" if near else f"Files in that folder: {_files_in(path.parent)}."
    return f"no such file: {path}. {advice}"


def _files_in(folder: Path) -> str:
    return listing(sorted(entry.name for entry in folder.iterdir() if entry.is_file())) or "none"


def _a_folder(path: Path) -> str:
    """What is said of a folder in which there are no pictures."""
    if any(entry.is_file() for entry in path.iterdir()):
        return f"{path} must be a file, got a folder. Name one of the files in it: {_files_in(path)}."
    return (
        f"{path} must be a file, got a folder, and there are no pictures in {path.name}. Put pictures into it, in a "
        "folder for each class."
    )
