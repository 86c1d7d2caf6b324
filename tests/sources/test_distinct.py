from __future__ import annotations

import polars as pl

from netwright.sources.distinct import Distinct


def test_distinct():
    seen = Distinct.of(pl.Series("x", ["b", "a", None, "b"]))
    assert (seen.texts.to_list(), seen.counts.to_list(), seen.total, len(seen)) == (["b", "a"], [2, 1], 3, 2)
    assert seen.without(("b",)).texts.to_list() == ["a"]
    assert seen.without(("z",)) is seen
    assert seen.share(seen.texts == "b") == 2 / 3
    assert Distinct.of(pl.Series([None], dtype=pl.String)).share(pl.Series([], dtype=pl.Boolean)) == 0.0
