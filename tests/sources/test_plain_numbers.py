from __future__ import annotations

import polars as pl
import pytest

from netwright.sources.plain_numbers import number_facts, plain_numbers, without_codes


def read(cells, *missing):
    found = plain_numbers(pl.DataFrame({"a": cells}), {"a": missing})
    return found["a"].to_list() if found else None


@pytest.mark.parametrize(
    ("cells", "missing", "values"),
    [
        (["1", "-2.5e3", "", None], (), [1.0, -2500.0, None, None]),
        (["1", "NA"], ("NA",), [1.0, None]),
        (["1", "nan"], ("nan",), [1.0, None]),
        (["1", "-999", "-999.0"], ("-999",), [1.0, None, None]),
        (["1", "1e309"], (), [1.0, float("inf")]),
        (["1", "1e309"], ("inf",), [1.0, None]),
        ([1, -999, None], ("-999", "x"), [1.0, None, None]),
        ([1.5, float("nan"), float("-inf")], ("inf",), [1.5, None, None]),
        (["1", "NA"], (), None),
        (["1", "nan"], (), None),
        (["1,5"], (), None),
        (["5%"], (), None),
        ([True], (), None),
    ],
)
def test_plain(cells, missing, values):
    assert read(cells, *missing) == values


def test_only_the_columns_asked_for():
    assert list(plain_numbers(pl.DataFrame({"a": [1], "b": [2]}), {"b": ()})) == ["b"]
    assert plain_numbers(pl.DataFrame({"a": [1]}), {}) == {}


def test_codes_are_no_numbers():
    frame = pl.DataFrame({"a": ["01", "2"], "b": ["0", "0.5"], "c": [1, 2]})
    assert list(without_codes(frame, plain_numbers(frame, dict.fromkeys("abc", ())))) == ["b", "c"]


def test_facts():
    facts = number_facts({"a": pl.Series([2.0, None, 2.0]), "b": pl.Series([0.5, None, float("inf")])})
    assert (facts["a"].n_filled, facts["a"].n_different, facts["a"].whole, facts["a"].infinite) == (2, 1, True, False)
    assert (facts["b"].whole, facts["b"].infinite, facts["b"].low) == (False, True, 0.5)
    assert number_facts({"c": pl.Series([None], dtype=pl.Float64)})["c"].low is None
    assert number_facts({}) == {}
