"""A text cut into cells.

Polars cuts fast, and is trusted where the text is regular: every line has the same number of cells, quotes stand at
both ends of a cell and enclose no line end. Everything else is cut by the standard library, row by row, which also
knows the line where something is wrong.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.sources.separator import BLANK, separator_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import polars as pl

_LINE_FEED, _QUOTE = 10, 34


@dataclass(frozen=True)
class Place:
    """Where a text comes from, for messages.

    Args:
        name: Of the file.
        lines_above: How many lines of the file stand above the text.
    """

    name: str
    lines_above: int = 0


def cut(text: str, separator: str, place: Place, keep_empty: bool = False) -> pl.DataFrame:
    """All rows of a text, the header like any other.

    Args:
        text: Line ends as `\\n`.
        separator: One character; a blank means any run of blanks.
        place: For messages.
        keep_empty: Whether a line of one empty cell, and rows of empty cells at the end, are rows like any other.

    Returns:
        Columns of texts without surrounding blanks; empty cells are null, blank lines left out.

    Raises:
        DataError: A row has too many or too few cells, or a quote is never closed.

    Example:
        >>> cut('a,b\\n"x, y",\\n', ",", Place("f.csv")).rows()
        [('a', 'b'), ('x, y', None)]
    """
    import polars as pl

    text = text.removesuffix("\n") if keep_empty else text.rstrip("\n")
    frame = _cut_regular(text.encode("utf-8"), separator)
    if frame is not None:
        frame = _stripped(frame)
    if frame is None or (frame.width == 1 and frame.to_series().null_count()):
        numbered = _numbered_rows(text, separator, place)
        if not keep_empty:
            numbered = [(line, row) for line, row in numbered if len(row) > 1 or row[0].strip()]
        rows = _rectangle(numbered, separator, place)
        columns = [f"c{at}" for at in range(len(rows[0]))] if rows else []
        frame = _stripped(pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row"))
    return frame if keep_empty else _without_empty_end(frame)


def _stripped(frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    cell = pl.all().str.strip_chars()
    return frame.select(pl.when(cell != "").then(cell))


def _without_empty_end(frame: pl.DataFrame) -> pl.DataFrame:
    """Without the rows of nothing but separators that spreadsheets write below the last one."""
    last = frame.tail(1)
    if not frame.height or any(last[column].null_count() == 0 for column in last.columns):
        return frame
    import polars as pl

    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true()
    return frame.head(int(filled[-1]) + 1 if len(filled) else 0)


def _cut_regular(text: bytes, separator: str) -> pl.DataFrame | None:
    """The cells of a regular text, or None where it is not regular."""
    import numpy as np
    import polars as pl

    if separator == BLANK or not separator.isascii() or not text:
        return None
    codes = np.frombuffer(text, np.uint8)
    ends = np.append(np.flatnonzero(codes == _LINE_FEED), codes.size)
    if np.any(np.diff(ends, prepend=-1) == 1):
        return None
    marks = np.flatnonzero(codes == ord(separator))
    quotes = np.flatnonzero(codes == _QUOTE)
    if quotes.size:
        if not _quotes_are_regular(codes, quotes, ends, ord(separator)):
            return None
        marks = marks[np.searchsorted(quotes, marks) % 2 == 0]
    widths = np.diff(np.searchsorted(marks, ends), prepend=0)
    if np.any(widths != widths[0]):
        return None
    frame = pl.read_csv(
        text,
        has_header=False,
        separator=separator,
        quote_char='"' if quotes.size else None,
        infer_schema=False,
    )
    # the library was told nothing about lines and cells: what it found must agree with the count
    return frame if frame.shape == (ends.size, int(widths[0]) + 1) else None


def _quotes_are_regular(codes: np.ndarray, quotes: np.ndarray, ends: np.ndarray, separator: int) -> bool:
    """Whether every quote opens or closes a whole cell, or is one of a pair, and none encloses a line end."""
    import numpy as np

    if quotes.size % 2 or np.any(np.searchsorted(quotes, ends) % 2):
        return False
    before = np.concatenate([[_LINE_FEED], codes])[quotes[0::2]]
    after = np.concatenate([codes, [_LINE_FEED]])[quotes[1::2] + 1]
    edges = [separator, _LINE_FEED]
    # a doubled quote closes and opens again at once
    doubled = quotes[2::2] == quotes[1:-1:2] + 1
    opens = np.isin(before, edges)
    closes = np.isin(after, edges)
    opens[1:] |= doubled
    closes[:-1] |= doubled
    return bool(opens.all() and closes.all())


def _numbered_rows(text: str, separator: str, place: Place) -> list[tuple[int, list[str]]]:
    """Every row with the line where it begins; empty lines are none."""
    if separator == BLANK:
        text = "\n".join(line.strip() for line in text.replace("\t", BLANK).split("\n"))
    try:
        return list(_parsed(text, separator, place, strict=True))
    except _Unclosed as unclosed:
        return _with_bare_quotes(text, separator, place, unclosed.line)
    except csv.Error:
        # a quote inside a cell, such as 5" pipe: taken as it stands
        return list(_parsed(text, separator, place, strict=False))


class _Unclosed(Exception):
    """A quote that is never closed.

    Args:
        line: The line where it opens.
    """

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _parsed(
    text: str, separator: str, place: Place, strict: bool, quoting: int = csv.QUOTE_MINIMAL
) -> Iterator[tuple[int, list[str]]]:
    source = io.StringIO(text, newline="")
    reader = csv.reader(source, delimiter=separator, skipinitialspace=True, strict=strict, quoting=quoting)  # type: ignore[arg-type]
    begins = place.lines_above + 1
    try:
        for row in reader:
            if row:
                yield begins, row
            begins = place.lines_above + reader.line_num + 1
    except csv.Error as error:
        if "unexpected end" in str(error) or "field limit" in str(error):
            raise _Unclosed(begins) from error
        raise


def _with_bare_quotes(text: str, separator: str, place: Place, line: int) -> list[tuple[int, list[str]]]:
    rows = list(_parsed(text, separator, place, strict=False, quoting=csv.QUOTE_NONE))
    if len({len(row) for _, row in rows if len(row) > 1 or row[0].strip()}) > 1:
        raise DataError(
            f"the quotes of {place.name} must come in pairs, got one in line {line:,} that is never closed. "
            f'Close it, or write it twice ("") where a cell contains a quote.'
        )
    return rows


def _rectangle(numbered: list[tuple[int, list[str]]], separator: str, place: Place) -> list[list[str]]:
    """The rows at one width; empty cells at the end of a row may be too many or, in the header, too few."""
    if not numbered:
        return []
    first = numbered[0][1]
    fewest, most = _filled(first), len(first)
    if all(len(row) == most for _, row in numbered):
        return [row for _, row in numbered]
    width = fewest
    for line, row in numbered:
        filled = _filled(row)
        if filled > most or len(row) < fewest:
            got = filled if filled > most else len(row)
            raise DataError(
                f"every row of {place.name} must have {count(fewest, 'cell')} like its first one, got {got:,} in line "
                f"{line:,}. Correct that line; if the cells are not set apart by a {separator_word(separator)}, "
                f"pass --separator."
            )
        width = max(width, filled)
    return [(row + [""] * (width - len(row)))[:width] for _, row in numbered]


def _filled(row: list[str]) -> int:
    """How many cells there are up to the last that is not empty, at least one."""
    for at in range(len(row), 1, -1):
        if row[at - 1].strip():
            return at
    return 1
