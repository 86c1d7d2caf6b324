from __future__ import annotations

import numpy as np
import pytest

from netwright.audit.summary import summarise_columns
from tests.preparation.tables import loaded, numbers, typed


def test_numbers():
    x = [None, *np.arange(1, 161) / 10]
    summary, _ = summarise_columns(typed({"x": x, "y": [1.5, *numbers(160)]}, target="y"))
    assert (summary.name, summary.kind, summary.role) == ("x", "numeric", "feature")
    assert (summary.n_missing, summary.n_distinct) == (1, 160)
    assert dict(summary.figures) == {
        "minimum": "0.100", "lower quartile": "4.07", "median": "8.05", "upper quartile": "12.0", "maximum": "16.0",
        "mean": "8.05", "standard deviation": "4.62",
    }  # fmt: skip
    assert len(summary.labels) == len(summary.counts) == 16
    assert sum(summary.counts) == 160
    assert summary.counts == (10,) * 16
    assert summary.labels[0] == "0.100 to 1.09"


def test_free_text_by_its_length_and_words():
    sentences = [f"the house of {'birds' if n % 4 else 'dogs'} at the {'river ' * (n % 5)}" for n in range(80)]
    places = [f"{sentence} {chr(97 + n % 26)}{chr(97 + n // 26)}" for n, sentence in enumerate(sentences)]
    (summary, _) = summarise_columns(typed({"place": places, "x": numbers(80)}, target="x"))
    assert (summary.kind, summary.groups, summary.relation) == ("text", (), None)
    assert summary.figures["minimum"] == "28 characters"
    assert summary.figures["frequent words"].startswith("at (100 %), house (100 %), of (100 %), the (100 %), river (80 %)")
    assert sum(summary.counts) == 80
    assert summary.labels[0].endswith(" characters")


def test_levels_from_frequent_to_rare():
    town = ["b"] * 30 + ["a"] * 30 + ["c"] * 39 + [None]
    (summary, _) = summarise_columns(typed({"town": town, "x": numbers(100)}))
    assert summary.labels == ("c", "a", "b")
    assert summary.counts == (39, 30, 30)
    assert dict(summary.figures) == {}
    assert summary.n_missing == 1


def test_many_levels_are_taken_together():
    town = [f"t{n % 25:02d}" for n in range(100)]
    (summary, _) = summarise_columns(typed({"town": town, "x": numbers(100)}))
    assert summary.n_distinct == 25
    assert summary.labels[-1] == "15 more"
    assert summary.counts[-1] == 60
    assert sum(summary.counts) == 100


def test_dates_by_year():
    days = ["1969-12-31", "1969-01-01", "2021-05-05", "2024-02-29"] * 10
    (summary, _) = summarise_columns(typed({"day": days, "x": numbers(40)}))
    assert summary.kind == "date"
    assert dict(summary.figures) == {"first": "1969-01-01 00:00", "last": "2024-02-29 00:00"}
    assert (summary.labels, summary.counts) == (("1969", "2021", "2024"), (20, 10, 10))


def test_identifiers_and_empty_columns_have_no_bars():
    table = typed({"id": [f"k{n}" for n in range(60)], "none": [None] * 60, "x": numbers(60)})
    by_name = {summary.name: summary for summary in summarise_columns(table)}
    assert by_name["id"].labels == by_name["none"].labels == ()
    assert (by_name["id"].n_distinct, by_name["none"].n_distinct, by_name["none"].n_missing) == (60, 0, 60)


@pytest.mark.parametrize("value", [7.5, 0.0, -3.0])
def test_a_single_number(value):
    (summary, _) = summarise_columns(typed({"x": [value] * 30, "z": numbers(30)}, "x=numeric"))
    assert summary.labels in (("7.50",), ("0",), ("-3.00",))
    assert summary.counts == (30,)


@pytest.mark.parametrize(
    ("values", "label"),
    [
        ([0.3, 0.1 + 0.2], "0.300 to 0.300"),
        ([1.0, 1 + 1e-15], "1.00 to 1.00"),
        ([-1.7e308, 1.7e308], "-1.70e+308 to 1.70e+308"),
        ([5e-324, 1e-323], "4.94e-324 to 9.88e-324"),
    ],
)
def test_numbers_without_room_for_bars(values, label):
    (summary, _) = summarise_columns(typed({"x": values * 20, "z": numbers(40)}, "x=numeric"))
    assert (summary.labels, summary.counts) == ((label,), (40,))


@pytest.mark.parametrize("factor", [1e-200, 1e-9, 1e9, 1e200])
def test_bars_at_any_scale(factor):
    (summary, _) = summarise_columns(typed({"x": np.arange(160) * factor, "z": numbers(160)}, "x=numeric"))
    assert summary.counts == (10,) * 16


def test_every_column_in_order():
    table = typed({"z": numbers(30), "a": ["x", "y"] * 15, "m": [1] * 30})
    assert [summary.name for summary in summarise_columns(table)] == ["z", "a", "m"]


def test_the_relation_to_the_target_is_part_of_it():
    x = numbers(120)
    town = np.where(x > 0, "a", "b")
    table = loaded({"x": x, "town": town, "id": [f"k{n}" for n in range(120)], "y": 2 * x}, target="y").table
    by_name = {summary.name: summary for summary in summarise_columns(table)}
    assert by_name["x"].relation.effect == 1.0 and len(by_name["x"].groups) == 10
    assert by_name["town"].relation.test == "Kruskal-Wallis"
    assert [group.label for group in by_name["town"].groups] == list(by_name["town"].labels)
    for name in ("id", "y"):
        assert by_name[name].relation is None and by_name[name].groups == ()


def test_levels_in_an_order_are_shown_in_it():
    grade = ["L"] * 5 + ["S"] * 20 + ["M"] * 15
    (summary, _) = summarise_columns(typed({"grade": grade, "x": numbers(40)}, "grade=ordinal:S<M<L"))
    assert (summary.labels, summary.counts) == (("S", "M", "L"), (20, 15, 5))
