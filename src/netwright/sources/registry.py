"""The registry of sources, and the one function that reads from any of them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from netwright.base.errors import DataError
from netwright.base.registry import Registry
from netwright.base.table import Schema, Table
from netwright.sources.conform import conform
from netwright.sources.contract import FIND_EVERYTHING, ReadOptions, Source, is_path, suffix_of
from netwright.sources.encoding import decode
from netwright.sources.files import existing_file, read_file
from netwright.sources.large import LargeFile, conformed
from netwright.sources.picture_paths import with_pictures

__all__ = ["FIND_EVERYTHING", "ReadOptions", "Source", "open_table", "source", "sources"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")

sources = Registry[Source]("source", "netwright.sources")

S = TypeVar("S", bound=type[Source])


def source(name: str) -> Callable[[S], S]:
    """Decorator of a class: enters one of its objects under `name`."""

    def enter(cls: S) -> S:
        sources.register(name)(cls())
        return cls

    return enter


def open_table(data: object, options: ReadOptions = FIND_EVERYTHING) -> Table:
    """The table in `data`, its kinds still unknown.

    Args:
        data: A path, a database URL, `sample:NAME`, a data frame of any usual library, an array of two axes, a
            dictionary of columns, a list of records, or a Table (given back as it is).
        options: What the user said about it.

    Returns:
        A table whose columns are of kind `unknown`: texts as they stand in a text file, typed columns where the
        source has types; `source` tells where they came from and how they were read.

    Raises:
        DataError: It cannot be read; the message says what to do.
        PlanError: An option has no such value.
        MissingExtra: The source needs a package that is not installed.

    Example:
        >>> table = open_table({"city": ["Seoul", "Busan"], "people": [9.4, 3.3]})
        >>> table.n_rows, table.schema.names, table.source.name
        (2, ['city', 'people'], 'the dictionary')
    """
    entry = next((entry for _, entry in sources.items() if entry.accepts(data)), None) or _text_source(data, options)
    table = entry.read(data, options)
    ignored = [f"--{option}" for option in options.given() if option not in entry.obeys]
    if not ignored:
        return table
    note = f"{', '.join(ignored)} is not used for {table.source.name}."
    return replace(table, source=replace(table.source, notes=(*table.source.notes, note)))


def parts_of(data: object) -> tuple[object, object] | None:
    """Train and test rows where the data hold both, each as something to read; None elsewhere.

    Args:
        data: Whatever `open_table` takes.
    """
    entry = next((entry for _, entry in sources.items() if entry.accepts(data)), None)
    return None if entry is None else entry.parts(data)


def target_of(data: object) -> str | None:
    """The column that says what rows are, where the source knows one; None elsewhere.

    Args:
        data: Whatever `open_table` takes.
    """
    entry = next((entry for _, entry in sources.items() if entry.accepts(data)), None)
    return None if entry is None else entry.target(data)


def refuse_mere_folder(data: object) -> None:
    """A folder that no source reads is told of before an option is asked for.

    Args:
        data: Whatever `open_table` takes.

    Raises:
        DataError: It is a folder without pictures.
    """
    if not is_path(data) or any(own.accepts(data) for _, own in sources.items()):
        return
    if Path(os.fspath(data)).expanduser().is_dir():  # type: ignore[call-overload]
        existing_file(data)


def open_large(data: object, options: ReadOptions = FIND_EVERYTHING) -> LargeFile | None:
    """The file in `data` where its table is too large to be read at once; None where `open_table` reads it.

    Args:
        data: Whatever `open_table` takes.
        options: What the user said about it.
    """
    entry = next((entry for _, entry in sources.items() if entry.accepts(data)), None)
    return None if entry is None else entry.large(data, options)


def open_conformed(
    data: object,
    options: ReadOptions,
    schema: Schema,
    *,
    require_target: bool = False,
    missing: tuple[str, ...] = (),
) -> Table:
    """A later table under the columns of the one that a model learned from, piece by piece where it is large.

    Args:
        data: Whatever `open_table` takes.
        options: What the user said about it.
        schema: Of the training table.
        require_target: Whether the target must be there.
        missing: More texts that mean a missing value.

    Raises:
        UserError: It cannot be read or does not fit the schema.
    """
    pictures = [column for column in schema.features if column.kind == "image"]
    large = None if pictures else open_large(data, options)
    if large is not None:
        return conformed(large, schema, require_target=require_target, missing=missing)
    if pictures:
        channels, height, width = pictures[0].shape
        options = replace(options, shape=(channels, height, width))
    table = open_table(data, options)
    if pictures:
        table = with_pictures(table, data, options, [column.name for column in pictures])
    return conform(table, schema, require_target=require_target, missing=missing)


def _text_source(data: object, options: ReadOptions) -> Source:
    """The source of last resort: a file of unknown ending may still be a text."""
    if not is_path(data):
        raise DataError(_not_accepted(data))
    file = read_file(data)
    try:
        decode(file.data, file.name, options.encoding)
    except DataError as error:
        raise DataError(
            f"{file.name} must be a text file or end in one of {', '.join(_suffixes())}, got "
            f"{suffix_of(data) or 'no ending'}. Save the table in one of these formats. ({error})"
        ) from error
    return sources.get("text")


def _not_accepted(data: object) -> str:
    kinds = "a file, a database URL (sqlite:///, postgresql://), sample:NAME, a data frame or an array"
    if isinstance(data, str | os.PathLike):
        scheme = _SCHEME.match(str(data))
        begins = f"a URL that begins with {scheme[0]}" if scheme else "a text with :// in it"
        return f"the data must be {kinds}, got {begins}. Save the table as a file first."
    return f"the data must be {kinds}, got {type(data).__name__}."


def _suffixes() -> list[str]:
    return sorted({suffix for _, entry in sources.items() for suffix in entry.suffixes})
