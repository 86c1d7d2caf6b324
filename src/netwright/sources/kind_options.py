"""What the user says about the kinds of columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from netwright.base.errors import PlanError
from netwright.base.table import KINDS

_OPTION = re.compile(r"(?P<name>.+)=(?P<kind>\w+)(?::(?P<levels>.*))?", re.DOTALL)

#: A kind may take words after a colon: levels from low to high, (no, yes), or a strptime format.
_WITH_LEVELS = ("ordinal", "boolean", "date")


@dataclass(frozen=True)
class KindOptions:
    """What is known about kinds before looking at the cells.

    Args:
        kinds: Column -> (kind, levels), as `parse_kind_options` gives them.
        missing: Texts that mean a missing value in every column.
        target: The column to be predicted.
        keep: Columns that the user asked for by name: never set aside as identifiers.
        arrays: Whether the data are a plain array of numbers: every column of numbers then stays numeric.
    """

    kinds: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    target: str | None = None
    keep: tuple[str, ...] = ()
    arrays: bool = False


def parse_kind_options(options: Iterable[str]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The meaning of `--kind COL=KIND`.

    Args:
        options: Such as `chas=category`, `size=ordinal:S<M<L`, `day=date:%d/%m/%Y`. Levels that contain `<` are
            set apart by ` < `.

    Raises:
        PlanError: Not of that form, no such kind, levels for a kind that has none, or a column with two kinds.

    Example:
        >>> parse_kind_options(["chas=category", "size=ordinal:S<M<L"])
        {'chas': ('category', ()), 'size': ('ordinal', ('S', 'M', 'L'))}
    """
    kinds: dict[str, tuple[str, tuple[str, ...]]] = {}
    for option in options:
        parts = _OPTION.fullmatch(option)
        if parts is None:
            raise PlanError(f"--kind must be COLUMN=KIND, such as --kind chas=category, got {option!r}.")
        name, kind = parts["name"].strip(), parts["kind"]
        if kind not in KINDS:
            raise PlanError(f"the kind of column {name!r} must be one of {', '.join(KINDS)}, got {kind!r}.")
        meant = (kind, _levels(option, kind, parts["levels"]))
        if kinds.setdefault(name, meant) != meant:
            raise PlanError(f"column {name!r} must have one kind, got --kind {kinds[name][0]} and {kind}.")
    return kinds


def _levels(option: str, kind: str, text: str | None) -> tuple[str, ...]:
    if text is None:
        return ()
    if kind not in _WITH_LEVELS:
        raise PlanError(f"only {', '.join(_WITH_LEVELS)} take words after a colon, got --kind {option}.")
    if kind == "date":
        return (text.strip(),)
    levels = tuple(level.strip() for level in text.split(" < " if " < " in text else "<"))
    if len(levels) < 2 or "" in levels or len(set(levels)) < len(levels):
        raise PlanError(f"--kind {option} must list different levels from low to high, such as size=ordinal:S<M<L.")
    if kind == "boolean" and len(levels) != 2:
        raise PlanError(f"--kind {option} must list two levels, no and yes, such as passed=boolean:failed<passed.")
    return levels
