"""Proposals follow the history, and nothing else."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from netwright.base.plan import Plan
from netwright.base.settings import Settings
from netwright.tune.presets import propose
from netwright.tune.proposals import Proposer, Trial, propose_plan
from netwright.tune.space import FREE, Space, space_of, values_of


def spaces(*families: str) -> dict[str, Space]:
    found = {}
    for family in families:
        base = propose(Settings(model=(family,)), "regression", 2_000).plans[0]
        found[family] = space_of(base, 1_600)
    return found


def drawn(space: Space, n: int, seed: int = 0) -> list[Plan]:
    rng = np.random.default_rng(seed)
    return [space.plan(space.draw(rng), f"{space.family} {number}") for number in range(n)]


def asked(proposer: Proposer, family: str, n: int) -> list[dict[str, object]]:
    return [proposer.ask(family) for _ in range(n)]


def test_the_same_history_seed_and_round_propose_the_same() -> None:
    own = spaces("mlp", "realmlp")
    history = [Trial(plan, 1 + number % 5) for number, plan in enumerate(drawn(own["mlp"], 20))]

    def made(seed: int, number: int) -> list[dict[str, object]]:
        return asked(Proposer(own, history, seed, number), "mlp", 10)

    assert made(0, 3) == made(0, 3)
    assert made(0, 3) != made(1, 3)
    assert made(0, 3) != made(0, 4)


def test_usual_plans_come_first_then_the_better_family_more_often() -> None:
    own = spaces("mlp", "realmlp", "tabm")
    proposer = Proposer(own, [], 0, 1)
    assert list(itertools.islice(proposer.families(), 3)) == ["mlp", "realmlp", "tabm"]
    first = proposer.ask("realmlp")
    assert own["realmlp"].plan(first, "realmlp").key == own["realmlp"].base.key
    history = [Trial(own[name].base, error) for name, error in (("mlp", 3.0), ("realmlp", 1.0), ("tabm", 2.0))]
    turns = list(itertools.islice(Proposer(own, history, 0, 1).families(), 600))
    assert turns.count("realmlp") > turns.count("tabm") > turns.count("mlp") > 50


def test_history_draws_proposals_to_what_was_good() -> None:
    own = spaces("mlp")
    space = own["mlp"]
    rates = np.geomspace(3e-4, 3e-2, 40).tolist()
    plans = [replace(plan, learning_rate=rate) for plan, rate in zip(drawn(space, 40), rates, strict=True)]
    history = [Trial(plan, abs(np.log(plan.learning_rate / 2e-3))) for plan in plans]
    guided = [values["learning_rate"] for values in asked(Proposer(own, history, 0, 1), "mlp", 200)]
    blind = [space.draw(np.random.default_rng(number))["learning_rate"] for number in range(200)]
    best = 2e-3 / space.base.learning_rate
    assert np.abs(np.log(np.array(guided) / best)).mean() < 0.7 * np.abs(np.log(np.array(blind) / best)).mean()


def test_plans_beside_each_other_share_their_shape() -> None:
    own = spaces("realmlp")
    proposer, space = Proposer(own, [Trial(own["realmlp"].base, 1.0)], 0, 1), own["realmlp"]
    leader = proposer.ask("realmlp")
    other = proposer.ask("realmlp", leader)
    assert {name for name in leader if leader[name] != other[name]} <= FREE
    assert any(leader[name] != other[name] for name in leader)
    assert values_of(space.plan(other, "b"))["width"] == leader["width"] or leader["form"] != "constant"


def test_nothing_is_proposed_twice() -> None:
    own = spaces("mlp")
    space = Space(own["mlp"].base, {})  # one configuration only
    proposer = Proposer({"mlp": space}, [], 0, 1)
    first = propose_plan(proposer, space, "a", set())
    assert first is not None
    assert propose_plan(proposer, space, "b", {first[0].key}) is None
