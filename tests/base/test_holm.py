from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netwright.base.holm import holm_adjusted


def test_by_hand():
    # 3 x .01, then 2 x .03 = .06, then 1 x .04 lifted to .06
    assert holm_adjusted({"a": 0.01, "b": 0.04, "c": 0.03}) == {"a": 0.03, "c": 0.06, "b": 0.06}
    assert holm_adjusted({"a": 0.5, "b": 0.6}) == {"a": 1.0, "b": 1.0}
    assert holm_adjusted({"only": 0.04}) == {"only": 0.04}
    assert holm_adjusted({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1, max_size=6))
def test_laws(p_values):
    adjusted = holm_adjusted(p_values)
    assert set(adjusted) == set(p_values)
    assert all(p_values[name] <= adjusted[name] <= min(1, len(p_values) * p_values[name]) + 1e-12
               or adjusted[name] == max(adjusted.values()) for name in p_values)  # fmt: skip
    assert list(adjusted.values()) == sorted(adjusted.values())
    assert all(adjusted[name] >= p_values[name] for name in p_values)
