"""A name that remembers what it names, so that an object of the user goes through plans that hold no objects."""

from __future__ import annotations

from typing import Any, Self


class Named(str):
    """Text to everyone who writes, hashes or compares it; whoever builds asks it for the thing.

    What is written down or stored holds the name alone: no code leaves the process in it.

    Args:
        name: How the thing is written down, a function of what it is, never of where it lies in memory.
        thing: What is named.

    Example:
        >>> import copy, pickle
        >>> name = Named("my-network", len)
        >>> name == "my-network", copy.deepcopy(name).thing is len, type(pickle.loads(pickle.dumps(name))).__name__
        (True, True, 'str')
    """

    __slots__ = ("thing",)
    thing: Any

    def __new__(cls, name: str, thing: Any) -> Self:
        """A name with its thing."""
        made = super().__new__(cls, name)
        made.thing = thing
        return made

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: Any) -> Self:
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)
