from __future__ import annotations

import json
import math

import numpy as np
import pytest

from netwright.preparation.components import Components


def features(n_rows: int = 400, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=n_rows)
    columns = [shared + 0.1 * rng.normal(size=n_rows), -shared + 0.1 * rng.normal(size=n_rows), rng.normal(size=n_rows)]
    return np.stack([*columns, np.full(n_rows, 0.3)], axis=1).astype(np.float32)


def fitted(x: np.ndarray, n: int) -> Components:
    found = Components.fit(x, n)
    assert found is not None
    return found


def test_they_are_those_of_numpy_on_standardised_columns() -> None:
    x = features()
    own = fitted(x, 3)
    z = (x[:, :3].astype(float) - x[:, :3].mean(axis=0, dtype=float)) / x[:, :3].astype(float).std(axis=0)
    u, singular, _ = np.linalg.svd(z, full_matrices=False)
    assert own.shares == pytest.approx(tuple(singular**2 / (singular**2).sum()))
    assert own.shares[0] == pytest.approx(0.66, abs=0.02)
    scores = own.dense(x)
    assert scores.std(axis=0) == pytest.approx(1, abs=1e-4)
    assert np.abs(scores) == pytest.approx(np.abs(u * math.sqrt(len(x))), abs=1e-3)


def test_signs_are_fixed_by_the_largest_weight() -> None:
    x = features()
    weights = np.array(fitted(x, 3).weights).reshape(3, 4)
    directions = weights[:, :3] * x[:, :3].astype(float).std(axis=0)
    largest = directions[np.arange(3), np.abs(np.round(directions, 9)).argmax(axis=1)]
    assert (largest > 0).all()


def test_columns_that_do_not_vary_have_no_weight_and_make_no_component() -> None:
    own = fitted(features(), 50)
    assert len(own.shares) == 3
    assert np.array(own.weights).reshape(3, 4)[:, 3].tolist() == [0, 0, 0]
    twins = np.repeat(features()[:, :1], 2, axis=1)
    assert len(fitted(twins, 2).shares) == 1
    for few in (features()[:, :1], features()[:, 3:], np.zeros((5, 0), dtype=np.float32)):
        assert Components.fit(few, 3) is None


def test_a_row_has_the_same_bits_among_any_others() -> None:
    x = features()
    own = fitted(x, 3)
    whole = own.dense(x)
    assert whole.dtype == np.float32
    for row in (0, 17, 399):
        assert own.dense(x[row : row + 1]).tobytes() == whole[row : row + 1].tobytes()


def test_far_rows_stay_finite() -> None:
    own = fitted(features(), 2)
    assert np.isfinite(own.dense(np.full((2, 4), 1e15, dtype=np.float32))).all()


def test_wide_tables_are_fitted_on_fewer_rows() -> None:
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(700, 3)) @ rng.normal(size=(3, 600))).astype(np.float32)
    own = fitted(x, 5)
    assert len(own.shares) in (3, 4, 5)  # three, and rounding
    assert sum(own.shares[:3]) == pytest.approx(1, abs=1e-6)


def test_round_trip_gives_the_same_bits() -> None:
    before, x = fitted(features(), 3), features(50, 1)
    after = Components.from_json(json.loads(json.dumps(before.to_json())))
    assert after == before
    assert after.dense(x).tobytes() == before.dense(x).tobytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"shares": []},
        {"weights": [1.0]},
        {"means": [0.0]},
        {"shares": [math.inf, 0.1, 0.1]},
        {"means": "abcd"},
        {"more": 1},
    ],
    ids=str,
)
def test_what_is_malformed_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Components.from_json(fitted(features(), 3).to_json() | changes)
