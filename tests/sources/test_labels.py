from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from netwright.base.errors import DataError
from netwright.sources.kinds import KindOptions, as_labels, as_numbers, infer_kinds
from netwright.sources.registry import open_table

OTHER = [k % 7 + 0.5 for k in range(30)]


def typed(cells, **options):
    table = open_table({"y": (cells * 30)[:30], "x": OTHER})
    return infer_kinds(table, KindOptions(target="y", **options))


@pytest.mark.parametrize(
    ("cells", "labels", "kind"),
    [
        ([1, 2, 3], ["1", "2", "3"], "category"),
        ([1.0, 2.5, None], ["1", "2.5", None], "category"),
        (["3.0", "4", "?"], ["3", "4", None], "category"),
        ([True, False], ["true", "false"], "boolean"),
        (["yes", "no"], ["yes", "no"], "boolean"),
        (["b", "a", "c"], ["b", "a", "c"], "category"),
        (["b"], ["b"], "constant"),
        ([datetime(2020, 1, 2), datetime(2020, 1, 3)], ["2020-01-02", "2020-01-03"], "category"),
    ],
)
def test_labels(cells, labels, kind):
    table = as_labels(typed(cells), "y")
    assert table["y"].to_list()[: len(labels)] == labels
    assert (table.schema["y"].kind, table.schema["y"].role) == (kind, "target")
    assert table["y"].dtype == pl.String


def test_labels_of_identifiers():
    table = infer_kinds(open_table({"id": list(range(30)), "x": OTHER}))
    assert table.schema["id"].kind == "identifier"
    assert as_labels(table, "id").schema["id"].kind == "category"


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        ([1.5, 2.5], [1.5, 2.5]),
        (["0", "1"], [0.0, 1.0]),
        ([True, False], None),
        (["020", "1", "?"], [20.0, 1.0, None]),
        ([7], [7.0]),
    ],
)
def test_numbers(cells, numbers):
    if numbers is None:
        with pytest.raises(DataError, match="must be numeric, got 'true', 'false' in 30 of 30 rows"):
            as_numbers(typed(cells), "y")
        return
    table = as_numbers(typed(cells), "y")
    assert table["y"].to_list()[: len(numbers)] == numbers
    assert (table.schema["y"].kind, table.schema["y"].role, table.schema["y"].levels) == ("numeric", "target", ())


def test_texts_are_no_numbers():
    with pytest.raises(DataError) as caught:
        as_numbers(typed(["1.5", "x", "2.5"]), "y")
    assert str(caught.value) == (
        "column 'y' of the dictionary must be numeric, got 'x' in 10 of 30 rows (first: row 1). "
        "Pass --missing x, or --kind y=category."
    )


def test_tokens_that_were_classes_are_missing_numbers():
    table = as_numbers(typed(["1.5", "None", "2.5"], kinds={"y": ("category", ())}), "y")
    assert table["y"].to_list()[:3] == [1.5, None, 2.5]


def test_infinite_labels():
    with pytest.raises(DataError, match=r"^column 'y' of the dictionary must be finite, got inf in 15 of 30 rows"):
        as_numbers(typed(["1.5", "inf"], kinds={"y": ("category", ())}), "y")


def test_dates_are_no_numbers():
    with pytest.raises(DataError) as caught:
        as_numbers(typed(["2020-01-02", "2020-01-03"]), "y")
    assert str(caught.value) == (
        "column 'y' of the dictionary must be numeric, got dates. "
        "Pass --kind y=numeric if they are numbers, or another --target."
    )


def test_all_missing():
    assert as_numbers(typed([None]), "y")["y"].null_count() == 30


@pytest.mark.parametrize("change", [as_labels, as_numbers])
def test_no_such_column(change):
    with pytest.raises(DataError, match="'z'"):
        change(typed([1.5, 2.5]), "z")
