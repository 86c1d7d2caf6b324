"""PostgreSQL, in a transaction that can only read. Passwords never leave the URL."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from netwright.base.errors import DataError, MissingExtra
from netwright.base.figures import listing
from netwright.base.table import Provenance, Table
from netwright.base.urls import DatabaseUrl, is_connection, parse_database_url
from netwright.sources.contract import ReadOptions, Source
from netwright.sources.header import refuse_twins
from netwright.sources.queries import checked_query, chosen_table, refuse_both
from netwright.sources.registry import source
from netwright.sources.rows import Place, cut
from netwright.sources.typed import tidy_frame
from netwright.sources.untyped import cells_fingerprint, short_name, untyped_table

if TYPE_CHECKING:
    import polars as pl
    from psycopg import Connection

_SCHEMES = ("postgresql://", "postgres://")
_MEANT = re.compile(r"\s*postgres(?:ql)?:", re.IGNORECASE)
_CONNECT_SECONDS = 10
_LEAST_SECRET = 6
_TABLES = """
    SELECT CASE WHEN table_schema = 'public' THEN table_name ELSE table_schema || '.' || table_name END
    FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
    ORDER BY 1
"""

#: Types of PostgreSQL that are numbers; dates and all others are read from their texts.
_NUMBERS = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric"})


@source("postgres")
class PostgresSource(Source):
    """`postgresql://user@host/database`, with `--table` or `--query`."""

    obeys = frozenset({"table", "query"})

    def accepts(self, data: object) -> bool:
        """Whether `data` is such a URL, or was meant to be one: taken for a file, its password would be printed."""
        return isinstance(data, str) and (_MEANT.match(data) is not None or is_connection(data))

    def read(self, data: object, options: ReadOptions) -> Table:
        """The rows of a table or a query; see `Source.read`."""
        refuse_both(options)
        query = None if options.query is None else checked_query(options.query)
        try:
            import psycopg
        except ImportError as error:
            raise MissingExtra("psycopg", "postgres", "Reading from PostgreSQL") from error
        url, keywords = _connection(str(data))
        place = _place(keywords)
        try:
            with psycopg.connect(**keywords) as connection:
                connection.read_only = True
                database = connection.info.dbname
                if query is None:
                    name = chosen_table(options, _tables(connection), place)
                    query, stem = f"SELECT * FROM {_quoted(name)}", short_name(name)
                    name = f"{name} of {database}"
                else:
                    name, stem = f"the query of {database}", short_name(database)
                frame = tidy_frame(_copied(connection, query, name))
        except psycopg.Error as error:
            # "from None": the error of the library holds the connection, and with it the password
            raise DataError(f"{place} could not be read: {_said(error, url)}. {_advice(error, options)}") from None
        how = ("postgresql", "query" if options.query is not None else "table")
        hint = "--table" if options.query is None and options.table is None else ""
        return untyped_table(frame, Provenance(name, stem, how, hint, fingerprint=cells_fingerprint(frame)))


def _connection(text: str) -> tuple[DatabaseUrl, dict[str, Any]]:
    """The parts of a URL, and what the library makes of it.

    Raises:
        DataError: It is none, or nobody can tell where its password ends. The message holds nothing of it.
    """
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    url = parse_database_url(text) if text.startswith(_SCHEMES) else None
    if url is not None:
        known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
        unknown = [unquote(name) for name, _ in url.options if unquote(name) not in known]
        if unknown:
            raise DataError(
                f"the options in a URL of PostgreSQL must be ones that it knows, such as sslmode, got "
                f"{listing([repr(name) for name in unknown])}. Leave them out."
            )
        # the error of the library may quote the URL
        with contextlib.suppress(psycopg.Error):
            return url, {"connect_timeout": _CONNECT_SECONDS, **conninfo_to_dict(text)}
    raise DataError(
        "a URL of PostgreSQL must be postgresql://user:password@host:port/database, got another form. In user and "
        "password @ must be written %40, / %2F, ? %3F, : %3A and % itself %25."
    )


def _place(keywords: dict[str, Any]) -> str:
    """The database as messages name it, without user and password."""
    return f"{keywords.get('dbname') or 'the database'} at {keywords.get('host') or 'the local server'}"


def _said(error: Exception, url: DatabaseUrl) -> str:
    """What the server or the library said; neither knows the password from the URL, which is no part of it."""
    text = " ".join(str(error).split()).rstrip(".")
    for secret in sorted(url.secrets(), key=len, reverse=True):
        # a short one stands in many words, and to hide it there would tell it
        text = text.replace(secret, "***") if len(secret) >= _LEAST_SECRET else text
    return text


def _tables(connection: Connection[Any]) -> list[str]:
    return [name for (name,) in connection.execute(_TABLES).fetchall()]


def _quoted(table: str) -> str:
    schema, dot, name = table.partition(".")
    parts = (schema, name) if dot else (table,)
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def _copied(connection: Connection[Any], query: str, name: str) -> pl.DataFrame:
    """The rows of a query by COPY, many times faster than row by row; numbers and truth values are typed."""
    import polars as pl

    with connection.cursor() as cursor:
        # prepared, a query cannot be several statements, of which one might end the transaction
        cursor.execute(f"SELECT * FROM ({query}\n) AS asked LIMIT 0".encode(), prepare=True)
        columns = [(column.name, _type_name(connection, column.type_code)) for column in cursor.description or ()]
        refuse_twins([column for column, _ in columns], name, "Name them in the SELECT, as in a.id AS house_id.")
        # an empty text alone in its row would be an empty line
        quotes = ", FORCE_QUOTE *" if len(columns) == 1 else ""
        copied = f"COPY ({query}\n) TO STDOUT (FORMAT csv, NULL '\\N', ENCODING 'UTF8'{quotes})"
        with cursor.copy(copied.encode()) as copy:
            text = b"".join(bytes(block) for block in copy).decode("utf-8")
    if not text:
        return pl.DataFrame({column: [] for column, _ in columns}, schema=dict.fromkeys(dict(columns), pl.String))
    frame = cut(text, ",", Place(name), keep_empty=True)
    frame.columns = [column for column, _ in columns]
    frame = frame.select(pl.when(pl.all() != "\\N").then(pl.all()))
    return frame.with_columns(_typed(frame[column], kind) for column, kind in columns)


def _type_name(connection: Connection[Any], code: int) -> str:
    known = connection.adapters.types.get(code)
    return known.name if known is not None else ""


def _typed(cells: pl.Series, kind: str) -> pl.Series:
    import polars as pl

    if kind == "bool":
        return cells == "t"
    if kind in ("int2", "int4", "int8"):
        return cells.cast(pl.Int64)
    return cells.cast(pl.Float64).fill_nan(None) if kind in _NUMBERS else cells


def _advice(error: Exception, options: ReadOptions) -> str:
    import psycopg

    if isinstance(error, psycopg.OperationalError):
        return "Check that the server runs, and the host, port, user and password in the URL."
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return "Only statements that read are allowed."
    return "Correct the --query." if options.query is not None else "Check the URL."
