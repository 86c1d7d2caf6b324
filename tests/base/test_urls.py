from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netwright.base.settings import Settings
from netwright.base.urls import is_connection, parse_database_url, without_password

_FUZZ = settings(max_examples=400, deadline=None, derandomize=True)
_PASSWORD = st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=5, max_size=14)
_NASTY = st.text(st.sampled_from("aZ9@:/?#[]%&=+ ,;'\"\\"), min_size=5, max_size=14)
_WORD = st.text(st.sampled_from("abcXYZ019_-."), min_size=1, max_size=8)
_ACCOUNT = st.text(st.characters(codec="utf-8"), max_size=8)


def absent(secret: str, shown: str, others: str) -> bool:
    """Whether a secret is not to be seen; what stands in the other parts as well is no proof."""
    return secret in others or secret not in shown


@_FUZZ
@given(user=_ACCOUNT, password=st.one_of(_PASSWORD, _NASTY), host=_WORD, port=st.integers(1, 65535), name=_WORD)
def test_a_sound_url_loses_its_password_and_nothing_else(
    user: str, password: str, host: str, port: int, name: str
) -> None:
    head = quote(user, safe="")
    url = f"postgresql://{head}:{quote(password, safe='')}@{host}:{port}/{name}?sslmode=require"
    shown = without_password(url)
    before, after = urlsplit(url), urlsplit(shown)
    assert after.password is None
    assert (after.username or "") == head
    assert [after.scheme, after.hostname, after.port, after.path, after.query] == [
        before.scheme, before.hostname, before.port, before.path, before.query,
    ]  # fmt: skip
    others = f"postgresql://{head}@{host}:{port}/{name}?sslmode=require"
    assert absent(password, shown, others) and absent(quote(password, safe=""), shown, others)
    parsed = parse_database_url(url)
    assert parsed is not None and unquote(parsed.password) == unquote(before.password or "") == password
    assert {password, quote(password, safe="")} <= parsed.secrets()


@_FUZZ
@given(
    password=st.one_of(_PASSWORD, _NASTY),
    form=st.sampled_from(
        (
            "postgresql://kim:{}@host/portal",
            "postgresql://kim:{}@host:5432/portal?sslmode=require",
            "postgres://kim:{}@[::1]/portal",
            "postgresql://kim:{}/portal",
            "postgresql://kim:{}",
            "postgresql://:{}@host",
            "postgresql:/kim:{}@host/portal",
            " postgresql://kim:{}@host/portal",
            "POSTGRESQL://kim:{}@host/portal",
            "mysql://kim:{}@host/portal",
        )
    ),
)
def test_a_password_with_any_marks_in_it_is_not_shown(password: str, form: str) -> None:
    # without a host, digits cannot be told from a port, nor what follows an @ from a host
    assume(not (form.endswith(("{}", "{}/portal")) and (password[0].isdigit() or password[0] == "@")))
    shown = without_password(form.format(password))
    assert absent(password, shown, form.replace("{}", "") + "***")


@_FUZZ
@given(
    password=st.one_of(_PASSWORD, _NASTY),
    key=st.sampled_from(("password", "sslpassword", "pass%77ord", "PASSWORD", "x")),
)
def test_passwords_as_options(password: str, key: str) -> None:
    shown = without_password(f"postgresql://host/portal?sslmode=require&{key}={quote(password, safe='')}&user=kim")
    assert shown == f"postgresql://host/portal?sslmode=require&{key}=***&user=kim"
    assume("&" not in password)
    shown = without_password(f"postgresql://host/portal?{key}={password}")
    assert absent(password, shown, "postgresql://host/portal?password=***")


@_FUZZ
@given(password=st.text(st.characters(codec="utf-8", exclude_characters="'\\"), min_size=5, max_size=14))
def test_connections_in_keywords(password: str) -> None:
    text = f"host=h password='{password}' dbname=d"
    assert is_connection(text)
    assert without_password(text) == "host=h password=*** dbname=d"


@pytest.mark.parametrize(
    "text",
    [
        "a:b@c.csv", "sqlite:///a:b@c.db", "sqlite:////home/x@y/p.db", "C:/data/x.csv", "houses.csv", "sample:wine",
        "postgresql://kim@host/portal", "postgresql:///portal?host=/var/run/postgresql", "postgresql://a:1,b:2/portal",
        "SELECT a FROM t WHERE b = 'x:y@z'", "user=kim.csv", "",
    ],
)  # fmt: skip
def test_what_holds_no_password_stays(text: str) -> None:
    assert without_password(text) == text


def test_passwords_inside_of_a_query() -> None:
    assert without_password("SELECT * FROM dblink('postgresql://u:pw@h/d', 'SELECT 1')") == (
        "SELECT * FROM dblink('postgresql://u@h/d', 'SELECT 1')"
    )
    assert without_password("SELECT * FROM dblink('dbname=d password=pw', '')") == (
        "SELECT * FROM dblink('dbname=d password=***', '')"
    )


def test_settings_are_told_without_passwords() -> None:
    url = "postgresql://kim:secret@host/portal"
    settings_ = Settings(test_data=url, valid_data=url, query="SELECT 1", folds=None, epochs=3)
    assert settings_.told() == {
        "test_data": "postgresql://kim@host/portal", "valid_data": "postgresql://kim@host/portal", "query": "SELECT 1",
        "epochs": 3,
    }  # fmt: skip
    assert settings_.changed()["test_data"] == url
