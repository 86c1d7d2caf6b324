"""Text files: cells in lines, in any usual encoding and with any usual separator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.table import Provenance, Reading, Table
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.encoding import Decoded, decode
from netwright.sources.files import FileBytes, existing_file, read_file
from netwright.sources.header import column_names, has_header, rows_looked_at
from netwright.sources.large import LargeFile
from netwright.sources.registry import source
from netwright.sources.rows import Place, cut
from netwright.sources.separator import find_separator, given_separator, records, separator_word
from netwright.sources.untyped import untyped_table

if TYPE_CHECKING:
    import polars as pl

_HEADER_SAMPLE_ROWS = 1_000
_NUL, _LINE_END = "\x00", "\n"
#: NULs with the blanks around them, and what ends a cell.
_NULS = re.compile(r"(?<! ) *\x00[\x00 ]*")
_MARKS = re.compile("^\ufeff+", re.MULTILINE)
_CELL_ENDS = '\n",;|\t'
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\n', re.IGNORECASE)


@source("text")
class TextSource(Source):
    """`.csv`, `.tsv` and `.txt` files.

    All cells come as texts; encoding, separator and header are found unless they are given.
    """

    suffixes = (".csv", ".tsv", ".txt")
    obeys = frozenset({"encoding", "separator", "header", "decimal"})

    def read(self, data: object, options: ReadOptions) -> Table:
        """The table in a text file; see `Source.read`."""
        return read_text(read_file(data), options)

    def large(self, data: object, options: ReadOptions) -> LargeFile | None:
        """A file of many lines and cells; see `Source.large`."""
        from netwright.sources.large_text import LargeText  # which reads its parts by this module

        return LargeText.of(existing_file(data), options)


def read_text(file: FileBytes, options: ReadOptions) -> Table:
    """The table in the bytes of a text file.

    Raises:
        DataError: It is empty or binary, has no rows, ragged rows, or two columns of one name.
        PlanError: An option has no such value.
    """
    return understood(file, options).table


@dataclass(frozen=True)
class Understood:
    """A text that was read, and how the rest of it would be.

    Args:
        table: Its rows.
        encoding: Of the text.
        separator: Between its cells.
        lines_above: Lines of the file above the first row, that with the names of the columns among them.
    """

    table: Table
    encoding: str
    separator: str
    lines_above: int


def understood(file: FileBytes, options: ReadOptions) -> Understood:
    """The same with what was found out about the text."""
    if not file.data.strip():
        raise DataError(f"{file.name} must hold a table, got an empty file.")
    decoded = decode(file.data, file.name, options.encoding)
    body = _body(without_padding(decoded.text, file.name, options.separator))
    if not body.text.strip():
        raise DataError(f"{file.name} must hold a table, got no line that is not blank or a comment.")
    separator = _separator(body, options, file.suffix)
    body = _with_commented_header(body, separator, options)
    frame = cut(body.text, separator, Place(file.name, body.lines_above))
    if not frame.height:
        raise DataError(f"{file.name} must hold a table, got lines of nothing but empty cells.")
    frame, headed = _named(frame, options, file.name)
    how = (decoded.encoding, separator_word(separator), "header" if headed else "no header")
    source = Provenance(
        name=file.name,
        stem=file.stem,
        how=how + ((_decimal_word(options.decimal),) if options.decimal else ()),
        hint=_hint(decoded, options),
        notes=(decoded.note,) if decoded.note else (),
        fingerprint=file.fingerprint,
    )
    table = untyped_table(frame, source, _reading(options.decimal))
    return Understood(table, decoded.encoding, separator, body.lines_above + headed)


@dataclass(frozen=True)
class _Body:
    """A text without what stands above its table."""

    text: str
    lines_above: int
    comments: tuple[str, ...]
    separator: str | None


def without_padding(text: str, name: str, separator: str | None) -> str:
    """The text with line ends as `\\n`, without the NULs that some programs fill short cells up with, and without marks
    of byte order, which files put together have at the start of lines.

    Raises:
        DataError: A NUL stands inside a cell: without it the two halves would be another value.
    """
    text = _MARKS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    ends = _CELL_ENDS + (separator or "")
    for nuls in _NULS.finditer(text):
        start, end = nuls.span()
        before, after = text[max(0, start - 1) : start], text[end : end + 1]
        if before and after and before not in ends and after not in ends:
            raise DataError(
                f"the cells of {name} must hold no NUL characters, got one in line "
                f"{text.count(_LINE_END, 0, start) + 1:,} between {before!r} and {after!r}. Correct that line, "
                f"or pass --encoding if the file is written in one with two bytes a letter."
            )
    return text.replace(_NUL, "").removesuffix("\x1a")


def _body(text: str) -> _Body:
    lines_above, separator, comments = 0, None, []
    announced = _SEPARATOR_LINE.match(text)
    if announced:
        separator, text, lines_above = announced.group(1), text[announced.end() :], 1
    begins = 0
    while begins < len(text):
        ends = text.find("\n", begins)
        line = text[begins : ends if ends >= 0 else len(text)]
        if line.strip() and not line.startswith("#"):
            break
        comments.append(line)
        begins, lines_above = ends + 1 if ends >= 0 else len(text), lines_above + 1
    # a file of nothing but such lines begins with a column whose name is #
    return _Body(text[begins:], lines_above, tuple(line for line in comments if line.strip()), separator)


def _separator(body: _Body, options: ReadOptions, suffix: str) -> str:
    if options.separator is not None:
        return given_separator(options.separator)
    return body.separator or find_separator(body.text, suffix)


def _with_commented_header(body: _Body, separator: str, options: ReadOptions) -> _Body:
    """The last comment is the header where it has as many cells as the first line, which then is data."""
    if not body.comments or options.header == "no":
        return body
    lines = body.text.split("\n", _HEADER_SAMPLE_ROWS)[:_HEADER_SAMPLE_ROWS]
    first, *below = records("\n".join(lines), separator) or [[]]
    last = body.comments[-1]
    # "#,name,price" has a column called #, "#name,price" has not
    header = last if last.lstrip("# ").startswith(separator) else last.lstrip("#").strip()
    names = records(header, separator)
    below = [row for row in below if len(row) == len(first)]
    if len(first) < 2 or not names or len(names[0]) != len(first) or has_header(first, below):
        return body
    return _Body(f"{header}\n{body.text}", body.lines_above - 1, body.comments, body.separator)


def _named(frame: pl.DataFrame, options: ReadOptions, name: str) -> tuple[pl.DataFrame, bool]:
    """The rows below the header under its names, and whether there is a header."""
    sample = frame.head(rows_looked_at(frame.width)).rows()
    headed = options.header == "yes" or (options.header == "auto" and has_header(sample[0], sample[1:]))
    rows = frame[1:] if headed else frame
    if not rows.height:
        raise DataError(
            f"{name} must hold rows below its first line, got a header and no rows. "
            f"Pass --header no if that line is data."
        )
    header = list(sample[0]) if headed else [None] * frame.width
    # a separator at the end of each line makes a last column of nothing
    while len(header) > 1 and header[-1] is None and rows.to_series(len(header) - 1).null_count() == rows.height:
        header.pop()
        rows = rows[:, : len(header)]
    rows.columns = column_names(header, rows.width, name)
    return rows, headed


def _decimal_word(mark: str) -> str:
    return "decimal comma" if mark == "," else "decimal point"


def _reading(decimal: str | None) -> Reading | None:
    """How numbers are to be read; a given mark shows by the mark of thousands that comes with it."""
    if decimal is None:
        return None
    return Reading(decimal=decimal, thousands="." if decimal == "," else ",")


def _hint(decoded: Decoded, options: ReadOptions) -> str:
    found = [
        "--encoding" if decoded.guessed and options.encoding is None else "",
        "--separator" if options.separator is None else "",
        "--header" if options.header == "auto" else "",
    ]
    return ", ".join(flag for flag in found if flag)
