"""Text files with a large table, packed or not: read in blocks of whole lines."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from netwright.base import stored
from netwright.base.errors import DataError
from netwright.base.figures import count
from netwright.base.table import Table
from netwright.sources import large
from netwright.sources.contract import ReadOptions, suffix_of
from netwright.sources.files import FileBytes, stem_of
from netwright.sources.large import LargeFile, fingerprint_of
from netwright.sources.rows import Place, cut
from netwright.sources.separator import separator_word
from netwright.sources.text import understood, without_padding

if TYPE_CHECKING:
    import polars as pl

#: Bytes that are cut into cells at once, and that are looked through for lines at once.
BLOCK_BYTES = 1 << 25
#: A cell takes a byte and what sets it apart; packed it may take far less.
_CELL_BYTES, _PACKED = 2, 32
#: Lines at the beginning of the file that the sample holds: what stands above the table is among them.
_FIRST_LINES = 1_000
#: Encodings of two bytes a letter and more, whose line ends are no single bytes.
_WIDE = ("utf-16", "utf-32")
_LINE_END, _QUOTE = b"\n", b'"'
#: What some programs begin a text in UTF-8 with.
_MARK = "\ufeff"


class LargeText(LargeFile):
    """A `.csv`, `.tsv` or `.txt` file with a large table, or one of these packed by gzip.

    Args:
        path: Of the file.
        options: What the user said about it.
        lines: Of the file, how many there are, and a sample of them in the order of the file.
    """

    def __init__(self, path: Path, options: ReadOptions, lines: tuple[int, bytes]) -> None:
        n_lines, sample = lines
        self._path = path
        file = FileBytes(path.name, stem_of(path), suffix_of(path), sample, "")
        self._read = understood(file, options)
        table = self._read.table
        source = replace(table.source, fingerprint=fingerprint_of(path))
        super().__init__(source, table.schema.names, n_lines - self._read.lines_above)

    @classmethod
    def of(cls, path: Path, options: ReadOptions) -> LargeText | None:
        """The file, or None where its table is not large, or cannot be read in blocks of lines."""
        n_bytes = path.stat().st_size * (_PACKED if path.suffix.lower() == ".gz" else 1)
        if not stored.is_large(n_bytes // _CELL_BYTES, 1):
            return None
        n_lines, first, others = _sampled_lines(path)
        try:
            head = understood(FileBytes(path.name, stem_of(path), suffix_of(path), first, ""), options)
        except DataError:  # reading at once says what is wrong
            return None
        wide = head.encoding.startswith(_WIDE)
        if wide or not stored.is_large(n_lines - head.lines_above, len(head.table.schema.columns)):
            return None
        return cls(path, options, (n_lines, first + others))

    def sample(self) -> Table:
        """See `LargeFile.sample`."""
        table = self._read.table
        rows = large.sampled_rows(table.n_rows)
        return replace(table.take(rows), source=self.source)

    def pieces(self) -> Iterator[tuple[int, pl.DataFrame]]:
        """Block by block; see `LargeFile.pieces`."""
        start, lines_above = 0, self._read.lines_above
        for number, block in enumerate(_blocks(self._path)):
            if number == 0:
                block = b"".join(block.splitlines(keepends=True)[lines_above:]) if lines_above else block
            text = without_padding(self._decoded(block).removeprefix(_MARK), self._path.name, self._read.separator)
            if text.strip():
                frame = self._named(cut(text, self._read.separator, Place(self._path.name, lines_above)), lines_above)
                yield start, frame
                start += frame.height
            lines_above += text.count("\n")

    def _decoded(self, block: bytes) -> str:
        encoding = self._read.encoding
        try:
            return block.decode(encoding)
        except UnicodeDecodeError as error:
            raise DataError(
                f"{self._path.name} must be text in {encoding}, as a sample of it is, got the byte "
                f"0x{block[error.start]:02x} that is none. Pass another --encoding, such as cp949 or latin-1."
            ) from error

    def _named(self, frame: pl.DataFrame, lines_above: int) -> pl.DataFrame:
        """A block under the names of the columns."""
        n_columns = len(self.names)
        further = frame.columns[n_columns:]
        if frame.width < n_columns or any(frame[name].null_count() < frame.height for name in further):
            raise DataError(
                f"every row of {self._path.name} must have {count(n_columns, 'cell')} like its first one, got "
                f"{frame.width:,} below line {lines_above:,}. Correct that line; if the cells are not set apart by a "
                f"{separator_word(self._read.separator)}, pass --separator."
            )
        frame = frame[:, :n_columns]
        frame.columns = self.names
        return frame


def _open(path: Path) -> IO[bytes] | gzip.GzipFile:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def _blocks(path: Path) -> Iterator[bytes]:
    """The file in blocks that end with a line, quotes being closed.

    Raises:
        DataError: It cannot be read, or is a damaged gzip file.
    """
    rest = b""
    try:
        with _open(path) as file:
            while data := file.read(BLOCK_BYTES):
                block = rest + data
                end = _last_end(block)
                if end:
                    yield block[:end]
                rest = block[end:]
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} must be a whole file, got: {error}. Copy or download it again.") from error
    if rest:
        yield rest


def _last_end(block: bytes) -> int:
    """Behind the last line end that is not within quotes; 0 where there is none."""
    end = block.rfind(_LINE_END) + 1
    n_quotes = block.count(_QUOTE, 0, end)
    while end and n_quotes % 2:
        before = block.rfind(_LINE_END, 0, end - 1) + 1
        n_quotes -= block.count(_QUOTE, before, end)
        end = before
    return end


def _sampled_lines(path: Path) -> tuple[int, bytes, bytes]:
    """How many lines a file has at most, the first of them, and others spread over the file."""
    n_lines, first, groups = 0, b"", list[list[bytes]]()
    a_block, step = large.SAMPLE_ROWS, 1
    for number, block in enumerate(_blocks(path)):
        n_lines += block.count(_LINE_END) + (not block.endswith(_LINE_END))
        lines = _lines(block)
        if number == 0:
            first, lines = b"".join(lines[:_FIRST_LINES]), lines[_FIRST_LINES:]
        groups.append(_spread(lines, a_block))
        if sum(map(len, groups)) > 2 * large.SAMPLE_ROWS:  # further blocks: fewer lines of each
            step *= 2
            a_block = max(1, a_block // 2)
            groups = [_spread(own, a_block) for own in groups]
    return n_lines, first, b"".join(line for own in groups for line in own)


def _lines(block: bytes) -> list[bytes]:
    """The lines of a block, those that quotes run over as one."""
    lines = [line + _LINE_END for line in block.removesuffix(_LINE_END).split(_LINE_END)]
    if _QUOTE not in block:
        return lines
    whole: list[bytes] = []
    is_open = False
    for line in lines:
        if is_open:
            whole[-1] += line
        else:
            whole.append(line)
        is_open ^= bool(line.count(_QUOTE) % 2)
    return whole


def _spread(lines: list[bytes], most: int) -> list[bytes]:
    """At most so many of some lines, at even distances."""
    return lines if len(lines) <= most else [lines[int((k + 0.5) * len(lines) / most)] for k in range(most)]
