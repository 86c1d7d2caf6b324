"""Each rule by which a kind is told, on columns made for it."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from netwright.base.errors import DataError
from netwright.sources.kinds import KindOptions, infer_kinds
from netwright.sources.registry import open_table

N = 60
OTHER = [f"{k % 7}.5" for k in range(N)]


def infer(cells, **options):
    """The column x of a table with another feature, and the table."""
    typed = infer_kinds(open_table({"x": list(cells), "other": (OTHER * 10)[: len(cells)]}), KindOptions(**options))
    return typed.schema["x"], typed


def filled(values, n=N):
    return [values[k % len(values)] for k in range(n)]


@pytest.mark.parametrize(
    ("cells", "kind", "why"),
    [
        (filled(["1", "2.5", "-3e2"]), "numeric", "numbers"),
        (filled(["1", "2", ""]), "numeric", "numbers"),
        (filled(["1", "2", "3", "NA", "N/A", "-", ".", "#DIV/0!", "none", "nil"]), "numeric", "numbers"),
        (filled(["1,5", "2,25"]), "numeric", "numbers with a decimal comma"),
        (filled(["6,657", "1,234,567", "12"]), "numeric", "numbers, thousands as 1,000"),
        (filled(["1", "2"]), "numeric", "numbers"),
        (filled(["(1,161.56)", "2", "3,000"]), "numeric", "numbers, thousands as 1,000"),
        (filled(["(a)", "(b)", "c"]), "category", "3 levels"),
        (filled(["(1)", "(2)", "(3)"]), "category", "3 levels"),
        (filled(["0", "1"]), "boolean", "0/1"),
        (filled(["0.0", "1.0", "NA"]), "boolean", "0/1"),
        (filled([0, 1, None]), "boolean", "0/1"),
        (filled([True, False]), "boolean", "false/true"),
        (filled(["Yes", "No", ""]), "boolean", "No/Yes"),
        (filled(["예", "아니오"]), "boolean", "아니오/예"),
        (filled(["O", "X"]), "boolean", "X/O"),
        (filled(["yes", "no", "NA"]), "category", "3 levels"),
        (filled(["0%", "1%"]), "numeric", "numbers"),
        (filled(["2019-01-03", "2019-01-04"]), "date", "dates as 2019-01-03"),
        (filled(["20190103", "20190104"]), "date", "dates as 20190103"),
        (filled([20190103, 20190104, None]), "date", "dates as 20190103"),
        (filled([datetime(2020, 1, 2), datetime(2020, 1, 3)]), "date", "dates"),
        (filled(["20190103", "20190230"]), "numeric", "numbers"),
        (filled(["2019", "2020"]), "numeric", "numbers"),
        (filled(["020", "060", "120"]), "category", "3 levels"),
        ([f"0526{k:04}" for k in range(N)], "identifier", "unique codes"),
        (range(N), "identifier", "row number"),
        ([str(k) for k in range(N, 0, -1)], "identifier", "row number"),
        ([float(k) for k in range(N)], "identifier", "row number"),
        ([k * k for k in range(N)], "numeric", "numbers"),
        ([f"{k:04}-XYZ" for k in range(N)], "identifier", "unique codes"),
        ([f"Kim {k} Minsu" for k in range(N)], "identifier", "60 different names"),
        ([f"the house of {k} dogs" for k in range(N)], "text", "60 different texts"),
        (filled(["red", "green", "blue"]), "category", "3 levels"),
        (filled(["red"]), "constant", "one value"),
        (filled([5]), "constant", "one value"),
        (filled([None]), "constant", "all missing"),
        (filled(["NA", ""]), "category", "1 level"),
        (filled(["?", ""]), "constant", "all missing"),
        (filled(["NA"]), "constant", "one value"),
        (filled(["red", ""]), "category", "1 level"),
        (filled([5, None]), "category", "1 level"),
        (filled([datetime(2020, 1, 2)]), "constant", "one value"),
        (filled([datetime(2020, 1, 2), None]), "category", "1 level"),
        (filled(["2020-01-02"]), "constant", "one value"),
        (filled(["< 0 DM", "1 - 200 DM", "unknown"]), "category", "3 levels"),
    ],
)
def test_kinds(cells, kind, why):
    column, typed = infer(cells)
    assert (column.kind, column.why) == (kind, why)
    assert typed["x"].dtype == {"numeric": pl.Float64, "date": pl.Datetime("us")}.get(kind, pl.String)


def test_negative_numbers_in_brackets():
    column, typed = infer(filled(["(1,161.56)", "2", "($500)", "NA"]))
    assert typed["x"].to_list()[:4] == [-1161.56, 2.0, -500.0, None]
    assert typed.source.notes == (
        "column 'x': (1,161.56) read as -1,161.56, as accountants write it; --kind x=category keeps the texts.",
    )
    assert infer(filled(["1", "2.5", "x(1)"]))[1].source.notes == ()
    assert column.unit == ""


def test_boolean_levels_are_no_and_yes():
    assert infer(filled(["Yes", "No"]))[0].levels == ("No", "Yes")
    assert infer(filled([1.0, 0.0]))[0].levels == ("0", "1")


def test_categories_from_numbers_are_canonical():
    typed = infer(filled([1.0, 2.0]), kinds={"x": ("category", ())})[1]
    assert typed["x"].unique().sort().to_list() == ["1", "2"]
    typed = infer(filled(["1.0", "2.0"]), kinds={"x": ("category", ())})[1]
    assert typed["x"].unique().sort().to_list() == ["1", "2"]


def test_unit():
    assert infer(filled(["5%", "7 %"]))[0].unit == "%"
    assert infer(filled(["₩5,000", "₩700"]))[0].unit == "₩"
    assert infer(filled(["5", "7%"]))[0].unit == ""


# --- numbers with exceptions


def test_few_texts_among_numbers_count_as_missing():
    cells = ["12", "7", "x.y", "x.y"] + [str(k * 1.5) for k in range(96)]
    column, typed = infer(cells)
    assert (column.kind, column.why) == ("numeric", "98 % numbers")
    assert "x.y" in column.reading.missing
    assert typed["x"].null_count() == 2
    assert typed.source.notes == (
        "column 'x': 'x.y' in 2 cells counted as missing, since the others are numbers; --kind x=category keeps them.",
    )


def test_too_many_texts_or_too_few_numbers():
    assert infer(["x", "y"] + [str(k) + ".5" for k in range(17)])[0].kind != "numeric"
    assert infer(["x"] + [str(k) + ".5" for k in range(9)])[0].kind != "numeric"
    assert infer(["x"] + [str(k) + ".5" for k in range(10)])[0].kind == "numeric"


def test_the_same_exception_in_several_columns_is_one_note():
    cells = ["(number)"] + [str(k * 1.5) for k in range(40)]
    typed = infer_kinds(open_table(dict.fromkeys("abcdefg", cells)))
    assert typed.source.notes == (
        "columns 'a', 'b', 'c', 'd', 'e' and 2 more: '(number)' in 7 cells counted as missing, since the others are "
        "numbers; --kind a=category keeps them.",
    )


def test_exceptions_are_told_whatever_the_numbers_are():
    column, typed = infer(filled(["0", "1"], 95) + ["n.b."] * 5)
    assert (column.kind, column.why, typed["x"].null_count()) == ("boolean", "0/1", 5)
    assert "'n.b.' in 5 cells counted as missing" in typed.source.notes[0]


def test_exceptions_with_marks_make_no_ambiguity():
    typed = infer(["1,2,3"] + [str(k * k) for k in range(40)])[1]
    assert len(typed.source.notes) == 1


def test_target_with_texts_is_refused():
    cells = ["tbd", "12"] + [str(k * 1.5) for k in range(40)]
    with pytest.raises(DataError) as caught:
        infer(cells, target="x")
    assert str(caught.value) == (
        "column 'x' of the dictionary must be numeric, got 'tbd' in 1 of 42 rows (first: row 0). "
        "Pass --missing tbd, or --kind x=category."
    )
    assert infer(cells, target="x", missing=("tbd",))[0].kind == "numeric"
    assert infer(cells, target="x", kinds={"x": ("category", ())})[0].kind == "category"


def test_few_texts_among_dates_count_as_missing():
    days = [f"{datetime(2020, 1, 1) + timedelta(days=k):%Y-%m-%d}" for k in range(40)]
    column, typed = infer([*days, "0000-00-00"])
    assert column.kind == "date"
    assert typed["x"].null_count() == 1
    assert typed.source.notes[0].startswith(
        "column 'x': '0000-00-00' in 1 cell counted as missing, since the others are"
    )


# --- infinity


@pytest.mark.parametrize("infinite", ["inf", "Infinity", "1e309", "-inf"])
def test_infinite_texts(infinite):
    cells = [str(k * 1.5) for k in range(N)]
    cells[5] = infinite
    sign = "-inf" if infinite.startswith("-") else "inf"
    with pytest.raises(DataError) as caught:
        infer(cells)
    assert str(caught.value) == (
        f"column 'x' of the dictionary must be finite, got {sign} in 1 of 60 rows (first: row 5). "
        "Pass --missing inf, or --drop x."
    )
    assert infer(cells, missing=("inf",))[1]["x"].null_count() == 1


@pytest.mark.parametrize("options", [{}, {"arrays": True}, {"kinds": {"x": ("numeric", ())}}, {"target": "x"}])
def test_infinite_numbers(options):
    cells = [k * 1.5 for k in range(N)]
    cells[7] = float("inf")
    with pytest.raises(
        DataError, match=r"must be finite, got inf in 1 of 60 rows \(first: row 7\)\. Pass --missing inf"
    ):
        infer(cells, **options)
    assert infer(cells, missing=("inf",), **options)[1]["x"].null_count() == 1


def test_nothing_is_wrong_with_a_column_left_out():
    table = open_table({"x": [1.0, float("inf")] * 30, "y": [0.5, 1.5] * 30})
    table = table.with_schema(table.schema.with_roles({"x": "left_out"}))
    for kinds in ({}, {"x": ("numeric", ())}):
        typed = infer_kinds(table, KindOptions(kinds=kinds))
        assert typed.schema["x"].role == "left_out"
        assert typed["x"].is_finite().all()


# --- missing tokens of the user


def test_missing_of_the_user_everywhere():
    table = open_table(
        {"a": filled(["-999", "5.5", "7"]), "b": filled([-999.0, 1.5, 2.5]), "c": filled(["x", "y", "-999"])}
    )
    typed = infer_kinds(table, KindOptions(missing=("-999",)))
    assert [typed[name].null_count() for name in "abc"] == [20, 20, 20]
    assert all("-999" in column.reading.missing for column in typed.schema.columns)


def test_missing_number_is_met_in_any_spelling():
    assert infer(filled(["-999.0", "5.5", "7"]), missing=("-999",))[1]["x"].null_count() == 20


def test_tokens_stay_values_among_categories():
    table = open_table({"a": filled(["NA", "x", "y"]), "b": filled(["NA", "None", "z"]), "c": filled(["1", "NA", "2"])})
    typed = infer_kinds(table)
    assert typed.source.notes == (
        "text 'NA' kept as a value in 2 columns (40 cells); --missing NA treats it as missing.",
        "text 'None' kept as a value in 1 column (20 cells); --missing None treats it as missing.",
    )
    assert typed["a"].null_count() == 0
    assert infer_kinds(table, KindOptions(missing=("NA", "None"))).source.notes == ()


def test_tokens_that_are_never_categories():
    typed = infer(filled(["x", "y", "?", "null", "NULL", "NaN", "nan", "#N/A", "", None]))[1]
    assert typed["x"].drop_nulls().unique().sort().to_list() == ["x", "y"]


def test_target_of_categories():
    cells = filled(["x", "y", "NA", "N/A", "?", "-", "None"])
    typed = infer(cells, target="x")[1]
    assert typed["x"].drop_nulls().unique().sort().to_list() == ["None", "x", "y"]
    assert typed.schema["x"].role == "target"


# --- identifiers


@pytest.mark.parametrize(
    "cells", [list(range(N)), [f"{k:04}-XYZ" for k in range(N)], [f"the house {k}" for k in range(N)]]
)
def test_kept_and_target_are_never_identifiers(cells):
    assert infer(cells, keep=("x",))[0].kind in ("numeric", "category", "text")
    assert infer(cells, target="x")[0].kind in ("numeric", "category")
    assert infer(cells, kinds={"x": ("category", ())})[0].kind == "category"
    assert infer(cells, arrays=True)[0].kind in ("numeric", "category")


def test_identifiers_are_kept_where_there_is_nothing_else():
    table = open_table({"n": list(range(N)), "code": [f"{k:04}-X" for k in range(N)], "y": filled([1.5, 2.5, 7.0])})
    typed = infer_kinds(table, KindOptions(target="y"))
    assert [column.kind for column in typed.schema.columns] == ["numeric", "category", "numeric"]
    assert typed.source.notes == ("n, code kept although every row has a value of its own: there is no other feature.",)
    given = infer_kinds(table, KindOptions(target="y", kinds={"n": ("identifier", ())}))
    assert given.schema["n"].kind == "identifier"


def test_left_out_columns_are_no_other_feature():
    table = open_table({"n": list(range(N)), "x": filled([1.5, 2.5]), "y": filled([1.5, 2.5, 7.0])})
    table = table.with_schema(table.schema.with_roles({"x": "left_out"}))
    assert infer_kinds(table, KindOptions(target="y")).schema["n"].kind == "numeric"


def test_sentences_are_a_feature():
    table = open_table({"words": [f"the long house {k}" for k in range(N)], "y": filled([1.5, 2.5])})
    typed = infer_kinds(table, KindOptions(target="y"))
    assert typed.schema["words"].kind == "text"
    assert [column.name for column in typed.schema.features] == ["words"]


def test_names_are_one_where_there_is_nothing_else():
    names = [f"Anna Maria Berg {chr(65 + k % 26)}{chr(65 + k // 26)}" for k in range(N)]
    alone = infer_kinds(open_table({"who": names, "y": filled([1.5, 2.5])}), KindOptions(target="y"))
    beside = infer_kinds(open_table({"who": names, "x": filled([1.5, 2.5, 4.0]), "y": filled([1.5, 2.5])}), KindOptions(target="y"))
    assert (alone.schema["who"].kind, beside.schema["who"].kind) == ("text", "identifier")


# --- arrays


def test_numbers_of_arrays_stay_numbers():
    n = np.arange(N)
    array = np.column_stack([n, n % 2, np.full(N, 3), 20190101 + n % 20, np.where(n % 3, n * 1.5, np.nan)])
    typed = infer_kinds(open_table(array), KindOptions(arrays=True))
    assert {column.kind for column in typed.schema.columns} == {"numeric"}
    assert set(typed.frame.dtypes) == {pl.Float64}


# --- dates and decimal marks


def test_order_of_day_and_month():
    column, typed = infer(filled(["01/02/2019", "03/04/2019"]))
    assert column.reading.date_format == "%m/%d/%Y"
    assert typed.source.notes == (
        "column 'x' read as month before day, since no value tells; --kind x=date:%d/%m/%Y reads it the other way.",
    )
    column, typed = infer(filled(["01/02/2019", "03/04/2019"]), kinds={"x": ("date", ("%d/%m/%Y",))})
    assert typed["x"][0] == datetime(2019, 2, 1)
    column, typed = infer(filled(["13/02/2019", "03/04/2019"]))
    assert (column.reading.date_format, typed.source.notes) == ("%d/%m/%Y", ())
    assert "day before month" in infer(filled(["01.02.2019", "03.04.2019"]))[1].source.notes[0]


def csv_table(tmp_path, text, **options):
    from netwright.sources.registry import ReadOptions

    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    return infer_kinds(open_table(tmp_path / "f.csv", ReadOptions(**options)))


def test_thousands_in_a_comma_file(tmp_path):
    typed = csv_table(tmp_path, "a,b\n" + '"1,234",x\n"5,678",y\n' * 20)
    assert (typed["a"][0], typed.source.notes) == (1234.0, ())


def test_decimal_comma_in_a_semicolon_file(tmp_path):
    typed = csv_table(tmp_path, "a;b\n" + "1,5;x\n2,25;y\n" * 20)
    assert typed["a"][0] == 1.5


def test_three_digits_in_a_semicolon_file_are_thousands_and_said(tmp_path):
    typed = csv_table(tmp_path, "a;b\n" + "1,234;x\n2,250;y\n" * 20)
    assert typed["a"][0] == 1234.0
    assert typed.source.notes == ("column 'a': 1,234 read as 1234; --decimal , reads it as 1.234.",)
    typed = csv_table(tmp_path, "a;b\n" + "1,234;x\n2,250;y\n" * 20, decimal=",")
    assert (typed["a"][0], typed.source.notes) == (1.234, ())


def test_other_columns_tell_the_decimal_mark(tmp_path):
    typed = csv_table(tmp_path, "a;b;c\n" + "1,234;0,5;1.234\n2,250;1,25;2.500\n" * 20)
    assert typed.frame.row(0) == (1.234, 0.5, 1234.0)
    assert len(typed.source.notes) == 2
    assert "column 'c': 1.234 read as 1234; --decimal . reads it as 1.234." in typed.source.notes


def test_given_decimal_point(tmp_path):
    typed = csv_table(tmp_path, "a;b\n" + "1,234;5\n2,250;6\n" * 20, decimal=".")
    assert (typed["a"][0], typed.source.notes) == (1234.0, ())


def test_numbers_of_a_target_are_no_dates():
    assert infer(filled([20190103, 20190104, 20190105]), target="x")[0].kind == "numeric"
