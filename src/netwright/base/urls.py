"""URLs of databases, and how they are written down: without anything that may be a password."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

#: Marks of a URL that stand in no user name and no password as they are; else nobody can tell where these end.
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?:(?P<account>[^@/?]*)@)?(?P<hosts>[^@/?]*)(?P<path>/[^@?]*)?(?P<query>\?.*)?",
    re.DOTALL,
)
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]*\]|[^\[\]:]*)(?::[0-9]{1,5})?")
#: With one slash only where nothing but a slip is meant: C:/data is a folder.
_SCHEME = re.compile(r"\s*(?:([A-Za-z][A-Za-z0-9+.-]+)://|(postgres(?:ql)?):/)", re.IGNORECASE)

#: What connections are told that is no secret; the values of all others are not written down.
_OPEN = frozenset(
    {
        "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname", "gssencmode", "host",
        "hostaddr", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts",
        "mode", "port", "require_auth", "requiressl", "service", "ssl_max_protocol_version", "ssl_min_protocol_version",
        "sslcert", "sslcompression", "sslcrl", "sslmode", "sslrootcert", "sslsni", "target_session_attrs",
        "tcp_user_timeout", "user",
    }
)  # fmt: skip
_HIDDEN = "***"

#: Passwords in any other text: in a URL somewhere in it, or after a keyword.
_IN_TEXT = (
    (re.compile(r"(?<=://)([^\s:/?@]*):\S*@"), r"\1@"),
    (re.compile(r"((?:\b|_)(?:ssl)?password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^\s&'\"]+)", re.IGNORECASE), rf"\1{_HIDDEN}"),
)
_KEYWORD = re.compile(r"\b(?:host|hostaddr|port|dbname|user|password|sslpassword|service)\s*=", re.IGNORECASE)


@dataclass(frozen=True)
class DatabaseUrl:
    """The parts of a URL, each as it stands there.

    Args:
        scheme: Such as `postgresql`.
        user: Empty where there is none.
        password: Empty where there is none.
        hosts: With their ports, separated by commas.
        database: What follows the slash.
        options: (name, value) of what follows the question mark.
    """

    scheme: str
    user: str
    password: str
    hosts: str
    database: str
    options: tuple[tuple[str, str], ...]

    def shown(self) -> str:
        """The same URL without its password, and without the values of options that may be secrets."""
        account = f"{self.user}@" if self.user else ""
        options = "&".join(
            f"{name}={value if _is_open(name) else _HIDDEN}" if value else name if _is_open(name) else _HIDDEN
            for name, value in self.options
        )
        database = f"/{self.database}" if self.database else ""
        return f"{self.scheme}://{account}{self.hosts}{database}{f'?{options}' if options else ''}"

    def secrets(self) -> frozenset[str]:
        """Everything in it that may be a password, in all ways of writing it."""
        raw = {self.password, *(value for name, value in self.options if not _is_open(name))} - {""}
        return frozenset(form for secret in raw for form in (secret, unquote(secret), quote(unquote(secret), safe="")))


def parse_database_url(text: str) -> DatabaseUrl | None:
    """The parts of a URL, or None where nobody can tell where its password begins and ends.

    Example:
        >>> parse_database_url("postgresql://kim:p%40ss@db.example:5432/portal?sslmode=require").password
        'p%40ss'
        >>> parse_database_url("postgresql://kim:p@ss@db.example/portal") is None
        True
    """
    parts = _URL.fullmatch(text)
    if parts is None or not all(_HOST.fullmatch(host) for host in parts["hosts"].split(",")):
        return None
    if "@" in (parts["query"] or "") and ":" in f"{parts['account'] or ''}{parts['hosts']}":
        return None  # the account may end there
    user, _, password = (parts["account"] or "").partition(":")
    pairs = [pair.partition("=") for pair in (parts["query"] or "")[1:].split("&") if pair]
    options = tuple((name, value) for name, _, value in pairs)
    return DatabaseUrl(parts["scheme"], user, password, parts["hosts"], (parts["path"] or "")[1:], options)


def is_connection(text: str) -> bool:
    """Whether a text is a connection in keywords with a password, as in `host=db.example password=x`.

    Example:
        >>> is_connection("host=db.example password=x"), is_connection("price=high.csv")
        (True, False)
    """
    return _KEYWORD.match(text.lstrip()) is not None and _IN_TEXT[1][0].search(text) is not None


def without_password(data: str) -> str:
    """What a user named as data, or wrote in an option, fit to be printed and stored.

    Example:
        >>> without_password("postgresql://kim:secret@host/portal"), without_password("a:b@c.csv")
        ('postgresql://kim@host/portal', 'a:b@c.csv')
        >>> without_password("postgresql://kim:s/ec@ret@host/portal")
        'postgresql://***'
        >>> without_password("host=db.example password='it is' user=kim")
        'host=db.example password=*** user=kim'
    """
    scheme = _SCHEME.match(data)
    if scheme is not None:
        if data.startswith("sqlite:"):
            return data
        url = parse_database_url(data)
        return url.shown() if url is not None else f"{scheme[1] or scheme[2]}://{_HIDDEN}"
    for secret, instead in _IN_TEXT:
        data = secret.sub(instead, data)
    return data


def _is_open(name: str) -> bool:
    return unquote(name).lower() in _OPEN
