"""A sound bundle in parts, and what someone may write who can seal: seals prove no author."""

from __future__ import annotations

import copy
import hashlib
import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from netwright.base.sealed import open_sealed

KEPT = Path(__file__).parents[1] / "old_bundles"
MANIFEST, WEIGHTS = "manifest.json", "weights.safetensors"
#: What stands in a manifest for a text that no JSON writer would give, such as 1e400.
_RAW = "\x01raw:"


@dataclass(frozen=True)
class Raw:
    """A value as it is to stand in the file."""

    text: str


@dataclass(frozen=True)
class Sample:
    """A sound bundle.

    Args:
        data: Its manifest without the seal.
        weights: Its other file.
        rows: A table that it predicts.
    """

    data: dict[str, Any]
    weights: bytes
    rows: Path

    @classmethod
    def kept(cls, name: str) -> Sample:
        """One of `old_bundles`."""
        folder = KEPT / name / "model"
        return cls(
            open_sealed((folder / MANIFEST).read_bytes()), (folder / WEIGHTS).read_bytes(), KEPT / name / "rows.csv"
        )

    def parts(self) -> dict[str, Any]:
        """The manifest, to be changed."""
        return copy.deepcopy(self.data)


@dataclass(frozen=True)
class Case:
    """One hostile bundle.

    Args:
        name: Its own.
        write: Fills an empty folder.
        must: `refused`, or `either`: what changes nothing that matters may predict.
        heavy: Whether it takes long to make or to read.
    """

    name: str
    write: Callable[[Path], None]
    must: str = "refused"
    heavy: bool = False


def sealed(text: str | bytes) -> bytes:
    """A text whose seal fits: the first 64 zeros in it become the seal."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return raw.replace(b"0" * 64, hashlib.sha256(raw).hexdigest().encode(), 1)


def manifest_text(data: dict[str, Any]) -> bytes:
    """A manifest with `Raw` values as they are, sealed."""
    kept: list[str] = []

    def plain(value: Any) -> Any:
        if isinstance(value, Raw):
            kept.append(value.text)
            return f"{_RAW}{len(kept) - 1}"
        if isinstance(value, dict):
            return {key: plain(own) for key, own in value.items()}
        return [plain(own) for own in value] if isinstance(value, list) else value

    text = json.dumps({"seal": "0" * 64, **plain(data)}, ensure_ascii=False, indent=1) + "\n"
    for number, raw in enumerate(kept):
        text = text.replace(json.dumps(f"{_RAW}{number}"), raw)
    return sealed(text)


def write(folder: Path, data: dict[str, Any], weights: bytes, *, fitting: bool = True) -> None:
    """Both files; with `fitting` the manifest names the weights that are there, whatever they are."""
    if fitting and isinstance(data.get("weights"), dict):
        data = data | {"weights": {**data["weights"], **named(weights)}}
    (folder / MANIFEST).write_bytes(manifest_text(data))
    (folder / WEIGHTS).write_bytes(weights)


def named(weights: bytes) -> dict[str, Any]:
    """How a manifest names its weights."""
    return {"bytes": len(weights), "sha256": hashlib.sha256(weights).hexdigest()}


def changed(
    sample: Sample, name: str, change: Callable[[dict[str, Any]], None], must: str = "refused", *, heavy: bool = False
) -> Case:
    """A manifest in which something else stands."""

    def make(folder: Path) -> None:
        data = sample.parts()
        change(data)
        write(folder, data, sample.weights, fitting=False)  # it fits, unless that is what was changed

    return Case(name, make, must, heavy)


def put(data: Any, path: tuple[Any, ...], value: Any) -> None:
    """Set what stands at a path of keys and positions."""
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = value


def leaves(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a manifest, inner ones too, but for the whole."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [own for key, value in inner for own in ((*path, key), *leaves(value, (*path, key)))]


def tensors(weights: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and body of a safetensors file."""
    (length,) = struct.unpack("<Q", weights[:8])
    return json.loads(weights[8 : 8 + length]), weights[8 + length :]


def joined(header: Any, body: bytes, length: int | None = None) -> bytes:
    """A safetensors file with whatever header; `length` says another length of it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def chosen(seed: int, name: str) -> random.Random:
    """Random choices of one family of cases."""
    return random.Random(f"{seed} {name}")
