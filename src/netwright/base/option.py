"""An option as the user types it."""

from __future__ import annotations

import re

#: What a shell takes as it stands; a mark at the end would run into the sentence.
_BARE = re.compile(r"[\w@%+=:,./-]*[\w@%+=/-]")


def flag(name: str, value: str) -> str:
    """An option as it is typed.

    Example:
        >>> flag("--missing", "n/a"), flag("--missing", "not known"), flag("--kind", "가격=category")
        ('--missing n/a', "--missing 'not known'", '--kind 가격=category')
    """
    quoted = value if _BARE.fullmatch(value) else "'" + value.replace("'", "'\\''") + "'"
    return f"{name} {quoted}"
