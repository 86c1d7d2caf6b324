from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from netwright.evaluate.shapley import Design, EveryCoalition, SomeOrders


def game(n_players: int, seed: int = 0):
    """A value of its own for every coalition."""
    values = np.random.default_rng(seed).normal(size=1 << n_players)
    return lambda members: values[members @ (1 << np.arange(n_players))]


def by_all_orders(n_players: int, worth) -> np.ndarray:
    """The definition, one order after the other."""
    total, orders = np.zeros(n_players), list(permutations(range(n_players)))
    for order in orders:
        members = np.zeros(n_players, dtype=bool)
        for player in order:
            before = worth(members)
            members[player] = True
            total[player] += worth(members) - before
    return total / len(orders)


def effects(design: Design, worth) -> np.ndarray:
    return design.effects(worth(design.coalitions(0, design.n_coalitions)))


@pytest.mark.parametrize("n_players", [1, 2, 3, 5, 6])
def test_every_coalition_is_the_definition(n_players: int) -> None:
    worth = game(n_players)
    np.testing.assert_allclose(effects(EveryCoalition(n_players), worth), by_all_orders(n_players, worth), atol=1e-12)


@pytest.mark.parametrize("design", [EveryCoalition(7), SomeOrders(7, 2, 0), SomeOrders(7, 10, 3), SomeOrders(1, 2, 0)])
def test_effects_sum_to_what_all_gain(design: Design) -> None:
    worth = game(design.n_players)
    none, all_of_them = worth(np.array([[False] * design.n_players, [True] * design.n_players]))
    assert effects(design, worth).sum() == pytest.approx(all_of_them - none, abs=1e-12)


def test_some_orders_come_near_the_exact_effects_and_nearer_with_more() -> None:
    worth = game(6)
    exact = effects(EveryCoalition(6), worth)
    errors = [
        np.mean([np.abs(effects(SomeOrders(6, n, seed), worth) - exact).mean() for seed in range(20)])
        for n in (4, 64, 1024)
    ]
    assert errors[0] > 2.5 * errors[1] > 6 * errors[2]
    assert errors[2] < 0.03


def test_no_order_is_favoured() -> None:
    worth = game(5, seed=1)
    mean = np.mean([effects(SomeOrders(5, 2, seed), worth) for seed in range(3_000)], axis=0)
    np.testing.assert_allclose(mean, effects(EveryCoalition(5), worth), atol=0.08)


def test_an_order_and_its_reverse_are_exact_where_two_act_on_each_other() -> None:
    pairs = np.random.default_rng(2).normal(size=(8, 8))

    def worth(members):
        taken = members.astype(float)
        return np.einsum("ci,ij,cj->c", taken, pairs, taken)

    exact = effects(EveryCoalition(8), worth)
    np.testing.assert_allclose(effects(SomeOrders(8, 2, seed=5), worth), exact, atol=1e-12)


def test_equal_players_get_equal_effects_and_one_who_brings_nothing_none() -> None:
    def worth(members):
        return np.where(members[:, 0] | members[:, 1], 3.0, 0.0) * (1 + members[:, 2])

    first, second, third, idle = effects(EveryCoalition(4), worth)
    assert first == second and first > 0 and third > 0
    assert idle == 0
    assert effects(SomeOrders(4, 6, 0), worth)[3] == 0


@pytest.mark.parametrize("design", [EveryCoalition(6), SomeOrders(6, 8, 1)])
def test_coalitions_may_be_asked_for_in_parts(design: Design) -> None:
    whole = design.coalitions(0, design.n_coalitions)
    parts = [design.coalitions(start, min(start + 5, len(whole))) for start in range(0, len(whole), 5)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert not whole[0].any()


def test_the_same_seed_gives_the_same_orders() -> None:
    first, again, other = (SomeOrders(9, 6, seed).coalitions(0, 50) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_errors_say_how_far_off_effects_are() -> None:
    worth = game(6)
    exact, squares, promised = effects(EveryCoalition(6), worth), [], []
    for seed in range(300):
        design = SomeOrders(6, 16, seed)
        values = worth(design.coalitions(0, design.n_coalitions))
        squares.append((design.effects(values) - exact) ** 2)
        promised.append(design.errors(values) ** 2)
    np.testing.assert_allclose(np.mean(promised, axis=0), np.mean(squares, axis=0), rtol=0.3)
    additive = SomeOrders(4, 4, 0)
    members = additive.coalitions(0, additive.n_coalitions)
    np.testing.assert_allclose(additive.errors(members @ np.arange(4.0)), 0, atol=1e-12)
