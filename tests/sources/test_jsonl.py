from __future__ import annotations

import gzip

import pytest

from netwright.base.errors import DataError
from netwright.sources.registry import open_table


@pytest.mark.parametrize("name", ["f.jsonl", "f.ndjson", "f.jsonl.gz"])
def test_read(tmp_path, name):
    data = '{"이름": "서울\u2028시", "n": 1}\r\n\n{"이름": "부산", "at": {"x": 2}}\n'.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    table = open_table(tmp_path / name)
    assert table.frame.columns == ["이름", "n", "at.x"]
    assert table.frame.rows() == [("서울\u2028시", 1, None), ("부산", None, 2)]


def test_fault_names_its_line(tmp_path):
    (tmp_path / "f.jsonl").write_bytes(b'{"a": 1}\n\n{"a": }\n')
    with pytest.raises(DataError, match=r"^f\.jsonl must be JSON, got a fault in line 3: "):
        open_table(tmp_path / "f.jsonl")


def test_a_line_that_is_no_record(tmp_path):
    (tmp_path / "f.jsonl").write_bytes(b'{"a": 1}\n[1]\n')
    with pytest.raises(DataError) as caught:
        open_table(tmp_path / "f.jsonl")
    assert str(caught.value) == (
        "every line of f.jsonl must be a record {...}, got a list in line 2. Name the file .json if it is one list."
    )


def test_empty(tmp_path):
    (tmp_path / "f.jsonl").write_bytes(b"\n")
    with pytest.raises(DataError, match=r"^f\.jsonl must hold a record a line, got an empty file\.$"):
        open_table(tmp_path / "f.jsonl")
