"""Generations of saved work: the newest that is whole counts, and the one before it is kept for the case that none is.

A generation is a sealed manifest that names files with their lengths and SHA-256; it exists from the moment that its
manifest is in its place, which is after its files are. Files may belong to several generations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.base.durable import make_folder, remove_drafts, remove_file, sha256, sync_folder, write_files
from netwright.base.sealed import open_sealed, sealed_json

_FORMAT, _VERSION = "netwright-checkpoint", 1
#: How many are kept.
_KEPT = 2
_PREFIX, _SUFFIX, _DIGITS = "state-", ".json", 8
#: The largest manifest that is read; those that are written are far smaller.
_MOST_BYTES = 16 << 20


@dataclass(frozen=True)
class Generation:
    """Saved work that is whole.

    Args:
        number: Counts up from 1.
        facts: What its manifest says, JSON-able.
        files: What its files hold, by name.
    """

    number: int
    facts: Mapping[str, Any]
    files: Mapping[str, bytes]


class Generations:
    """A folder of generations.

    Args:
        folder: Made with the first of them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._named: dict[str, dict[str, Any]] = {}
        self._last = max(self._numbers(), default=0)

    @property
    def next_number(self) -> int:
        """The number that `add` gives next; no file of an earlier one has it in its name."""
        return self._last + 1

    def newest(self) -> tuple[Generation | None, list[str]]:
        """The newest generation that is whole, and a sentence for each newer one that is not."""
        complaints = []
        for number in sorted(self._numbers(), reverse=True):
            try:
                generation, named = self._read(number)
            except ValueError as error:
                complaints.append(f"{self._manifest(number)} is damaged: {error}")
                continue
            self._named = named
            return generation, complaints
        return None, complaints

    def add(self, facts: Mapping[str, Any], files: Mapping[str, bytes], keep: frozenset[str] = frozenset()) -> None:
        """Save a generation, and remove those that are too old by then.

        Args:
            facts: What its manifest says.
            files: New files, by name; no generation has these names.
            keep: Names of files of the one before that belong to this one too.

        Raises:
            OSError: It could not be written. The one before is still whole.
        """
        if not self.folder.is_dir():
            make_folder(self.folder)
        number = self.next_number
        new = {name: {"bytes": len(data), "sha256": sha256(data)} for name, data in files.items()}
        named = {name: self._named[name] for name in sorted(keep)} | new
        content = {"format": _FORMAT, "version": _VERSION, "number": number, "facts": facts, "files": named}
        manifest = sealed_json(content)
        try:
            write_files(self.folder, files)
            write_files(self.folder, {self._manifest(number).name: manifest})
        except OSError:
            remove_file(self._manifest(number))
            for name in files:  # they belong to no generation, and room may be what is wanted
                remove_file(self.folder / name)
            remove_drafts(self.folder)
            raise
        self._last, self._named = number, named
        with suppress(OSError):  # what is saved is saved; the next one tidies too
            self._tidy()

    @property
    def bytes(self) -> int:
        """What the files of the newest generation take."""
        return sum(int(said["bytes"]) for said in self._named.values())

    def leave_newest(self) -> None:
        """Remove all but the newest generation.

        Raises:
            OSError: A file cannot be removed.
        """
        self._tidy(1)

    def _tidy(self, kept: int = _KEPT) -> None:
        """Remove manifests that are too old, then the files that none of the others names."""
        numbers = sorted(self._numbers())
        for number in numbers[:-kept]:
            remove_file(self._manifest(number))
        sync_folder(self.folder)
        wanted = {self._manifest(number).name for number in numbers[-kept:]}
        for number in numbers[-kept:]:
            try:
                wanted |= set(self._content(number)["files"])
            except ValueError:  # a damaged one keeps nothing
                continue
        for entry in sorted(self.folder.iterdir()):
            if entry.name not in wanted and entry.is_file() and not entry.is_symlink():
                remove_file(entry)

    def _read(self, number: int) -> tuple[Generation, dict[str, dict[str, Any]]]:
        content = self._content(number)
        named: dict[str, dict[str, Any]] = content["files"]
        files = {}
        for name, said in named.items():
            if Path(name).name != name:
                raise ValueError(f"{name!r} is no file of its folder")
            data = _bytes_of(self.folder / name, most=said["bytes"])
            if len(data) != said["bytes"] or sha256(data) != said["sha256"]:
                raise ValueError(f"{name} is not the file that it names")
            files[name] = data
        return Generation(number, content["facts"], files), named

    def _content(self, number: int) -> dict[str, Any]:
        """What a manifest says.

        Raises:
            ValueError: It is damaged, or of another version.
        """
        content = open_sealed(_bytes_of(self._manifest(number), most=_MOST_BYTES))
        if (content.get("format"), content.get("version")) != (_FORMAT, _VERSION):
            raise ValueError(f"it is of format {content.get('format')} {content.get('version')}, not {_VERSION}")
        if content["number"] != number:
            raise ValueError(f"it is number {content['number']}")
        return content

    def _manifest(self, number: int) -> Path:
        return self.folder / f"{_PREFIX}{number:0{_DIGITS}d}{_SUFFIX}"

    def _numbers(self) -> Iterator[int]:
        if not self.folder.is_dir():
            return
        for entry in self.folder.iterdir():
            digits = entry.name.removeprefix(_PREFIX).removesuffix(_SUFFIX)
            if entry.name == f"{_PREFIX}{digits}{_SUFFIX}" and digits.isdecimal() and digits.isascii():
                yield int(digits)


def _bytes_of(path: Path, most: int) -> bytes:
    """The bytes of a file, one more than `most` at most.

    Raises:
        ValueError: It cannot be read.
    """
    try:
        if not path.is_file() or path.is_symlink():  # a pipe would be waited for
            raise ValueError(f"{path.name} cannot be read (no such file)")
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise ValueError(f"{path.name} cannot be read ({error.strerror or error})") from error
