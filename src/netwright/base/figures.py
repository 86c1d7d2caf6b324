"""How figures are written for people: three significant digits, thousands separated, no exponents for money."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

_SIGNIFICANT = 3
_TINY = 1e-4
_HUGE = 1e15
#: Also marks that turn the direction of what follows: a line would read as another.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")

#: A long text between quotes, or without a blank in it: names and cells may be as long as they like.
_LONG = re.compile(r"""(?<!\w)(['"])(?:(?!\1)[^\\]|\\.){150,}?\1(?!\w)|\S{400,}""", re.DOTALL)


def figure(value: float | None, significant: int = _SIGNIFICANT) -> str:
    """A number as people read it.

    Args:
        value: Any number; None gives a dash.
        significant: How many digits carry meaning.

    Example:
        >>> figure(46740.3), figure(2.9412), figure(0.01234), figure(12.0), figure(None)
        ('46,700', '2.94', '0.0123', '12.0', '-')
    """
    if value is None or math.isnan(value):
        return "-"
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    if value == 0:
        return "0"
    size = abs(value)
    if size < _TINY or size >= _HUGE:
        return f"{value:.{significant - 1}e}"
    decimals = significant - 1 - math.floor(math.log10(size))
    rounded = round(value, decimals)
    if decimals < 0:
        return f"{rounded:,.0f}"
    # 9.999 rounds to 10.0: count the digits of what is shown, not of what came
    decimals = max(0, significant - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}"


def count(value: int, singular: str, plural: str = "") -> str:
    """A count with its noun.

    Example:
        >>> count(1, "row"), count(1460, "row"), count(2, "category", "categories")
        ('1 row', '1,460 rows', '2 categories')
    """
    return f"{value:,} {singular if value == 1 else plural or singular + 's'}"


def share(part: int, whole: int) -> str:
    """A share in whole percent; small ones are said to be under 1 %.

    Example:
        >>> share(27, 506), share(1, 5000), share(0, 10)
        ('5 %', 'under 1 %', '0 %')
    """
    if part == 0 or whole == 0:
        return "0 %"
    percent = 100 * part / whole
    return "under 1 %" if percent < 1 else f"{percent:.0f} %"


def listing(names: Sequence[str], most: int = 5) -> str:
    """Names joined by commas, the rest counted.

    Example:
        >>> listing(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    shown = ", ".join(map(shortened, names[:most]))
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def shortened(text: str, most: int = 80) -> str:
    """A text of which the middle is left out where it is long.

    Example:
        >>> shortened("price"), shortened("a" * 50 + "b" * 50, 20)
        ('price', 'aaaaaaaaaa ... bbbbb')
    """
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-(most // 4) :]}"


def readable(message: str) -> str:
    """A message in which names and cells that nobody would read to their end are shortened.

    Example:
        >>> readable("got '" + "x" * 5000 + "' in row 3.")
        "got 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx ... xxxxxxxxxxxxxxxxxxx' in row 3."
    """
    return _LONG.sub(lambda found: shortened(found[0]), message)


def one_line(text: str) -> str:
    """A text whose line ends and other control characters are shown instead of obeyed: names may hold any.

    Example:
        >>> one_line("floor\\narea"), one_line("층\\x1b[31m")
        ('floor\\\\narea', '층\\\\x1b[31m')
    """
    return CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def on_screen(text: str) -> str:
    """A text of several lines, in which nothing but line ends is obeyed.

    Example:
        >>> on_screen("row,층\\n0,\\x1b[31m\\n")
        'row,층\\n0,\\\\x1b[31m\\n'
    """
    return "\n".join(map(one_line, text.split("\n")))


def in_json(text: str) -> str:
    """JSON in which control characters, which only stand in texts, are written as escapes.

    Example:
        >>> in_json('{"a": "\\x9b31m"}')
        '{"a": "\\\\u009b31m"}'
    """
    return "\n".join(CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", line) for line in text.split("\n"))


def width(text: str) -> int:
    """How many columns of a terminal a text takes; Hangul and its neighbours take two a letter.

    Example:
        >>> width("price"), width("집값")
        (5, 4)
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
