"""Links, pipes, folders in the place of files, files of other formats, holes."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import socket
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.deliver.hostile.sample import MANIFEST, WEIGHTS, Case, Sample, write


class _Call:
    """What a pickle runs when it is read."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.marker}",)


def file_cases(sample: Sample) -> Iterator[Case]:
    """Every way in which something else than a plain file may lie there."""
    for name in (MANIFEST, WEIGHTS):
        for what, replace in _REPLACED.items():
            yield Case(f"file: {what} for {name}", _with(sample, name, replace), heavy="MB" in what)
        for what, content in _contents().items():
            yield Case(f"format: {what} as {name}", _holding(sample, name, content), heavy="bomb" in what)
    for what, replace in _FOLDERS.items():
        yield Case(f"file: {what} for the folder", _in_model(sample, replace))


def _with(sample: Sample, name: str, replace: Callable[[Path], None]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        write(folder, sample.parts(), sample.weights)
        replace(folder / name)

    return make


def _in_model(sample: Sample, replace: Callable[[Path], None]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        write(folder, sample.parts(), sample.weights)  # a sound one beside it is not taken in its place
        replace(folder / "model")

    return make


def _holding(sample: Sample, name: str, content: Callable[[Path], bytes]) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        data, raw = sample.parts(), content(folder / "marker")
        if name == WEIGHTS:  # under a seal and a hash that fit
            write(folder, data, raw)
        else:
            write(folder, data, sample.weights)
            (folder / MANIFEST).write_bytes(raw)

    return make


def _elsewhere(path: Path) -> Path:
    """A sound copy outside of the folder."""
    other = path.parent.parent / f"{path.parent.name}-elsewhere"
    other.mkdir(exist_ok=True)
    return Path(other / path.name)


def _moved(path: Path) -> None:
    path.rename(_elsewhere(path))
    path.symlink_to(_elsewhere(path))


def _hard(path: Path) -> None:
    os.link(path, _elsewhere(path))


def _to(target: str) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.unlink()
        path.symlink_to(target)

    return replace


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _socket(path: Path) -> None:
    path.unlink()
    here = Path.cwd()
    os.chdir(path.parent)  # the path of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as own:
            own.bind(path.name)
    finally:
        os.chdir(here)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _hole(size: int) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        with path.open("r+b") as file:
            file.truncate(size)

    return replace


_REPLACED: dict[str, Callable[[Path], None]] = {
    "a link to a copy": _moved,
    "a hard link": _hard,
    "a link to the passwords": _to("/etc/passwd"),
    "a relative link": _to("../../../../../../../../etc/hostname"),
    "a link to itself": lambda path: _to(path.name)(path),
    "a link to nothing": _to("/nothing/there"),
    "a link to endless zeros": _to("/dev/zero"),
    "a link to a terminal": _to("/dev/tty"),
    "a link to the own memory": _to("/proc/self/mem"),
    "a pipe": _pipe,
    "a socket": _socket,
    "a folder": _folder,
    "nothing": Path.unlink,
    "an empty file": lambda path: path.write_bytes(b"") and None,
    "a hole of 70 MB": _hole(70_000_000),
    "a hole of a terabyte": _hole(1 << 40),
}


def _model_link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


_FOLDERS: dict[str, Callable[[Path], None]] = {
    "a link to here": _model_link("."),
    "a link above": _model_link(".."),
    "a link to the system": _model_link("/etc"),
    "a link to nothing": _model_link("/nothing"),
    "a link to itself": _model_link("model"),
    "an empty folder": Path.mkdir,
}


def _contents() -> dict[str, Callable[[Path], bytes]]:
    return {
        **{f"pickle {n}": _pickle(n) for n in range(6)},
        "pickle of a module": lambda _: b"cos\nsystem\n(S'true'\ntR.",
        "torch": _torch,
        "joblib": lambda marker: zlib.compress(_pickle(4)(marker)),
        "zip": _zip(10),
        "zip bomb": _zip(50_000_000),
        "gzip bomb": lambda _: gzip.compress(b"\0" * 50_000_000),
        "tar": _tar,
        "numpy": lambda marker: b"\x93NUMPY\x01\x00" + struct.pack("<H", 70) + b"{'descr':'|O'}" + _pickle(2)(marker),
        "hdf5": lambda _: b"\x89HDF\r\n\x1a\n" + bytes(96),
        "elf": lambda _: b"\x7fELF\x02\x01\x01" + bytes(60),
        "script": lambda marker: f"#!/bin/sh\ntouch {marker}\n".encode(),
        "python": lambda marker: f"import os\nos.system('touch {marker}')\n".encode(),
        "yaml": lambda marker: f"!!python/object/apply:os.system ['touch {marker}']\n".encode(),
        "html": lambda _: b"<!doctype html><script>alert(1)</script>",
        "xml bomb": lambda _: b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>',
        "utf-16": lambda _: '{"format": "netwright-bundle"}'.encode("utf-16"),
        "utf-7": lambda _: b'+AHsAIgBmACIAOgAxAH0-',
        "a mark and json": lambda _: b"\xef\xbb\xbf{}",
        "an array": lambda _: b"[]",
        "null": lambda _: b"null",
        "nul bytes": lambda _: bytes(4_096),
        "one byte": lambda _: b"{",
        "seven bytes": lambda _: b"\xff" * 7,
        "eight bytes": lambda _: b"\xff" * 8,
        "blanks": lambda _: b" " * 1_000_000,
        "brackets": lambda _: b"[" * 5_000_000,
        "json lines": lambda _: b"{}\n{}\n",
        "a comment": lambda _: b'// ok\n{"format": "netwright-bundle", "version": 1}',
    }  # fmt: skip


def _pickle(protocol: int) -> Callable[[Path], bytes]:
    return lambda marker: pickle.dumps(_Call(marker), protocol=protocol)


def _torch(marker: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", _pickle(2)(marker))
        archive.writestr("archive/version", "3\n")
    return buffer.getvalue()


def _zip(size: int) -> Callable[[Path], bytes]:
    def content(_: Path) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("../../manifest.json", b"\0" * size)
        return buffer.getvalue()

    return content


def _tar(_: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("../../../etc/passwd")
        archive.addfile(entry, io.BytesIO())
    return buffer.getvalue()
