from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.sealed import JsonLimits, is_sealed, open_sealed, parse_json, sealed_json

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**127), 2**127)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=6).filter(lambda name: name != "seal")
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
DATA = st.dictionaries(NAMES, VALUES, max_size=4)
SAMPLE: dict[str, Any] = {"집값": [1, 2.5, None, True, 'a\nb \\ " é'], "inner": {"deep": {"x": -0.0}}, "e": {}}


@given(DATA)
def test_what_was_sealed_comes_back(data: dict[str, Any]) -> None:
    raw = sealed_json(data)
    again = open_sealed(raw)
    assert again == data and list(again) == list(data)
    assert raw == sealed_json(data)
    assert raw.endswith(b"}\n") and raw.decode("utf-8").count("\n") >= 3


def test_the_seal_is_the_hash_of_the_text_with_zeros_in_its_place() -> None:
    text = sealed_json(SAMPLE).decode("utf-8")
    seal = json.loads(text)["seal"]
    assert re.fullmatch("[0-9a-f]{64}", seal) and text.count(seal) == 1
    assert seal == hashlib.sha256(text.replace(seal, "0" * 64).encode()).hexdigest()
    assert "집값" in text


@settings(max_examples=15, deadline=None)
@given(DATA)
def test_every_flipped_bit_is_found(data: dict[str, Any]) -> None:
    raw = sealed_json(data)
    for place in range(len(raw)):
        for bit in range(8):
            harmed = raw[:place] + bytes([raw[place] ^ 1 << bit]) + raw[place + 1 :]
            with pytest.raises(ValueError, match=r"^(does not fit|is not|has no|must be|holds)"):
                open_sealed(harmed)


@settings(max_examples=25, deadline=None)
@given(DATA, st.binary(min_size=1, max_size=4))
def test_every_truncation_and_addition_is_found(data: dict[str, Any], more: bytes) -> None:
    raw = sealed_json(data)
    for length in range(len(raw)):
        with pytest.raises(ValueError, match=r"^(does not fit|is not|has no)"):
            open_sealed(raw[:length])
    for place in (0, 5, 40, 80, len(raw)):
        with pytest.raises(ValueError, match=r"^(does not fit|is not|has no)"):
            open_sealed(raw[:place] + more + raw[place:])


def resealed(text: str | bytes) -> bytes:
    """What someone writes who can seal: a text with `SEAL` where the seal belongs."""
    raw = text.encode("utf-8") if isinstance(text, str) else text
    seal = hashlib.sha256(raw.replace(b"SEAL", b"0" * 64)).hexdigest().encode()
    return raw.replace(b"SEAL", seal)


HEAD = '{\n "seal": "SEAL"'


def test_a_text_sealed_by_hand_opens() -> None:
    assert open_sealed(resealed(HEAD + ', "a": 1}')) == {"a": 1}


@pytest.mark.parametrize(
    ("rest", "reason"),
    [
        (', "a": NaN}', "holds NaN, which is no JSON number"),
        (', "a": -Infinity}', "holds -Infinity, which is no JSON number"),
        (', "a": 1e999}', "holds 1e999, beyond any number"),
        (', "a": ' + "9" * 41 + "}", "holds a whole number of 41 digits, at most 40 are read"),
        (', "a": ' + "9" * 10_000 + "}", "holds a whole number of 10,000 digits"),
        (', "a": 1, "b": 2, "a": 3}', "holds the key 'a' twice"),
        (', "seal": "x"}', "holds the key 'seal' twice"),
        (', "a": {"b": 1, "b": 1}}', "holds the key 'b' twice"),
        (', "a": ' + "[" * 32 + "]" * 32 + "}", "is nested more than 32 deep"),
        (', "a": ' + "[" * 200_000, "is nested more than 32 deep"),
        (', "a": ' + '{"a":' * 200_000, "is nested more than 32 deep"),
        (', "a": "\\ud800"}', "holds half of a character"),
        (', "\\uDFFF": 1}', "holds half of a character"),
        (', "a": "' + "\n" + '"}', "is not JSON"),
        (', "a": 1}}', "is not JSON"),
        (', "a": 01}', "is not JSON"),
        (', "a": "' + '\\"' * 200_000, "is not JSON"),  # in time that grows with the length
        (', "a": 1} //', "is not JSON"),
    ],
)
def test_what_only_python_would_read_is_refused(rest: str, reason: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(reason)):
        open_sealed(resealed(HEAD + rest))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is not JSON"),
        (b"{}", "has no seal at its beginning"),
        (b'{"seal": "' + b"0" * 64 + b'"}', "has no seal at its beginning"),
        (b"[1]", "must be a JSON object, got list"),
        (b"7", "must be a JSON object, got int"),
        (b"\xff\xfe{\x00}\x00", r"is not UTF-8 \(byte 0\)"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        (b'{"a": "\xed\xa0\x80"}', r"is not UTF-8 \(byte 7\)"),
        (b"\x80\x04N.", "is not UTF-8"),
        (resealed(HEAD.encode() + b', "a": "\xff"}'), "is not UTF-8"),
    ],
)
def test_other_texts_are_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}"):
        open_sealed(raw)


def test_limits_are_those_of_the_caller() -> None:
    raw = sealed_json({"a": [[7]], "b": 1234})
    assert open_sealed(raw, JsonLimits(n_bytes=len(raw), depth=3, n_digits=4)) == {"a": [[7]], "b": 1234}
    with pytest.raises(ValueError, match=f"must have at most {len(raw) - 1} bytes, got {len(raw)}"):
        open_sealed(raw, JsonLimits(n_bytes=len(raw) - 1))
    with pytest.raises(ValueError, match="is nested more than 2 deep"):
        open_sealed(raw, JsonLimits(depth=2))
    with pytest.raises(ValueError, match="whole number of 4 digits, at most 3"):
        open_sealed(raw, JsonLimits(n_digits=3))


def test_brackets_and_escapes_in_strings_are_text() -> None:
    data = {"a": "[" * 1_000, "b\\": '"{{{"', "c": "\\ud800 as text"}
    assert open_sealed(sealed_json(data)) == data
    assert parse_json(b'{"a": "\\ud83d\\ude00"}') == {"a": "😀"}  # a pair is one character


def test_nothing_is_written_that_cannot_be_opened() -> None:
    deep: list[Any] = []
    for _ in range(5_000):
        deep = [deep]
    for data, reason in [
        ({"seal": 1}, "'seal' must be free"),
        ({"a": float("nan")}, "not JSON compliant"),
        ({"a": float("inf")}, "not JSON compliant"),
        ({"a": "\ud800"}, "surrogates not allowed"),
        ({"a": {1: 2, "1": 3}}, "holds the key '1' twice"),
        ({"a": 10**40}, "whole number of 41 digits"),
        ({"a": deep}, "nested more than 32 deep"),
        ({"a": "x" * 100}, "at most 150 bytes"),
    ]:
        with pytest.raises(ValueError, match=reason):
            sealed_json(data, JsonLimits(n_bytes=150) if reason == "at most 150 bytes" else JsonLimits())
    with pytest.raises(TypeError, match="not JSON serializable"):
        sealed_json({"a": b"x"})


def test_a_text_tells_whether_it_is_sealed() -> None:
    assert is_sealed(sealed_json({})) and not is_sealed(b'{"format": "netwright-bundle"}')
