"""What counts as a blank around a cell."""

from __future__ import annotations

#: White space by Unicode, which is what polars strips; `str.strip` by itself also takes the controls 0x1c to 0x1f.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


def is_blank(cell: str) -> bool:
    """Whether a cell holds nothing.

    Example:
        >>> is_blank(" \\u3000"), is_blank("\\x1f")
        (True, False)
    """
    return not cell.strip(WHITE_SPACE)
