"""What stands between the cells of a text file."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from netwright.base.errors import PlanError
from netwright.sources.blanks import WHITE_SPACE, is_blank

_SAMPLE_CHARACTERS = 200_000
_SAMPLE_ROWS = 200

#: In the order of trust where two fit equally: a comma and a bar also stand inside cells.
_CANDIDATES = ("\t", ";", ",", "|")
BLANK = " "

_WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", BLANK: "blank"}
_SPELLED = {**{word: sign for sign, word in _WORDS.items()}, "\\t": "\t", "space": BLANK}

#: Files whose cells may be set apart by runs of blanks.
_BLANK_SUFFIXES = (".txt", ".dat", ".data", "")

_MOSTLY = 0.8
_COMMA_NUMBER = re.compile(r"\s*[+-]?[\d.]*,\d+\s*")


def separator_word(separator: str) -> str:
    """The name of a separator.

    Example:
        >>> separator_word(";"), separator_word("¦")
        ('semicolon', "separator '¦'")
    """
    return _WORDS.get(separator, f"separator {separator!r}")


def given_separator(text: str) -> str:
    """The separator that a user wrote, as one character.

    Raises:
        PlanError: It is neither one character nor one of the words.

    Example:
        >>> given_separator("tab"), given_separator("\\\\t"), given_separator(";")
        ('\\t', '\\t', ';')
    """
    separator = _SPELLED.get(text, text)
    if len(separator) != 1 or separator in '"\n\r':
        raise PlanError(f"--separator must be one character or one of {', '.join(_WORDS.values())}, got {text!r}.")
    return separator


def find_separator(text: str, suffix: str = ".csv") -> str:
    """The separator of a text; where there is but one column, one that it does not contain.

    Args:
        text: The text, line ends as `\\n`.
        suffix: The file's ending: runs of blanks separate only where it promises no other separator.

    Example:
        >>> find_separator("a;b\\n1,5;2\\n"), find_separator("x\\n1,5\\n2,5\\n"), find_separator("1  2\\n3  4", ".txt")
        (';', ';', ' ')
    """
    sample = _sample(text)
    candidates = _CANDIDATES + ((BLANK,) if suffix in _BLANK_SUFFIXES else ())
    widths = {sign: _widths(sample, sign) for sign in candidates}
    even = [sign for sign in candidates if min(widths[sign], default=0) > 1 and len(set(widths[sign])) == 1]
    if BLANK in even and len(even) > 1:
        even.remove(BLANK)
    if ";" in even and "," in even and not _commas_are_decimal(sample):
        even.remove(";")
    if even:
        return even[0]
    return _nearly(sample, widths)


def records(text: str, separator: str) -> list[list[str]]:
    """The rows of a short text, blank lines left out."""
    if separator == BLANK:
        text = "\n".join(line.strip(WHITE_SPACE) for line in text.replace("\t", BLANK).split("\n"))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    try:
        rows = list(reader)
    except csv.Error:
        # a quote that is never closed: the later reading says where
        rows = [line.split(separator) for line in text.split("\n")]
    return [row for row in rows if not all(map(is_blank, row))]


def _sample(text: str) -> str:
    if len(text) > _SAMPLE_CHARACTERS:
        text = text[:_SAMPLE_CHARACTERS].rpartition("\n")[0] or text[:_SAMPLE_CHARACTERS]
    return "\n".join(text.split("\n")[: 2 * _SAMPLE_ROWS])


def _widths(sample: str, separator: str) -> list[int]:
    """How many cells each row has; empty ones at its end may be counted or not, whichever makes the rows alike."""
    spans = []
    for row in records(sample, separator)[:_SAMPLE_ROWS]:
        filled = max(at for at, cell in enumerate(row, 1) if not is_blank(cell))
        spans.append((filled, len(row)))
    widths = sorted({width for span in spans for width in span})
    usual = max(widths, key=lambda width: sum(low <= width <= high for low, high in spans), default=0)
    return [usual if low <= usual <= high else low for low, high in spans]


def _commas_are_decimal(sample: str) -> bool:
    cells = [cell for row in records(sample, ";") for cell in row if "," in cell]
    return bool(cells) and all(_COMMA_NUMBER.fullmatch(cell) for cell in cells)


def _nearly(sample: str, widths: dict[str, list[int]]) -> str:
    best, best_share = ",", 0.0
    for sign, found in widths.items():
        usual, often = Counter(found).most_common(1)[0] if found else (0, 0)
        share = often / max(1, len(found))
        # blanks also stand between words: they must separate every row alike
        if usual > 1 and share > best_share and sign != BLANK:
            best, best_share = sign, share
    body = [line for line in sample.split("\n")[1:] if line.strip()]
    if best == "," and body and all(_COMMA_NUMBER.fullmatch(line) for line in body):
        return ";"  # one column of decimal commas
    if best_share >= _MOSTLY:
        return best
    first = next((line for line in sample.split("\n") if line.strip()), "")
    return max(_CANDIDATES, key=first.count) if any(sign in first for sign in _CANDIDATES) else ","
