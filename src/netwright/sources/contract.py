"""What a source is, and the options it may obey."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar, Literal

from netwright.base.errors import PlanError

if TYPE_CHECKING:
    from netwright.base.table import Table
    from netwright.sources.large import LargeFile

_HEADERS = ("auto", "yes", "no")
_DECIMALS = (".", ",")


@dataclass(frozen=True)
class ReadOptions:
    """What the user says about the data; everything left out is found.

    Args:
        encoding: Name of a text encoding, such as `cp949`.
        separator: Between the cells of a text file: one character, or `comma semicolon tab pipe blank`.
        header: Whether the first line holds the column names.
        decimal: The decimal mark of the numbers, `.` or `,`.
        sheet: Sheet of an Excel file.
        table: Table of a database.
        query: SELECT statement for a database.
        image_size: The longest side of pictures; None keeps theirs up to a bound.
        shape: Channels, height and width of pictures, as a model reads them; the user does not name it.

    Raises:
        PlanError: `header` or `decimal` is none of its values.

    Example:
        >>> ReadOptions(encoding="cp949", header="no").given()
        ('encoding', 'header')
    """

    encoding: str | None = None
    separator: str | None = None
    header: Literal["auto", "yes", "no"] = "auto"
    decimal: str | None = None
    sheet: str | None = None
    table: str | None = None
    query: str | None = None
    image_size: int | None = None
    shape: tuple[int, int, int] | None = None

    def __post_init__(self) -> None:
        if self.header not in _HEADERS:
            raise PlanError(f"--header must be one of {', '.join(_HEADERS)}, got {self.header!r}.")
        if self.decimal is not None and self.decimal not in _DECIMALS:
            raise PlanError(f"--decimal must be '.' or ',', got {self.decimal!r}.")

    def given(self) -> tuple[str, ...]:
        """The names of the options that the user set."""
        own = [option for option in fields(self) if option.name != "shape"]
        return tuple(option.name for option in own if getattr(self, option.name) != option.default)


#: Nothing given: everything is found.
FIND_EVERYTHING = ReadOptions()


class Source(ABC):
    """One place where tables come from.

    A source of files names its `suffixes` and need not say more about what it accepts.
    """

    #: Endings of the files it reads, with the dot; `.gz` after them is always understood.
    suffixes: ClassVar[tuple[str, ...]] = ()

    #: The options it looks at.
    obeys: ClassVar[frozenset[str]] = frozenset()

    def accepts(self, data: object) -> bool:
        """Whether this source is the one for `data`, told without opening anything."""
        return is_path(data) and suffix_of(data) in self.suffixes

    @abstractmethod
    def read(self, data: object, options: ReadOptions) -> Table:
        """The table, untyped.

        Args:
            data: Something that `accepts` said yes to.
            options: What the user said about it.

        Raises:
            DataError: It cannot be read; the message says what to do.
        """

    def target(self, data: object) -> str | None:
        """The column that says what rows are, where the source knows one (the folder of a picture); None elsewhere.

        Args:
            data: Something that `accepts` said yes to.
        """
        return None

    def parts(self, data: object) -> tuple[object, object] | None:
        """Train and test rows where the data hold both, each as something to read; None elsewhere.

        Args:
            data: Something that `accepts` said yes to.
        """
        return None

    def large(self, data: object, options: ReadOptions) -> LargeFile | None:
        """The file where its table is too large to be read at once, to be read piece by piece; None elsewhere.

        Args:
            data: Something that `accepts` said yes to.
            options: What the user said about it.
        """
        return None


def is_path(data: object) -> bool:
    """Whether `data` names a file, rather than a URL, a sample or something in memory.

    Example:
        >>> is_path("houses.csv"), is_path("sqlite:///houses.db"), is_path("sample:wine"), is_path(3)
        (True, False, False, False)
    """
    if isinstance(data, os.PathLike):
        return True
    return isinstance(data, str) and "://" not in data and not data.startswith("sample:")


def suffix_of(data: object) -> str:
    """The ending of a file's name in small letters, looked for before a `.gz`.

    Example:
        >>> suffix_of("Houses.CSV.gz"), suffix_of("README")
        ('.csv', '')
    """
    path = PurePath(os.fspath(data))  # type: ignore[call-overload]
    if path.suffix.lower() == ".gz":
        path = path.with_suffix("")
    return path.suffix.lower()
