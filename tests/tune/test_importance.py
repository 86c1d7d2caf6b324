"""The importance of choices finds the one that matters, and is silent where none does."""

from __future__ import annotations

import numpy as np

from netwright.base.settings import Settings
from netwright.tune.importance import choice_importance
from netwright.tune.presets import propose
from netwright.tune.proposals import Trial
from netwright.tune.space import Space, space_of, values_of


def space(family: str = "mlp") -> Space:
    return space_of(propose(Settings(model=(family,)), "regression", 2_000).plans[0], 1_600)


def trials(own: Space, n: int, rng: np.random.Generator, matters: str | None = None) -> list[Trial]:
    found = []
    for number in range(n):
        plan = own.plan(own.draw(rng), f"{own.family} {number}")
        noise = float(rng.normal(0, 0.05 if matters else 1.0))
        place = own.ranges[matters].place(values_of(plan, own.base)[matters]) if matters else 0.0
        found.append(Trial(plan, 2 + place + noise))
    return found


def test_the_choice_that_matters_comes_first() -> None:
    own = space()
    found = choice_importance(trials(own, 60, np.random.default_rng(0), "learning_rate"), {"mlp": own}, 0)
    assert next(iter(found)) == "learning_rate"
    assert found["learning_rate"] > 0.8
    assert sum(found.values()) <= 1.0 + 1e-9


def test_the_family_counts_as_a_choice() -> None:
    rng, spaces = np.random.default_rng(1), {name: space(name) for name in ("mlp", "realmlp")}
    tried = [
        Trial(one.plan, one.error + (5 if name == "mlp" else 0))
        for name, own in spaces.items()
        for one in trials(own, 20, rng)
    ]
    assert choice_importance(tried, spaces, 0)
    both = choice_importance(tried, spaces, 0)
    # what only one of the families has tells them apart as well
    alike = {"family", *set(spaces["mlp"].ranges) ^ set(spaces["realmlp"].ranges)}
    assert sum(share for name, share in both.items() if name in alike) > 0.5


def test_nothing_is_told_of_few_trials_or_of_noise() -> None:
    own = space()
    assert choice_importance(trials(own, 11, np.random.default_rng(0), "learning_rate"), {"mlp": own}, 0) == {}
    told = [bool(choice_importance(trials(own, 30, np.random.default_rng(n)), {"mlp": own}, 0)) for n in range(6)]
    assert sum(told) <= 2


def test_the_same_trials_tell_the_same() -> None:
    own = space()
    tried = trials(own, 30, np.random.default_rng(3), "dropout")
    assert choice_importance(tried, {"mlp": own}, 0) == choice_importance(tried, {"mlp": own}, 0)
