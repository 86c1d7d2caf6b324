"""Weights of other types and shapes, and tricks with the header of safetensors; hash and seal always fit."""

from __future__ import annotations

import copy
import json
import math
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.deliver.hostile.sample import Case, Sample, chosen, joined, named, tensors, write

_TYPES = ("F64", "F16", "BF16", "I64", "I32", "U8", "BOOL", "F8_E4M3", "C64", "f32", "", "O", "pickle")


def weight_cases(sample: Sample, seed: int) -> Iterator[Case]:
    """Every trick once, and random ones by the seed."""
    random = chosen(seed, "weights")
    header, body = tensors(sample.weights)
    names = list(header)
    for dtype in _TYPES:
        yield _headed(sample, f"type {dtype!r}", _with(header, random.choice(names), dtype=dtype), body)
    for what, change in _SHAPES.items():
        name = random.choice(names)
        shaped = _with(header, name, shape=change(header[name]["shape"]))
        yield _headed(sample, f"shape {what}", shaped, body, heavy="million" in what)
    for what, offsets in _OFFSETS.items():
        name = random.choice(names)
        yield _headed(sample, f"place {what}", _with(header, name, data_offsets=offsets(header, name, body)), body)
    for what, change_names in _NAMES.items():
        yield _headed(sample, f"names {what}", *change_names(copy.deepcopy(header), body, names))
    for what, raw in _raw_headers(header, body, sample.weights):
        yield _made(
            sample, f"header {what}", raw, "either" if "blanks" in what else "refused", heavy=len(raw) > 1 << 20
        )
    for what, number in _NUMBERS.items():
        for _ in range(3):
            raw = bytearray(sample.weights)
            place = len(raw) - len(body) + 4 * random.randrange(len(body) // 4)
            raw[place : place + 4] = number
            must = "refused" if what in _NO_NUMBERS else "either"
            yield _made(sample, f"number {what} at {place}", bytes(raw), must)
    for change in range(20):
        yield _made(sample, f"random header {change}", _scrambled(random, header, body), "either")


def _made(sample: Sample, name: str, weights: bytes, must: str = "refused", *, heavy: bool = False) -> Case:
    def make(folder: Path) -> None:
        write(folder, sample.parts(), weights)

    return Case(f"weights: {name}", make, must, heavy)


def _headed(sample: Sample, name: str, header: Any, body: bytes, *, heavy: bool = False) -> Case:
    return _made(sample, name, joined(header, body), heavy=heavy)


def _with(header: dict[str, Any], name: str, **fields: Any) -> dict[str, Any]:
    return header | {name: header[name] | fields}


_SHAPES: dict[str, Callable[[list[int]], Any]] = {
    "reversed": lambda shape: [*shape[::-1], 2, 3],
    "with one more": lambda shape: [*shape, 1],
    "with one less": lambda shape: shape[1:],
    "flat": lambda shape: [math.prod(shape)],
    "negative": lambda shape: [-1, -math.prod(shape)],
    "zero": lambda shape: [0, *shape[1:]],
    "huge": lambda _: [10**9, 10**9],
    "beyond 64 bits": lambda _: [2**32, 2**32],
    "of floats": lambda shape: [float(n) for n in shape],
    "of truths": lambda shape: [True, *shape],
    "of texts": lambda shape: [str(n) for n in shape],
    "a number": lambda shape: math.prod(shape),
    "none": lambda _: None,
    "of a million ones": lambda shape: [1] * 1_000_000 + shape,
    "nested": lambda shape: [shape],
}

_Offsets = Callable[[dict[str, Any], str, bytes], Any]
_OFFSETS: dict[str, _Offsets] = {
    "overlapping": lambda header, name, _: [0, header[name]["data_offsets"][1] - header[name]["data_offsets"][0] + 4],
    "backwards": lambda header, name, _: header[name]["data_offsets"][::-1],
    "negative": lambda *_: [-4, 0],
    "beyond the end": lambda header, name, body: [len(body), len(body) + 4 * math.prod(header[name]["shape"])],
    "beyond 64 bits": lambda header, name, _: [2**64, 2**64 + 4 * math.prod(header[name]["shape"])],
    "one off": lambda header, name, _: [place + 1 for place in header[name]["data_offsets"]],
    "of floats": lambda header, name, _: [float(place) for place in header[name]["data_offsets"]],
    "one number": lambda *_: [0],
    "three numbers": lambda *_: [0, 4, 8],
    "none": lambda *_: None,
    "empty": lambda *_: [0, 0],
}


def _extra(header: dict[str, Any], body: bytes, name: str) -> tuple[Any, bytes]:
    entry = {"dtype": "F32", "shape": [1], "data_offsets": [len(body), len(body) + 4]}
    return header | {name: entry}, body + bytes(4)


def _renamed(header: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    return {new if name == old else name: entry for name, entry in header.items()}


_Names = Callable[[dict[str, Any], bytes, list[str]], tuple[Any, bytes]]
_NAMES: dict[str, _Names] = {
    "one more": lambda header, body, _: _extra(header, body, "more"),
    "dunder": lambda header, body, _: _extra(header, body, "__class__.__init__.__globals__"),
    "path": lambda header, body, _: _extra(header, body, "../../etc/passwd"),
    "empty": lambda header, body, _: _extra(header, body, ""),
    "nul": lambda header, body, _: _extra(header, body, "head.weight\0"),
    "long": lambda header, body, _: _extra(header, body, "w" * 1_000_000),
    "escape": lambda header, body, _: _extra(header, body, "\x1b]0;owned\x07"),
    "another": lambda header, body, names: (_renamed(header, names[0], "other"), body),
    "case": lambda header, body, names: (_renamed(header, names[0], names[0].upper()), body),
    "module": lambda header, body, names: (_renamed(header, names[0], f"module.{names[0]}"), body),
    "one less": lambda header, body, names: ({name: header[name] for name in names[1:]}, body),
    "none": lambda _, body, __: ({}, body),
    "nothing at all": lambda *_: ({}, b""),
    "metadata": lambda header, body, _: (header | {"__metadata__": {"format": "pt"}}, body),
    "metadata junk": lambda header, body, _: (header | {"__metadata__": [[[1]]]}, body),
    "metadata code": lambda header, body, _: (header | {"__metadata__": {"__reduce__": "os.system"}}, body),
    "more fields": lambda header, body, names: (_with(header, names[0], device="cuda"), body),
    "fewer fields": lambda header, body, names: (header | {names[0]: {"dtype": "F32"}}, body),
    "no entry": lambda header, body, names: (header | {names[0]: None}, body),
    "a list": lambda header, body, _: ([header], body),
    "10,000 empty ones": lambda header, body, _: (
        header | {f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(10_000)}, body,
    ),
}  # fmt: skip


def _raw_headers(header: dict[str, Any], body: bytes, whole: bytes) -> Iterator[tuple[str, bytes]]:
    text = json.dumps(header).encode()
    for length in (len(whole), len(text) + 1, len(text) - 1, 0, 100_000_000, 2**63, 2**64 - 1):
        yield f"of {length} bytes, it says", joined(text, body, length)
    yield "not utf-8", joined(text.replace(b"F32", b"\xff32"), body)
    yield "with NaN", joined(text.replace(b"[0,", b"[NaN,", 1).replace(b"[0, ", b"[NaN, ", 1), body)
    yield "with a key twice", joined(text[:-1] + b", " + text[1:], body)
    yield "deep", joined(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", body)
    yield "not closed", joined(text[:-1], body)
    yield "of two objects", joined(text + b"{}", body)
    yield "with blanks", joined(text + b" " * 64, body)
    yield "of 20 MB of blanks", joined(text + b" " * 20_000_000, body)
    yield "after a mark", joined(b"\xef\xbb\xbf" + text, body)
    yield "then more bytes", joined(text, body + b"\0" * 4)
    yield "then fewer bytes", joined(text, body[:-4])
    yield "big-endian", struct.pack(">Q", len(text)) + text + body
    yield "of huge numbers", joined(text.replace(b"[0,", b"[" + b"9" * 5_000 + b",", 1), body)


#: float32 in its bytes.
_NUMBERS = {
    "NaN": struct.pack("<f", math.nan),
    "a signalling NaN": bytes.fromhex("010080ff"),
    "infinity": struct.pack("<f", math.inf),
    "-infinity": struct.pack("<f", -math.inf),
    "the largest": struct.pack("<f", 3.4e38),
    "a subnormal": bytes.fromhex("01000000"),
    "-0": struct.pack("<f", -0.0),
}
_NO_NUMBERS = ("NaN", "a signalling NaN", "infinity", "-infinity")


def _scrambled(random: random.Random, header: dict[str, Any], body: bytes) -> bytes:
    """A header with a few bytes changed."""
    text = bytearray(json.dumps(header).encode())
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(text))
        action = random.randrange(3)
        if action == 0:
            text[place] = random.randrange(256)
        elif action == 1:
            del text[place]
        else:
            text[place:place] = bytes(random.choice(b'{}[]",:0123456789-.eE') for _ in range(random.randint(1, 4)))
    return joined(bytes(text), body)


def unnamed(sample: Sample, other: Sample) -> Iterator[Case]:
    """Weights that the manifest does not name as it must."""

    def with_weights(name: str, **fields: Any) -> Case:
        def make(folder: Path) -> None:
            data = sample.parts()
            data["weights"] |= fields
            write(folder, data, sample.weights, fitting=False)

        return Case(f"named: {name}", make)

    yield Case("named: weights of another", lambda folder: write(folder, sample.parts(), other.weights))
    yield Case("named: of another, unnamed", lambda at: write(at, sample.parts(), other.weights, fitting=False))
    right = named(sample.weights)
    for wrong in (0, 7, right["bytes"] - 1, right["bytes"] + 1, -1, 10**15, 10**17, True, 1.5, "9", None, [8]):
        yield with_weights(f"bytes {wrong!r}", bytes=wrong)
    for wrong in ("", "0" * 64, "f" * 64, right["sha256"].upper(), right["sha256"] + "\n", None, 7, [], {"a": 1}):
        yield with_weights(f"sha256 {str(wrong)[:5]!r}", sha256=wrong)
    for path in _PATHS:
        yield with_weights(f"file {str(path)[:20]!r}", file=path)


_PATHS: tuple[Any, ...] = (
    "../weights.safetensors", "/etc/passwd", "weights.safetensors\0", "a" * 1_000_000, "~/.ssh/id_rsa", ".", "..", "",
    "./weights.safetensors", "C:\\weights", "file:///etc/passwd", "//host/share", "WEIGHTS.SAFETENSORS",
    "|touch marker", "weights.safetensors/", "\\\\?\\C:", "weights.pkl", "http://localhost/w", "$(touch marker)",
    "%s%s%s", "\x1b[2J", None, 7, True, ["weights.safetensors"], {"a": "b"},
)  # fmt: skip
