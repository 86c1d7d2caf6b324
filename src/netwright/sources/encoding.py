"""In which encoding a text is written.

A mark at the start decides, then the pattern of UTF-16, then UTF-8. What is left is Korean (CP949) or
Western European (Latin-1, Windows-1252): both read most bytes without complaint, so what the text then looks like
decides. A Latin-1 degree sign before a letter, say, reads as a rare Korean syllable alone between ASCII letters.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from itertools import islice

from netwright.base.errors import DataError, PlanError
from netwright.base.figures import count
from netwright.sources.magic import refuse_binary

_SAMPLE_BYTES = 65_536
_MOST_RUNS = 20_000

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FEWEST_NULS = 0.05
_NULS_ON_ONE_SIDE = 0.7
_LINE_ENDS_WITH_NUL = 0.8

#: Names of codecs that spell single words or literals, not texts.
_NO_TEXTS = frozenset({"punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape"})

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_CLOSE_CALL = 0.9

_REPLACEMENT = "\ufffd"
_SOUND_PER_FAULT = 10


@dataclass(frozen=True)
class Decoded:
    """A text and how it was read.

    Args:
        text: Without the byte-order mark.
        encoding: Name of the encoding.
        guessed: Whether another encoding would have been possible, too.
        note: A sentence for the user where the choice was a close call, else empty.
    """

    text: str
    encoding: str
    guessed: bool = False
    note: str = ""


def decode(data: bytes, name: str, given: str | None = None) -> Decoded:
    """The text in `data`.

    Args:
        data: The bytes of a file.
        name: As messages name the file.
        given: The encoding that the user named; it is then the only one tried.

    Raises:
        DataError: The bytes are no text, or not text in the given encoding.
        PlanError: There is no encoding of the given name.

    Example:
        >>> decode("서울,부산".encode("cp949"), "cities.csv").encoding
        'cp949'
        >>> decode("21°C,café".encode("latin-1"), "rooms.csv").text
        '21°C,café'
    """
    if given is not None:
        return Decoded(_in_given(data, name, given), given)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return Decoded(_strict(data[len(mark) :], name, encoding), encoding)
    wide = _utf16_by_nuls(data)
    if wide:
        return Decoded(_strict(data, name, wide), wide)
    refuse_binary(data, name)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        return _damaged_utf8(data, name, error.start) or _korean_or_western(data)


def _in_given(data: bytes, name: str, given: str) -> str:
    try:
        codec = codecs.lookup(given)
    except (LookupError, ValueError) as error:
        raise PlanError(f"--encoding must be one that Python knows, such as cp949, got {given!r}.") from error
    if not getattr(codec, "_is_text_encoding", True) or codec.name in _NO_TEXTS:
        raise PlanError(f"--encoding must be the encoding of a text, such as cp949, got {given!r}.")
    for mark, encoding in _MARKS:
        if data.startswith(mark) and encoding.startswith(codec.name):
            return _strict(data[len(mark) :], name, encoding)
    return _strict(data, name, given)


def _strict(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} must be text in {encoding}, got the byte 0x{data[error.start]:02x} at offset {error.start:,} "
            f"that is none. Pass another --encoding, such as utf-8, cp949 or latin-1, or none to have it found."
        ) from error


def _utf16_by_nuls(data: bytes) -> str | None:
    sample = data[:_SAMPLE_BYTES]
    at_even, at_odd = sample[0::2].count(0), sample[1::2].count(0)
    nuls = at_even + at_odd
    if nuls <= _FEWEST_NULS * len(sample):
        return None
    end = b"\n" if b"\n" in sample else b"\r"
    for encoding, side, wide_end in (("utf-16-le", at_odd, end + b"\x00"), ("utf-16-be", at_even, b"\x00" + end)):
        if side < _NULS_ON_ONE_SIDE * nuls:
            continue
        # a few NUL cells in plain text may all fall on one side; its line ends are then still of one byte
        line_ends = sample.count(end)
        if line_ends and sample.count(wide_end) >= _LINE_ENDS_WITH_NUL * line_ends:
            return encoding
    return None


def _damaged_utf8(data: bytes, name: str, first: int) -> Decoded | None:
    """The text where nearly all that is not ASCII is sound UTF-8, as it is by chance in no other encoding."""
    text = data.decode("utf-8", "replace")
    faults = text.count(_REPLACEMENT)
    sound = sum(len(run.group()) for run in _NOT_ASCII.finditer(text)) - faults
    if sound < _SOUND_PER_FAULT * faults:
        return None
    note = (
        f"{name} is UTF-8 but for {count(faults, 'place')}, the first at byte {first:,}, read as {_REPLACEMENT}; "
        f"--encoding reads it in another encoding."
    )
    return Decoded(text, "utf-8", guessed=True, note=note)


def _korean_or_western(data: bytes) -> Decoded:
    try:
        korean = data.decode("cp949")
    except UnicodeDecodeError:
        return Decoded(*_western(data), guessed=True)
    votes_korean, votes_western = korean_votes(korean)
    share = votes_korean / max(1, votes_korean + votes_western)
    chosen, other = ("cp949", "latin-1") if votes_korean >= votes_western else ("latin-1", "cp949")
    note = ""
    if max(share, 1 - share) < _CLOSE_CALL:
        note = f"The encoding was a close call: read as {chosen}; --encoding {other} reads it the other way."
    text, encoding = (korean, "cp949") if chosen == "cp949" else _western(data)
    return Decoded(text, encoding, guessed=True, note=note)


def _western(data: bytes) -> tuple[str, str]:
    # between 0x80 and 0x9f Latin-1 has control characters only, Windows the euro sign and curly quotes
    if re.search(rb"[\x80-\x9f]", data):
        try:
            return data.decode("cp1252"), "cp1252"
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1"), "latin-1"


def korean_votes(text: str) -> tuple[int, int]:
    """How many characters speak for Korean and how many against, in a text read as CP949.

    Example:
        >>> korean_votes("서울 21도"), korean_votes("21캜")
        ((3, 0), (0, 1))
    """
    korean = western = 0
    for run in islice(_NOT_ASCII.finditer(text), _MOST_RUNS):
        letters = run.group()
        hangul = sum("가" <= letter <= "힣" for letter in letters)
        common = sum(_is_common_syllable(letter) for letter in letters)
        if len(letters) == 1 and (hangul > common or (common and _between_ascii_letters(text, run))):
            western += 1
        elif common:
            korean += hangul
        else:
            western += sum("一" <= letter <= "鿿" or "가" <= letter <= "힣" for letter in letters)
    return korean, western


def _is_common_syllable(letter: str) -> bool:
    # the 2,350 syllables of KS X 1001 take two bytes in EUC-KR, all others an escape of eight
    return "가" <= letter <= "힣" and len(letter.encode("euc_kr", "replace")) == 2


def _between_ascii_letters(text: str, run: re.Match[str]) -> bool:
    before, after = text[max(0, run.start() - 1) : run.start()], text[run.end() : run.end() + 1]
    return before.isascii() and before.isalpha() and after.isascii() and after.isalpha()
