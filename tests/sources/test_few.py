"""The quick ways for few cells give what the ways for many give."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netwright.sources import case, distinct, numbers, tokens, typed
from netwright.sources.kinds import infer_kinds
from netwright.sources.registry import open_table
from tests.fuzz import cells

_MIXED = ("1", "2.0", "2", "NA", "", "3.10", "-999", "no", "yes", "1,5", "1 000")
_COLUMN = st.one_of(
    st.lists(st.one_of(st.none(), cells.any_cell), min_size=1, max_size=20),
    st.lists(st.sampled_from(cells.NUMBERS), min_size=1, max_size=20),
    st.lists(st.sampled_from(_MIXED), min_size=1, max_size=20),
    st.lists(st.sampled_from(cells.DATES), min_size=1, max_size=20),
)


@pytest.fixture
def no_quick_ways(monkeypatch):
    def close():
        for module in (case, distinct, numbers, tokens, typed):
            monkeypatch.setattr(module, "FEW", -1)

    def open_again():
        monkeypatch.undo()

    return close, open_again


def outcome(values):
    try:
        table = infer_kinds(open_table({"x": values, "y": list(range(len(values)))}))
    except ValueError as error:
        return str(error)
    return table.schema, table.frame.rows(), table.source.notes


@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=_COLUMN)
def test_kinds_and_cells_do_not_depend_on_the_way(no_quick_ways, values):
    close, open_again = no_quick_ways
    quick = outcome(values)
    close()
    slow = outcome(values)
    open_again()
    assert quick == slow


@pytest.mark.parametrize("few", [-1, 64])
def test_both_ways_of_each_step(monkeypatch, few):
    for module in (case, distinct, numbers, tokens, typed):
        monkeypatch.setattr(module, "FEW", few)
    assert typed.tidy_series(pl.Series("x", [" a\u3000", "\x1f", " ", None])).to_list() == ["a", "\x1f", None, None]
    texts = pl.Series("x", ["NA", "1.0", None, "1,5", "1.0", ""])
    assert tokens.blank(texts, ("NA",)).to_list() == [None, "1.0", None, "1,5", "1.0", None]
    assert typed.canonical_text(texts).to_list() == ["NA", "1", None, "1,5", "1", ""]
    seen = distinct.Distinct.of(texts)
    assert (seen.texts.to_list(), seen.counts.to_list()) == (["NA", "1.0", "1,5", ""], [1, 2, 1, 1])
    assert seen.without(("1.0",)).counts.to_list() == [1, 1]
    assert seen.among({"NA", "1,5"}).texts.to_list() == ["NA", "1,5"]
    assert numbers.parse_numbers(texts, numbers.NumberStyle(".", ",")).to_list() == [None, 1.0, None, None, 1.0, None]
    assert numbers.parse_numbers(texts, numbers.NumberStyle(",", "")).to_list() == [None, None, None, 1.5, None, None]
