from __future__ import annotations

import pytest

from netwright.audit.mixed import mixed_kinds, number_as_text
from tests.preparation.tables import loaded, numbers, typed

N = 200
SIZES = [f"{10 + n % 40}" for n in range(N)]


def table(cells, *kinds):
    return typed({"size": cells, "x": numbers(N)}, *kinds)


def test_numbers_and_a_word():
    cells = ["unknown" if n % 4 == 0 else size for n, size in enumerate(SIZES)]
    (finding,) = mixed_kinds(table(cells))
    assert (finding.code, finding.severity, finding.columns) == ("mixed-kinds", "warning", ("size",))
    assert finding.message == "size: 75 % of its values are numbers, the others unknown; read as a category"
    assert finding.advice == "--missing unknown makes numbers of it"
    assert finding.evidence == {"numbers": 150, "of": 200, "words": ["unknown"]}


def test_the_advice_works():
    cells = ["not known" if n % 4 == 0 else size for n, size in enumerate(SIZES)]
    (finding,) = mixed_kinds(table(cells))
    assert finding.advice == "--missing 'not known' makes numbers of it"
    again = loaded({"size": cells, "y": numbers(N)}, target="y", missing=("not known",)).table
    assert again.schema["size"].kind == "numeric"
    assert list(mixed_kinds(again)) == []


def test_many_words_are_a_note():
    cells = [f"A/{n}" if n % 4 == 0 else size for n, size in enumerate(SIZES)]
    (finding,) = mixed_kinds(table(cells))
    assert (finding.severity, finding.advice) == ("note", "")
    assert finding.message.endswith("and 47 more; read as a category")


def test_a_word_among_numbers_counts_as_missing():
    cells = ["lost" if n in (5, 90) else size for n, size in enumerate(SIZES)]
    (finding,) = mixed_kinds(table(cells))
    assert (finding.severity, finding.columns) == ("note", ("size",))
    assert finding.message == "size: lost among numbers, counted as missing (2 values missing in all, 1 %)"
    assert finding.advice.startswith("--kind size=category keeps the words")


def test_columns_with_the_same_word_are_told_together():
    cells = ["lost" if n in (5, 90) else size for n, size in enumerate(SIZES)]
    (finding,) = mixed_kinds(typed({"size": cells, "크기": cells, "x": numbers(N)}))
    assert finding.columns == ("size", "크기")
    assert finding.message == "size, 크기: lost among numbers, counted as missing"
    assert finding.evidence["missing"] == {"size": 2, "크기": 2}


@pytest.mark.parametrize(
    "cells",
    [
        SIZES,
        ["-" if n % 9 == 0 else size for n, size in enumerate(SIZES)],  # the usual mark
        ["1", "2", "3+", "4"] * 50,  # too few numbers for a measurement
        [f"0{size}" for size in SIZES],  # codes
        ["red", "blue"] * 100,
        ["12 red", "13 red"] * 100,
        ["1,234" if n % 2 else size for n, size in enumerate(SIZES)],
    ],
)
def test_ordinary_columns(cells):
    assert list(mixed_kinds(table(cells))) == []
    assert list(number_as_text(table(cells))) == []


def test_what_the_user_decided():
    cells = ["unknown" if n % 4 == 0 else size for n, size in enumerate(SIZES)]
    assert list(mixed_kinds(table(cells, "size=category"))) == []


@pytest.mark.parametrize("unit", ["kg", " kg", "평", " sq ft"])
def test_numbers_with_a_unit(unit):
    (finding,) = number_as_text(table([f"{size}{unit}" for size in SIZES]))
    assert (finding.code, finding.severity, finding.columns) == ("number-as-text", "warning", ("size",))
    assert finding.message == (
        f"size: numbers with a unit ({unit.strip()}) in 100 % of its rows, read as a category: their size is lost"
    )


def test_signs_that_the_reader_knows():
    assert list(number_as_text(table([f"{size} %" for size in SIZES]))) == []


def test_names_with_a_digit_in_front():
    cells = [f"{1 + n % 3}Story" for n in range(N)]
    assert list(number_as_text(table(cells))) == []


def test_names_of_files_that_are_numbers():
    assert list(number_as_text(table([f"{n}.png" for n in range(N)]))) == []
