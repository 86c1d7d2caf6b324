"""Who judges whom when choices are nested: parts of the rows, and those that share no row with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwright.base.seeds import derive_seed
from netwright.base.split import Split
from netwright.training.outer import first_half


@dataclass(frozen=True)
class Part:
    """Rows that judge together: the outer rows of a fold, or a half of them (of a half again).

    Args:
        fold: Its number.
        halves: Which half, and which half of that; empty for all.
    """

    fold: int
    halves: tuple[int, ...] = ()


class Rounds:
    """The parts of a split, each judged by choices in which its rows had no say.

    Args:
        split: The rows.
        seed: The run's seed.
    """

    def __init__(self, split: Split, seed: int) -> None:
        self._split, self._seed = split, seed
        self._masks: dict[Part, np.ndarray] = {}
        #: The outer rows of all folds.
        self.whole = tuple(Part(number) for number in range(len(split.folds)))

    def outer(self, number: int) -> list[tuple[Part, tuple[Part, ...]]]:
        """(rows of a fold that are judged, those that choose for them)."""
        others = self.without(Part(number), self.whole)
        return [(Part(number), others)] if others else self.of((Part(number),))

    def of(self, parts: Sequence[Part]) -> list[tuple[Part, tuple[Part, ...]]]:
        """Each part with the parts that share no row with it; a single one in halves. Empty where there is no such."""
        if len(parts) == 1:
            one = parts[0]
            first, second = (Part(one.fold, (*one.halves, side)) for side in (0, 1))
            if not self.rows(first).any() or not self.rows(second).any():
                return []
            return [(first, (second,)), (second, (first,))]
        pairs = [(part, self.without(part, parts)) for part in parts]
        return [(part, others) for part, others in pairs if others]

    def without(self, part: Part, parts: Sequence[Part]) -> tuple[Part, ...]:
        """The parts that share no row with one."""
        if part.halves:
            return tuple(other for other in parts if other != part)
        own = self._split.folds[part.fold].valid
        return tuple(p for p in parts if p != part and not np.isin(self._split.folds[p.fold].valid, own).any())

    def rows(self, part: Part) -> np.ndarray:
        """Which of the outer rows of its fold are meant; (n_valid,)."""
        if part not in self._masks:
            valid = self._split.folds[part.fold].valid
            mask = np.ones(len(valid), dtype=bool)
            if part.halves:
                above = self.rows(Part(part.fold, part.halves[:-1]))
                units = self._split.development.units
                own = valid[above] if units is None else units[valid[above]]
                # the first halves are those by which epochs were chosen
                names = part.halves[:-1]
                seed = derive_seed(self._seed, "halves of halves", *names) if names else self._seed
                first = first_half(own, part.fold, seed)
                mask = np.zeros(len(valid), dtype=bool)
                mask[above] = first if part.halves[-1] == 0 else ~first
            self._masks[part] = mask
        return self._masks[part]
