"""Tables written as text files: every encoding, separator, line end and manner of quoting."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass

ENCODINGS = (
    "utf-8",
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "cp949",
    "cp949",
    "euc-kr",
    "latin-1",
    "cp1252",
    "utf-16-le",
    "utf-32",
)
SEPARATORS = (",", ",", ";", "\t", "|")
LINE_ENDS = ("\n", "\n", "\r\n", "\r")


@dataclass(frozen=True)
class Manner:
    """How a table is written.

    Args:
        encoding: As Python names it.
        separator: Between cells.
        line_end: After rows.
        quoting: One of the csv module's constants; None joins the cells as they are, whatever they hold.
    """

    encoding: str = "utf-8"
    separator: str = ","
    line_end: str = "\n"
    quoting: int | None = csv.QUOTE_MINIMAL


def manner(rng: random.Random) -> Manner:
    """Any of them."""
    quoting = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, None))
    return Manner(rng.choice(ENCODINGS), rng.choice(SEPARATORS), rng.choice(LINE_ENDS), quoting)


def text_of(rows: list[list[str]], how: Manner) -> str:
    """The text of a table."""
    if how.quoting is None:
        return "".join(how.separator.join(row) + how.line_end for row in rows)
    # the writer does not know that a line feed ends a line, too, where rows end in a carriage return
    quoting = csv.QUOTE_ALL if how.line_end == "\r" and how.quoting == csv.QUOTE_MINIMAL else how.quoting
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=how.separator, quoting=quoting, lineterminator=how.line_end).writerows(rows)  # type: ignore[arg-type]
    return written.getvalue()


def written(rows: list[list[str]], how: Manner) -> bytes:
    """The bytes of a text file; letters that its encoding lacks become question marks."""
    return text_of(rows, how).encode(how.encoding, "replace")
