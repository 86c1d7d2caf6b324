"""The search space: configurations become plans and back, and stay within means."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.base.plan import Plan
from netwright.base.settings import Settings
from netwright.tune.presets import propose
from netwright.tune.space import SEARCHED, Choice, Space, hidden_of, shifted, space_of, values_of, within_means


def base_of(family: str, metric: str | None = None) -> Plan:
    task = "regression" if metric is None else "binary"
    return propose(Settings(model=(family,), metric=metric), task, 2_000).plans[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("family", SEARCHED)
def test_a_configuration_becomes_a_plan_and_back(family: str) -> None:
    space = space_of(base_of(family, "accuracy"), 1_600, has_levels=True)
    rng = np.random.default_rng(0)
    for _ in range(40):
        values = space.draw(rng)
        plan = space.plan(values, "one")
        back = values_of(plan, space.base)
        assert plan.family == family and plan.epochs == space.base.epochs
        same_layers = hidden_of(values["depth"], values["width"], values["form"]) == plan.config["hidden"]
        assert same_layers and hidden_of(back["depth"], back["width"], back["form"]) == plan.config["hidden"]
        for name in set(space.ranges) - {"depth", "width", "form"}:
            exact = isinstance(values[name], str)
            assert back[name] == (values[name] if exact else pytest.approx(values[name], rel=0.02)), name


@pytest.mark.parametrize("family", SEARCHED)
def test_the_usual_plan_is_the_first_configuration_where_it_is_affordable(family: str) -> None:
    base = base_of(family)
    space = within_means(space_of(base, 1_600), lambda plan: True)
    assert space is not None
    assert space.base.learning_rate == base.learning_rate and space.base.config == base.config
    values = values_of(space.base, space.base)
    assert space.plan(space.clip(values), base.name).key == base.key


def _products(plan: Plan) -> float:
    widths = plan.config["hidden"]
    return float(sum(a * b for a, b in zip([10, *widths], widths, strict=False))) * plan.config.get("k", 1)


@pytest.mark.parametrize("family", SEARCHED)
def test_what_is_too_dear_is_made_smaller_or_left_out(family: str) -> None:
    space = space_of(base_of(family), 1_600)
    small = within_means(space, lambda plan: _products(plan) <= 30_000)
    assert small is not None
    assert _products(small.base) <= 30_000
    widest = small.ranges["width"].options[-1]  # type: ignore[union-attr]
    assert widest < 512
    assert within_means(space, lambda plan: False) is None


def test_near_ones_are_nearer_than_any() -> None:
    space, rng = space_of(base_of("realmlp"), 1_600), np.random.default_rng(1)
    first = space.draw(rng)

    def distance(values: dict[str, object]) -> float:
        return sum(abs(own.place(values[name]) - own.place(first[name])) for name, own in space.ranges.items())

    near = np.mean([distance(space.near(first, rng)) for _ in range(50)])
    assert near < 0.6 * np.mean([distance(space.draw(rng)) for _ in range(50)])


def test_findings_shift_the_ranges() -> None:
    space = space_of(base_of("mlp"), 1_600)
    assert shifted(space, []) == space
    calm = shifted(space, ["oscillating", "dead-units"])
    assert calm.ranges["learning_rate"].high == 1.0  # type: ignore[union-attr]
    assert "relu" not in calm.ranges["activation"].options  # type: ignore[union-attr]
    small = shifted(space, ["overfit"])
    assert small.ranges["dropout"].low == 0.1  # type: ignore[union-attr]
    assert max(small.ranges["width"].options) == 128  # type: ignore[union-attr]
    large = shifted(space, ["underfit-flat"])
    assert large.ranges["dropout"].high == 0.2  # type: ignore[union-attr]


def test_opposite_findings_leave_something_to_choose() -> None:
    space = Space(base_of("mlp"), {"width": Choice((16, 32))})
    assert shifted(space, ["underfit-flat"]).ranges["width"] == Choice((16, 32))
