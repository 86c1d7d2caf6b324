"""Folders of pictures: a folder for each class, or pictures without classes; and single picture files."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.base.table import Provenance, Table
from netwright.sources.contract import ReadOptions, Source, is_path
from netwright.sources.files import readable_name
from netwright.sources.picture_table import LABEL, picture_table
from netwright.sources.pictures import is_picture, read_pictures
from netwright.sources.registry import source

#: Names of the folders of a given split.
TRAIN, TEST = "train", "test"
#: What archives and file managers leave behind.
_REMAINS = ("__MACOSX",)


@source("folder")
class FolderSource(Source):
    """Every picture under a folder; the folder below it that a picture lies in is its label."""

    obeys: ClassVar[frozenset[str]] = frozenset({"image_size"})

    def accepts(self, data: object) -> bool:
        """A folder with a picture somewhere in it, or a single picture file."""
        if not is_path(data):
            return False
        path = folder_path(data)
        return next(_pictures(path), None) is not None if path.is_dir() else is_picture(path) and path.is_file()

    def target(self, data: object) -> str | None:
        """The label, where pictures lie in folders."""
        path = folder_path(data)
        return LABEL if path.is_dir() and any(own.parent != path for own in _pictures(path)) else None

    def parts(self, data: object) -> tuple[object, object] | None:
        """The folders `train` and `test`, where there are no others."""
        return given_parts(data)

    def read(self, data: object, options: ReadOptions) -> Table:
        """The pictures in the order of their names, with their labels where every one lies in a folder."""
        top = folder_path(data)
        paths = list(_pictures(top)) if top.is_dir() else [top]
        top = top if top.is_dir() else top.parent
        inside = [path.relative_to(top) for path in paths]
        labelled = [path for path in inside if len(path.parts) > 1]
        notes: tuple[str, ...] = ()
        if labelled and len(labelled) < len(inside):
            loose = len(inside) - len(labelled)
            notes = (f"{count(loose, 'picture')} directly in {top.name} left out: the others lie in a folder a class.",)
            inside = labelled
        names = [_text(path) for path in inside]
        found = read_pictures([top / path for path in inside], names, options.shape, options.image_size)
        kept = [path for path, read in zip(inside, found.read, strict=True) if read]
        level = 1 if given_parts(top) else 0  # of a given split read as a whole the classes lie one folder deeper
        labels = [_text(Path(path.parts[min(level, len(path.parts) - 2)])) for path in kept] if labelled else None
        told = (*found.told, count(len(set(labels)), "folder")) if labels else found.told
        name, stem = _called(top)
        provenance = Provenance(
            name, stem, told, "--image-size", (*notes, *found.notes), _fingerprint(top, inside), task=""
        )
        files = [name for name, read in zip(names, found.read, strict=True) if read]
        return picture_table(found.array, files, labels, provenance, found.findings())


def given_parts(data: object) -> tuple[Path, Path] | None:
    """The folders `train` and `test` where a folder holds them and no other: a given split.

    Args:
        data: Whatever the user named.
    """
    if not is_path(data):
        return None
    path = folder_path(data)
    if not path.is_dir():
        return None
    inner = {entry.name.lower(): entry for entry in path.iterdir() if _is_kept(entry) and entry.is_dir()}
    if set(inner) != {TRAIN, TEST}:
        return None
    parts = inner[TRAIN], inner[TEST]
    return parts if all(next(_pictures(part), None) is not None for part in parts) else None


def fingerprint_of_folder(top: Path) -> str:
    """The fingerprint that the pictures of a folder get when they are read.

    Args:
        top: The folder.
    """
    inside = [path.relative_to(top) for path in _pictures(top)]
    return _fingerprint(top, [path for path in inside if len(path.parts) > 1] or inside)


def folder_path(data: object) -> Path:
    """The path that `data` names; Hangul that was written letter by letter is found, too."""
    path = Path(os.fspath(data)).expanduser()  # type: ignore[call-overload]
    if path.exists() or not path.parent.is_dir():
        return path
    wanted = unicodedata.normalize("NFC", path.name)
    return next((own for own in path.parent.iterdir() if unicodedata.normalize("NFC", own.name) == wanted), path)


def _pictures(top: Path) -> Iterator[Path]:
    """Every picture below a folder, in the order of their names; links to folders are not followed."""
    try:
        entries = sorted(top.iterdir(), key=lambda entry: unicodedata.normalize("NFC", entry.name))
    except OSError as error:
        raise DataError(f"{top} must be a folder that can be read, got: {error.strerror}.") from error
    for entry in entries:
        if not _is_kept(entry):
            continue
        if entry.is_dir():
            if not entry.is_symlink():
                yield from _pictures(entry)
        elif is_picture(entry):
            yield entry


def _is_kept(entry: Path) -> bool:
    return not entry.name.startswith(".") and entry.name not in _REMAINS


def _text(path: Path) -> str:
    """A path as people read it: with `/`, Hangul by syllables."""
    return unicodedata.normalize("NFC", readable_name(path.as_posix()))


def _called(top: Path) -> tuple[str, str]:
    """What messages and run folders call a folder: one of a given split goes by that around it, too."""
    own, around = _text(Path(top.absolute().name)), _text(Path(top.absolute().parent.name))
    if own.lower() in (TRAIN, TEST) and around:
        return f"{around}/{own}", around
    return own, own


def _fingerprint(top: Path, inside: list[Path]) -> str:
    """SHA-256 over the names and the bytes of all files."""
    whole = hashlib.sha256()
    for path in inside:
        try:
            raw = (top / path).read_bytes()
        except OSError:
            raw = b""
        whole.update(f"{hashlib.sha256(raw).hexdigest()}  {_text(path)}\n".encode())
    return whole.hexdigest()
