"""Programs in parts: the parts are shown on a page, each with what it printed."""

from __future__ import annotations

import contextlib
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MARK = re.compile(r"^# -- (\w+)\n", flags=re.M)


def parts_of(path: Path) -> dict[str, str]:
    """The parts of a program by their marks `# -- name`."""
    _, *found = _MARK.split(path.read_text(encoding="utf-8"))
    return {name: code.strip() for name, code in zip(found[::2], found[1::2], strict=True)}


def run_parts(path: Path, folder: Path) -> tuple[dict[str, dict[str, str]], dict[str, Any]]:
    """Run a program part by part.

    Args:
        path: The program.
        folder: Where it runs.

    Returns:
        By part its `code` and what it `printed`; and the names that it left behind.
    """
    names: dict[str, Any] = {"__name__": "course"}
    told = {}
    with _in(folder):
        for name, code in parts_of(path).items():
            said = io.StringIO()
            with contextlib.redirect_stdout(said):
                exec(compile(code, f"{path.name}: {name}", "exec"), names)  # noqa: S102 - our own program
            told[name] = {"code": code, "printed": said.getvalue().rstrip()}
    return told, names


@contextlib.contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
