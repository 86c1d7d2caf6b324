"""What is tried next: proposals from what was seen.

The family's usual plan comes first. Then, while little is known of a family, its configurations are drawn by chance;
later most of them are drawn close to the best ones. Nothing is kept between rounds: a proposal is a function of the
history, the seed and its round, so a search that goes on proposes what it would have proposed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.plan import Plan
from netwright.base.seeds import derive_seed
from netwright.tune.space import FREE, Space, values_of

#: Trials of a family before the history guides its proposals.
_FEW = 6
#: Of the proposals that the history guides how many are drawn by chance after all.
_BY_CHANCE = 0.25
#: Configurations that are drawn before a round is content with fewer.
_DRAWS = 30


@dataclass(frozen=True)
class Trial:
    """A plan that was tried.

    Args:
        plan: What was trained.
        error: Its mean error over folds, less is better; infinite where it has none.
    """

    plan: Plan
    error: float


class Proposer:
    """Proposes the configurations of one round.

    Args:
        spaces: What is searched, by family.
        history: All trials so far, of these families and others.
        seed: The run's seed.
        number: Of the round.
    """

    def __init__(self, spaces: Mapping[str, Space], history: Sequence[Trial], seed: int, number: int) -> None:
        self._spaces = dict(spaces)
        self._of = {family: [one for one in history if one.plan.family == family] for family in spaces}
        self._rng = np.random.default_rng(derive_seed(seed, "proposals", number))
        self._begun: set[str] = {family for family, own in self._of.items() if own}

    def families(self) -> Iterator[str]:
        """Whose turn it is: first those that were never tried, then the better ones more often, without end."""
        for family in self._spaces:
            if family not in self._begun:
                yield family
        ranked = sorted(self._spaces, key=self._best)
        weights = np.array([1 / (1 + place) for place in range(len(ranked))])
        while True:
            yield ranked[int(self._rng.choice(len(ranked), p=weights / weights.sum()))]

    def _best(self, family: str) -> float:
        return min((one.error for one in self._of[family]), default=float("inf"))

    def ask(self, family: str, beside: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A configuration.

        Args:
            family: Of which family.
            beside: Another configuration whose shape it is to share, so that both train as one program.
        """
        space = self._spaces[family]
        if family not in self._begun:
            self._begun.add(family)
            return space.clip(values_of(space.base, space.base))
        trials = sorted(self._of[family], key=lambda one: one.error)
        if len(trials) < _FEW or self._rng.random() < _BY_CHANCE:
            values = space.draw(self._rng)
        else:
            good = trials[: max(1, len(trials) // 4)]
            parent = good[int(self._rng.integers(len(good)))].plan
            values = space.near(values_of(parent, space.base), self._rng)
        if beside is not None:
            values |= {name: value for name, value in beside.items() if name not in FREE}
        return values


def propose_plan(
    proposer: Proposer, space: Space, name: str, known: Collection[str], beside: Mapping[str, Any] | None = None
) -> tuple[Plan, dict[str, Any]] | None:
    """A plan that was not tried yet, with its configuration; None where the space seems to be exhausted.

    Args:
        proposer: Of the round.
        space: Of the family.
        name: What the plan will be called.
        known: Keys of the plans that were tried.
        beside: A configuration whose shape it is to share.
    """
    for _ in range(_DRAWS):
        values = proposer.ask(space.family, beside)
        plan = space.plan(values, name)
        if plan.key not in known:
            return plan, values
    return None
