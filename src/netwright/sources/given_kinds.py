"""A column whose kind the user named: the cells must agree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from netwright.base.errors import DataError, PlanError
from netwright.base.figures import listing
from netwright.base.option import flag
from netwright.base.table import Column, Kind, Reading
from netwright.sources.booleans import find_pair
from netwright.sources.case import Case, Decided
from netwright.sources.casting import as_texts, cast_cells
from netwright.sources.complaints import bad_cells, not_finite, not_numeric
from netwright.sources.dates import DIGITS, is_format, likeliest_format
from netwright.sources.distinct import Distinct
from netwright.sources.numbers import in_brackets, parse_numbers
from netwright.sources.typed import canonical_text

if TYPE_CHECKING:
    pass

#: What speaks for such a kind.
GIVEN = "as --kind says"


def decide_as_given(case: Case) -> Decided:
    """The column under the kind of `--kind`.

    Raises:
        DataError: A cell cannot be read as that kind; a level is not listed; the order of the levels is unknown.
    """
    kind, levels = case.options.kinds[case.name]
    if kind == "numeric":
        return Decided(_numeric(case))
    if kind == "date":
        return Decided(_date(case, levels))
    if kind == "ordinal":
        return Decided(_ordinal(case, levels))
    if kind == "boolean":
        return Decided(_boolean(case, levels))
    return Decided(_column(case, cast(Kind, kind), Reading(case.label_missing)))


def _column(case: Case, kind: Kind, reading: Reading, levels: tuple[str, ...] = ()) -> Column:
    return replace(case.column, kind=kind, reading=reading, levels=levels, why=GIVEN)


def _numeric(case: Case) -> Column:
    import polars as pl

    reads_texts = case.cells.dtype == pl.String and len(case.solid)
    column = _column(case, "numeric", case.number_reading if reads_texts else Reading(case.number_missing))
    cells = cast_cells(case.cells, column)
    if cells.unreadable.any():
        raise not_numeric(case.table, case.name, canonical_text(case.cells), cells.unreadable)
    infinite = cells.values.is_infinite().fill_null(False)
    if infinite.any():
        otherwise = "correct the cells" if case.is_target else ""
        raise not_finite(case.table, case.name, cells.values, infinite, otherwise)
    return column


def _date(case: Case, given: tuple[str, ...]) -> Column:
    texts = as_texts(case.cells, case.number_missing)
    seen = Distinct.of(texts)
    if given and not is_format(given[0]):
        raise PlanError(
            f"{flag('--kind', f'{case.name}=date:{given[0]}')} must give a strptime format, such as %d/%m/%Y %H:%M "
            f"(%.f for fractions of a second), got {given[0]!r}."
        )
    form = given[0] if given else likeliest_format(seen.texts, seen.counts) or DIGITS
    column = _column(case, "date", Reading(case.number_missing, date_format=form))
    cells = cast_cells(case.cells, column)
    if cells.unreadable.any():
        advice = (
            f"Pass {{missing}}, or the format as in {flag('--kind', case.name + '=date:%d/%m/%Y')}, "
            f"or {flag('--kind', case.name + '=category')}."
        )
        raise bad_cells(case.table, case.name, "hold dates", texts, cells.unreadable, advice)
    return column


def _ordinal(case: Case, given: tuple[str, ...]) -> Column:
    import polars as pl

    if not given:
        return _column(case, "ordinal", Reading(case.number_missing), _ordered(case))
    levels = tuple(canonical_text(pl.Series(given)).to_list())
    # a listed level is an answer, even if it is called NA
    missing = tuple(token for token in case.number_missing if token not in levels)
    _refuse_others(case, missing, levels, "ordinal", " < ")
    return _column(case, "ordinal", Reading(missing), levels)


def _ordered(case: Case) -> tuple[str, ...]:
    labels = case.labels(case.number_missing).texts
    numbers = parse_numbers(labels)
    if numbers.has_nulls() or in_brackets(labels).all():
        names = sorted(labels.to_list())
        raise DataError(
            f"column {case.name!r} of {case.table.source.name} must have the order of its levels given, got "
            f"{listing([repr(name) for name in names])}. List them from low to high, as in "
            f"{flag('--kind', f'{case.name}=ordinal:S<M<L')}."
        )
    return tuple(labels.gather(numbers.arg_sort()).to_list())


def _boolean(case: Case, given: tuple[str, ...]) -> Column:
    labels = case.labels(case.number_missing).texts.to_list()
    if given:
        missing = tuple(token for token in case.number_missing if token not in given)
        _refuse_others(case, missing, given, "boolean", " and ")
        return _column(case, "boolean", Reading(missing), given)
    if len(labels) != 2:
        raise DataError(
            f"column {case.name!r} of {case.table.source.name} must have two values to be boolean, got {len(labels)}: "
            f"{listing([repr(label) for label in sorted(labels)])}. Pass {flag('--kind', case.name + '=category')}."
        )
    return _column(case, "boolean", Reading(case.number_missing), find_pair(labels) or tuple(sorted(labels)))


def _refuse_others(case: Case, missing: tuple[str, ...], levels: tuple[str, ...], kind: str, between: str) -> None:
    texts = as_texts(case.cells, missing)
    others = texts.is_not_null() & ~texts.is_in(list(levels))
    if others.any():
        option = flag("--kind", f"{case.name}={kind}:{'<'.join(levels)}")
        advice = f"Pass {{missing}}, or add to {option} what is not listed."
        must = f"hold only the levels {between.join(levels)}"
        raise bad_cells(case.table, case.name, must, texts, others.fill_null(False), advice)
