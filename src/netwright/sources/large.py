"""Files whose table is large: read piece by piece into scratch files, kinds decided from a sample of their rows."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import count, share
from netwright.base.finding import Finding
from netwright.base.memory import free_bytes, refuse_too_large
from netwright.base.option import flag
from netwright.base.scratch import refuse_full_disk
from netwright.base.seeds import derive_seed
from netwright.base.stored import MOST_TEXTS, Writer, spread_rows
from netwright.base.table import Column, Provenance, Reading, Schema, Table
from netwright.sources.casting import cast_cells
from netwright.sources.complaints import quoted
from netwright.sources.conform import conform, is_plainly_written
from netwright.sources.identifiers import why_numbers_identify
from netwright.sources.plain_numbers import number_facts, plain_numbers
from netwright.sources.ranges import outside, range_finding
from netwright.sources.typed import canonical_text

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

#: Rows from which the kinds of a large table are told.
SAMPLE_ROWS = 100_000
#: More cells that a column's kind cannot mean are no exceptions that count as missing.
_MOST_UNREADABLE = 0.1
_TEXTS_SHOWN = 20
#: What a run on a large table takes, as measured: whatever its rows, and for each of them.
_FIXED_BYTES, _ROW_BYTES = 1 << 30, 150
_HASHED_AT_ONCE = 1 << 20


class LargeFile(ABC):
    """A file with a large table, of which a part at a time is in memory.

    Args:
        source: Where the cells come from.
        names: Of the columns.
        n_rows: How many rows there are; of a text at most.
    """

    def __init__(self, source: Provenance, names: list[str], n_rows: int) -> None:
        self.source, self.names, self.n_rows = source, names, n_rows

    @abstractmethod
    def sample(self) -> Table:
        """`SAMPLE_ROWS` rows spread over the file, untyped."""

    @abstractmethod
    def pieces(self) -> Iterator[tuple[int, pl.DataFrame]]:
        """All cells as a source gives them: the number of a first row, and some columns of the rows from there on."""


@dataclass
class _Tally:
    """What was wrong with the cells of a column."""

    unreadable: int = 0
    texts: list[str] = field(default_factory=list)
    infinite: int = 0
    outside: int = 0
    filled: int = 0
    first_row: int | None = None

    def add(self, start: int, wrong: pl.Series) -> None:
        """Count the first wrong row."""
        if self.first_row is None and wrong.any():
            self.first_row = start + int(wrong.arg_true()[0])


def refuse_before_reading(file: LargeFile, n_folds: int) -> None:
    """What needs more memory or disk than there is, is told before anything is read.

    Args:
        file: Where the cells are.
        n_folds: For how many folds inputs will be prepared.

    Raises:
        PlanError: It does.
    """
    shape = f"{file.source.name} with {file.n_rows:,} rows and {len(file.names):,} columns"
    cells = file.n_rows * len(file.names)
    # cells as numbers, rows as one number each, inputs in single precision, wider than the cells by some categories
    on_disk = 8 * cells + 8 * file.n_rows + 6 * cells * n_folds
    refuse_full_disk(f"a large table lies on the disk while it is worked on, but {shape} needs", on_disk)
    advice = "Pass a part of its rows, or end other programs; it is read in parts already."
    in_memory = _FIXED_BYTES + _ROW_BYTES * file.n_rows
    refuse_too_large(f"the table must fit the memory, but {shape} needs", in_memory, free_bytes(), advice)


def stored(file: LargeFile, typed_sample: Table, kept: Collection[str] = ()) -> Table:
    """The whole table of a file in scratch files.

    Args:
        file: Where the cells are.
        typed_sample: What was decided about its columns from a sample.
        kept: Columns of which the user said what they are.

    Raises:
        DataError: Cells that are not what the sample promised: a number that is infinite, a target that is none, a
            column of which many cells cannot be read; or the disk is full.
    """
    import numpy as np

    schema, frame = typed_sample.schema, typed_sample.frame
    writer = Writer({name: frame[name].dtype for name in frame.columns}, file.n_rows)
    tallies = {column.name: _Tally() for column in schema.columns}
    n_rows = 0
    for start, piece in file.pieces():
        plain = _plain(piece, schema)
        for cells in piece.get_columns():
            column = schema[cells.name]
            values = _typed(plain.get(cells.name, cells), column, start, tallies[column.name])
            writer.write(column.name, start, values)
        n_rows = max(n_rows, start + piece.height)
    source = replace(typed_sample.source, notes=(*typed_sample.source.notes, *_notes(file, schema, tallies, writer)))
    # what the sample held outside of the ranges is counted again, over all rows
    told = tuple(finding for finding in typed_sample.findings if finding.code != "out-of-range")
    table = Table(writer.done(n_rows), schema, source, np.arange(n_rows), told)  # type: ignore[arg-type]
    table = replace(table, findings=(*told, *_out_of_range(table, tallies)))
    for column in schema.columns:
        if column.kind == "numeric" and column.role == "feature" and column.name not in kept:
            table = _unless_row_numbers(table, column, frame[column.name])
    return table


def _unless_row_numbers(table: Table, column: Column, sampled: pl.Series) -> Table:
    """The table with a column of row numbers as an identifier: a sample of them has gaps."""
    if sampled.null_count() or sampled.n_unique() < len(sampled) or not bool((sampled == sampled.round()).all()):
        return table
    values = table[column.name]
    why = why_numbers_identify(column.name, number_facts({column.name: values})[column.name], table.n_rows)
    if not why:
        return table
    schema = table.schema.with_column(replace(column, kind="identifier", why=why, reading=Reading()))
    cells = canonical_text(values).alias(column.name)
    return replace(table, frame=table.frame.with_columns(cells), schema=schema)


def conformed(file: LargeFile, schema: Schema, *, require_target: bool = False, missing: tuple[str, ...] = ()) -> Table:
    """The whole table of a later file under a saved schema, in scratch files; see `conform`.

    Args:
        file: Where the cells are.
        schema: Of the training table.
        require_target: Whether the target must be there.
        missing: More texts that mean a missing value.

    Raises:
        DataError: As `conform` does; rows are counted within the part of the file that they were found in.
        PlanError: It needs more memory or disk than there is.
    """
    import numpy as np
    import polars as pl

    refuse_before_reading(file, 0)
    present = tuple(column for column in schema.columns if column.name in file.names)
    nothing = pl.DataFrame(schema=dict.fromkeys(file.names, pl.String))
    unread = Table(nothing, Schema(tuple(Column(name) for name in file.names)), file.source, np.arange(0))
    # what is missing is told before anything is read
    empty = conform(unread, schema, require_target=require_target, missing=missing)
    writer = Writer(dict(empty.frame.schema), file.n_rows)
    outside_of: dict[str, list[Finding]] = {}
    n_rows = 0
    for start, piece in file.pieces():
        own = [column for column in present if column.name in piece.columns]
        n_rows = max(n_rows, start + piece.height)
        if not own:
            continue
        cells = Table(
            piece, Schema(tuple(Column(name) for name in piece.columns)), file.source, start + np.arange(len(piece))
        )
        typed = conform(cells, Schema(tuple(own)), missing=missing)
        for name in typed.frame.columns:
            writer.write(name, start, typed[name])
        for finding in typed.findings:
            outside_of.setdefault(finding.columns[0], []).append(finding)
    _refuse_overfull(file, empty.schema, writer)
    table = Table(writer.done(n_rows), empty.schema, file.source, np.arange(n_rows))  # type: ignore[arg-type]
    findings = []
    for name, parts in outside_of.items():
        sums = [sum(int(part.evidence[key]) for part in parts) for key in ("values", "of")]
        findings.append(range_finding(table, schema[name], *sums))
    return replace(table, findings=tuple(findings))


def _refuse_overfull(file: LargeFile, schema: Schema, writer: Writer) -> None:
    for column in schema.columns:
        if column.name in writer.overfull and column.role != "left_out" and column.kind not in ("text", "identifier"):
            raise DataError(
                f"column {column.name!r} of {file.source.name} must have at most {MOST_TEXTS:,} different texts in a "
                f"table this large, got more. Pass {flag('--drop', column.name)}."
            )


def _plain(piece: pl.DataFrame, schema: Schema) -> dict[str, pl.Series]:
    """Columns of texts that read as numbers at first sight, all at once."""
    import polars as pl

    own = [schema[name] for name, kind in piece.schema.items() if kind == pl.String]
    return plain_numbers(piece, {one.name: one.reading.missing for one in own if is_plainly_written(one)})


def _typed(cells: pl.Series, column: Column, start: int, tally: _Tally) -> pl.Series:
    """Cells as their kind has them; what it cannot mean is missing, and counted."""
    cast = cast_cells(cells, column)
    values = cast.values
    if cast.unreadable.any():
        tally.add(start, cast.unreadable)
        tally.unreadable += int(cast.unreadable.sum())
        if len(tally.texts) < _TEXTS_SHOWN:
            texts = canonical_text(cells.filter(cast.unreadable)).unique(maintain_order=True).to_list()
            tally.texts = list(dict.fromkeys([*tally.texts, *texts]))[:_TEXTS_SHOWN]
    if column.kind == "numeric":
        infinite = values.is_infinite().fill_null(False)
        if infinite.any():
            if not tally.infinite:
                tally.first_row = start + int(infinite.arg_true()[0])
            tally.infinite += int(infinite.sum())
            values = values.set(infinite, None)
    tally.filled += len(values) - values.null_count()
    if column.low is not None or column.high is not None:
        beyond = outside(values, column)
        tally.outside += int(beyond.sum())
        values = values.set(beyond, None)
    return values


def _notes(file: LargeFile, schema: Schema, tallies: dict[str, _Tally], writer: Writer) -> Iterator[str]:
    """What the user should know about how the whole differs from the sample."""
    n_sampled = min(SAMPLE_ROWS, file.n_rows)
    yield (
        f"{file.source.name} is large ({file.n_rows:,} rows): kinds were decided from {n_sampled:,} rows spread over "
        "it, --kind COL=KIND overrides; the cells lie in scratch files while it is worked on."
    )
    _refuse_overfull(file, schema, writer)
    for column in schema.columns:
        name, tally = column.name, tallies[column.name]
        if column.role == "left_out":
            continue
        if tally.infinite:
            raise DataError(
                f"column {name!r} of {file.source.name} must be finite, got {tally.infinite:,} infinite of "
                f"{count(file.n_rows, 'row')} (first: row {tally.first_row:,}). Pass --missing inf if that means "
                "missing, or correct the cells."
            )
        if tally.unreadable:
            _refuse_unreadable(file, column, tally)
            yield (
                f"column {name!r}: {quoted(tally.texts)} in {count(tally.unreadable, 'cell')} counted as missing, "
                f"since the sample was {column.kind}; {flag('--kind', name + '=category')} keeps them."
            )


def _refuse_unreadable(file: LargeFile, column: Column, tally: _Tally) -> None:
    if column.role != "target" and tally.unreadable <= _MOST_UNREADABLE * (tally.unreadable + tally.filled):
        return
    missing = " ".join(flag("--missing", text) for text in tally.texts[:1])
    raise DataError(
        f"column {column.name!r} of {file.source.name} must be {column.kind} like the sample of its rows, got "
        f"{quoted(tally.texts)} in {tally.unreadable:,} of {count(file.n_rows, 'row')} (first: row "
        f"{tally.first_row:,}; {share(tally.unreadable, file.n_rows)}). Pass {missing}, or "
        f"{flag('--kind', column.name + '=category')}."
    )


def _out_of_range(table: Table, tallies: dict[str, _Tally]) -> Iterator[Finding]:
    for column in table.schema.columns:
        if tallies[column.name].outside:
            yield range_finding(table, column, tallies[column.name].outside, tallies[column.name].filled)


def sampled_rows(n_rows: int) -> np.ndarray:
    """Rows by chance, one of each of `SAMPLE_ROWS` parts of as many rows, rising; all where they are fewer.

    Example:
        >>> sampled_rows(3).tolist()
        [0, 1, 2]
    """
    return spread_rows(n_rows, SAMPLE_ROWS, derive_seed(0, "sample of a file", n_rows))


def fingerprint_of(path: Path) -> str:
    """SHA-256 of the bytes of a file, some at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASHED_AT_ONCE):
            digest.update(block)
    return digest.hexdigest()
