"""Dataclasses from plain JSON values of a stranger: every field must be there, be known, and be of its type exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

T = TypeVar("T")

#: Whole numbers beyond this are no counts of anything, and would leave the integers of NumPy and torch.
_LARGEST = 2**53


def from_plain(cls: type[T], data: Mapping[str, Any]) -> T:
    """The dataclass that JSON values describe; lists become tuples.

    JSON has one type for numbers: a whole one may stand where a float is meant, and becomes one. A truth value is no
    number, a float no whole number, a text no number.

    Args:
        cls: A dataclass with fields of type `str`, `bool`, `int`, `float`, tuples of any length of these, or None.
        data: Its fields; those with a default may be absent.

    Raises:
        ValueError: A field is unknown, absent or of another type.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True)
        ... class Shape:
        ...     hidden: tuple[int, ...]
        ...     dropout: float = 0.5
        >>> from_plain(Shape, {"hidden": [8, 4], "dropout": 0})
        Shape(hidden=(8, 4), dropout=0.0)
        >>> from_plain(Shape, {"hidden": [8, True]})
        Traceback (most recent call last):
        ...
        ValueError: hidden must be tuple[int, ...], got [8, True]
    """
    needed = _fields(cls)
    unknown = sorted(data.keys() - needed.keys())
    if unknown:
        raise ValueError(f"{unknown[0][:100]!r} must be one of {', '.join(needed)}")
    for name, (kind, has_default) in needed.items():
        if name not in data and not has_default:
            raise ValueError(f"{name} must be {kind}, got none")
    return cls(**{name: _value(name, needed[name][0], value) for name, value in data.items()})


def _fields(cls: Any) -> Mapping[str, tuple[str, bool]]:
    """Type and whether there is a default, by name."""
    return {
        field.name: (str(field.type), field.default is not MISSING or field.default_factory is not MISSING)
        for field in fields(cls)
    }


def _value(name: str, kind: str, value: Any) -> Any:
    if value is None and kind.endswith(" | None"):
        return None
    inner = kind.removesuffix(" | None")
    if inner.startswith("tuple["):
        convert, types = _TYPES[inner.removeprefix("tuple[").removesuffix(", ...]")]
        if isinstance(value, list | tuple) and set(map(type, value)) <= types:
            return _converted(name, kind, convert, value)
    else:
        convert, types = _TYPES[inner]
        if type(value) in types:
            return _converted(name, kind, convert, [value])[0]
    raise ValueError(f"{name} must be {kind}, got {repr(value)[:100]}")


def _converted(name: str, kind: str, convert: Callable[[Any], Any], values: Any) -> tuple[Any, ...]:
    if convert is int and any(abs(value) > _LARGEST for value in values):
        raise ValueError(f"{name} must be {kind}, got a number beyond 2**53")
    return tuple(map(convert, values))


#: What each type is made with, and the exact types that it is made from.
_TYPES: dict[str, tuple[Callable[[Any], Any], frozenset[type]]] = {
    "str": (str, frozenset({str})),
    "bool": (bool, frozenset({bool})),
    "int": (int, frozenset({int})),
    "float": (float, frozenset({float, int})),
}
