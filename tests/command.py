"""The command line inside the process of the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


#: `nw("train", path, "--target", "y")` as a user would type it; the fixture of that name gives one.
Command = Callable[..., Said]


def write(path: Path, rows: list[list[object]], encoding: str = "utf-8") -> Path:
    """A comma-separated file."""
    path.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n", encoding=encoding)
    return path
