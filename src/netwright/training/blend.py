"""The blend: which trained plans and baselines predict together, and how much each of them counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Blend:
    """What is mixed, and what becomes of the mixture.

    Args:
        weights: What each part counts, by the key of its plan or the name of its baseline; they sum to 1.
        temperature: Probabilities are those of log-odds divided by it; 1 leaves them.
        threshold: Of two classes the positive one is predicted from this probability on; None takes the likelier one.

    Example:
        >>> Blend.single("trees").weights
        {'trees': 1.0}
    """

    weights: Mapping[str, float]
    temperature: float = 1.0
    threshold: float | None = None

    @classmethod
    def single(cls, key: str) -> Blend:
        """One part alone.

        Args:
            key: Of a plan, or the name of a baseline.
        """
        return cls({key: 1.0})
