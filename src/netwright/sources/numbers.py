"""Numbers as people write them: decimal commas, marks between thousands, percent and currency signs, (5) for -5."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from netwright.sources.tokens import FEW

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class NumberStyle:
    """How the numbers of a column are written.

    Args:
        decimal: The decimal mark.
        thousands: The mark between thousands, or empty; a blank stands for all narrow and unbreakable ones too.
    """

    decimal: str = "."
    thousands: str = ""


PLAIN = NumberStyle()
_COMMA_GROUPS = NumberStyle(".", ",")
_DECIMAL_COMMA = NumberStyle(",", "")

#: In the order in which they are preferred where several read equally many cells.
_POINT_STYLES = (PLAIN, _COMMA_GROUPS, NumberStyle(".", " "), NumberStyle(".", "'"))
_COMMA_STYLES = (_DECIMAL_COMMA, NumberStyle(",", "."), NumberStyle(",", " "), NumberStyle(",", "'"))

_CURRENCIES = "$€£₩¥￦￥원円"
_MAY_BE_NUMBER = rf"^[\d\s.,'’eE+\-−%％(){_CURRENCIES}]*\d[\d\s.,'’eE+\-−%％(){_CURRENCIES}]*$|(?i:inf)"
#: How accountants write what is below zero: (1,161.56), ($500), (5 %).
_IN_BRACKETS = rf"^([{_CURRENCIES}]?)\s*\(\s*([^()+\-]*\d[^()+\-]*)\)\s*([%％{_CURRENCIES}]?)$"
_MARKS = {"": "", ".": r"\.", ",": ",", " ": "[ \u00a0\u2007\u2009\u202f]", "'": "['’]"}


@cache
def _pattern(style: NumberStyle) -> str:
    decimal, mark = _MARKS[style.decimal], _MARKS[style.thousands]
    plain = rf"\d+(?:{decimal}\d*)?|{decimal}\d+"
    grouped = rf"|[1-9]\d{{0,2}}(?:{mark}\d{{3}})+(?:{decimal}\d*)?" if mark else ""
    return rf"^[+-]?(?:(?:{plain}{grouped})(?:[eE][+-]?\d+)?|(?i:inf|infinity))$"


def parse_numbers(texts: pl.Series, style: NumberStyle = PLAIN) -> pl.Series:
    """The numbers in texts.

    Args:
        texts: Cells without surrounding blanks.
        style: How they are written.

    Returns:
        Float64; null where a cell is null or no number in this style; may be infinite, never NaN.

    Example:
        >>> import polars as pl
        >>> parse_numbers(pl.Series(["1.234,5", "-3 %", "7 €", "x"]), NumberStyle(",", ".")).to_list()
        [1234.5, -3.0, 7.0, None]
    """
    import polars as pl

    cells = texts.to_frame("cell")
    styled, plain = _styled(pl.col("cell"), style), pl.col("cell").cast(pl.Float64, strict=False).fill_nan(None)
    if style.decimal != ".":
        return cells.select(styled).to_series().alias(texts.name)
    if len(texts) <= FEW:
        return cells.select(pl.coalesce(plain, styled)).to_series().alias(texts.name)
    # most cells are plain: only the others are worth the patterns
    values = cells.select(plain).to_series().alias(texts.name)
    rest = (values.is_null() & texts.is_not_null()).arg_true()
    return values.scatter(rest, cells[rest].select(styled).to_series()) if len(rest) else values


def _styled(cell: pl.Expr, style: NumberStyle) -> pl.Expr:
    import polars as pl

    bare = _without_signs(cell)
    read = bare
    if style.thousands:
        read = read.str.replace_all(_MARKS[style.thousands], "")
    if style.decimal != ".":
        read = read.str.replace(style.decimal, ".", literal=True)
    return pl.when(bare.str.contains(_pattern(style))).then(read).cast(pl.Float64, strict=False)


def without_signs(texts: pl.Series) -> pl.Series:
    """Texts without percent and currency signs at their ends, and with the ASCII minus, also for brackets.

    Example:
        >>> import polars as pl
        >>> without_signs(pl.Series(["$ 5", "-€3", "20%", "4,500원", "−2", "(1,161.56)"])).to_list()
        ['5', '-3', '20', '4,500', '-2', '-1,161.56']
    """
    import polars as pl

    return texts.to_frame("cell").select(_without_signs(pl.col("cell"))).to_series().alias(texts.name)


def _without_signs(cell: pl.Expr) -> pl.Expr:
    return (
        cell.str.replace("−", "-", literal=True)
        .str.replace(_IN_BRACKETS, "-${1}${2}${3}")
        .str.strip_chars()
        .str.replace(rf"^([+-]?)\s*[{_CURRENCIES}]\s*([+-]?)", "${1}${2}")
        .str.replace(rf"\s*[%％{_CURRENCIES}]$", "")
    )


def may_be_numbers(texts: pl.Series) -> pl.Series:
    """Which texts may be numbers in any style, told by their letters alone.

    Example:
        >>> import polars as pl
        >>> may_be_numbers(pl.Series(["$ 5", "1.2.3", "c5", "inf"])).to_list()
        [True, True, False, True]
    """
    return texts.str.contains(_MAY_BE_NUMBER)


def in_brackets(texts: pl.Series) -> pl.Series:
    """Which texts may be negative numbers in the brackets of accountants.

    Example:
        >>> import polars as pl
        >>> in_brackets(pl.Series(["(500)", "(a)", "5"])).to_list()
        [True, False, False]
    """
    return texts.str.contains(_IN_BRACKETS)


def unit_of(texts: pl.Series) -> str:
    """The percent or currency sign that every one of the texts carries, or empty.

    Example:
        >>> import polars as pl
        >>> unit_of(pl.Series(["5%", "20 %"])), unit_of(pl.Series(["5%", "20"]))
        ('%', '')
    """
    signs = texts.str.extract(rf"([%％{_CURRENCIES}])").unique().to_list()
    return signs[0] or "" if len(signs) == 1 else ""


@dataclass(frozen=True)
class StyleFound:
    """The style that reads most cells.

    Args:
        style: The style.
        share: Share of the cells that it reads.
        other: A style with the other decimal mark that reads as many, if there is one.
    """

    style: NumberStyle
    share: float
    other: NumberStyle | None = None


def find_style(texts: pl.Series, counts: pl.Series, decimal: str | None = None, given: bool = False) -> StyleFound:
    """How the numbers among these texts are written.

    Args:
        texts: Distinct cells that are not missing; at least one.
        counts: How often each occurs.
        decimal: The mark to prefer where both are possible; None prefers thousands where all groups have 3 digits.
        given: Whether the user demanded that mark.

    Example:
        >>> import polars as pl
        >>> once = pl.Series([1, 1])
        >>> find_style(pl.Series(["1,234", "12"]), once).style, find_style(pl.Series(["1,5", "12"]), once).style
        (NumberStyle(decimal='.', thousands=','), NumberStyle(decimal=',', thousands=''))
    """
    total = int(counts.sum())
    likely = may_be_numbers(texts)
    texts, counts = texts.filter(likely), counts.filter(likely)
    if not len(texts):
        return StyleFound(PLAIN, 0.0)
    styles = _styles(texts, decimal, given)
    if styles[0] == PLAIN and _read(texts, counts, PLAIN) == total and not in_brackets(texts).all():
        return StyleFound(PLAIN, 1.0)
    read = {style: _read(texts, counts, style) for style in styles}
    best = max(styles, key=lambda style: read[style])
    rivals = [style for style in styles if style.decimal != best.decimal and read[style] == read[best] > 0]
    # brackets alone are references: (1), (2)
    share = 0.0 if in_brackets(texts).all() else read[best] / total
    return StyleFound(best, share, rivals[0] if rivals else None)


def _styles(texts: pl.Series, decimal: str | None, given: bool) -> tuple[NumberStyle, ...]:
    there = {"", *(mark for mark, pattern in _MARKS.items() if mark and texts.str.contains(pattern).any())}
    first, second = (_COMMA_STYLES, _POINT_STYLES) if decimal == "," else (_POINT_STYLES, _COMMA_STYLES)
    if not there & {".", ","}:
        first, given = _POINT_STYLES, True
    # without its mark between thousands a style reads what the plain one before it reads
    return tuple(style for style in (first if given else first + second) if style.thousands in there)


def _read(texts: pl.Series, counts: pl.Series, style: NumberStyle) -> int:
    return int(counts.filter(parse_numbers(texts, style).is_not_null()).sum())
