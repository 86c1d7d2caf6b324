"""What an encoder is: the part of preparation that turns one column into numbers.

An encoder is one file with one decorator. It is fitted on the cells of the train rows of one fold, holds what
it learned in JSON-able fields, and then turns the cells of any rows into features::

    @encoder("boolean")
    @dataclass(frozen=True)
    class BooleanEncoder(Encoder): ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np

from netwright.base.plan import Preparation
from netwright.base.registry import Registry
from netwright.base.table import Column
from netwright.base.typed import from_plain
from netwright.preparation.values import Values


@dataclass(frozen=True)
class Encoder:
    """Base of all encoders.

    Args:
        column: Name of the column.
    """

    column: str

    #: The registry fills it in.
    name: ClassVar[str] = ""

    @classmethod
    def fit(cls, column: Column, values: Values, preparation: Preparation) -> Self:
        """Learn from the train rows of one fold."""
        raise NotImplementedError

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name for each dense feature."""
        return ()

    @property
    def n_features(self) -> int:
        """How many dense features there are; where they may be many, without making up their names."""
        return len(self.feature_names)

    @property
    def cardinality(self) -> int:
        """How many codes the column has for an embedding; 0 where it gives dense features."""
        return 0

    @property
    def known_codes(self) -> int:
        """How many codes there are but for that of missing cells, the last one; 0 without codes."""
        return self.cardinality

    @property
    def input(self) -> str:
        """Name of the input of more axes that cells become (`image`, say), instead of dense features or beside them."""
        return ""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of that input, a row."""
        return ()

    @property
    def n_continuous(self) -> int:
        """How many of the first dense features are numbers on a scale, for numeric embeddings."""
        return 0

    @property
    def meanings(self) -> tuple[str, ...]:
        """What each dense feature is: `number`, `sign` (-1, +1, 0 unknown), `level` (one of them is 1) or `missing`.

        By default numbers come first and the last is the indicator, where there is one.
        """
        missing = ("missing",) if getattr(self, "indicator", False) else ()
        return ("number",) * (self.n_features - len(missing)) + missing

    def dense(self, values: Values) -> np.ndarray:
        """The dense features of these cells; float32, (n_rows, n_features)."""
        raise NotImplementedError

    def codes(self, values: Values) -> np.ndarray:
        """The codes of these cells; int64, (n_rows,)."""
        raise NotImplementedError

    def array(self, values: Values) -> np.ndarray:
        """The input of more axes; float32 or int64, (n_rows, *shape)."""
        raise NotImplementedError

    def decoded(self, dense: np.ndarray, codes: np.ndarray | None) -> np.ndarray | dict[str, np.ndarray] | None:
        """Cells from features that a network gives back, indicators left out: numbers, or a share for each level.

        Args:
            dense: Its features on the scale of the inputs, shares for levels; (n_rows, n_features).
            codes: The share of each of its codes; (n_rows, n_codes). None where it has none.

        Returns:
            Numbers (n_rows,), shares (n_rows,) by level, or None where nothing can be given back.
        """
        return None

    def to_json(self) -> dict[str, Any]:
        """The fitted state as plain JSON values."""
        return {"encoder": self.name} | asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The encoder that `to_json` described.

        Raises:
            ValueError: A field is absent, unknown or of another type, or they do not fit together.
        """
        return from_plain(cls, {key: value for key, value in data.items() if key != "encoder"})


encoders: Registry[type[Encoder]] = Registry("encoder", "netwright.preparation")


def encoder(name: str) -> Any:
    """Decorator that enters an encoder class under `name`."""

    def enter(cls: type[Encoder]) -> type[Encoder]:
        cls.name = name
        return encoders.register(name)(cls)

    return enter
