"""How the learning rate moves: a factor for each share `t` of the steps done."""

from __future__ import annotations

import math
from collections.abc import Callable

#: Warm-up protects the first steps, whose gradients are the largest.
_WARM_UP = 0.03


def constant(t: float) -> float:
    """Always the same."""
    return 1.0


def cosine(t: float) -> float:
    """Half a cosine from 1 to 0 (Loshchilov and Hutter, ICLR 2017), after a short warm-up."""
    if t < _WARM_UP:
        return (t + 1e-3) / (_WARM_UP + 1e-3)
    return 0.5 * (1 + math.cos(math.pi * (t - _WARM_UP) / (1 - _WARM_UP)))


def flat_cosine(t: float) -> float:
    """1 for the first half, then half a cosine down to 0 (Holzmueller et al., NeurIPS 2024)."""
    return 1.0 if t < 0.5 else 0.5 * (1 + math.cos(math.pi * (2 * t - 1)))


def coslog4(t: float) -> float:
    """Four waves from 0 to 1 and back, each twice as long as the one before (Holzmueller et al., NeurIPS 2024)."""
    return 0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * t)))


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "flat_cosine": flat_cosine,
    "coslog4": coslog4,
}
