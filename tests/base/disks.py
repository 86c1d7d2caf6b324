"""Stand-ins for `os` in `base/durable.py`: a disk that fails at the n-th call, and one whose power can be cut."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class FailingAt:
    """Does what `os` does until the call that fails; the calls after it work again."""

    def __init__(self, turn: int, code: int) -> None:
        self.turn, self.code, self.calls = turn, code, 0
        self.failed = ""

    def __getattr__(self, name: str) -> Any:
        inner = getattr(os, name)
        if name not in ("open", "write", "fsync", "replace", "mkdir", "unlink", "close"):
            return inner

        def call(*words: Any) -> Any:
            self.calls += 1
            if self.calls == self.turn:
                self.failed = name
                if name == "close":
                    inner(*words)
                raise OSError(self.code, os.strerror(self.code))
            return inner(*words)

        return call


class Disk:
    """Passes calls on to `os` and logs them, to say what a power cut could leave of one folder.

    Until an fsync of its file, content may be lost: all of it, none, or the second half. Names (creations, renames,
    removals) reach the disk at an fsync of the folder; before that any subset of them may.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before = {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}
        self._log: list[tuple[Any, ...]] = []
        self._open: dict[int, tuple[str, int]] = {}
        self._files = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        file = os.open(path, flags, mode)
        if flags & os.O_CREAT:
            self._files += 1
            self._open[file] = (Path(path).name, self._files)
            self._log.append(("create", Path(path).name, self._files))
        else:
            self._open[file] = ("", 0)
        return file

    def write(self, file: int, data: bytes | memoryview) -> int:
        written = os.write(file, data)
        self._log.append(("write", self._open[file][1], bytes(data[:written])))
        return written

    def fsync(self, file: int) -> None:
        os.fsync(file)
        number = self._open[file][1]
        self._log.append(("sync", number) if number else ("sync folder",))

    def close(self, file: int) -> None:
        del self._open[file]
        os.close(file)

    def replace(self, old: Path, new: Path) -> None:
        os.replace(old, new)  # noqa: PTH105
        self._log.append(("rename", Path(old).name, Path(new).name))

    def unlink(self, path: Path) -> None:
        os.unlink(path)  # noqa: PTH108
        self._log.append(("remove", Path(path).name))

    def after_power_cuts(self) -> Iterator[dict[str, bytes]]:
        """The folder after a power cut at each moment, for each choice of what the disk had not taken yet."""
        for stop in range(len(self._log) + 1):
            yield from self._cut(self._log[:stop])

    def now(self) -> list[dict[str, bytes]]:
        """The same for a power cut right now."""
        return list(self._cut(self._log))

    def _cut(self, log: list[tuple[Any, ...]]) -> Iterator[dict[str, bytes]]:
        content: dict[int, bytes] = {}
        synced: set[int] = set()
        for entry in log:
            if entry[0] == "write":
                content[entry[1]] = content.get(entry[1], b"") + entry[2]
                synced.discard(entry[1])
            elif entry[0] == "sync":
                synced.add(entry[1])
        last_sync = max((place for place, entry in enumerate(log) if entry[0] == "sync folder"), default=-1)
        names = [(place, entry) for place, entry in enumerate(log) if entry[0] in ("create", "rename", "remove")]
        sure = [entry for place, entry in names if place < last_sync]
        open_ones = [entry for place, entry in names if place > last_sync]
        for kept in itertools.product((True, False), repeat=len(open_ones)):
            applied = [*sure, *(entry for entry, keep in zip(open_ones, kept, strict=True) if keep)]
            files: dict[str, int | bytes] = dict(self._before)
            for kind, name, *rest in applied:
                if kind == "create":
                    files[name] = rest[0]
                elif kind == "remove":
                    files.pop(name, None)
                elif name in files:
                    files[rest[0]] = files.pop(name)
            for lost in ("nothing", "half", "all"):
                yield {name: self._content(own, content, synced, lost) for name, own in files.items()}

    @staticmethod
    def _content(own: int | bytes, content: dict[int, bytes], synced: set[int], lost: str) -> bytes:
        if isinstance(own, bytes):
            return own
        data = content.get(own, b"")
        if own in synced or lost == "nothing":
            return data
        return data[: len(data) // 2] if lost == "half" else b""
