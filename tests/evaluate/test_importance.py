from __future__ import annotations

import numpy as np
import pytest

from netwright.evaluate.importance import REPEATS, permutation_importance


def one_by_one(error):
    return lambda shuffles: [error(column, repeat) for column, repeat in shuffles]


def test_rise_and_spread_by_hand():
    errors = {None: [1.0], "a": [1.5, 1.7, 1.9, 1.7, 1.7], "b": [0.8, 1.0, 1.2, 1.0, 1.0], "c": [4.0] * 5}
    found = permutation_importance(["a", "b", "c"], one_by_one(lambda column, repeat: errors[column][repeat]))
    assert [importance.column for importance in found] == ["c", "a", "b"]
    assert [importance.rise for importance in found] == pytest.approx([3.0, 0.7, 0.0])
    assert [importance.spread for importance in found] == pytest.approx([0.0, np.std(errors["a"]), np.std(errors["b"])])


def test_who_is_asked_for_what():
    asked = []

    def errors(shuffles):
        asked.extend(shuffles)
        return [0.0] * len(shuffles)

    permutation_importance(["x", "y"], errors)
    assert asked == [(None, 0), *(("x", r) for r in range(REPEATS)), *(("y", r) for r in range(REPEATS))]
    asked.clear()
    permutation_importance([f"x{n}" for n in range(400)], errors)
    assert len(asked) == 1 + 2 * 400


def test_no_columns():
    assert permutation_importance([], one_by_one(lambda column, repeat: 1.0)) == ()


def test_ties_keep_their_order():
    found = permutation_importance(["b", "a", "c"], one_by_one(lambda column, repeat: 1.0))
    assert [importance.column for importance in found] == ["b", "a", "c"]


def test_a_column_that_matters_rises():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    y = 3 * x[:, 0]

    def error(column, repeat):
        shuffled = x.copy()
        if column is not None:
            at = "uv".index(column)
            shuffled[:, at] = np.random.default_rng(repeat).permutation(shuffled[:, at])
        return float(np.mean((y - 3 * shuffled[:, 0]) ** 2))

    u, v = permutation_importance(["v", "u"], one_by_one(error))
    assert (u.column, v.column, v.rise) == ("u", "v", 0.0)
    assert u.rise == pytest.approx(2 * 9, rel=0.2)  # a shuffle doubles the variance
