"""A run on databases: no password is printed or stored, in any of its spellings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

import pytest

from tests.command import Command, Said

psycopg = pytest.importorskip("psycopg")
FAST = ("--preset", "quick", "--epochs", "6", "--no-repair", "--allow-leak")


@pytest.fixture(scope="module")
def url(postgres: str) -> Iterator[str]:
    with psycopg.connect(postgres) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS flats AS SELECT k * 1.5 AS size, CASE WHEN k % 2 = 0 THEN 'a' ELSE 'b' END AS "
            "town, k * 2.0 + k % 5 AS price FROM generate_series(1, 90) AS k"
        )
    yield postgres
    with psycopg.connect(postgres) as connection:
        connection.execute("DROP TABLE flats")  # other files count the tables of this server


def forms(url: str) -> set[str]:
    secret = url.partition("owner:")[2].partition("@")[0]
    bare = unquote(secret)
    # parts of it as well: what a parser that is misled takes for a host or a database
    return {secret, bare, quote(bare), "ss/ w", "w:rd", "ss%2F"}


def silent(text: str, url: str) -> None:
    assert not [form for form in forms(url) if form in text], text


def silent_all(said: Said, folder: Path, url: str) -> None:
    silent(said.out + said.err, url)
    for path in folder.rglob("*"):
        if path.is_file():
            silent(path.read_bytes().decode("utf-8", "replace"), url)


def test_a_run_with_three_databases(nw: Command, url: str, tmp_path: Path) -> None:
    database, run = (*FAST, "--table", "flats"), tmp_path / "run"
    head, _, rest = url.partition("//owner:")
    as_option = f"{head}//owner@{rest.partition('@')[2]}?password={rest.partition('@')[0]}"
    said = nw("train", url, "--target", "price", "--test-data", as_option, "--valid-data", url, *database, "--out", run)
    assert said.code == 0, said.err
    silent_all(said, tmp_path, url)
    for words in (
        ("audit", url, "--target", "price", "--table", "flats", "--verbose"),
        ("predict", run, url, "--table", "flats"),
        ("evaluate", run, as_option, "--table", "flats"),
        ("train", url, "--target", "price", "--table", "flats", "--verbose", "--out", tmp_path / "again", *FAST),
    ):
        said = nw(*words)
        assert said.code == 0, said.err
        silent_all(said, tmp_path, url)


@pytest.mark.parametrize(
    "change",
    [
        lambda url: unquote(url),
        lambda url: url.replace("%2F", "/"),
        lambda url: url.replace("/postgres", "/nothing"),
        lambda url: url.replace("%251@", "%252@"),
        lambda url: url.rpartition(":")[0] + ":1/postgres",
        lambda url: url.replace("://", ":/"),
        lambda url: url.replace("postgresql", "mysql"),
        lambda url: f"host=127.0.0.1 user=owner password='{unquote(url.partition('owner:')[2].partition('@')[0])}'",
        lambda url: f"{url}?sslmode=verify-full&sslpassword={url.partition('owner:')[2].partition('@')[0]}",
    ],
)
@pytest.mark.parametrize("option", ["data", "--test-data", "--valid-data", "--query"])
def test_whatever_goes_wrong(nw: Command, url: str, tmp_path: Path, change, option: str) -> None:
    wrong = change(url)
    words = [wrong if option == "data" else url, "--target", "price", *FAST]
    words += [] if option == "data" else [option, wrong]
    words += [] if option == "--query" else ["--table", "flats"]
    said = nw("train", *words, "--out", tmp_path / "run")
    assert said.code == 2, said.err
    silent_all(said, tmp_path, url)
