"""An option as the user types it."""

from __future__ import annotations

import re

from netwright.base.figures import CONTROLS, one_line

#: What a shell takes as it stands; a mark at the end would run into the sentence.
_BARE = re.compile(r"[\w@%+=:,./-]*[\w@%+=/-]")
#: How Python keeps the bytes of a word that are no text in the encoding of the system.
_LOOSE = re.compile("[\udc80-\udcff]")


def flag(name: str, value: str) -> str:
    """An option as it is typed.

    Example:
        >>> flag("--missing", "n/a"), flag("--missing", "not known"), flag("--kind", "가격=category")
        ('--missing n/a', "--missing 'not known'", '--kind 가격=category')
    """
    return f"{name} {value if _BARE.fullmatch(value) else quoted(value)}"


def quoted(value: str) -> str:
    """A word in the quotes of a shell; line ends and other controls are written out, as bash and zsh read them.

    Example:
        >>> print(quoted("it's"), quoted("floor\\narea"))
        'it'\\''s' $'floor\\narea'
    """
    if not (CONTROLS.search(value) or _LOOSE.search(value)):
        return "'" + value.replace("'", "'\\''") + "'"
    plain = value.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + _LOOSE.sub(lambda byte: f"\\x{ord(byte[0]) & 0xFF:02x}", one_line(plain)) + "'"
