from __future__ import annotations

import gzip
from datetime import date, datetime

import polars as pl
import pytest

from netwright.base.errors import DataError
from netwright.sources.registry import open_table


@pytest.mark.parametrize("packed", [False, True])
def test_round_trip(tmp_path, packed):
    frame = pl.DataFrame(
        {
            "이름": [" 서울 ", "", None],
            "n": [1, None, 3],
            "x": [0.5, float("nan"), None],
            "ok": [True, False, None],
            "day": [date(2020, 1, 2), None, date(2021, 1, 1)],
            "list": [[1, 2], [], None],
        }
    )
    path = tmp_path / "f.parquet"
    frame.write_parquet(path)
    if packed:
        path = tmp_path / "g.parquet.gz"
        path.write_bytes(gzip.compress((tmp_path / "f.parquet").read_bytes()))
    table = open_table(path)
    assert table.frame.rows() == [
        ("서울", 1, 0.5, True, datetime(2020, 1, 2), "[1, 2]"),
        (None, None, None, False, None, "[]"),
        (None, 3, None, None, datetime(2021, 1, 1), None),
    ]
    assert table.source.how == ("parquet",)


@pytest.mark.parametrize("data", [b"", b"PAR1 but then nothing", b"no parquet at all" * 10])
def test_damaged(tmp_path, data):
    (tmp_path / "f.parquet").write_bytes(data)
    with pytest.raises(DataError) as caught:
        open_table(tmp_path / "f.parquet")
    assert str(caught.value).startswith("f.parquet must be a whole Parquet file, got one that cannot be read (")
    assert str(caught.value).endswith("). Write it again, or save the table as .csv.")


def test_no_rows(tmp_path):
    pl.DataFrame({"a": []}).write_parquet(tmp_path / "f.parquet")
    with pytest.raises(DataError, match=r"^f\.parquet must have rows"):
        open_table(tmp_path / "f.parquet")
