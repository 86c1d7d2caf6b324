"""Texts that stand for a missing value.

Where numbers or dates are expected, many texts can only mean that there is none. Among categories some of them are
answers: in a table of houses the text NA may say that there is no garage.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

#: Missing in every column: nobody means these as an answer.
_NEVER_A_VALUE = ("?", "null", "NULL", "NaN", "nan", "NAN", "NaT", "<NA>", "\\N", "#N/A", "#NA")
_EXCEL_ERRORS = ("#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!")

#: Missing where numbers or dates are expected, possibly an answer elsewhere.
_PERHAPS_A_VALUE = ("NA", "N/A", "n/a", "None", "none", "nil", "-", "--", ".")

#: Missing in columns of categories and texts, beside the empty cell.
CATEGORY_MISSING: tuple[str, ...] = _NEVER_A_VALUE + _EXCEL_ERRORS

#: Missing in columns of numbers and dates, beside the empty cell.
NUMBER_MISSING: tuple[str, ...] = CATEGORY_MISSING + _PERHAPS_A_VALUE

#: Missing in a target of categories: there NA is no class, None may be one.
LABEL_MISSING: tuple[str, ...] = (*CATEGORY_MISSING, "NA", "N/A", "n/a", "-")

#: Up to so many texts a loop in Python takes less time than a call of the library: tables of thousands of columns have
#: few rows.
FEW = 1_000


def blank(cells: pl.Series, tokens: tuple[str, ...]) -> pl.Series:
    """Texts with the empty ones and the tokens replaced by null.

    Example:
        >>> import polars as pl
        >>> blank(pl.Series(["1", "NA", ""]), ("NA",)).to_list()
        ['1', None, None]
    """
    if len(cells) <= FEW:
        import polars as pl

        texts = cells.to_list()
        if _unwanted(tokens).isdisjoint(texts):
            return cells
        return pl.Series(cells.name, [None if text in _unwanted(tokens) else text for text in texts], dtype=pl.String)
    gone = cells.is_in(["", *tokens])
    return cells.set(gone, None) if gone.any() else cells


@cache
def _unwanted(tokens: tuple[str, ...]) -> frozenset[str]:
    return frozenset(("", *tokens))


def kept_tokens(missing: tuple[str, ...]) -> tuple[str, ...]:
    """The texts that could mean missing, and are values in a column that counts only `missing` as such.

    Example:
        >>> "NA" in kept_tokens(CATEGORY_MISSING), kept_tokens(NUMBER_MISSING)
        (True, ())
    """
    return tuple(token for token in _PERHAPS_A_VALUE if token not in missing)


@cache
def numbers_of(tokens: tuple[str, ...]) -> tuple[float, ...]:
    """The numbers among these tokens.

    Example:
        >>> numbers_of(("NA", "-999", "inf"))
        (-999.0, inf)
    """
    return tuple(number for number in map(number_of, tokens) if number is not None)


def number_of(token: str) -> float | None:
    """The number that a token is, None if it is none.

    Example:
        >>> number_of("-999"), number_of("NA"), number_of("nan")
        (-999.0, None, None)
    """
    try:
        number = float(token)
    except ValueError:
        return None
    return None if math.isnan(number) else number
