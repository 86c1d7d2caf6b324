"""From cells to kinds: which columns are numbers, categories, dates, and which only name the rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.base.errors import DataError
from netwright.base.figures import count, listing, one_line, readable
from netwright.base.option import flag
from netwright.base.table import ARRAY_KINDS, Column, Reading, Schema, Table
from netwright.sources.case import Case, Decided
from netwright.sources.casting import cast_cells
from netwright.sources.complaints import no_such_column, quoted
from netwright.sources.deciding import decide
from netwright.sources.distinct import Distinct
from netwright.sources.given_kinds import decide_as_given
from netwright.sources.kind_options import KindOptions, parse_kind_options
from netwright.sources.labels import as_labels, as_numbers
from netwright.sources.plain_numbers import NumberFacts, number_facts, plain_numbers, without_codes
from netwright.sources.tokens import NUMBER_MISSING, kept_tokens

if TYPE_CHECKING:
    import polars as pl

__all__ = ["KindOptions", "as_labels", "as_numbers", "infer_kinds", "parse_kind_options"]

NOTHING_SAID = KindOptions()

_MOST_NAMES = 5
_TEXT_KINDS = frozenset({"category", "boolean", "ordinal", "text", "identifier"})


def infer_kinds(table: Table, options: KindOptions = NOTHING_SAID) -> Table:
    """The same table with the kind of every column, and its cells in the types of those kinds.

    Columns whose role is `left_out` already are typed too, but nothing about them is an error.

    Args:
        table: As a source gave it.
        options: What the user said.

    Returns:
        A typed table; its target has the role `target`, its `source.notes` end with what was decided on doubtful
        grounds.

    Raises:
        DataError: The user named a column that is not there; a number is infinite; a target or a column under
            `--kind numeric` holds texts; cells do not agree with a kind given by the user.

    Example:
        >>> from netwright.sources.registry import open_table
        >>> table = infer_kinds(open_table({"rooms": ["4", "6", "NA"], "sold": ["no", "yes", "no"]}))
        >>> [(column.name, column.kind) for column in table.schema.columns], table["rooms"].to_list()
        ([('rooms', 'numeric'), ('sold', 'boolean')], [4.0, 6.0, None])
    """
    _check_names(table, options)
    cases = _cases(table, options)
    decided = _with_some_feature([_decide(case) for case in cases], cases)
    columns = []
    for one, case in zip(decided, cases, strict=True):
        columns.append(replace(one.column, role="target") if case.is_target else one.column)
    frame = _typed(table, columns, decided)
    told = [one for one in decided if one.column.role != "left_out"]
    notes = tuple(note for one in told for note in one.notes)
    notes += _counted_as_missing(told) + _kept_as_values(frame, columns)
    source = replace(table.source, notes=table.source.notes + tuple(one_line(readable(note)) for note in notes))
    return replace(table, frame=frame, schema=Schema(tuple(columns)), source=source)


def _check_names(table: Table, options: KindOptions) -> None:
    said = [(name, "--kind") for name in options.kinds] + [(name, "--use") for name in options.keep]
    if options.target is not None:
        said.append((options.target, "--target"))
    for name, said_by in said:
        if name not in table.schema:
            raise no_such_column(table, name, said_by)


def _cases(table: Table, options: KindOptions) -> list[Case]:
    missing = tuple(dict.fromkeys(NUMBER_MISSING + options.missing))
    found = [column.name for column in table.schema.columns if column.reading == Reading()]
    plain = number_facts(without_codes(table.frame, plain_numbers(table.frame, dict.fromkeys(found, missing))))
    plain = {name: facts for name, facts in plain.items() if facts.n_filled}
    cases = [
        Case(table, column, options, kept=column.name in options.keep, numbers=plain.get(column.name))
        for column in table.schema.columns
    ]
    if any(_has_decimal_comma(case) for case in cases):
        # what one column shows beyond doubt helps to read the others
        cases = [replace(case, decimal_comma=True, numbers=_unless_text(case)) for case in cases]
    return cases


def _unless_text(case: Case) -> NumberFacts | None:
    import polars as pl

    return None if case.cells.dtype == pl.String else case.numbers


def _has_decimal_comma(case: Case) -> bool:
    import polars as pl

    if case.numbers or case.cells.dtype != pl.String or case.column.reading != Reading() or case.is_left_out:
        return False
    if not case.has_commas() or not len(case.solid):
        return False
    return case.style.style.decimal == "," and case.style.other is None and case.style.share == 1.0


def _decide(case: Case) -> Decided:
    if case.column.kind in ARRAY_KINDS or (_beside_pictures(case) and case.name not in case.options.kinds):
        return Decided(case.column)
    if case.name not in case.options.kinds:
        return decide(case)
    try:
        return decide_as_given(case)
    except DataError:
        if not case.is_left_out:
            raise
        return decide(case)


def _beside_pictures(case: Case) -> bool:
    """Whether the source of pictures says what the column is: names of folders are labels, be they numbers."""
    known = case.column.kind != "unknown"
    return known and any(column.kind in ARRAY_KINDS for column in case.table.schema.columns)


def _with_some_feature(decided: list[Decided], cases: list[Case]) -> list[Decided]:
    """Identifiers are features after all where there is no other."""
    roles = {case.name: "target" if case.is_target else case.column.role for case in cases}
    schema = Schema(tuple(one.column for one in decided)).with_roles(roles)
    if schema.features:
        return decided
    again = [
        case.name
        for one, case in zip(decided, cases, strict=True)
        if roles[case.name] == "feature" and one.column.kind == "identifier" and case.name not in case.options.kinds
    ]
    if not again:
        return decided
    note = f"{listing(again)} kept although every row has a value of its own: there is no other feature."
    decided = [
        decide(replace(case, kept=True)) if case.name in again else one
        for one, case in zip(decided, cases, strict=True)
    ]
    return [*decided[:-1], replace(decided[-1], notes=(*decided[-1].notes, note))]


def _typed(table: Table, columns: list[Column], decided: list[Decided]) -> pl.DataFrame:
    import polars as pl

    typed = []
    for column, one in zip(columns, decided, strict=True):
        if column.kind == "numeric" and one.values is not None:
            typed.append(one.values)
            continue
        typed.append(cast_cells(table[column.name], column).values)
    return pl.DataFrame(typed)


def _counted_as_missing(decided: list[Decided]) -> tuple[str, ...]:
    """Notes on texts among numbers or dates, one for all columns in which they are the same."""
    alike: dict[tuple[tuple[str, ...], str], list[Decided]] = {}
    for one in decided:
        if one.exceptions:
            alike.setdefault((one.exceptions.texts, one.exceptions.among), []).append(one)
    notes = []
    for (texts, among), columns in alike.items():
        names = [one.column.name for one in columns]
        cells = sum(one.exceptions.cells for one in columns if one.exceptions)
        notes.append(
            f"{'columns' if len(names) > 1 else 'column'} {listing([repr(name) for name in names], _MOST_NAMES)}: "
            f"{quoted(texts)} in {count(cells, 'cell')} counted as missing, since the others are {among}; "
            f"{flag('--kind', names[0] + '=category')} keeps them."
        )
    return tuple(notes)


def _kept_as_values(frame: pl.DataFrame, columns: list[Column]) -> tuple[str, ...]:
    """Notes on texts such as NA that stay values."""
    found: dict[str, list[int]] = {}
    for column in columns:
        if column.kind not in _TEXT_KINDS or column.role == "left_out":
            continue
        tokens = set(kept_tokens(column.reading.missing)) - set(column.levels)
        seen = Distinct.of(frame[column.name]).among(tokens)
        for text, cells in zip(seen.texts, seen.counts, strict=True):
            found.setdefault(text, []).append(cells)
    return tuple(
        f"text {text!r} kept as a value in {count(len(found[text]), 'column')} ({count(sum(found[text]), 'cell')}); "
        f"{flag('--missing', text)} treats it as missing."
        for text in sorted(found)
    )
