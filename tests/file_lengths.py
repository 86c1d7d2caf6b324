"""`make check`: no file of the project is longer than one reader can hold."""

from __future__ import annotations

import sys
from pathlib import Path

MOST_LINES = 600


def main() -> int:
    """Name the files that are too long; 1 if there are any."""
    root = Path(__file__).resolve().parents[1]
    files = [path for folder in ("src", "tests", "benchmarks") for path in (root / folder).rglob("*.py")]
    long = [(path, len(path.read_text(encoding="utf-8").splitlines())) for path in files]
    too_long = [(path, lines) for path, lines in long if lines > MOST_LINES]
    for path, lines in too_long:
        print(f"{path.relative_to(root)} has {lines} lines, at most {MOST_LINES} are allowed: split it")
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main())
