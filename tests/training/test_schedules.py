from __future__ import annotations

import pytest

from netwright.training.schedules import SCHEDULES, constant, cosine, flat_cosine


def test_constant_stays() -> None:
    assert [constant(t) for t in (0.0, 0.5, 1.0)] == [1.0, 1.0, 1.0]


def test_cosine_warms_up_and_falls_to_nothing() -> None:
    assert cosine(0.0) < 0.1
    assert cosine(0.03) == pytest.approx(1.0)
    assert cosine(0.515) == pytest.approx(0.5)
    assert cosine(1.0) == pytest.approx(0.0, abs=1e-12)


def test_flat_cosine_is_flat_for_half() -> None:
    assert [flat_cosine(t) for t in (0.0, 0.499)] == [1.0, 1.0]
    assert flat_cosine(0.75) == pytest.approx(0.5)
    assert flat_cosine(1.0) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("name", SCHEDULES)
def test_factors_stay_between_nothing_and_one(name: str) -> None:
    factors = [SCHEDULES[name](step / 1000) for step in range(1001)]
    assert min(factors) >= 0
    assert max(factors) <= 1


def test_coslog4_has_four_waves_each_twice_as_long() -> None:
    lows = [(2**k - 1) / 15 for k in range(5)]
    highs = [(2 ** (k + 0.5) - 1) / 15 for k in range(4)]
    assert [SCHEDULES["coslog4"](t) for t in lows] == pytest.approx([0] * 5, abs=1e-12)
    assert [SCHEDULES["coslog4"](t) for t in highs] == pytest.approx([1] * 4)
