"""How the features of a row that can be turned back into cells stand side by side."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """Which features are numbers, and which are the states of which column.

    Args:
        groups: For each feature the number of the column that it is a state of; -1 for a number.
        gates: For each number the position of the state in which it counts; -1 where it always does, and for states.
    """

    groups: tuple[int, ...]
    gates: tuple[int, ...]
