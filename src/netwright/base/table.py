"""The nouns of tabular data: Column, Schema, Table.

The cells of a table that has been read stand in one polars frame, typed by the kind of each column:

=============================================  ==========================================
kind                                           type in the frame
=============================================  ==========================================
numeric                                        Float64, missing is null, always finite
category, boolean, ordinal, identifier, text   String, missing is null
constant                                       String, missing is null
date                                           Datetime, missing is null
image, window                                  Array of numbers, of the shape that the column names
=============================================  ==========================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from netwright.base.errors import DataError
from netwright.base.finding import Finding
from netwright.base.seeds import derive_seed
from netwright.base.stored import StoredFrame, spread_rows

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

Kind = Literal[
    "unknown",
    "numeric",
    "category",
    "boolean",
    "ordinal",
    "date",
    "text",
    "identifier",
    "constant",
    "image",
    "window",
]
Role = Literal["feature", "target", "left_out"]

#: Every kind a user may name with `--kind`; the order is that of the documentation.
KINDS: tuple[str, ...] = tuple(kind for kind in get_args(Kind) if kind not in ("unknown", "image", "window"))

#: Kinds whose cells are arrays: pictures, and windows of a series. A source or a step of ours makes them.
ARRAY_KINDS: frozenset[str] = frozenset({"image", "window"})
#: Kinds that a network can read; the others are left out of the features.
FEATURE_KINDS: frozenset[str] = frozenset({"numeric", "category", "boolean", "ordinal", "date", "text", *ARRAY_KINDS})

#: The input of more axes that the cells of a kind become, for networks that read it.
ARRAY_OF: dict[str, str] = {"image": "image", "window": "past", "text": "text"}

#: Rows handed out at a time by `Table.blocks`.
BLOCK_ROWS = 65_536
#: Rows of a large table that are looked at where all of them would take too long, or too much memory.
SAMPLED_ROWS = 100_000


@dataclass(frozen=True)
class Reading:
    """How the text of a column becomes values; the same for the training file and for every later one.

    Args:
        missing: Texts that mean a missing value in this column, beside the empty one.
        decimal: The decimal mark of its numbers.
        thousands: The mark between thousands, or empty.
        date_format: A strptime format, or empty where the column is no date.
    """

    missing: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    date_format: str = ""


@dataclass(frozen=True)
class Column:
    """What is known about one column.

    Args:
        name: As the file has it, without surrounding blanks.
        kind: What its values are.
        role: What it is used for.
        levels: For `ordinal` the levels from low to high, for `boolean` (false, true); else empty.
        reading: How its text is parsed.
        why: In a few words, what decided the kind; shown to the user.
        unit: Unit of its values where known.
        low: The least valid number, None where none was declared; smaller ones count as missing.
        high: The largest valid number, in the same way.
        shape: Of the array that a cell is; empty where cells are no arrays.
    """

    name: str
    kind: Kind = "unknown"
    role: Role = "feature"
    levels: tuple[str, ...] = ()
    reading: Reading = field(default_factory=Reading)
    why: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    shape: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON values; the shape where there is one."""
        return {name: value for name, value in asdict(self).items() if name != "shape" or value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Column:
        """The column that `to_json` described."""
        reading = data["reading"]
        return cls(
            name=data["name"],
            kind=data["kind"],
            role=data["role"],
            levels=tuple(data["levels"]),
            reading=Reading(
                tuple(reading["missing"]), reading["decimal"], reading["thousands"], reading["date_format"]
            ),
            why=data["why"],
            unit=data["unit"],
            low=data.get("low"),
            high=data.get("high"),
            shape=tuple(data.get("shape", ())),
        )


@dataclass(frozen=True)
class Schema:
    """The columns of a table, in its order.

    Example:
        >>> schema = Schema((Column("rooms", "numeric"), Column("price", "numeric", role="target")))
        >>> [column.name for column in schema.features], schema.target.name
        (['rooms'], 'price')
    """

    columns: tuple[Column, ...]

    @property
    def names(self) -> list[str]:
        """All column names, in order."""
        return [column.name for column in self.columns]

    @property
    def features(self) -> tuple[Column, ...]:
        """The columns that the network reads, in order."""
        return tuple(column for column in self.columns if column.role == "feature" and column.kind in FEATURE_KINDS)

    @property
    def target(self) -> Column | None:
        """The column to be predicted, if one was chosen."""
        return next((column for column in self.columns if column.role == "target"), None)

    @property
    def arrays(self) -> tuple[str, ...]:
        """Names of the inputs of more axes that features become, each once."""
        return tuple(dict.fromkeys(ARRAY_OF[column.kind] for column in self.features if column.kind in ARRAY_OF))

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise DataError(f"column {name!r} must be in the table, got {', '.join(self.names)}.")

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    def with_column(self, column: Column) -> Schema:
        """The same schema with the column of that name replaced."""
        return Schema(tuple(column if old.name == column.name else old for old in self.columns))

    def with_roles(self, roles: Mapping[str, Role]) -> Schema:
        """The same schema with the roles of the named columns changed (`with_roles({"price": "target"})`)."""
        return Schema(tuple(replace(column, role=roles.get(column.name, column.role)) for column in self.columns))

    def to_json(self) -> list[dict[str, Any]]:
        """All columns as plain JSON values."""
        return [column.to_json() for column in self.columns]

    @classmethod
    def from_json(cls, data: list[Mapping[str, Any]]) -> Schema:
        """The schema that `to_json` described."""
        return cls(tuple(Column.from_json(column) for column in data))


#: Why a column is the class of pictures: the folder says it.
CLASS_OF_PICTURE = "the class of the picture"


@dataclass(frozen=True)
class Provenance:
    """Where a table came from and how it was read.

    Args:
        name: As messages name it (`houses.csv`, `surveys of portal.sqlite`).
        stem: The short name that a run folder takes (`houses`).
        how: What was found out or given, in a few words each (`utf-8`, `comma`).
        hint: The flags that override what was found, empty if nothing was guessed.
        notes: Sentences the user should read (an encoding that was a close call, say).
        fingerprint: SHA-256 of the bytes read, or of the cells where there are no bytes.
        task: The task the source knows about itself (`sample:` sets do), or empty.
    """

    name: str
    stem: str
    how: tuple[str, ...] = ()
    hint: str = ""
    notes: tuple[str, ...] = ()
    fingerprint: str = ""
    task: str = ""


@dataclass(frozen=True)
class Table:
    """Rows and columns with their schema, and where they came from.

    Args:
        frame: The cells; see the module's table of kinds and types. Of a large table a `StoredFrame`, which has the
            part of a frame that is needed here and in `base/copies.py`; all else reads columns, blocks or a sample.
        schema: One entry a column of `frame`, in its order.
        source: Where they came from.
        rows: The number of each row in its source, from 0; (n_rows,).
        findings: What was noticed while it was read.
        units: Rows that were kept together when the table was split (copies, members of a group) share a number;
            (n_rows,). None where it was not split.
    """

    frame: pl.DataFrame
    schema: Schema
    source: Provenance
    rows: np.ndarray
    findings: tuple[Finding, ...] = ()
    units: np.ndarray | None = None

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return self.frame.height

    @property
    def in_files(self) -> bool:
        """Whether the table is large, so that its cells lie in scratch files and are read in parts."""
        return isinstance(self.frame, StoredFrame)

    def __getitem__(self, name: str) -> pl.Series:
        return self.frame[name]

    def take(self, positions: np.ndarray) -> Table:
        """The rows at these positions (counted in this table, not in the source), in that order."""
        units = None if self.units is None else self.units[positions]
        return replace(self, frame=self.frame[positions], rows=self.rows[positions], units=units)

    def sampled(self, most: int | None = None) -> Table:
        """The table itself; of a large one so many of its rows in memory, by chance and in order, always the same."""
        if not isinstance(self.frame, StoredFrame):
            return self
        n_taken = min(most or SAMPLED_ROWS, self.frame.most_in_memory)
        return self.take(spread_rows(self.n_rows, n_taken, derive_seed(0, "sample of a table", self.n_rows)))

    def with_schema(self, schema: Schema) -> Table:
        """The same cells under another schema with the same columns."""
        return replace(self, schema=schema)

    def blocks(self, size: int | None = None) -> Iterator[Table]:
        """The rows in blocks of at most `size` (`BLOCK_ROWS` where it is not given), in order."""
        size = size or BLOCK_ROWS
        for start in range(0, self.n_rows, size):
            own = slice(start, start + size)
            units = None if self.units is None else self.units[own]
            yield replace(self, frame=self.frame[own], rows=self.rows[own], units=units)
