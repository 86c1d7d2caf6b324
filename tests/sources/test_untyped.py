from __future__ import annotations

import polars as pl
import pytest

from netwright.base.errors import DataError
from netwright.base.table import Provenance
from netwright.sources.untyped import cells_fingerprint, short_name, untyped_table

HERE = Provenance("f.csv", "f")


def test_no_columns():
    with pytest.raises(DataError, match=r"^f\.csv must have columns, got none\.$"):
        untyped_table(pl.DataFrame(), HERE)


def test_no_rows():
    with pytest.raises(DataError, match=r"^f\.csv must have rows, got a header and no rows\.$"):
        untyped_table(pl.DataFrame({"a": []}), HERE)


def test_fingerprint_tells_names_cells_and_order():
    prints = [
        cells_fingerprint(frame)
        for frame in (
            pl.DataFrame({"a": [1, 2]}),
            pl.DataFrame({"b": [1, 2]}),
            pl.DataFrame({"a": [2, 1]}),
            pl.DataFrame({"a": ["1", "2"]}),
            pl.DataFrame({"a": [1, None]}),
        )
    ]
    assert len(set(prints)) == 5
    assert prints[0] == cells_fingerprint(pl.DataFrame({"a": [1, 2]}))


def test_short_names():
    assert short_name("public.houses") == "public.houses"
    assert short_name("../집값 표") == "집값_표"
    assert short_name("///") == "data"
