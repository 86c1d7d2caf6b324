from __future__ import annotations

import numpy as np
import polars as pl

from netwright.audit.duplicates import duplicates
from tests.preparation.tables import numbers, typed


def test_rows_that_repeat_an_earlier_one():
    x = numbers(100)
    x[[40, 90]] = x[10]
    (finding,) = duplicates(typed({"x": x}))
    assert (finding.code, finding.severity) == ("duplicates", "warning")
    assert finding.message == "2 rows repeat an earlier one (2 %)"
    assert finding.evidence == {"rows": 2, "of": 100, "by_chance": False, "first": [40, 90]}


def test_few_of_many_are_a_note():
    x = numbers(1000)
    x[999] = x[0]
    (finding,) = duplicates(typed({"x": x}))
    assert (finding.severity, finding.message) == ("note", "1 row repeats an earlier one (under 1 %)")


def test_numbers_of_the_source_are_given():
    x = numbers(100)
    x[90] = x[50]
    (finding,) = duplicates(typed({"x": x}).take(np.arange(20, 100)))
    assert finding.evidence["first"] == [90]


def test_rows_that_differ():
    assert list(duplicates(typed({"x": numbers(100)}))) == []
    half = np.repeat(numbers(50), 2)
    assert list(duplicates(typed({"x": half, "z": numbers(100, 1)}))) == []


def test_gaps_are_equal_to_gaps_and_to_nothing_else():
    x = [*numbers(40).tolist(), None, None, None]
    town = ["a"] * 41 + ["a", "b"]
    (finding,) = duplicates(typed({"x": x, "town": town}))
    assert finding.evidence["first"] == [41]


def test_an_identifier_does_not_tell_copies_apart():
    half = np.repeat(numbers(50), 2)
    ids = [f"k{n:03d}" for n in range(100)]
    (finding,) = duplicates(typed({"id": ids, "x": half}))
    assert finding.evidence["rows"] == 50
    table = typed({"id": ids, "x": numbers(100)})
    assert list(duplicates(table)) == []


def test_columns_left_out_do_not_count():
    table = typed({"x": np.repeat(numbers(50), 2), "z": numbers(100, 1)})
    (finding,) = duplicates(table.with_schema(table.schema.with_roles({"z": "left_out"})))
    assert finding.evidence["rows"] == 50


def test_a_single_row_and_a_table_of_constants():
    assert list(duplicates(typed({"x": numbers(30)}).take(np.array([3])))) == []
    assert list(duplicates(typed({"one": ["a"] * 30}))) == []


def test_against_polars():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {"a": rng.integers(0, 9, 500) + 0.5, "b": rng.choice(["x", "y"], 500), "c": rng.integers(0, 9, 500) / 4}
    )
    (finding,) = duplicates(typed(frame))
    assert finding.evidence["rows"] == 500 - frame.unique().height


def test_few_possible_rows_are_no_copies():
    rng = np.random.default_rng(0)
    (finding,) = duplicates(typed({"a": rng.choice(["x", "y"], 200), "b": rng.choice(["u", "v", "w"], 200)}))
    assert (finding.severity, finding.evidence["by_chance"]) == ("note", True)
    assert "few different rows are possible" in finding.advice
