"""What the standard library's csv module reads in the same bytes, and how far it agrees with netwright.

The two are to agree cell by cell. Where they do not, one of `DECISIONS` must account for it: what netwright does to a
text before or after it cuts it, each told in docs/reading.md. Anything else is `unexplained`, and a fault.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations

#: As Unicode has it; Python's own strip also takes the controls 0x1c to 0x1f.
WHITE_SPACE = "".join(chr(code) for code in range(0x3001) if chr(code).isspace() and not 0x1C <= code <= 0x1F)

Cells = list[list[str | None]]


@dataclass(frozen=True)
class Text:
    """A text as another parser is to read it.

    Args:
        text: Decoded.
        separator: Between cells.
        after_blank: Whether a quote after a blank opens a cell.
        quoting: Whether quotes mean anything.
        below: What is done to the rows.
    """

    text: str
    separator: str
    after_blank: bool = False
    quoting: bool = True
    below: tuple[Callable[[Cells], Cells], ...] = ()

    def rows(self) -> Cells:
        """Its cells, without blanks around them."""
        quoting = csv.QUOTE_MINIMAL if self.quoting else csv.QUOTE_NONE
        reader = csv.reader(
            io.StringIO(self.text, newline=""), delimiter=self.separator, skipinitialspace=self.after_blank,
            quoting=quoting,  # type: ignore[arg-type]
        )  # fmt: skip
        rows: Cells = [[cell.strip(WHITE_SPACE) or None for cell in row] for row in reader]
        for change in self.below:
            rows = change(rows)
        return rows


def _without_empty_lines(rows: Cells) -> Cells:
    return [row for row in rows if len(row) > 1 or row[:1] not in ([], [None])]


def _without_empty_end(rows: Cells) -> Cells:
    while rows and not any(rows[-1]):
        rows = rows[:-1]
    return rows


def _one_width(rows: Cells) -> Cells:
    width = max((at for row in rows for at, cell in enumerate(row, 1) if cell is not None), default=1)
    return [(row + [None] * (width - len(row)))[:width] for row in rows]


def _without_comments(text: Text) -> Text:
    lines = _lines(text)
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        del lines[0]
    return replace(text, text="".join(lines))


def _lines(text: Text) -> list[str]:
    return re.split("(?<=\n)", text.text.replace("\r\n", "\n").replace("\r", "\n"))


def _header_in_comment(text: Text) -> Text:
    lines = _lines(text)
    last = ""
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        last = lines[0] if lines[0].strip() else last
        del lines[0]
    bare = last if last.lstrip("# ").startswith(text.separator) else last.lstrip("#")
    return replace(text, text=bare + "".join(lines))


def _blanks_as_one(text: Text) -> Text:
    if text.separator != " ":
        return text
    lines = [line.strip(WHITE_SPACE) for line in _lines(replace(text, text=text.text.replace("\t", " ")))]
    return replace(text, text="\n".join(lines), after_blank=True)


#: What netwright always does, and what makes no cell another one: rows of nothing, cells of nothing at the end of rows.
_ALWAYS = (_without_empty_lines, _without_empty_end, _one_width)

#: What netwright does that the csv module does not, in the order of a reader.
DECISIONS: dict[str, Callable[[Text], Text]] = {
    "line ends in quoted cells become line feeds": lambda text: replace(
        text, text=text.text.replace("\r\n", "\n").replace("\r", "\n")
    ),
    "marks of byte order at the start of lines are left out": lambda text: replace(
        text, text=re.sub("^\ufeff+", "", text.text.replace("\r\n", "\n").replace("\r", "\n"), flags=re.MULTILINE)
    ),
    "NULs around cells are padding": lambda text: replace(text, text=re.sub(" *\x00[\x00 ]*", "", text.text)),
    "the old mark of the end is left out": lambda text: replace(
        text, text=text.text.rstrip("\r\n").removesuffix("\x1a")
    ),
    "a line sep= says the separator": lambda text: replace(
        text, text=re.sub(r'^"?sep=."?(\r\n|\r|\n)', "", text.text, flags=re.IGNORECASE)
    ),
    "lines with # and empty ones above the table are comments": _without_comments,
    "the last comment may be the header": _header_in_comment,
    "a quote after blanks opens a cell": lambda text: replace(text, after_blank=True),
    "quotes that come in no pairs are letters": lambda text: replace(text, quoting=False),
    "runs of blanks separate": _blanks_as_one,
}  # fmt: skip

_MOST_DECISIONS = 4
UNEXPLAINED = ("unexplained",)


def decoded(data: bytes, encoding: str) -> str:
    """The text, as Python's own codec reads it; the mark at the start goes."""
    return data.decode(encoding, "replace").removeprefix("\ufeff")


def accounts(text: Text, cells: Cells) -> tuple[str, ...]:
    """The fewest decisions by which the second parser reads these cells, too: none if it does at once.

    Args:
        text: As netwright says that it read it.
        cells: What netwright read, the header like any other row.
    """
    cells = _one_width(cells)
    text = replace(text, below=_ALWAYS)
    limit = csv.field_size_limit(len(text.text) + 1)
    try:
        for n in range(_MOST_DECISIONS + 1):
            for names in combinations(DECISIONS, n):
                if _agrees(text, names, cells):
                    return names
    finally:
        csv.field_size_limit(limit)
    return UNEXPLAINED


def _agrees(text: Text, names: tuple[str, ...], cells: Cells) -> bool:
    for name in names:
        text = DECISIONS[name](text)
    try:
        return text.rows() == cells
    except csv.Error:
        return False
