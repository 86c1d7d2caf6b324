from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from urllib.parse import unquote

import pytest

from netwright.base.errors import DataError, MissingExtra
from netwright.sources.contract import ReadOptions
from netwright.sources.kinds import infer_kinds
from netwright.sources.postgres import PostgresSource
from netwright.sources.registry import open_table

psycopg = pytest.importorskip("psycopg")


@pytest.fixture(scope="module")
def url(postgres):
    with psycopg.connect(postgres) as connection:
        connection.execute(
            'CREATE TABLE "집 값" (이름 text, n integer, x double precision, m numeric(10, 2), ok boolean, d date, '
            "t timestamp, note text)"
        )
        rows = [
            ("서울", 1, 0.5, 12.25, True, date(2020, 1, 2), datetime(2020, 1, 2, 3, 4, 5), 'a "b", c\nd'),
            (None, None, float("nan"), None, None, None, None, "\\N"),
            ("부산", 3, 2.0, 7, False, date(2021, 1, 1), datetime(2021, 1, 1), ""),
        ]
        with connection.cursor() as cursor:
            cursor.executemany('INSERT INTO "집 값" VALUES (%s, %s, %s, %s, %s, %s, %s, %s)', rows)
        connection.execute("CREATE SEQUENCE counter")
        connection.execute("CREATE SCHEMA other")
        connection.execute("CREATE TABLE other.b (id integer)")
    return postgres


def read(data, **options):
    return open_table(data, ReadOptions(**options))


def test_table(url):
    table = read(url, table="집 값")
    assert table.frame.columns == ["이름", "n", "x", "m", "ok", "d", "t", "note"]
    assert table.frame.rows() == [
        ("서울", 1, 0.5, 12.25, True, "2020-01-02", "2020-01-02 03:04:05", 'a "b", c\nd'),
        (None, None, None, None, None, None, None, None),
        ("부산", 3, 2.0, 7.0, False, "2021-01-01", "2021-01-01 00:00:00", None),
    ]
    assert (table.source.name, table.source.stem) == ("집 값 of postgres", "집_값")
    assert infer_kinds(table).schema["t"].kind == "date"


def test_query(url):
    table = read(
        url.replace("postgresql:", "postgres:"), query='SELECT n AS "%" FROM "집 값" ORDER BY 1 DESC NULLS LAST;'
    )
    assert (table.frame.columns, table.frame.rows()) == (["%"], [(3,), (1,), (None,)])
    assert (table.source.name, table.source.how) == ("the query of postgres", ("postgresql", "query"))


def test_one_column_of_empty_texts_keeps_its_rows(url):
    assert read(url, query="SELECT note FROM \"집 값\" WHERE note IN ('', 'x') OR n = 1 ORDER BY n DESC").n_rows == 2


def test_several_tables(url):
    with pytest.raises(DataError) as caught:
        read(url)
    assert str(caught.value) == (
        "postgres at 127.0.0.1 has 2 tables: other.b, 집 값. Pass --table with one of them, or --query with a SELECT."
    )


def test_no_rows_and_a_table_of_another_schema(url):
    with pytest.raises(DataError, match=r"^other\.b of postgres must have rows, got a header and no rows\.$"):
        read(url, table="other.b")


def test_nothing_can_be_written(url):
    with pytest.raises(
        DataError, match=r"could not be read: .*read-only transaction.*Only statements that read are allowed"
    ):
        read(url, query="SELECT nextval('counter')")
    with pytest.raises(DataError, match="could not be read"):
        read(url, query="WITH t AS (INSERT INTO other.b VALUES (1) RETURNING id) SELECT * FROM t")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM other.b").fetchone() == (0,)


def test_several_statements_cannot_leave_the_transaction(url):
    escape = "SELECT 1) a; COMMIT; INSERT INTO other.b VALUES (1); SELECT * FROM (SELECT 1"
    with pytest.raises(DataError, match="cannot insert multiple commands into a prepared statement"):
        read(url, query=escape)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT count(*) FROM other.b").fetchone() == (0,)


def test_comment_at_the_end_of_a_query(url):
    assert read(url, query="SELECT 1 AS a -- one").frame.rows() == [(1,)]


def test_wrong_query(url):
    with pytest.raises(
        DataError, match=r"^postgres at 127\.0\.0\.1 could not be read: .*nope.*\. Correct the --query\.$"
    ):
        read(url, query="SELECT nope FROM other.b")


def test_twin_columns(url):
    with pytest.raises(
        DataError, match=r"^the columns of the query of postgres must have names of their own, got 'id'"
    ):
        read(url, query="SELECT a.id, b.id FROM other.b a, other.b b")


def _never_says(caught, url):
    secret = url.partition("owner:")[2].partition("@")[0]
    text = "".join(map(str, (caught.value, repr(caught.value), caught.value.__cause__)))
    assert secret not in text
    assert unquote(secret) not in text
    return str(caught.value)


def test_passwords_are_not_told(url):
    table = read(url, table="집 값")
    assert "p%40" not in repr(table.source)
    assert "p@ss" not in repr(table.source)


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("%251@", "%252@"),
        lambda url: url.rpartition(":")[0] + ":1/postgres",
        lambda url: url.replace("/postgres", "/nodb"),
        lambda url: url.partition("//")[0] + "//127.0.0.1:1/x?password=" + url.partition("owner:")[2].partition("@")[0],
    ],
)
def test_unreachable_servers(url, change):
    wrong = change(url)
    with pytest.raises(DataError, match="could not be read: ") as caught:
        read(wrong)
    _never_says(caught, url)
    if "%252" not in wrong:
        return
    assert "Check that the server runs, and the host, port, user and password in the URL." in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("@127", "@[127"),
        lambda url: url.replace("%40", "@"),
        lambda url: url.replace("%2F", "/"),
        lambda url: url.replace("%20", "?"),
        lambda url: url.replace("%251", "%1"),
        lambda url: url.replace("@127.0.0.1", ""),
        lambda url: url.replace("://", ":/"),
        lambda url: " " + url,
        lambda url: url.replace("postgresql", "PostgreSQL"),
        lambda url: "host=127.0.0.1 password=" + url.partition("owner:")[2].partition("@")[0],
    ],
)
def test_urls_whose_password_has_no_clear_end(url, change):
    with pytest.raises(
        DataError, match=r"^a URL of PostgreSQL must be .*, got another form\. In user and password @ must"
    ) as caught:
        read(change(url))
    _never_says(caught, url)


def test_unknown_options_are_named_without_their_values(url):
    with pytest.raises(DataError, match=r"got 'nonsense', 'more'\. Leave them out\.$") as caught:
        read(url + "?sslmode=prefer&nonsense=tops3cret&%6Dore=2")
    assert "tops3cret" not in _never_says(caught, url)


def test_passwords_as_options(url):
    head, _, rest = url.partition("//owner:")
    password, _, place = rest.partition("@")
    assert read(f"{head}//owner@{place}?password={password}", table="집 값").n_rows == 3
    with pytest.raises(DataError, match="could not be read") as caught:
        read(f"{head}//owner@{place}?password={password}&host=127.0.0.1&port=1")
    _never_says(caught, url)


def test_without_psycopg():
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from netwright.sources.registry import open_table\n"
        "from netwright.base.errors import MissingExtra\n"
        "try: open_table('postgresql://u:secret@h/d')\n"
        "except MissingExtra as error: print(error)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert said.stdout.strip() == (
        "Reading from PostgreSQL needs the package psycopg. Install it with: pip install 'netwright[postgres]'"
    )
    assert MissingExtra.exit_code == 2


@pytest.mark.parametrize("data", ["postgresql://h/d", "postgres://h/d"])
def test_accepts(data):
    assert PostgresSource().accepts(data)
