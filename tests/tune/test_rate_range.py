"""The learning-rate range test."""

from __future__ import annotations

import numpy as np
import pytest

from netwright.base.curves import Curves
from netwright.base.plan import Member, Plan
from netwright.tune.rate_range import LEAST_EPOCHS, RATES, SEEDS, STEPS, in_words, judged_range, range_plans, unlearning


def curves(ends: dict[float, list[float]], start: float = 1.0, epochs: int = 8) -> Curves:
    """Networks whose loss falls to an end, or is no number there."""
    members, rows = [], []
    for rate, losses in ends.items():
        for seed, end in enumerate(losses):
            members.append(Member(Plan(f"{rate:g}", "mlp", {}, learning_rate=rate), 0, seed))
            rows.append([start, *[end] * epochs])
    losses = np.array(rows)
    diverged = ["done" if np.isfinite(row).all() else "diverged" for row in losses]
    return Curves(tuple(members), losses, losses, losses, losses, np.zeros(len(rows), int), tuple(diverged))


def test_rates_are_log_spaced_over_seven_decades() -> None:
    assert (RATES[0], RATES[-1], len(RATES)) == (1e-6, 10.0, 29)
    assert np.allclose(np.diff(np.log10(RATES)), 0.25, atol=0.01)


@pytest.mark.parametrize(("steps", "epochs"), [(1, STEPS), (11, 28), (5_000, LEAST_EPOCHS)])
def test_every_rate_gets_a_few_hundred_steps(steps: int, epochs: int) -> None:
    plans = range_plans(Plan("mlp", "mlp", {}, schedule="cosine", patience=5), steps)
    assert {plan.epochs for plan in plans} == {epochs}
    assert {(plan.schedule, plan.patience) for plan in plans} == {("constant", None)}
    assert tuple(plan.learning_rate for plan in plans) == RATES


def test_the_lowest_loss_is_suggested_with_what_learns_and_what_diverges() -> None:
    found = judged_range(
        curves(
            {
                **{1e-4: [0.99, 1.0], 1e-3: [0.7, 0.7], 1e-2: [0.3, 0.5]},
                **{1e-1: [0.35, 0.35], 1.0: [1.2, 1.0], 10.0: [np.nan, np.nan]},
            }
        ),
        40,
    )
    assert found.suggested == 1e-1  # 0.35 beats the mean of 0.3 and 0.5
    assert found.learns == (1e-3, 1e-1)
    assert found.diverges_from == 1.0
    assert found.steps == 320
    assert np.isinf(found.valid_loss[-1]) and found.start == 1.0
    said = in_words(found, 100, "")
    assert ("suggested", "--learning-rate 0.1") in said
    assert ("diverges", "from 1 on networks end no better than untrained ones") in said


def test_a_rate_that_does_well_by_chance_is_no_part_of_what_learns() -> None:
    ends = {1e-5: [0.8], 1e-4: [0.95], 1e-3: [0.5], 1e-2: [0.3], 1e-1: [1.3], 1.0: [np.nan], 3.0: [0.7], 10.0: [0.99]}
    found = judged_range(curves(ends), 10)
    assert found.learns == (1e-3, 1e-2)
    assert found.diverges_from == 1e-1
    assert unlearning(found) == "from 0.1 on networks end no better than untrained ones at 2 of 4 rates"


def test_where_all_rates_learn_none_diverges() -> None:
    found = judged_range(curves({0.1: [0.5], 0.2: [0.4], 0.4: [0.45]}), 10)
    assert found.learns == (0.1, 0.4) and found.diverges_from is None
    assert [name for name, _ in in_words(found, 100, "")] == ["learns", "suggested"]


def test_noise_is_that_of_the_difference_to_the_best() -> None:
    found = judged_range(curves({0.1: [0.3, 0.5], 0.2: [0.4, 0.6], 0.4: [0.5, 0.5]}), 10)
    assert found.noise[0] == 0
    assert found.noise[1] == pytest.approx(0)  # both seeds are 0.1 worse: first weights are alike
    assert found.noise[2] == pytest.approx(0.1)


def test_one_that_diverged_on_one_seed_has_no_loss() -> None:
    found = judged_range(curves({0.1: [0.5, 0.5], 0.2: [0.1, np.nan]}), 10)
    assert found.suggested == 0.1
    assert np.isinf(found.valid_loss[1]) and np.isinf(found.noise[1])


def test_only_the_last_epochs_count() -> None:
    jumping = np.array([[1.0, 0.0, 0.9, 0.9, 0.9, 0.9], [1.0, 0.9, 0.8, 0.7, 0.6, 0.6]])
    members = tuple(Member(Plan("p", "mlp", {}, learning_rate=rate), 0, 0) for rate in (0.1, 0.2))
    own = Curves(members, jumping, jumping, jumping, jumping, np.zeros(2, int), ("done", "done"))
    assert judged_range(own, 10).suggested == 0.2


def test_where_nothing_learns_it_is_said() -> None:
    found = judged_range(curves({0.1: [1.1], 0.2: [1.2]}), 10)
    said = in_words(found, 100, "")
    assert [name for name, _ in said] == ["learns", "look at", ""]
    assert "at no rate" in said[0][1]
    assert found.suggested is None and found.learns is None


@pytest.mark.parametrize(
    ("ends", "learns"),
    [
        ([0.995, 0.995, 0.995], False),  # less than 1 %
        ([0.80, 1.10, 1.00], False),  # no more than what first weights do
        ([0.80, 0.85, 0.90], True),
    ],
)
def test_a_gain_within_noise_is_no_learning(ends: list[float], learns: bool) -> None:
    found = judged_range(curves({0.1: [1.2, 1.2, 1.2], 0.2: ends}), 10)
    assert found.suggested == (0.2 if learns else None)
    assert any("no rate" in text for _, text in in_words(found, 100, "")) is not learns


def test_few_validation_rows_are_cautioned_about() -> None:
    found = judged_range(curves({0.1: [0.5, 0.5], 0.2: [0.4, 0.4]}), 10)
    name, text = in_words(found, 19, "raise --valid-size")[-1]
    assert name == "caution" and text.endswith("; raise --valid-size")
    assert all(name != "caution" for name, _ in in_words(found, 20, ""))


def test_there_is_more_than_one_seed() -> None:
    assert SEEDS > 1
