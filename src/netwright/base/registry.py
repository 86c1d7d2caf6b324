"""One registry for everything that is added as one file and one decorator.

A registry knows the package its entries live in. At first use it imports every module of that package, so
that their decorators run, and then the entry points of the group `netwright.<what>` of installed packages.
What a model from elsewhere names is looked up by `shipped`, which neither imports nor gives anything foreign.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from netwright.base.errors import InternalError, PlanError

T = TypeVar("T")


class Registry(Generic[T]):
    """Named entries of one sort, found by themselves.

    Args:
        what: The sort in the singular, as messages and the entry-point group say it (`family`).
        package: The package whose modules hold the entries (`netwright.models`).

    Example:
        >>> shapes = Registry[type]("shape", "netwright.base")
        >>> @shapes.register("square")
        ... class Square: ...
        >>> shapes.names()
        ('square',)
    """

    def __init__(self, what: str, package: str) -> None:
        self.what = what
        self.package = package
        self._entries: dict[str, T] = {}
        self._own_loaded = self._loaded = False

    def register(self, name: str) -> Callable[[T], T]:
        """Decorator that enters its object under `name`."""

        def enter(entry: T) -> T:
            if name in self._entries and self._entries[name] is not entry:
                raise InternalError(f"two entries call themselves {self.what} {name!r}")
            self._entries[name] = entry
            return entry

        return enter

    def get(self, name: str) -> T:
        """The entry called `name`; PlanError naming the others if there is none."""
        self._load()
        if name not in self._entries:
            raise PlanError(f"{self.what} must be one of {', '.join(self.names())}, got {name!r}.")
        return self._entries[name]

    def shipped(self, name: str) -> T:
        """The entry called `name` that lies in the registry's own package; PlanError if there is none."""
        self._load_own()
        own = {known: entry for known, entry in sorted(self._entries.items()) if self._is_own(entry)}
        if name not in own:
            raise PlanError(f"{self.what} must be one of those of netwright, {', '.join(own)}, got {name!r}.")
        return own[name]

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        self._load()
        return tuple(sorted(self._entries))

    def items(self) -> Iterator[tuple[str, T]]:
        """All (name, entry) pairs, sorted by name."""
        self._load()
        yield from sorted(self._entries.items())

    def _load(self) -> None:
        if self._loaded:
            return
        self._load_own()
        self._loaded = True
        for point in entry_points(group=f"netwright.{self.what}"):
            point.load()

    def _load_own(self) -> None:
        if self._own_loaded:
            return
        self._own_loaded = True
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self.package}.{module.name}")

    def _is_own(self, entry: T) -> bool:
        return str(getattr(entry, "__module__", "")).startswith(f"{self.package}.")
