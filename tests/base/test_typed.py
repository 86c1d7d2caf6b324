from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from netwright.base.typed import from_plain


@dataclass(frozen=True)
class Own:
    name: str
    widths: tuple[int, ...]
    share: float
    levels: tuple[str, ...] = ()
    yes: bool = False
    least: float | None = None
    edges: tuple[float, ...] | None = None
    more: tuple[int, ...] = field(default_factory=tuple)


PLAIN: dict[str, Any] = {"name": "a", "widths": [1, 2], "share": 0.5}


def test_lists_become_tuples_and_whole_numbers_floats() -> None:
    assert from_plain(Own, PLAIN) == Own("a", (1, 2), 0.5)
    got = from_plain(Own, PLAIN | {"share": 1, "least": 2, "edges": [1, 2.5], "yes": True, "levels": ["x"]})
    assert got == Own("a", (1, 2), 1.0, ("x",), True, 2.0, (1.0, 2.5))
    assert [type(value) for value in (got.share, got.least, *(got.edges or ()))] == [float] * 4
    assert from_plain(Own, PLAIN | {"least": None, "edges": None}).least is None
    assert from_plain(Own, PLAIN | {"widths": ()}).widths == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"share": True}, "share must be float, got True"),
        ({"share": "0.5"}, "share must be float, got '0.5'"),
        ({"share": None}, "share must be float, got None"),
        ({"widths": [1, 2.0]}, r"widths must be tuple\[int, ...\], got \[1, 2.0\]"),
        ({"widths": [False]}, r"widths must be tuple\[int, ...\], got \[False\]"),
        ({"widths": 3}, r"widths must be tuple\[int, ...\], got 3"),
        ({"widths": "12"}, r"widths must be tuple\[int, ...\], got '12'"),
        ({"widths": [2**53 + 1]}, r"widths must be tuple\[int, ...\], got a number beyond 2\*\*53"),
        ({"name": 7}, "name must be str, got 7"),
        ({"name": ["a"]}, r"name must be str, got \['a'\]"),
        ({"levels": ["a", None]}, r"levels must be tuple\[str, ...\], got \['a', None\]"),
        ({"yes": 1}, "yes must be bool, got 1"),
        ({"least": {}}, "least must be float | None, got {}"),
        ({"other": 1}, "'other' must be one of name, widths, share, levels, yes, least, edges, more"),
        ({"__class__": "os"}, "'__class__' must be one of name"),
        ({"name": [0] * 10**6}, "name must be str, got .{100}$"),
    ],
)
def test_other_types_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("| None", r"\| None")):
        from_plain(Own, PLAIN | changes)


def test_what_is_needed_must_be_there() -> None:
    with pytest.raises(ValueError, match=r"widths must be tuple\[int, ...\], got none"):
        from_plain(Own, {"name": "a", "share": 1})
