"""SQLite databases, opened for reading only."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from netwright.base.errors import DataError
from netwright.base.table import Provenance, Table
from netwright.sources.blanks import WHITE_SPACE
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.files import existing_file, stem_of
from netwright.sources.header import refuse_twins
from netwright.sources.queries import checked_query, chosen_table, refuse_both
from netwright.sources.registry import source
from netwright.sources.typed import tidy_frame
from netwright.sources.untyped import cells_fingerprint, short_name, untyped_table
from netwright.sources.values import series_from_values

if TYPE_CHECKING:
    import polars as pl

_SCHEME = "sqlite:///"
_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"


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
        try:
            with closing(_connected(path)) as connection:
                if query is None:
                    table = chosen_table(options, _tables(connection), path.name)
                    query, name, stem = f"SELECT * FROM {_quoted(table)}", f"{table} of {path.name}", short_name(table)
                else:
                    name, stem = f"the query of {path.name}", stem_of(path)
                frame, regular = _fetched(connection, query)
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise DataError(
                f"{path.name} could not be read: {str(error).rstrip('.')}. {_advice(error, options)}"
            ) from error
        frame = tidy_frame(frame)
        how = ("sqlite", "query" if options.query is not None else "table")
        hint = "--table" if options.query is None and options.table is None else ""
        notes = () if regular else (f"Texts in {path.name} are not all UTF-8: read as cp949 where that is possible.",)
        return untyped_table(frame, Provenance(name, stem, how, hint, notes, cells_fingerprint(frame)))


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
    uri = f"file:{quote(str(path.absolute()))}"
    connection = sqlite3.connect(f"{uri}?mode=ro", uri=True)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except BaseException as error:
        connection.close()
        if "unable to open" not in str(error):
            raise
        # a database with a write-ahead log in a folder that nobody may write to
        return sqlite3.connect(f"{uri}?immutable=1", uri=True)
    return connection


def _tables(connection: sqlite3.Connection) -> list[str]:
    return sorted(name for (name,) in connection.execute(_TABLES))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _fetched(connection: sqlite3.Connection, query: str) -> tuple[pl.DataFrame, bool]:
    """The rows of a query, and whether all texts were UTF-8."""
    import polars as pl

    regular = True
    cursor = connection.execute(query)
    try:
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
        # texts must be UTF-8 here, but other programs write what they like
        regular, connection.text_factory = False, _text
        cursor = connection.execute(query)
        rows = cursor.fetchall()
    names = [column[0].strip(WHITE_SPACE) for column in cursor.description]
    refuse_twins(names, "the query", "Name them in the SELECT, as in a.id AS house_id.")
    cells = zip(*rows, strict=True) if rows else [()] * len(names)
    columns = [series_from_values(name, list(values)) for name, values in zip(names, cells, strict=True)]
    return pl.DataFrame(columns), regular


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
