"""What may be asked of a database: one SELECT, or one table by name."""

from __future__ import annotations

import re

from netwright.base.errors import DataError, PlanError
from netwright.base.figures import listing
from netwright.base.urls import without_password
from netwright.sources.contract import ReadOptions

_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_FIRST_WORD = re.compile(r"[\s(]*(\w+)")


def checked_query(query: str) -> str:
    """A query that only reads, without the semicolon at its end.

    Raises:
        PlanError: It begins with another word than SELECT or WITH, or is more than one statement.

    Example:
        >>> checked_query("select * from houses;")
        'select * from houses'
    """
    bare = _COMMENT.sub(" ", query).strip()
    word = _FIRST_WORD.match(bare)
    if word is None or word.group(1).upper() not in ("SELECT", "WITH"):
        raise PlanError(
            f"--query must be a SELECT statement (or WITH ... SELECT), got {without_password(query.strip())!r}."
        )
    return query.strip().rstrip(";").rstrip()


def chosen_table(options: ReadOptions, tables: list[str], name: str) -> str:
    """The one table to read.

    Args:
        options: With `table`, if the user named one.
        tables: All tables and views there are.
        name: As messages name the database.

    Raises:
        DataError: No such table, or several and none named.

    Example:
        >>> chosen_table(ReadOptions(), ["houses"], "rel.db")
        'houses'
    """
    if options.table is not None:
        if options.table in tables:
            return options.table
        raise DataError(
            f"--table must be one of the tables of {name}, {listing(tables, 20) or 'none'}, got {options.table!r}."
        )
    if not tables:
        raise DataError(f"{name} must have a table, got none.")
    if len(tables) > 1:
        raise DataError(
            f"{name} has {len(tables)} tables: {listing(tables, 50)}. "
            f"Pass --table with one of them, or --query with a SELECT."
        )
    return tables[0]


def refuse_both(options: ReadOptions) -> None:
    """Raise if both a table and a query are given.

    Raises:
        PlanError: They are.
    """
    if options.table is not None and options.query is not None:
        raise PlanError("pass --table or --query, not both: the query names its tables itself.")
