"""Pairs of words that say no and yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

#: (no, yes), in small letters.
_PAIRS: tuple[tuple[str, str], ...] = (
    ("0", "1"),
    ("false", "true"),
    ("no", "yes"),
    ("n", "y"),
    ("f", "t"),
    ("off", "on"),
    ("아니오", "예"),
    ("아니요", "예"),
    ("아니오", "네"),
    ("아니요", "네"),
    ("거짓", "참"),
    ("무", "유"),
    ("x", "o"),
)
_NO = frozenset(no for no, _ in _PAIRS)
_YES = frozenset(yes for _, yes in _PAIRS)


def find_pair(texts: list[str]) -> tuple[str, str] | None:
    """Two texts as (no, yes), or None where they are no known pair.

    Example:
        >>> find_pair(["Yes", "No"]), find_pair(["O", "X"]), find_pair(["1", "2"]), find_pair(["yes", "0"])
        (('No', 'Yes'), ('X', 'O'), None, None)
    """
    if len(texts) != 2:
        return None
    for no, yes in (texts, texts[::-1]):
        if (no.lower(), yes.lower()) in _PAIRS:
            return no, yes
    return None


def aligned(texts: pl.Series, levels: tuple[str, ...]) -> pl.Series:
    """Texts of a boolean column in the words of its levels.

    Another file may say `TRUE` or `1` where the training file said `yes`. What is neither stays as it is.

    Example:
        >>> import polars as pl
        >>> aligned(pl.Series(["1", "no", "perhaps"]), ("No", "Yes")).to_list()
        ['Yes', 'No', 'perhaps']
    """
    if len(levels) != 2 or find_pair(list(levels)) is None:
        return texts
    others = [text for text in texts.unique().to_list() if text is not None and text not in levels]
    words = {text: levels[_meaning(text)] for text in others if text.lower() in _NO | _YES}
    return texts.replace(words) if words else texts


def _meaning(text: str) -> int:
    return int(text.lower() in _YES)
