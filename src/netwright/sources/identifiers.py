"""Columns that number or name the rows: they say which row it is, nothing about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from netwright.sources.distinct import Distinct

if TYPE_CHECKING:
    from netwright.sources.plain_numbers import NumberFacts

#: Below this many rows different values prove nothing.
FEWEST_ROWS = 10

_NEARLY_ALL = 0.95
_HALF = 0.5
_FEWEST_TEXTS = 50
_WORDS = 3
_CHARACTERS = 40

_LAST_WORDS = frozenset(
    {"id", "ids", "no", "key", "uuid", "guid", "code", "index", "idx", "serial", "nr", "pk", "rowid", "rownum"}
)
_FIRST_WORDS = frozenset({"id", "uuid", "guid"})
_RUN_TOGETHER = re.compile(
    r"(account|case|client|customer|item|member|order|passenger|patient|product|record|row|sample|student|user)id"
)
_KOREAN_ENDS = ("번호", "코드", "아이디", "일련번호")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def is_named_like_an_identifier(name: str) -> bool:
    """Whether a column's name ends in (or begins with) a word such as id.

    Example:
        >>> [is_named_like_an_identifier(name) for name in ("customerID", "고객번호", "paid", "no of rooms")]
        [True, True, False, False]
    """
    words = [word.lower() for word in _CAMEL.findall(name)]
    if name.strip().endswith(_KOREAN_ENDS):
        return True
    if not words:
        return False
    return words[-1] in _LAST_WORDS or words[0] in _FIRST_WORDS or _RUN_TOGETHER.fullmatch(words[-1]) is not None


def why_numbers_identify(name: str, facts: NumberFacts, n_rows: int) -> str:
    """In a few words why these numbers identify the rows, or empty where they do not.

    Args:
        name: Of the column.
        facts: About its numbers.
        n_rows: Of the table.

    Example:
        >>> import polars as pl
        >>> from netwright.sources.plain_numbers import number_facts
        >>> values = pl.Series(range(20, 0, -1), dtype=pl.Float64)
        >>> why_numbers_identify("Order", number_facts({"Order": values})["Order"], 20)
        'row number'
    """
    n = facts.n_filled
    if n < FEWEST_ROWS or not facts.whole or facts.n_different < n or facts.low is None or facts.high is None:
        return ""
    if n == n_rows and facts.low in (0.0, 1.0) and facts.high - facts.low == n - 1:
        return "row number"
    return "unique numbers under the name of an identifier" if is_named_like_an_identifier(name) else ""


def why_texts_identify(seen: Distinct, n_rows: int) -> tuple[str, str]:
    """The kind, `identifier` or `text`, of texts that hardly ever repeat, with a few words; both empty otherwise.

    Args:
        seen: The different texts.
        n_rows: Of the table; what most rows lack identifies none of them.

    Example:
        >>> import polars as pl
        >>> why_texts_identify(Distinct.of(pl.Series([f"7590-{letter}" for letter in "ABCDEFGHIJKL"])), 12)
        ('identifier', 'unique codes')
    """
    n, different = seen.total, len(seen)
    nearly_all = n >= max(FEWEST_ROWS, _HALF * n_rows) and different >= _NEARLY_ALL * n
    unique = "unique" if different == n else "nearly unique"
    if nearly_all and seen.share(~seen.texts.str.contains(r"\s")) >= _NEARLY_ALL:
        return "identifier", f"{unique} codes"
    if different > _FEWEST_TEXTS and different >= _HALF * n and _are_long(seen):
        return "text", f"{different:,} different texts"
    return ("identifier", f"{unique} names") if nearly_all else ("", "")


def _are_long(seen: Distinct) -> bool:
    words = seen.texts.str.count_matches(r"\S+")
    characters = seen.texts.str.len_chars()
    n_words, n_characters = int((words * seen.counts).sum()), int((characters * seen.counts).sum())
    return n_words >= _WORDS * seen.total or n_characters > _CHARACTERS * seen.total
