from __future__ import annotations

import gzip
import json

import pytest

from netwright.base.errors import DataError
from netwright.sources.contract import ReadOptions
from netwright.sources.registry import open_table


@pytest.fixture
def read(tmp_path):
    def from_text(text, name="f.json", encoding="utf-8", **options):
        data = text.encode(encoding)
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return open_table(tmp_path / name, ReadOptions(**options))

    return from_text


ROWS = [{"이름": "서울", "n": 1, "x": 1.5, "ok": True}, {"이름": "부산", "n": None, "x": 2, "ok": False}]


@pytest.mark.parametrize(
    "value",
    [
        ROWS,
        {"data": ROWS},
        {"meta": {"count": 2}, "rows": ROWS, "page": 1},
        {name: [row[name] for row in ROWS] for name in ROWS[0]},
        {name: {str(at): row[name] for at, row in enumerate(ROWS)} for name in ROWS[0]},
        {"columns": list(ROWS[0]), "index": [0, 1], "data": [list(row.values()) for row in ROWS]},
    ],
)
def test_shapes(read, value):
    table = read(json.dumps(value, ensure_ascii=False))
    assert table.frame.columns == ["이름", "n", "x", "ok"]
    assert table.frame.rows() == [("서울", 1, 1.5, True), ("부산", None, 2.0, False)]
    assert table.source.how == ("utf-8", "json")


def test_nested_objects_and_lists(read):
    table = read('[{"a": {"b": 1, "c": {"d": "x"}}, "tags": ["가", 2]}, {"a": {"b": 2}, "e": {}}]')
    assert table.frame.columns == ["a.b", "a.c.d", "tags", "e"]
    assert table.frame.rows() == [(1, "x", '["가", 2]', None), (2, None, None, None)]


def test_mixed_column_becomes_text(read):
    assert read('[{"a": 1}, {"a": "x"}, {"a": 2.5}, {"a": true}]').frame["a"].to_list() == ["1", "x", "2.5", "true"]


def test_korean_encoding_and_gzip(read):
    table = read('[{"이름": "서울"}]', "f.json.gz", "cp949")
    assert table.frame.rows() == [("서울",)]
    assert (table.source.hint, table.source.how[0]) == ("--encoding", "cp949")


def test_given_encoding(tmp_path):
    (tmp_path / "f.json").write_bytes('[{"a": "é"}]'.encode("cp1252"))
    table = open_table(tmp_path / "f.json", ReadOptions(encoding="cp1252"))
    assert (table.frame.rows(), table.source.hint) == ([("é",)], "")


SHAPES = "a list of records [{...}, {...}] or an object of columns {name: [...]}"


@pytest.mark.parametrize(
    ("text", "got"),
    [
        ("[]", "an empty list"),
        ("[1, 2]", "a list that holds a number"),
        ("3", "a number"),
        ("[null]", "a list that holds null"),
        ('"a"', "a text"),
        ('{"a": 1}', "an object of other things"),
        ("{}", "an object of other things"),
        ("  ", "an empty file"),
    ],
)
def test_other_shapes(read, text, got):
    with pytest.raises(DataError) as caught:
        read(text)
    assert str(caught.value) == f"f.json must hold {SHAPES}, got {got}."


def test_two_lists(read):
    with pytest.raises(DataError) as caught:
        read('{"a": [{"x": 1}], "b": [{"x": 2}]}')
    assert str(caught.value) == "f.json must hold one list of records, got 2: a, b. Save one of them alone."


def test_fault_names_its_line(read):
    with pytest.raises(DataError, match=r"^f\.json must be JSON, got a fault in line 2: .+\. Correct it there\.$"):
        read('[{"a": 1},\n {"a": }]')


@pytest.mark.parametrize("text", ["[" * 100_000, '[{"a": ' + "[" * 100_000, '[{"a": ' + '{"a": ' * 100_000])
def test_too_deep(read, text):
    with pytest.raises(DataError, match=r"^f\.json must be JSON of a table, got lists or objects too deep within"):
        read(text)


@pytest.mark.parametrize("text", ['[{"a": 1, "b": 2, "a": 3}]', '{"a": [1], "b": [2], "a": [3]}'])
def test_keys_that_occur_twice_lose_no_value(read, text):
    with pytest.raises(
        DataError, match=r"^the keys of an object in f\.json must differ, got 'a' more than once\. Rename"
    ):
        read(text)


def test_keys_that_lead_to_one_column(read):
    with pytest.raises(
        DataError, match=r"^the columns of f\.json must have names of their own, got 'a\.b' more than once"
    ):
        read('[{"a.b": 1, "a": {"b": 2}}]')


def test_halves_of_characters(read):
    table = read(r'[{"a\ud83d": "x\udc00y"}, {"a\ud83d": "\ud83d\ude00"}, {"a\ud83d": 1}]')
    assert (table.schema.names, table.frame.rows()) == (["a\ufffd"], [("x\ufffdy",), ("\U0001f600",), ("1",)])


def test_numbers_of_any_size(read):
    text = '[{"a": ' + "9" * 400 + ', "b": NaN, "c": -Infinity, "d": 18446744073709551616}]'
    assert read(text).frame.rows() == [(float("inf"), None, float("-inf"), 2.0**64)]
    with pytest.raises(
        DataError, match=r"^the numbers of f\.json must have at most 4,300 digits, got a longer one\. Write"
    ):
        read('[{"a": ' + "9" * 5000 + "}]")


def test_too_many_keys(read):
    with pytest.raises(DataError, match=r"^f\.json must have at most 50,000 columns, got 50,001\."):
        read(json.dumps([{f"{part}-{at}": 1 for at in range(25_000 + part)} for part in range(2)]))


def test_rows_of_the_wrong_length(read):
    with pytest.raises(DataError, match=r"^every row of f\.json must have 2 values, one for each of its columns\.$"):
        read('{"columns": ["a", "b"], "data": [[1, 2], [3]]}')


def test_columns_of_different_length(read):
    with pytest.raises(DataError, match=r"^the columns of f\.json must have the same number of rows, got a 1, b 2\.$"):
        read('{"a": [1], "b": [1, 2]}')
