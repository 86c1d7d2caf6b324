"""P-values of several tests at once: audit and verdict both look at more than one."""

from __future__ import annotations

from collections.abc import Mapping


def holm_adjusted(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values adjusted for how many were looked at (Holm, 1979).

    Example:
        >>> holm_adjusted({"a": 0.01, "b": 0.04, "c": 0.03})
        {'a': 0.03, 'c': 0.06, 'b': 0.06}
    """
    adjusted: dict[str, float] = {}
    highest = 0.0
    for rank, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        highest = max(highest, min(1.0, p_value * (len(p_values) - rank)))
        adjusted[name] = highest
    return adjusted


def p_in_words(p_value: float) -> str:
    """A p-value as people read it.

    Example:
        >>> p_in_words(0.0123), p_in_words(1e-300), p_in_words(0.9999)
        ('p = 0.012', 'p < 0.001', 'p = 1')
    """
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"
