"""Numbers among words, and numbers with their unit: columns that may have lost their size."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from netwright.audit.check import check
from netwright.base.figures import count, listing, share
from netwright.base.finding import Finding
from netwright.base.option import flag
from netwright.base.table import Column, Table

_TEXT_KINDS = ("category", "identifier", "text")
#: A column that is read as words is suspicious from this share of numbers on, ...
_SOME = 0.3
#: ... if they are at least so many different ones, as measurements are; fewer are codes.
_FEWEST_NUMBERS = 10
#: Up to so many words they are named as what may stand for a missing value.
_FEW_WORDS = 3
#: The number ends with a digit: `12.png` is the name of a file.
_WITH_UNIT = r"^([+-]?\d(?:[\d.,]*\d)?)\s*([^\d\s.,+\-][^\d]{0,11})$"
_MOST_UNITS = 2
_NEARLY_ALL = 0.9
#: Texts that mean missing in every column of numbers.
_MARKS = frozenset({"", "?", "null", "nan", "nat", "na", "n/a", "none", "nil", "<na>", "\\n", "-", "--", "."})
_BY_THE_USER = "as --kind says"


@check("mixed-kinds")
def mixed_kinds(table: Table) -> Iterator[Finding]:
    """Columns that hold numbers and words: read as names, or the words count as missing."""
    everywhere = _in_every_reading(table)
    alike: dict[tuple[str, ...], list[Column]] = {}  # columns of numbers by the words among them
    for column in table.schema.columns:
        if column.kind == "numeric" and column.role != "left_out":
            words = tuple(word for word in column.reading.missing if _is_word(word) and word not in everywhere)
            if words and table[column.name].null_count():
                alike.setdefault(words, []).append(column)
        elif column.kind != "numeric" and (finding := _numbers_among_words(table, column)):
            yield finding
    for words, columns in alike.items():
        yield _words_among_numbers(table, words, [column.name for column in columns])


@check("number-as-text")
def number_as_text(table: Table) -> Iterator[Finding]:
    """Columns of numbers written with a unit (`12 kg`), which are read as names."""
    for column in table.schema.columns:
        different = _different(table, column)
        if different is None:
            continue
        n, texts = int(different["rows"].sum()), pl.col("text")
        parts = different.select(
            "rows",
            number=texts.str.extract(_WITH_UNIT, 1),
            unit=texts.str.extract(_WITH_UNIT, 2).str.strip_chars(),
        ).drop_nulls()
        units, n_numbers = parts["unit"].unique().sort().to_list(), int(parts["rows"].sum())
        if n_numbers < _NEARLY_ALL * n or len(units) > _MOST_UNITS or parts["number"].n_unique() < _FEWEST_NUMBERS:
            continue
        yield Finding(
            code="number-as-text",
            where="data",
            severity="warning",
            message=f"{column.name}: numbers with a unit ({listing(units)}) in {share(n_numbers, n)} of its rows, "
            f"read as {_read_as(column)}: their size is lost",
            advice="take the unit out of the cells in the file, then they are numbers",
            columns=(column.name,),
            evidence={"rows": n_numbers, "of": n, "units": units},
        )


def _numbers_among_words(table: Table, column: Column) -> Finding | None:
    different = _different(table, column)
    if different is None:
        return None
    numbers = different["text"].str.replace_all(",", "").cast(pl.Float64, strict=False).is_not_null()
    n, n_numbers = int(different["rows"].sum()), int(different.filter(numbers)["rows"].sum())
    if not _SOME * n <= n_numbers < n or int(numbers.sum()) < _FEWEST_NUMBERS:
        return None
    words = different.filter(~numbers).sort("rows", "text", descending=[True, False])["text"].to_list()
    few = len(words) <= _FEW_WORDS
    return Finding(
        code="mixed-kinds",
        where="data",
        severity="warning" if few else "note",
        message=f"{column.name}: {share(n_numbers, n)} of its values are numbers, the others {listing(words, 3)}; "
        f"read as {_read_as(column)}",
        advice=f"{' '.join(flag('--missing', word) for word in words)} makes numbers of it" if few else "",
        columns=(column.name,),
        evidence={"numbers": n_numbers, "of": n, "words": words[:10]},
    )


def _words_among_numbers(table: Table, words: tuple[str, ...], names: list[str]) -> Finding:
    gaps = {name: table[name].null_count() for name in names}
    most = max(gaps.values())
    missing = f"{count(most, 'value')} missing in all, {share(most, table.n_rows)}"
    said = f"missing ({missing})" if len(names) == 1 else "missing"
    return Finding(
        code="mixed-kinds",
        where="data",
        severity="note",
        message=f"{listing(names, 4)}: {listing(words, 3)} among numbers, counted as {said}",
        advice=f"{flag('--kind', names[0] + '=category')} keeps the words, and loses the size of the numbers",
        columns=tuple(names),
        evidence={"words": list(words[:10]), "missing": gaps, "rows": table.n_rows},
    )


def _different(table: Table, column: Column) -> pl.DataFrame | None:
    """The different texts of a column that was read as names, with their rows; None where it was not.

    So too where the user wants it so, and where there are too few of them to be measurements.
    """
    if column.kind not in _TEXT_KINDS or column.why == _BY_THE_USER or table[column.name].dtype != pl.String:
        return None
    if column.role == "left_out" and column.kind == "category":
        return None
    different = table[column.name].drop_nulls().alias("text").value_counts(name="rows")
    return different if different.height >= _FEWEST_NUMBERS else None


def _read_as(column: Column) -> str:
    return {"category": "a category", "identifier": "an identifier", "text": "free text"}[column.kind]


def _is_word(token: str) -> bool:
    return token.casefold() not in _MARKS and not token.startswith("#") and any(map(str.isalpha, token))


def _in_every_reading(table: Table) -> set[str]:
    """Texts that mean missing in all columns: those that the user named with `--missing`."""
    readings = [set(column.reading.missing) for column in table.schema.columns]
    return set.intersection(*readings) if len(readings) > 1 else set()
