"""SQLite databases, opened for reading only."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from netwright.base.errors import DataError
from netwright.base.memory import free_bytes, refuse_too_large
from netwright.base.table import Provenance, Table
from netwright.sources.blanks import WHITE_SPACE
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.files import existing_file, read_file, readable_name, stem_of
from netwright.sources.header import refuse_twins
from netwright.sources.queries import checked_query, chosen_table, refuse_both
from netwright.sources.registry import source
from netwright.sources.typed import tidy_frame
from netwright.sources.untyped import cells_fingerprint, short_name, untyped_table
from netwright.sources.values import series_from_values

if TYPE_CHECKING:
    import polars as pl

_SCHEME = "sqlite:///"
_TABLES = (
    "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
)

#: Steps of the database between two looks at a query; how many looks a view may take, and how many steps for a byte of
#: the file; rows that are fetched at once, bytes that a cell takes as Python has it, and the longest cell.
_STEP, _STEPS, _STEPS_A_BYTE = 1_000_000, 60, 200
#: Where a database says whether it has a write-ahead log.
_JOURNALS = slice(18, 20)
_ROWS_AT_ONCE, _CELL_BYTES, _LONGEST = 100_000, 100, 1 << 26


@source("sqlite")
class SqliteSource(Source):
    """`sqlite:///relative.db`, `sqlite:////absolute.db`, and `.sqlite`, `.sqlite3`, `.db` files."""

    suffixes = (".sqlite", ".sqlite3", ".db")
    obeys = frozenset({"table", "query"})

    def accepts(self, data: object) -> bool:
        """Whether `data` is such a URL or file."""
        return (isinstance(data, str) and data.startswith("sqlite:")) or super().accepts(data)

    def read(self, data: object, options: ReadOptions) -> Table:
        """The rows of a table or a query; see `Source.read`."""
        refuse_both(options)
        query = None if options.query is None else checked_query(options.query)
        path = existing_file(_path(data))
        place = readable_name(path.name)
        name, stem, watch = f"the query of {place}", stem_of(Path(place)), _Watch()
        try:
            with closing(_connected(path)) as connection:
                if query is None:
                    tables = _tables(connection)
                    table = chosen_table(options, list(tables), place)
                    query, name, stem = f"SELECT * FROM {_quoted(table)}", f"{table} of {place}", short_name(table)
                    if tables[table] == "view":
                        watch = _Watch(_STEPS + path.stat().st_size * _STEPS_A_BYTE // _STEP)
                connection.set_progress_handler(watch, _STEP)
                frame, regular = _fetched(connection, query)
        except (sqlite3.Error, sqlite3.Warning, MemoryError) as error:
            if watch.interrupted:
                raise KeyboardInterrupt from error
            raise _unreadable(error, name, place, options, watch) from error
        frame = tidy_frame(frame)
        how = ("sqlite", "query" if options.query is not None else "table")
        hint = "--table" if options.query is None and options.table is None else ""
        notes = () if regular else (f"Texts in {place} are not all UTF-8: read as cp949 where that is possible.",)
        return untyped_table(frame, Provenance(name, stem, how, hint, notes, cells_fingerprint(frame)))


class _Watch:
    """Looks at a query while it runs: Ctrl-C ends it, and so does a number of looks.

    Args:
        looks: How many; None for any number.
    """

    def __init__(self, looks: int | None = None) -> None:
        self.looks, self.done, self.interrupted = looks, 0, False

    @property
    def ended(self) -> bool:
        """Whether there were too many looks."""
        return self.looks is not None and self.done > self.looks

    def __call__(self) -> int:
        try:
            self.done += 1
            return int(self.ended)
        except KeyboardInterrupt:  # here it would be lost
            self.interrupted = True
            return 1


def _unreadable(error: Exception, name: str, place: str, options: ReadOptions, watch: _Watch) -> DataError:
    if watch.ended:
        return DataError(
            f"{name} must end, got a view that is not through after {watch.looks:,} million steps. "
            f"Pass a --query that selects from it if it is meant to take that long."
        )
    said = " ".join(str(error).split()).rstrip(".") or "it does not fit the memory"
    return DataError(f"{place} could not be read: {said}. {_advice(error, options)}")


def _path(data: object) -> object:
    if not isinstance(data, str) or not data.startswith("sqlite:"):
        return data
    rest = unquote(data.removeprefix(_SCHEME).partition("?")[0])
    if not data.startswith(_SCHEME) or not rest:
        raise DataError(
            f"a URL of SQLite must be sqlite:///relative/path.db or sqlite:////absolute/path.db, got {data!r}."
        )
    return rest


def _connected(path: Path) -> sqlite3.Connection:
    if path.suffix.lower() == ".gz":
        return _guarded(_in_memory(read_file(path).data))
    uri = f"file:{quote(os.fsencode(path.absolute()))}"
    try:
        return _guarded(sqlite3.connect(f"{uri}?mode=ro", uri=True))
    except sqlite3.Error as error:
        if "unable to open" not in str(error):
            raise
        # a database with a write-ahead log in a folder that nobody may write to
        return _guarded(sqlite3.connect(f"{uri}?immutable=1", uri=True))


def _in_memory(data: bytes) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    if data[_JOURNALS] == b"\x02\x02":  # of a database with a write-ahead log, which memory has not
        data = data[: _JOURNALS.start] + b"\x01\x01" + data[_JOURNALS.stop :]
    try:
        connection.deserialize(data)
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _guarded(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The same connection, which does not trust what the database brings along."""
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _tables(connection: sqlite3.Connection) -> dict[str, str]:
    """Names of all tables and views, with which of the two each is."""
    return dict(sorted(connection.execute(_TABLES)))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _fetched(connection: sqlite3.Connection, query: str) -> tuple[pl.DataFrame, bool]:
    """The rows of a query, and whether all texts were UTF-8."""
    import polars as pl

    regular = True
    try:
        names, rows = _rows(connection, query)
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
        # texts must be UTF-8 here, but other programs write what they like
        regular, connection.text_factory = False, _text
        names, rows = _rows(connection, query)
    refuse_twins(names, "the query", "Name them in the SELECT, as in a.id AS house_id.")
    cells = zip(*rows, strict=True) if rows else [()] * len(names)
    columns = [series_from_values(name, list(values)) for name, values in zip(names, cells, strict=True)]
    return pl.DataFrame(columns), regular


def _rows(connection: sqlite3.Connection, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Names of the columns, and rows as long as there is memory for them: a view may have any number of them."""
    cursor = connection.execute(query)
    names = [column[0].strip(WHITE_SPACE) for column in cursor.description]
    free = free_bytes()
    rows: list[tuple[Any, ...]] = []
    while block := cursor.fetchmany(_ROWS_AT_ONCE):
        rows += block
        if len(rows) > _ROWS_AT_ONCE:
            advice = "Pass a --query for a part of them."
            needed = _CELL_BYTES * len(names) * len(rows)
            refuse_too_large(f"the rows must fit the memory, but {len(rows):,} of them need", needed, free, advice)
    return names, rows


def _text(value: bytes) -> str:
    for encoding in ("utf-8", "cp949"):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            pass
    return value.decode("latin-1")


def _advice(error: Exception, options: ReadOptions) -> str:
    if "not a database" in str(error):
        return "Name an SQLite file."
    return "Correct the --query." if options.query is not None else "Check the file with the sqlite3 program."
