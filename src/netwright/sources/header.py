"""Whether the first line of a file holds the names of the columns, and what they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from netwright.base.errors import DataError
from netwright.base.figures import listing
from netwright.sources.blanks import WHITE_SPACE
from netwright.sources.tokens import NUMBER_MISSING

#: Each takes some 15 kB, whatever it holds.
MOST_COLUMNS = 50_000

#: Rows that are looked at for a header: fewer of them where there are thousands of columns to tell by.
_BODY_ROWS, _FEWEST_BODY_ROWS, _BODY_CELLS = 1_000, 20, 1_000_000
_MOSTLY = 0.9
_HALF = 0.5
_NUMBER = re.compile(r"[+-]?[$€£₩¥]?(\d[\d,.' ]*|\.\d+)([eE][+-]?\d+)?%?")
_FEWEST_LABELS = 3
_YEARS = range(1800, 2201)
#: Whole numbers with more digits than this are no labels of columns.
_MOST_DIGITS = 18


def has_header(first: Sequence[str | None], body: Sequence[Sequence[str | None]]) -> bool:
    """Whether a first row names the columns; without evidence it does.

    A column of numbers below a number votes no, below a text yes. A column of texts votes no where its first cell
    occurs again. Years above other numbers, and a first row that counts from 0 or 1, are labels.

    Args:
        first: The cells of the first row.
        body: The rows below it.

    Example:
        >>> has_header(["M", "0.45"], [["F", "0.35"], ["M", "0.53"]])
        False
        >>> has_header(["city", "2019", "2020", "2021"], [["Seoul", "7", "8", "8"], ["Busan", "3", "4", "3"]])
        True
    """
    yes = no = 0
    rows = body[: rows_looked_at(len(first)) - 1]
    columns = [[row[at] for row in rows] for at in range(len(first))]
    counting = _count_up(first, columns)
    for cell, column in zip(first, columns, strict=True):
        filled = [value for value in column if value is not None and value not in NUMBER_MISSING]
        if not filled or cell is None or cell in NUMBER_MISSING:
            continue
        if _is_label(cell) and (counting or _is_year_above_others(cell, filled)):
            yes += 1
        elif sum(_is_number(value) for value in filled) >= _MOSTLY * len(filled):
            if _is_number(cell):
                no += 1
            else:
                yes += 1
        elif cell in filled:
            no += 1
    return no <= yes


def rows_looked_at(width: int) -> int:
    """How many rows, the first one among them, show whether there is a header.

    Example:
        >>> rows_looked_at(3), rows_looked_at(10_000)
        (1001, 101)
    """
    return 1 + max(_FEWEST_BODY_ROWS, min(_BODY_ROWS, _BODY_CELLS // max(1, width)))


def column_names(first: Sequence[str | None] | None, width: int, name: str) -> list[str]:
    """The names of the columns.

    Args:
        first: The cells of the header, or None where there is none.
        width: How many columns there are.
        name: As messages name the file.

    Returns:
        One name a column; `c1`, `c2`, ... by position where the file gives none.

    Raises:
        DataError: Two columns have the same name.

    Example:
        >>> column_names(["city", None, "price"], 3, "houses.csv"), column_names(None, 2, "houses.csv")
        (['city', 'c2', 'price'], ['c1', 'c2'])
    """
    cells = list(first or ()) + [None] * (width - len(first or ()))
    names = [(cell or "").strip(WHITE_SPACE) or f"c{at}" for at, cell in enumerate(cells, 1)]
    refuse_twins(names, name, "Rename them, or pass --header no if the first row is data.")
    return names


def refuse_twins(names: Sequence[str], name: str, advice: str = "Rename them.") -> None:
    """Raise if a name occurs twice.

    Args:
        names: Of the columns.
        name: As messages name the data.
        advice: What to do.

    Raises:
        DataError: Two columns have the same name.
    """
    twins = [twin for twin, times in Counter(names).items() if times > 1]
    if twins:
        raise DataError(
            f"the columns of {name} must have names of their own, got {listing([repr(twin) for twin in twins])} "
            f"more than once. {advice}"
        )


def refuse_width(width: int, name: str) -> None:
    """Raise if there are more columns than a table can have; a file of one endless line seems to have millions.

    Args:
        width: How many columns there are.
        name: As messages name the data.

    Raises:
        DataError: There are too many.
    """
    if width > MOST_COLUMNS:
        raise DataError(
            f"{name} must have at most {MOST_COLUMNS:,} columns, got {width:,}. Check the line ends and the separator "
            f"of a text file; a table that lies on its side is to be turned first."
        )


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _is_label(cell: str) -> bool:
    """Whether a cell is a whole number that could name a column; Python refuses to read one of thousands of digits."""
    return cell.isdecimal() and len(cell) <= _MOST_DIGITS


def _is_year_above_others(cell: str, filled: Sequence[str]) -> bool:
    years = sum(_is_label(value) and int(value) in _YEARS for value in filled)
    return int(cell) in _YEARS and years < _HALF * len(filled)


def _count_up(first: Sequence[str | None], columns: Sequence[Sequence[str | None]]) -> bool:
    """Whether the numbers of a first row are 0, 1, 2, ... as pandas numbers its columns, none of them met below."""
    pairs = [(int(cell), column) for cell, column in zip(first, columns, strict=True) if cell and _is_label(cell)]
    numbers = [number for number, _ in pairs]
    if len(numbers) < _FEWEST_LABELS or any(b - a != 1 for a, b in pairwise(numbers)):
        return False
    return numbers[0] in (0, 1) and not any(str(number) in column for number, column in pairs)
