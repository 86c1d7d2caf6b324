"""JSON text under a seal: whatever happens to the file afterwards, to the last blank, is noticed when it is opened.

The seal is a SHA-256 of the text itself. It finds damage; it proves no author, since anyone can seal a text anew. So
what is inside a sealed text still has to be judged like anything from a stranger.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isinf
from typing import Any

#: How every sealed text begins: the seal has a fixed place, so it is checked before anything is parsed.
_BEGIN = b'{\n "seal": "'
_N_DIGITS = 64
_ZEROS = b"0" * _N_DIGITS
_END = len(_BEGIN) + _N_DIGITS
#: A string, and one that never ends too: a scan of any text takes time in proportion to its length.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NO_BRACKETS = bytes(sorted(set(range(256)) - set(b"[]{}")))
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class JsonLimits:
    """What a text may be at most before it is refused.

    Args:
        n_bytes: Length of the text.
        depth: Brackets within brackets; Python's parser itself ends near 900.
        n_digits: Digits of a whole number; 40 hold 128 bits.
    """

    n_bytes: int = 1 << 26
    depth: int = 32
    n_digits: int = 40


_USUAL = JsonLimits()


def sealed_json(data: Mapping[str, Any], limits: JsonLimits = _USUAL) -> bytes:
    """Indented JSON whose first field, `seal`, is the SHA-256 of the whole text with 64 zeros in its place.

    Args:
        data: What JSON can hold, without a field `seal`; finite numbers only.
        limits: What `open_sealed` will be told: nothing is written that cannot be opened again.

    Returns:
        UTF-8 text that ends with a newline.

    Raises:
        ValueError: `data` holds what JSON cannot, or more than the limits allow.
        TypeError: `data` holds an object of another kind.

    Example:
        >>> print(sealed_json({"step": 7}).decode(), end="")
        {
         "seal": "44c922a87f7abf1527bc3324baa50fd58814ddea0a9ec0454c26ea50ab84539f",
         "step": 7
        }
    """
    if "seal" in data:
        raise ValueError("the field 'seal' must be free, got data that hold one")
    try:
        text = json.dumps({"seal": _ZEROS.decode(), **data}, ensure_ascii=False, allow_nan=False, indent=1)
    except RecursionError:
        raise ValueError(f"is nested more than {limits.depth} deep") from None
    raw = text.encode("utf-8") + b"\n"
    parse_json(raw, limits)  # keys 1 and "1", say, would be one key twice
    return _BEGIN + _seal_of(raw) + raw[_END:]


def open_sealed(raw: bytes, limits: JsonLimits = _USUAL) -> dict[str, Any]:
    """The data of a sealed text, without the seal.

    Args:
        raw: The whole file.
        limits: What it may be at most.

    Raises:
        ValueError: The text is not the one that was sealed, or no JSON that is safe to read; with the reason, a clause
            that fits after "it".

    Example:
        >>> open_sealed(sealed_json({"step": 7}))
        {'step': 7}
        >>> open_sealed(sealed_json({"step": 7}).replace(b"7", b"8"))
        Traceback (most recent call last):
        ...
        ValueError: does not fit its seal: it was changed or cut off
    """
    if len(raw) <= limits.n_bytes and is_sealed(raw) and raw[len(_BEGIN) : _END] != _seal_of(raw):
        raise ValueError("does not fit its seal: it was changed or cut off")
    data = parse_json(raw, limits)
    if not is_sealed(raw):
        raise ValueError("has no seal at its beginning")
    del data["seal"]
    return data


def is_sealed(raw: bytes) -> bool:
    """Whether a text begins like a sealed one; whether the seal fits is another question."""
    return raw.startswith(_BEGIN)


def parse_json(raw: bytes, limits: JsonLimits = _USUAL) -> dict[str, Any]:
    """The object in a JSON text, read to the letter of the standard.

    Python's own parser takes NaN, keys given twice, numbers beyond any type, and nesting up to its stack.

    Args:
        raw: The whole file.
        limits: What it may be at most.

    Raises:
        ValueError: With the reason, a clause that fits after "it".

    Example:
        >>> parse_json(b'{"step": 7, "step": 8}')
        Traceback (most recent call last):
        ...
        ValueError: holds the key 'step' twice
    """
    if len(raw) > limits.n_bytes:
        raise ValueError(f"must have at most {limits.n_bytes:,} bytes, got {len(raw):,}")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start:,})") from error
    _check_depth(raw, limits.depth)
    try:
        data = json.loads(
            text,
            object_pairs_hook=_once,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=lambda digits: _whole(digits, limits.n_digits),
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON ({error})") from error
    if not isinstance(data, dict):
        raise ValueError(f"must be a JSON object, got {type(data).__name__}")
    if _SURROGATE.search(raw):
        _check_characters(data)
    return data


def _seal_of(raw: bytes) -> bytes:
    digest = hashlib.sha256(_BEGIN)
    digest.update(_ZEROS)
    digest.update(memoryview(raw)[_END:])
    return digest.hexdigest().encode()


def _check_depth(raw: bytes, most: int) -> None:
    depth = 0
    for bracket in _STRING.sub(b"", raw).translate(None, _NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > most:
            raise ValueError(f"is nested more than {most} deep")


def _check_characters(data: dict[str, Any]) -> None:
    try:
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("holds half of a character (a lone surrogate)") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"holds the key {twice[:100]!r} twice")
    return data


def _no_constant(name: str) -> float:
    raise ValueError(f"holds {name}, which is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise ValueError(f"holds {digits[:40]}, beyond any number")
    return number


def _whole(digits: str, most: int) -> int:
    if len(digits) > most:
        raise ValueError(f"holds a whole number of {len(digits):,} digits, at most {most} are read")
    return int(digits)
