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
#: Columns called so hold names and places, however many words these have.
_NAMES = frozenset(
    {"name", "names", "fullname", "surname", "address", "addresses", "addr", "street", "email", "mail", "url", "uri"}
    | {"link", "path", "file", "filename", "phone", "tel", "ticket", "이름", "성명", "성함", "주소", "전화", "연락처"}
)
_KOREAN_NAMES = (
    *(
        "이름",
        "성명",
        "성함",
        "주소",
        "연락처",
        "링크",
        "파일",
        "상호",
        "도로명",
        "업체명",
        "회사명",
        "법인명",
        "기관명",
    ),
    *(
        "상품명",
        "제품명",
        "모델명",
        "점포명",
        "지점명",
        "매장명",
        "업소명",
        "단지명",
        "건물명",
        "아파트명",
        "학교명",
        "시설명",
    ),
)
#: Sentences have some words in lower case where a script has cases, and few words with digits.
_LEAST_LOWER, _MOST_WITH_DIGITS = 0.25, 0.5
#: Different texts that are looked at for that.
_LOOKED_AT = 5_000
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


def why_texts_identify(seen: Distinct, n_rows: int, name: str = "") -> tuple[str, str]:
    """The kind, `identifier` or `text`, of texts that hardly ever repeat, with a few words; both empty otherwise.

    Sentences are `text`, which networks read. Names, addresses and numbers of several words tell which row it is, and
    would be learned by heart: they are identifiers.

    Args:
        seen: The different texts.
        n_rows: Of the table; what most rows lack identifies none of them.
        name: Of the column.

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
        if _are_sentences(seen, name):
            return "text", f"{different:,} different texts"
        return "identifier", f"{different:,} different names"
    return ("identifier", f"{unique} names") if nearly_all else ("", "")


def _are_sentences(seen: Distinct, name: str) -> bool:
    """Whether texts of several words say something, by the name of the column and by what their words look like."""
    words = [word.lower() for word in _CAMEL.findall(name)]
    if (words and words[-1] in _NAMES) or name.strip().endswith(_KOREAN_NAMES):
        return False
    found = seen.texts[:_LOOKED_AT].str.extract_all(r"\S+").explode().drop_nulls()
    first = found.str.extract(r"(\p{L})", 1).drop_nulls()
    cased = first.filter(first.str.to_lowercase() != first.str.to_uppercase())
    if len(cased) * 2 > len(found) and (cased == cased.str.to_lowercase()).sum() < _LEAST_LOWER * len(cased):
        return False
    return int(found.str.contains(r"\d").sum()) <= _MOST_WITH_DIGITS * len(found)


def _are_long(seen: Distinct) -> bool:
    words = seen.texts.str.count_matches(r"\S+")
    characters = seen.texts.str.len_chars()
    n_words, n_characters = int((words * seen.counts).sum()), int((characters * seen.counts).sum())
    return n_words >= _WORDS * seen.total or n_characters > _CHARACTERS * seen.total
