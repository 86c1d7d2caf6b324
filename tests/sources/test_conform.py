from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from netwright.base.errors import DataError
from netwright.base.table import Column, Reading, Schema
from netwright.sources.conform import conform
from netwright.sources.kinds import KindOptions, infer_kinds
from netwright.sources.registry import open_table

D = datetime
SCHEMA = Schema(
    (
        Column("id", "identifier"),
        Column("rooms", "numeric", reading=Reading(("NA", "tbd"))),
        Column("city", "category", reading=Reading(("?",))),
        Column("sold", "boolean", levels=("no", "yes")),
        Column("size", "ordinal", levels=("S", "M", "L")),
        Column("day", "date", reading=Reading(("NA",), date_format="%d.%m.%Y")),
        Column("group", "category", role="left_out"),
        Column("price", "numeric", role="target"),
    )
)
NEW = {
    "size": ["XL", "S"],
    "more": [1, 2],
    "day": ["31.12.2020", "NA"],
    "sold": [True, False],
    "city": ["Nowhere", "?"],
    "rooms": ["4", "tbd"],
}


def test_order_extra_columns_and_unseen_values():
    table = conform(open_table(NEW), SCHEMA)
    assert table.schema.names == ["rooms", "city", "sold", "size", "day"]
    assert table.frame.rows() == [(4.0, "Nowhere", "yes", "XL", D(2020, 12, 31)), (None, None, "no", "S", None)]
    assert table.rows.tolist() == [0, 1]
    assert table.source.name == "the dictionary"


def test_what_is_there_though_not_needed_is_kept():
    table = conform(open_table({**NEW, "price": ["5", "7"], "group": [1.0, 2.0], "id": ["a", "b"]}), SCHEMA)
    assert table.schema.names == SCHEMA.names
    assert table["price"].to_list() == [5.0, 7.0]
    assert table["group"].to_list() == ["1", "2"]
    assert table.schema.target is not None


def test_missing_features_are_all_named():
    with pytest.raises(DataError) as caught:
        conform(open_table({"city": ["x"], "sold": ["no"], "size": ["S"]}), SCHEMA)
    assert str(caught.value) == (
        "the dictionary must have every column that the model reads, got no 'rooms', 'day' (2 columns of 5) among "
        "city, sold, size. Add it, empty where it is not known."
    )


def test_required_target():
    with pytest.raises(DataError) as caught:
        conform(open_table(NEW), SCHEMA, require_target=True)
    assert str(caught.value) == (
        "the dictionary must have the target 'price', which the predictions are held against, got none among size, "
        "more, day, sold, city, rooms. Add it with its true values; rows where it is empty are left out."
    )
    assert "price" in conform(open_table({**NEW, "price": [1, 2]}), SCHEMA, require_target=True).schema


def test_text_in_a_numeric_column():
    with pytest.raises(DataError) as caught:
        conform(open_table({**NEW, "rooms": ["4", "many"]}), SCHEMA)
    assert str(caught.value) == (
        "column 'rooms' of the dictionary must be numeric, as in training, got 'many' in 1 of 2 rows (first: row 1). "
        "Pass --missing many if that means missing, or correct the cells."
    )
    assert conform(open_table({**NEW, "rooms": ["4", "many"]}), SCHEMA, missing=("many",))["rooms"][1] is None


def test_missing_of_the_user_is_kept_in_the_schema():
    assert "many" in conform(open_table(NEW), SCHEMA, missing=("many",)).schema["city"].reading.missing


def test_negative_numbers_in_brackets():
    for text in ("(4)", "($4)", "(4.0)"):
        assert conform(open_table({**NEW, "rooms": ["4", text]}), SCHEMA)["rooms"].to_list() == [4.0, -4.0]


def test_unreadable_date():
    with pytest.raises(DataError) as caught:
        conform(open_table({**NEW, "day": ["soon", "2020-12-31"]}), SCHEMA)
    assert str(caught.value) == (
        "column 'day' of the dictionary must hold dates, as in training, got 'soon', '2020-12-31' in 2 of 2 rows "
        "(first: row 0). Pass --missing soon --missing 2020-12-31 if that means missing, or correct the cells."
    )


def test_typed_dates_need_no_format():
    assert conform(open_table({**NEW, "day": [D(2020, 1, 2), None]}), SCHEMA)["day"][0] == D(2020, 1, 2)


def test_infinity():
    with pytest.raises(DataError) as caught:
        conform(open_table({**NEW, "rooms": [1.0, float("inf")]}), SCHEMA)
    assert str(caught.value) == (
        "column 'rooms' of the dictionary must be finite, got inf in 1 of 2 rows (first: row 1). "
        "Pass --missing inf if that means missing, or correct the cells."
    )
    assert conform(open_table({**NEW, "rooms": [1.0, float("inf")]}), SCHEMA, missing=("inf",))["rooms"][1] is None


def test_nothing_is_wrong_with_columns_left_out():
    schema = SCHEMA.with_column(Column("group", "numeric", role="left_out"))
    for cells in (["x", "1"], [float("inf"), 1.0]):
        assert conform(open_table({**NEW, "group": cells}), schema)["group"].to_list() == [None, 1.0]


def test_target_is_typed_as_it_was_in_training():
    schema = SCHEMA.with_column(Column("price", "category", role="target"))
    assert conform(open_table({**NEW, "price": [1.0, 2.0]}), schema)["price"].to_list() == ["1", "2"]
    with pytest.raises(DataError, match="column 'price' of the dictionary must be numeric, as in training, got 'x'"):
        conform(open_table({**NEW, "price": ["1", "x"]}), SCHEMA)


@pytest.mark.parametrize(
    ("trained", "later"),
    [
        (["1", "2", "3"], [1.0, 2.0, 3.0]),
        ([1.0, 2.0, None], ["1", "2", ""]),
        (["1.0", "2.0", "3.0"], ["1", "2", "3"]),
        ([True, False, True], ["True", "False", "TRUE"]),
        (["yes", "no", "yes"], [1, 0, 1]),
        (["Yes", "No", "Yes"], ["yes", "no", "yes"]),
        (["2020-01-02", "2020-01-03", "2020-02-01"], [D(2020, 1, 2), D(2020, 1, 3), D(2020, 2, 1)]),
        ([D(2020, 1, 2), D(2020, 1, 3), D(2020, 2, 1)], ["2020-01-02", "2020-01-03 00:00", "2020-2-1"]),
        (["20200102", "20200103", "20200201"], [20200102, 20200103, 20200201]),
        ([20200102, 20200103, 20200201], ["20200102", "20200103", "20200201"]),
    ],
)
def test_another_form_of_the_same_values(trained, later):
    typed = infer_kinds(open_table({"x": trained * 10}))
    assert conform(open_table({"x": later * 10}), typed.schema).frame.equals(typed.frame)


@pytest.mark.parametrize(
    ("trained", "later"),
    [
        (["1", "2", "3"], [1.0, 2.0, 3.0]),
        ([1.0, 2.0, None], ["1", "2", ""]),
        (["1.0", "2.0", "3.0"], ["1", "2", "3"]),
        ([1, 2, 3], ["1.0", "2.", "3"]),
        (["020", "060", "120"], ["020", "060", "120"]),
    ],
)
def test_another_form_of_the_same_categories(trained, later):
    typed = infer_kinds(open_table({"x": trained * 10}), KindOptions(kinds={"x": ("category", ())}))
    assert conform(open_table({"x": later * 10}), typed.schema).frame.equals(typed.frame)


def test_result_is_typed():
    dtypes = conform(open_table(NEW), SCHEMA).frame.dtypes
    assert dtypes == [pl.Float64, pl.String, pl.String, pl.String, pl.Datetime("us")]
