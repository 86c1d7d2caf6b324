"""Dates as people write them, with or without a time of day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from netwright.sources.plain_numbers import NumberFacts

_SAMPLE = 1_000
_MOSTLY = 0.9

#: What no date lacks.
HAS_YEAR = r"\d{4}[-/.년]|[-/.\s]\d{4}|(19|20)\d{6}"

_TIME = (
    r"(?:(?:T|\s+)(?P<before>오전|오후)?\s*(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<after>[AaPp][Mm])?\s*(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?"
)
_AFTERNOON = ("오후", "PM", "pm", "Pm", "pM")
_MORNING = ("오전", "AM", "am", "Am", "aM")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_Y, _M, _D = r"(?P<y>\d{4})", r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"
_NAME = r"(?P<name>[A-Za-z]{3})[a-z]*"

#: strptime format -> how its dates look; in the order in which they are tried.
_LOOKS: dict[str, str] = {
    "%Y-%m-%d": f"{_Y}-{_M}-{_D}",
    "%Y/%m/%d": f"{_Y}/{_M}/{_D}",
    "%Y.%m.%d": rf"{_Y}\.\s*{_M}\.\s*{_D}\.?",
    "%m/%d/%Y": f"{_M}/{_D}/{_Y}",
    "%d/%m/%Y": f"{_D}/{_M}/{_Y}",
    "%d.%m.%Y": rf"{_D}\.\s*{_M}\.\s*{_Y}",
    "%m.%d.%Y": rf"{_M}\.\s*{_D}\.\s*{_Y}",
    "%m-%d-%Y": f"{_M}-{_D}-{_Y}",
    "%d-%m-%Y": f"{_D}-{_M}-{_Y}",
    "%Y년 %m월 %d일": rf"{_Y}년\s*{_M}월\s*{_D}일",
    "%Y년 %m월": rf"{_Y}년\s*{_M}월",
    "%d %b %Y": rf"{_D}[\s-]+{_NAME}[.,]?[\s-]+{_Y}",
    "%b %d, %Y": rf"{_NAME}\.?\s+{_D},?\s+{_Y}",
    "%Y-%m": r"(?P<y>(?:19|20)\d{2})-(?P<m>\d{2})",
    "%Y/%m": r"(?P<y>(?:19|20)\d{2})/(?P<m>\d{2})",
    "%Y%m%d": r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})",
}

#: Day and month the other way round; where values leave both open, the one that stands first above is taken.
_SWAPPED = {"%m/%d/%Y": "%d/%m/%Y", "%d.%m.%Y": "%m.%d.%Y", "%m-%d-%Y": "%d-%m-%Y"}

DIGITS = "%Y%m%d"
_FIRST_DAY, _LAST_DAY = 19_000_101, 20_991_231
_ISO = "%Y-%m-%d"

#: Formats that polars itself reads, many times faster.
_QUICK = ("%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%Y%m%d")
_CLOCK = " %H:%M:%S"
#: The parts of a format that are read. Some others make polars panic, and `%f` counts nanoseconds, not microseconds.
_FORMAT = re.compile(r"(?:[^%]|%[-_0]?[YCymbBhdeHkIlMSpP]|%[aAjUWuwGVTRDFzZs%]|%\.[369]?f|%[369]f|%:z)*")
_LONGEST_FORMAT = 100


@dataclass(frozen=True)
class DatesFound:
    """The format that reads most cells.

    Args:
        format: A strptime format, with the time of day where any cell has one.
        share: Share of the cells that it reads.
        other: The format with day and month swapped, where it reads as many.
    """

    format: str
    share: float
    other: str = ""


def find_dates(texts: pl.Series, counts: pl.Series) -> DatesFound | None:
    """How the dates among these texts are written.

    Args:
        texts: Distinct cells that are not missing; at least one.
        counts: How often each occurs.

    Returns:
        The format, or None where most cells are no dates.

    Example:
        >>> import polars as pl
        >>> find_dates(pl.Series(["31/01/2019", "02/03/2019"]), pl.Series([1, 1]))
        DatesFound(format='%d/%m/%Y', share=1.0, other='')
        >>> find_dates(pl.Series(["Seoul"]), pl.Series([1])) is None
        True
    """
    sample, weights = texts.head(_SAMPLE), counts.head(_SAMPLE)
    fewest = _MOSTLY * int(weights.sum())
    if int(weights.filter(sample.str.contains(HAS_YEAR)).sum()) < fewest:
        return None
    for form, look in _LOOKS.items():
        if int(weights.filter(sample.str.contains(f"^{look}{_TIME}$")).sum()) < fewest:
            continue
        clock = _CLOCK if texts.str.contains(r"\d:\d\d").any() else ""
        forms = [one + clock for one in (form, _SWAPPED.get(form)) if one]
        shares = [_share(texts, counts, one) for one in forms]
        best = shares.index(max(shares))
        if shares[best] < _MOSTLY:
            continue
        tied = len(forms) == 2 and shares[0] == shares[1]
        return DatesFound(forms[best], shares[best], forms[1] if tied else "")
    return None


def is_format(form: str) -> bool:
    """Whether dates can be read with a strptime format; the empty one means ISO.

    Example:
        >>> is_format("%d/%m/%Y %H:%M"), is_format(""), is_format("%Q")
        (True, True, False)
    """
    import polars as pl

    if len(form) > _LONGEST_FORMAT or not _FORMAT.fullmatch(form):
        return False
    try:
        parse_dates(pl.Series(["2000-01-31"]), form)
    except pl.exceptions.PolarsError:
        return False
    return True


def likeliest_format(texts: pl.Series, counts: pl.Series) -> str:
    """The format that reads most of these texts, however few; empty if none reads any.

    Example:
        >>> import polars as pl
        >>> likeliest_format(pl.Series(["2019/1/3", "soon", "later"]), pl.Series([1, 1, 1]))
        '%Y/%m/%d'
    """
    clock = _CLOCK if texts.str.contains(r"\d:\d\d").any() else ""
    shares = {form + clock: _share(texts, counts, form + clock) for form in _LOOKS} if len(texts) else {}
    best = max(shares, key=lambda form: shares[form], default="")
    return best if shares.get(best) else ""


def _share(texts: pl.Series, counts: pl.Series, form: str) -> float:
    return int(counts.filter(parse_dates(texts, form).is_not_null()).sum()) / int(counts.sum())


def parse_dates(texts: pl.Series, form: str) -> pl.Series:
    """The moments in texts.

    Args:
        texts: Cells without surrounding blanks.
        form: A strptime format; empty means ISO. A time of day may always follow the date, an offset is left out:
            the clock on the wall counts.

    Returns:
        Datetime; null where a cell is null, no such date, or not on the calendar.

    Example:
        >>> import polars as pl
        >>> parse_dates(pl.Series(["2019년 1월 3일 오후 2:30", "2019년 2월 30일"]), "%Y년 %m월 %d일").to_list()
        [datetime.datetime(2019, 1, 3, 14, 30), None]
    """
    import polars as pl

    form = form or _ISO
    day = form.removesuffix(_CLOCK)
    if day not in _LOOKS:
        return texts.str.to_datetime(form, strict=False, time_unit="us")
    if day not in _QUICK:
        return _parse_slowly(texts, _LOOKS[day])
    if form.endswith(_CLOCK):
        moments = texts.str.to_datetime(form, strict=False, time_unit="us")
        without_seconds = texts.str.to_datetime(form.removesuffix(":%S"), strict=False, time_unit="us")
        moments = moments.zip_with(moments.is_not_null(), without_seconds)
    else:
        moments = texts.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    rest = (moments.is_null() & texts.is_not_null()).arg_true()
    return moments.scatter(rest, _parse_slowly(texts.gather(rest), _LOOKS[day])) if len(rest) else moments


def _parse_slowly(texts: pl.Series, look: str) -> pl.Series:
    """What the library's own parser does not read: no leading zeros, no seconds, names of months, half days."""
    import polars as pl

    parts = texts.str.extract_groups(f"^{look}{_TIME}$").struct.unnest()
    parts = parts.with_columns(pl.lit(None, pl.String).alias(part) for part in ("m", "d", "name") if part not in parts)
    months = {name: str(number) for number, name in enumerate(_MONTHS, 1)}
    named = pl.col("name").str.to_lowercase().replace_strict(months, default=None, return_dtype=pl.String)
    half = pl.coalesce("before", "after")
    hour = pl.col("H").cast(pl.Int32)
    hour = (
        pl.when(half.is_in(_AFTERNOON) & (hour < 12))
        .then(hour + 12)
        .when(half.is_in(_MORNING) & (hour == 12))
        .then(0)
        .otherwise(hour)
    )
    iso = pl.concat_str(
        "y", pl.lit("-"), pl.coalesce("m", named), pl.lit("-"), pl.col("d").fill_null("1"), pl.lit(" "),
        hour.fill_null(0), pl.lit(":"), pl.col("M").fill_null("0"), pl.lit(":"), pl.col("S").fill_null("0"),
        pl.lit("."), pl.col("f").fill_null("0"),
    )  # fmt: skip
    moments = parts.select(iso.alias(texts.name)).to_series()
    return moments.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")


def dates_in_integers(facts: NumberFacts) -> bool:
    """Whether numbers are all dates written as YYYYMMDD, from 1900 to 2099.

    Example:
        >>> import polars as pl
        >>> from netwright.sources.plain_numbers import number_facts
        >>> facts = number_facts({"a": pl.Series([20190103.0, None]), "b": pl.Series([20190230.0, None])})
        >>> dates_in_integers(facts["a"]), dates_in_integers(facts["b"])
        (True, False)
    """
    import polars as pl

    if facts.low is None or facts.high is None or not facts.whole:
        return False
    if facts.low < _FIRST_DAY or facts.high > _LAST_DAY:
        return False
    texts = facts.values.drop_nulls().unique().cast(pl.Int64).cast(pl.String)
    return parse_dates(texts, DIGITS).null_count() == 0
