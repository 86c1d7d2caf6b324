"""A text cut into cells.

Polars cuts fast, and is trusted where the text is regular: every line has the same number of cells, quotes stand at
both ends of a cell and enclose no line end. Everything else is cut by the standard library, row by row, which also
knows the line where something is wrong.
"""

from __future__ import annotations

import csv
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.sources.blanks import WHITE_SPACE, is_blank
from netwright.sources.header import refuse_width
from netwright.sources.separator import BLANK, separator_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    import polars as pl

_LINE_FEED, _QUOTE = 10, 34
#: Of the rows that the standard library cuts; what is longer is rather a quote that was never closed.
_LONGEST_CELL = 1 << 24


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
        DataError: A row has too many or too few cells, a quote is never closed, or there are too many columns.

    Example:
        >>> cut('a,b\\n"x, y",\\n', ",", Place("f.csv")).rows()
        [('a', 'b'), ('x, y', None)]
    """
    import polars as pl

    text = text.removesuffix("\n") if keep_empty else text.rstrip("\n")
    frame = _cut_regular(_as_bytes(text, place), separator, place)
    if frame is not None:
        frame = _stripped(frame)
    if frame is None or (frame.width == 1 and frame.to_series().null_count()):
        numbered = _numbered_rows(text, separator, place)
        if not keep_empty:
            numbered = [(line, row) for line, row in numbered if len(row) > 1 or not is_blank(row[0])]
        rows = _rectangle(numbered, separator, place)
        columns = [f"c{at}" for at in range(len(rows[0]))] if rows else []
        frame = _stripped(pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row"))
    return frame if keep_empty else _without_empty_end(frame)


def _as_bytes(text: str, place: Place) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        line = place.lines_above + text.count("\n", 0, error.start) + 1
        raise DataError(
            f"{place.name} must hold whole characters, got half of one in line {line:,}. Correct that line, or pass "
            f"another --encoding."
        ) from error


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


def _cut_regular(text: bytes, separator: str, place: Place) -> pl.DataFrame | None:
    """The cells of a regular text, or None where it is not regular.

    Raises:
        DataError: It has too many columns.
    """
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
    refuse_width(int(widths[0]) + 1, place.name)
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
        text = "\n".join(line.strip(WHITE_SPACE) for line in text.replace("\t", BLANK).split("\n"))
    lines = text.split("\n")
    with _long_cells():
        try:
            return list(_parsed(lines, separator, place))
        except _BadQuote as bad:
            return _with_bare_quotes(lines, separator, place, bad)


class _BadQuote(Exception):
    """A quote that is never closed, or closes inside a cell of another line.

    Args:
        opens: The line where it opens.
        closes: The line where it closes, 0 where it never does.
    """

    def __init__(self, opens: int, closes: int = 0) -> None:
        super().__init__(opens, closes)
        self.opens, self.closes = opens, closes


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let the standard library take longer cells than the 131,072 characters that it takes by itself."""
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _reader(lines: Iterable[str], separator: str, **more: Any) -> Any:
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, **more)


def _parsed(lines: list[str], separator: str, place: Place) -> Iterator[tuple[int, list[str]]]:
    reader = _reader((f"{line}\n" for line in lines), separator, strict=True)
    while True:
        before = reader.line_num
        opens = place.lines_above + before + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end" in str(error) or "field limit" in str(error):
                raise _BadQuote(opens) from error
            row = _loosely(lines[before : reader.line_num], separator)
            if row is None:
                raise _BadQuote(opens, place.lines_above + reader.line_num) from error
        if row:
            yield opens, row


def _loosely(lines: list[str], separator: str) -> list[str] | None:
    """The cells of a row in which something follows a closing quote, as in `"x" y`; None where it spans lines."""
    # a quote that is still open takes the second line into its cell
    rows = list(_reader([f"{lines[0]}\n", "1" if separator != "1" else "2"], separator))
    return rows[0] if len(lines) == 1 and len(rows) == 2 else None


def _with_bare_quotes(lines: list[str], separator: str, place: Place, bad: _BadQuote) -> list[tuple[int, list[str]]]:
    """The rows with quotes as letters, where that makes rows of one width and no cell stands between quotes.

    Raises:
        DataError: It does not: then nobody knows where cells begin and end.
    """
    numbered = [
        (place.lines_above + number, row) for number, row in enumerate(_bare(lines, separator, place), 1) if row
    ]
    widths = {len(row) for _, row in numbered if len(row) > 1 or not is_blank(row[0])}
    quoted = any(len(cell) > 1 and cell[0] == cell[-1] == '"' for _, row in numbered for cell in row)
    if len(widths) == 1 and not quoted:
        return numbered
    advice = 'Close it, or write it twice ("") where a cell contains a quote.'
    if bad.closes:
        raise DataError(
            f"the quotes of {place.name} must enclose whole cells, got one that opens in line {bad.opens:,} and closes "
            f"inside a cell of line {bad.closes:,}. {advice}"
        )
    raise DataError(
        f"the quotes of {place.name} must come in pairs, got one in line {bad.opens:,} that is never closed. {advice}"
    )


def _bare(lines: list[str], separator: str, place: Place) -> Iterator[list[str]]:
    """The cells of each line, quotes being letters; none for an empty line."""
    reader = _reader(lines, separator, quoting=csv.QUOTE_NONE)
    try:
        yield from reader
    except csv.Error as error:
        raise DataError(
            f"the cells of {place.name} must have at most {_LONGEST_CELL:,} characters, got more in line "
            f"{place.lines_above + reader.line_num:,}. Correct that line, or leave the column out of the file."
        ) from error


def _rectangle(numbered: list[tuple[int, list[str]]], separator: str, place: Place) -> list[list[str]]:
    """The rows at one width; empty cells at the end of a row may be too many or, in the header, too few."""
    if not numbered:
        return []
    first = numbered[0][1]
    fewest, most = _filled(first), len(first)
    if all(len(row) == most for _, row in numbered):
        refuse_width(most, place.name)
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
    refuse_width(width, place.name)
    return [(row + [""] * (width - len(row)))[:width] for _, row in numbered]


def _filled(row: list[str]) -> int:
    """How many cells there are up to the last that is not empty, at least one."""
    for at in range(len(row), 1, -1):
        if not is_blank(row[at - 1]):
            return at
    return 1
