from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing

import pytest

from netwright.base.errors import DataError, PlanError, UserError
from netwright.sources import sqlite as module
from netwright.sources.contract import ReadOptions
from netwright.sources.registry import open_table


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "자료.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute('CREATE TABLE "집 값" (이름 TEXT, n INTEGER, x REAL, 섞임, blob BLOB)')
        connection.executemany(
            'INSERT INTO "집 값" VALUES (?, ?, ?, ?, ?)',
            [("서울", 1, 0.5, 3.0, b"ab"), (" ", None, None, "-", b"\xff\x00"), ("부산", 3, 2.0, None, None)],
        )
        connection.commit()
    return path


@pytest.fixture
def two_tables(database):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE b (id INTEGER)")
        connection.execute("CREATE VIEW a AS SELECT n FROM '집 값'")
        connection.commit()
    return database


def read(data, **options):
    return open_table(data, ReadOptions(**options))


def test_the_only_table(database):
    table = read(database)
    assert table.frame.columns == ["이름", "n", "x", "섞임", "blob"]
    assert table.frame.rows() == [
        ("서울", 1, 0.5, "3", "ab"), (None, None, None, "-", "ff00"), ("부산", 3, 2.0, None, None),
    ]  # fmt: skip
    assert (table.source.name, table.source.stem) == ("집 값 of 자료.db", "집_값")
    assert (table.source.how, table.source.hint) == (("sqlite", "table"), "--table")


def test_urls(database, monkeypatch):
    monkeypatch.chdir(database.parent)
    assert read("sqlite:///자료.db").n_rows == 3
    assert read(f"sqlite:///{database}").n_rows == 3
    assert read("sqlite:///%EC%9E%90%EB%A3%8C.db").n_rows == 3


def test_query(database):
    table = read(database, query='WITH t AS (SELECT * FROM "집 값") SELECT n, x AS y FROM t WHERE n > 1;')
    assert (table.frame.columns, table.frame.rows()) == (["n", "y"], [(3, 2.0)])
    assert (table.source.name, table.source.stem) == ("the query of 자료.db", "자료")
    assert table.source.how == ("sqlite", "query")


def test_several_tables(two_tables):
    with pytest.raises(DataError) as caught:
        read(two_tables)
    assert str(caught.value) == (
        "자료.db has 3 tables: a, b, 집 값. Pass --table with one of them, or --query with a SELECT."
    )
    assert read(two_tables, table="a").frame.rows() == [(1,), (None,), (3,)]


def test_wrong_table(two_tables):
    with pytest.raises(DataError, match=r"^--table must be one of the tables of 자료\.db, a, b, 집 값, got 'x'\.$"):
        read(two_tables, table="x")


def test_table_and_query(database):
    with pytest.raises(PlanError, match=r"^pass --table or --query, not both"):
        read(database, table="a", query="SELECT 1")


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM b",
        "INSERT INTO b VALUES (1)",
        "PRAGMA writable_schema = 1",
        "ATTACH 'x' AS y",
        "",
        "-- SELECT\nDROP TABLE b",
    ],
)
def test_only_select(two_tables, query):
    with pytest.raises(PlanError, match=r"^--query must be a SELECT statement \(or WITH \.\.\. SELECT\), got "):
        read(two_tables, query=query)


def test_nothing_can_be_written(two_tables):
    before = two_tables.read_bytes()
    with pytest.raises(
        DataError, match=r"could not be read: attempt to write a readonly database\. Correct the --query"
    ):
        read(two_tables, query="WITH t AS (SELECT 1 AS id) INSERT INTO b SELECT id FROM t")
    assert two_tables.read_bytes() == before


@pytest.mark.parametrize("query", ["SELECT nope FROM b", "SELECT 1; SELECT 2", "SELECT FROM"])
def test_wrong_query(two_tables, query):
    with pytest.raises(DataError, match=r"^자료\.db could not be read: .+[^.]\. Correct the --query\.$"):
        read(two_tables, query=query)


def test_twin_columns(database):
    with pytest.raises(DataError) as caught:
        read(database, query='SELECT a.n, b.n FROM "집 값" a JOIN "집 값" b ON a.n = b.n')
    assert str(caught.value) == (
        "the columns of the query must have names of their own, got 'n' more than once. "
        "Name them in the SELECT, as in a.id AS house_id."
    )


def test_no_rows(two_tables):
    with pytest.raises(DataError, match=r"^the query of 자료\.db must have rows, got a header and no rows\.$"):
        read(two_tables, query="SELECT * FROM b")


def test_no_tables(tmp_path):
    with closing(sqlite3.connect(tmp_path / "e.db")) as connection:
        connection.execute("CREATE TABLE a (x)")
        connection.execute("DROP TABLE a")
        connection.commit()
    with pytest.raises(DataError, match=r"^e\.db must have a table, got none\.$"):
        read(tmp_path / "e.db")


def test_missing_database_is_not_created(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        read(f"sqlite:///{tmp_path / 'none.db'}")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize("url", ["sqlite://x.db", "sqlite:///", "sqlite:x.db"])
def test_wrong_url(url):
    with pytest.raises(DataError) as caught:
        read(url)
    assert str(caught.value) == (
        f"a URL of SQLite must be sqlite:///relative/path.db or sqlite:////absolute/path.db, got {url!r}."
    )


def test_no_database(tmp_path):
    (tmp_path / "f.sqlite").write_bytes(b"a,b\n1,2\n" * 200)
    with pytest.raises(
        DataError, match=r"^f\.sqlite could not be read: file is not a database\. Name an SQLite file\.$"
    ):
        read(tmp_path / "f.sqlite")


def test_texts_that_are_not_utf_8(tmp_path):
    with closing(sqlite3.connect(tmp_path / "f.db")) as connection:
        connection.execute("CREATE TABLE t (a TEXT)")
        for text in ("서울".encode("cp949"), "부산".encode(), b"caf\xe9"):
            connection.execute("INSERT INTO t VALUES (CAST(? AS TEXT))", (text,))
        connection.commit()
    table = read(tmp_path / "f.db")
    assert table.frame.rows() == [("서울",), ("부산",), ("café",)]
    assert table.source.notes == ("Texts in f.db are not all UTF-8: read as cp949 where that is possible.",)


def test_database_with_a_write_ahead_log(tmp_path):
    with closing(sqlite3.connect(tmp_path / "f.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES (1)")
        connection.commit()
    assert read(tmp_path / "f.db").frame.rows() == [(1,)]


def test_database_that_only_opens_unchanging(database, monkeypatch):
    connect = sqlite3.connect
    opened = []

    class Refusing:
        def execute(self, _):
            raise sqlite3.OperationalError("unable to open database file")

        def close(self):
            opened.append("closed")

    def first_refuse(place, uri):
        opened.append(place.partition("?")[2])
        return Refusing() if len(opened) == 1 else connect(place, uri=uri)

    monkeypatch.setattr(sqlite3, "connect", first_refuse)
    assert read(database).n_rows == 3
    assert opened == ["mode=ro", "closed", "immutable=1"]


def test_error_while_fetching(tmp_path):
    with closing(sqlite3.connect(tmp_path / "f.db")) as connection:
        connection.execute("CREATE TABLE t (a)")
        connection.execute("INSERT INTO t VALUES ('{}'), ('[')")
        connection.commit()
    with pytest.raises(DataError, match=r"^f\.db could not be read: malformed JSON\. Correct the --query\.$"):
        read(tmp_path / "f.db", query="SELECT json_extract(a, '$.x') FROM t")


def test_portal(real):
    path = real / "nasty" / "portal_mammals.sqlite"
    with pytest.raises(DataError, match="plots, species, surveys"):
        read(f"sqlite:///{path}")
    assert read(path, table="surveys").frame.shape == (35549, 9)


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_gzip(tmp_path, mode):
    with closing(sqlite3.connect(tmp_path / "x.db")) as base:
        base.execute(f"PRAGMA journal_mode = {mode}")
        base.execute("CREATE TABLE t (a, b)")
        base.execute("INSERT INTO t VALUES (1, 'x')")
        base.commit()
    (tmp_path / "y.db.gz").write_bytes(gzip.compress((tmp_path / "x.db").read_bytes()))
    assert open_table(tmp_path / "y.db.gz").frame.rows() == [(1, "x")]
    with pytest.raises(DataError, match=r"^y\.db\.gz could not be read: attempt to write a readonly database"):
        open_table(tmp_path / "y.db.gz", ReadOptions(query="WITH x AS (SELECT 1) DELETE FROM t"))
    (tmp_path / "z.db.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(DataError, match=r"^z\.db\.gz "):
        open_table(tmp_path / "z.db.gz")


@pytest.mark.parametrize("what", ["x", "max(x) AS m", "count(*) AS n"])
def test_a_view_without_end(tmp_path, what):
    with closing(sqlite3.connect(tmp_path / "x.db")) as base:
        endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
        base.execute(f"CREATE VIEW v AS {endless} SELECT {what} FROM c")
        base.commit()
    with pytest.raises(DataError) as caught:
        open_table(tmp_path / "x.db")
    assert str(caught.value) == (
        "v of x.db must end, got a view that is not through after 60 million steps. Pass a --query that selects from "
        "it if it is meant to take that long."
    )


def test_more_rows_than_the_memory_holds(tmp_path, monkeypatch):
    with closing(sqlite3.connect(tmp_path / "x.db")) as base:
        rows = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 250000) SELECT x FROM c"
        base.execute(f"CREATE TABLE t AS {rows}")
        base.commit()
    assert open_table(tmp_path / "x.db").n_rows == 250_000
    monkeypatch.setattr(module, "free_bytes", lambda: 1 << 24)
    with pytest.raises(
        UserError, match=r"^the rows must fit the memory, but 200,000 of them need about 19 MB and 16 MB"
    ):
        open_table(tmp_path / "x.db")


def test_a_view_that_makes_huge_cells(tmp_path):
    with closing(sqlite3.connect(tmp_path / "x.db")) as base:
        base.execute("CREATE VIEW v AS SELECT hex(zeroblob(500000000)) AS z")
        base.commit()
    with pytest.raises(DataError, match=r"^x\.db could not be read: string or blob too big\. Check the file"):
        open_table(tmp_path / "x.db")


def test_ctrl_c_ends_a_query(tmp_path, monkeypatch):
    with closing(sqlite3.connect(tmp_path / "x.db")) as base:
        base.execute("CREATE TABLE t (a)")
        base.commit()
    looks = []

    def interrupted(self):
        looks.append(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(module._Watch, "ended", property(interrupted))
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
    with pytest.raises(KeyboardInterrupt):
        open_table(tmp_path / "x.db", ReadOptions(query=endless))
    assert looks == [1]
