"""The kind of one column, found from its cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from netwright.base.figures import count, share
from netwright.base.option import flag
from netwright.base.table import Kind, Reading
from netwright.sources.booleans import find_pair
from netwright.sources.case import Case, Decided, Exceptions, is_mostly
from netwright.sources.casting import cast_cells
from netwright.sources.complaints import not_finite, not_numeric
from netwright.sources.dates import DIGITS, DatesFound, dates_in_integers, find_dates, parse_dates
from netwright.sources.identifiers import why_numbers_identify, why_texts_identify
from netwright.sources.numbers import in_brackets, parse_numbers, unit_of
from netwright.sources.plain_numbers import number_facts

if TYPE_CHECKING:
    import polars as pl

_ISO_WITH_CLOCK = "%Y-%m-%d %H:%M:%S"


def decide(case: Case) -> Decided:
    """The kind of a column.

    Raises:
        DataError: A number is infinite, or the target holds numbers and a few texts.
    """
    import polars as pl

    kind = case.cells.dtype
    if kind == pl.String:
        return _decide_texts(case)
    if kind == pl.Boolean:
        return _decide_labels(case, case.label_missing)
    if kind == pl.Datetime:
        return _decide_moments(case)
    return _decide_numbers(case, Reading(case.number_missing))


def _decide_texts(case: Case) -> Decided:
    if case.numbers:
        return _decide_numbers(case, Reading(case.number_missing))
    if not len(case.solid):
        return _decide_labels(case, case.label_missing)
    if not case.may_be_numbers():
        return _decide_labels(case, case.label_missing)
    codes = case.are_codes()
    if not codes and case.style.share == 1.0:
        decided = _decide_numbers(case, case.number_reading)
        unit = unit_of(case.solid.texts) if decided.column.kind == "numeric" else ""
        return replace(decided, column=replace(decided.column, unit=unit), notes=_readings(case))
    labels = case.labels(case.label_missing)
    if find_pair(labels.texts.to_list()):
        return _decide_labels(case, case.label_missing)
    dates = None if case.options.arrays or len(case.solid) == 1 else find_dates(case.solid.texts, case.solid.counts)
    if dates and not codes and (dates.share == 1.0 or is_mostly(dates.share, case.solid.total)):
        return _decide_dates(case, dates)
    if not codes and is_mostly(case.style.share, case.solid.total):
        return _decide_mostly_numbers(case)
    return _decide_labels(case, case.label_missing)


def _decide_numbers(case: Case, reading: Reading) -> Decided:
    """Of a column in which every cell that is not missing is a number."""
    column = replace(case.column, kind="numeric", reading=reading)
    facts = case.numbers or number_facts({case.name: cast_cells(case.cells, column).values})[case.name]
    values = facts.values
    if facts.infinite:
        infinite = values.is_infinite().fill_null(False)
        if not case.is_left_out:
            raise not_finite(case.table, case.name, values, infinite, "correct the cells" if case.is_target else "")
        values = values.set(infinite, None)
    numeric = Decided(replace(column, why=_why_numeric(reading)), values=values)
    if case.options.arrays:
        return numeric
    if facts.n_different <= 2:
        labels = case.labels(reading.missing)
        if len(labels) < 2 or find_pair(labels.texts.to_list()):
            return _decide_labels(case, reading.missing)
    if not case.is_target and dates_in_integers(facts):
        return _dates(case, DIGITS, f"dates as {int(values.drop_nulls()[0])}")
    why = why_numbers_identify(case.name, facts, case.table.n_rows) if case.may_identify else ""
    if why:
        return Decided(replace(column, kind="identifier", reading=Reading(reading.missing), why=why))
    return numeric


def _decide_mostly_numbers(case: Case) -> Decided:
    """Of a column of numbers in which a few cells hold texts: they count as missing, but not in a target."""
    reading = case.number_reading
    cast = cast_cells(case.cells, replace(case.column, kind="numeric", reading=reading))
    if case.is_target:
        raise not_numeric(case.table, case.name, case.cells, cast.unreadable)
    texts = case.cells.filter(cast.unreadable)
    decided = _decide_numbers(case, replace(reading, missing=reading.missing + _different(texts)))
    read = share(case.solid.total - len(texts), case.solid.total)
    why = f"{read} numbers" if decided.column.kind == "numeric" else decided.column.why
    exceptions = Exceptions(_different(texts), len(texts), "numbers")
    return replace(decided, column=replace(decided.column, why=why), notes=_readings(case), exceptions=exceptions)


def _decide_dates(case: Case, found: DatesFound) -> Decided:
    texts = case.solid.texts
    read = parse_dates(texts, found.format).is_not_null()
    decided = _dates(case, found.format, f"dates as {texts.filter(read)[0]}")
    if found.other:
        first, second = ("day", "month") if found.format.startswith("%d") else ("month", "day")
        note = (
            f"column {case.name!r} read as {first} before {second}, since no value tells; "
            f"{flag('--kind', f'{case.name}=date:{found.other}')} reads it the other way."
        )
        decided = replace(decided, notes=(note,))
    if read.all():
        return decided
    column, wrong = decided.column, case.solid.where(~read)
    different = tuple(wrong.texts.to_list())
    reading = replace(column.reading, missing=column.reading.missing + different)
    exceptions = Exceptions(different, wrong.total, "dates")
    return replace(decided, column=replace(column, reading=reading), exceptions=exceptions)


def _decide_moments(case: Case) -> Decided:
    filled = case.cells.drop_nulls()
    if filled.n_unique() < 2:
        return _decide_labels(case, case.label_missing)
    return _dates(case, _ISO_WITH_CLOCK, "dates")


def _dates(case: Case, form: str, why: str) -> Decided:
    return Decided(replace(case.column, kind="date", reading=Reading(case.number_missing, date_format=form), why=why))


def _decide_labels(case: Case, missing: tuple[str, ...]) -> Decided:
    """Of a column whose cells are names of something."""
    labels = case.labels(missing)
    complete = labels.total == case.table.n_rows
    reading = Reading(missing)

    def decided(kind: Kind, why: str, levels: tuple[str, ...] = ()) -> Decided:
        return Decided(replace(case.column, kind=kind, reading=reading, why=why, levels=levels))

    if not len(labels):
        return decided("constant", "all missing")
    if len(labels) == 1 and complete:
        return decided("constant", "one value")
    pair = find_pair(labels.texts.to_list())
    if pair:
        return decided("boolean", "/".join(pair), pair)
    kind, why = why_texts_identify(labels, case.table.n_rows, case.name) if case.may_identify else ("", "")
    if (
        case.kept
        and not case.options.arrays
        and why_texts_identify(labels, case.table.n_rows)[1].endswith(("texts", "names"))
    ):  # words may repeat
        kind, why = "text", "texts of several words"
    if kind:
        return decided("identifier" if kind == "identifier" else "text", why)
    return decided("category", count(len(labels), "level"))


def _why_numeric(reading: Reading) -> str:
    if reading.decimal == ",":
        return "numbers with a decimal comma"
    return f"numbers, thousands as 1{reading.thousands}000" if reading.thousands else "numbers"


def _readings(case: Case) -> tuple[str, ...]:
    """Notes on texts that could be other numbers, or none."""
    return _ambiguous(case) + _in_brackets(case)


def _in_brackets(case: Case) -> tuple[str, ...]:
    texts = case.solid.texts
    texts = texts.filter(in_brackets(texts) & parse_numbers(texts, case.style.style).is_not_null())
    if not len(texts):
        return ()
    read = parse_numbers(texts[:1], case.style.style)[0]
    other = flag("--kind", f"{case.name}=category")
    return (f"column {case.name!r}: {texts[0]} read as {read:,g}, as accountants write it; {other} keeps the texts.",)


def _ambiguous(case: Case) -> tuple[str, ...]:
    """A note where the same texts could be other numbers under the other decimal mark."""
    if case.style.other is None:
        return ()
    # in a file separated by commas nobody writes decimal commas in quotes
    if "comma" in case.table.source.how and case.style.style.decimal == ".":
        return ()
    texts = case.solid.texts
    one, two = parse_numbers(texts, case.style.style), parse_numbers(texts, case.style.other)
    differ = one != two
    if not differ.any():
        return ()
    at = int(differ.arg_true()[0])
    return (
        f"column {case.name!r}: {texts[at]} read as {one[at]:g}; "
        f"--decimal {case.style.other.decimal} reads it as {two[at]:g}.",
    )


def _different(texts: pl.Series) -> tuple[str, ...]:
    return tuple(texts.unique(maintain_order=True).to_list())
