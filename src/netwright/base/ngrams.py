"""Character n-grams as numbers: one hash for NumPy arrays and for tensors, the same on every machine."""

from __future__ import annotations

import unicodedata
from typing import Any

#: Characters of a text that are looked at, whatever reads it: what is beyond is cut off.
MOST_CHARACTERS = 1_000
#: Of these a network reads so many in order at most.
MOST_POSITIONS = 256
#: A prime below 2^31, so that a product of two numbers below it fits into 63 bits, and a factor without a pattern.
_PRIME, _FACTOR = 2**31 - 1, 1_103_515_245
#: Composing a character may make many of it (at most 18): raw texts are cut well before that matters.
_RAW = 4 * MOST_CHARACTERS


def plain_text(text: str) -> str:
    """A text as its n-grams see it: composed (NFKC), in lower case, single blanks, at most `MOST_CHARACTERS`.

    Example:
        >>> plain_text("  Gut\\tUND  \\uff27\\uff35\\uff34 "), plain_text("\\u1112\\u1161\\u11ab\\uae00") == "한글"
        ('gut und gut', True)
    """
    composed = unicodedata.normalize("NFKC", text[:_RAW].replace("\0", " ")).lower()
    return " ".join(composed.split())[:MOST_CHARACTERS]


def next_hashes(hashes: Any, characters: Any) -> Any:
    """The hashes of n-grams that are one character longer.

    Args:
        hashes: Of n-grams, 0 for those of no character; an array or a tensor of int64.
        characters: The code point that follows each; of the same shape.

    Example:
        >>> next_hashes(next_hashes(0, 44032), 45208) != next_hashes(next_hashes(0, 45208), 44032)
        True
    """
    return (hashes + characters) % _PRIME * _FACTOR % _PRIME


def bucket_of(hashes: Any, n_buckets: int) -> Any:
    """The bucket of each hash; 0 is kept for what is no n-gram.

    Args:
        hashes: As `next_hashes` gave them.
        n_buckets: How many there are, bucket 0 among them.
    """
    return 1 + hashes % (n_buckets - 1)
