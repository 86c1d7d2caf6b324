from __future__ import annotations

import polars as pl
import pytest

from netwright.sources.booleans import aligned, find_pair


@pytest.mark.parametrize(
    ("no", "yes"),
    [("0", "1"), ("False", "TRUE"), ("No", "yes"), ("N", "Y"), ("f", "t"), ("off", "On"), ("아니오", "예"),
     ("아니오", "네"), ("거짓", "참"), ("X", "O"), ("무", "유")],
)  # fmt: skip
def test_pairs(no, yes):
    assert find_pair([no, yes]) == find_pair([yes, no]) == (no, yes)


@pytest.mark.parametrize("texts", [["1", "2"], ["yes", "0"], ["yes"], [], ["yes", "no", "?"], ["a", "b"]])
def test_no_pairs(texts):
    assert find_pair(texts) is None


def test_aligned():
    texts = pl.Series(["TRUE", "0", "Yes", None, "perhaps"])
    assert aligned(texts, ("No", "Yes")).to_list() == ["Yes", "No", "Yes", None, "perhaps"]
    assert aligned(pl.Series(["true", "m"]), ("f", "m")).to_list() == ["true", "m"]
    assert aligned(pl.Series(["no"]), ("No", "Yes")).to_list() == ["No"]
