from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.preprocessing import QuantileTransformer

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.numeric import NumericEncoder
from netwright.preparation.quantile import quantiles_of, to_normal
from netwright.preparation.values import Numbers

FARTHEST = float(-norm.ppf(1e-7))


def fit(values) -> NumericEncoder:
    array = np.asarray(values, dtype=float)
    return NumericEncoder.fit(Column("x", "numeric"), Numbers(array), Preparation(scale="quantile"))


def out(encoder: NumericEncoder, values) -> np.ndarray:
    return encoder.dense(Numbers(np.asarray(values, dtype=float)))[:, 0].astype(float)


def reference(train: np.ndarray, n_quantiles: int) -> QuantileTransformer:
    transformer = QuantileTransformer(n_quantiles=n_quantiles, output_distribution="normal", subsample=10**9)
    return transformer.fit(train[:, None])


@pytest.mark.parametrize("kind", ["normal", "lognormal", "few values", "half zeros"])
def test_to_normal_is_scikit_learns_on_the_same_quantiles(kind):
    rng = np.random.default_rng(0)
    train = {
        "normal": rng.normal(0, 1, 900),
        "lognormal": rng.lognormal(0, 1, 900),
        "few values": rng.integers(0, 4, 900).astype(float),
        "half zeros": np.maximum(rng.normal(0, 1, 900), 0),
    }[kind]
    transformer = reference(train, 30)
    new = np.concatenate([train[:200], rng.normal(0, 3, 200), [-1e6, 1e6, train.min(), train.max()]])
    expected = transformer.transform(new[:, None])[:, 0]
    np.testing.assert_allclose(to_normal(new, tuple(transformer.quantiles_[:, 0])), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [1e-12, 1.0, 1e9])
def test_the_encoder_is_scikit_learns_but_for_the_noise(size):
    rng = np.random.default_rng(1)
    train, new = rng.gamma(2, size, 3_000), rng.gamma(2, size, 500)
    expected = reference(train / size, 100).transform(new[:, None] / size)[:, 0]
    # the noise of 1e-5 spreads is divided by how thin the rows lie, which are thinnest at the end
    np.testing.assert_allclose(out(fit(train), new), expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize(("n_rows", "expected"), [(2, 2), (9, 9), (120, 10), (301, 10), (3_000, 100), (90_000, 1_000)])
def test_a_quantile_for_thirty_rows(n_rows, expected):
    assert len(quantiles_of(np.linspace(-2, 2, n_rows))) == expected


def test_the_train_rows_come_out_normal():
    values = np.random.default_rng(2).lognormal(0, 2, 5_000)
    made = np.sort(out(fit(values), values))
    wanted = norm.ppf((np.arange(5_000) + 0.5) / 5_000)
    np.testing.assert_allclose(made[200:-200], wanted[200:-200], atol=0.03)


def test_a_value_that_many_rows_share_takes_the_middle_of_them():
    values = [0.0] * 600 + list(np.linspace(1, 2, 400))
    encoder = fit(values)
    assert out(encoder, [0.0])[0] == pytest.approx(norm.ppf(0.3), abs=0.1)
    # scikit-learn's own would put them at the very end
    assert reference(np.array(values), 33).transform([[0.0]])[0, 0] == pytest.approx(-FARTHEST)
    assert out(encoder, [2.0])[0] == pytest.approx(FARTHEST, abs=1.5)
    assert out(encoder, [-1, 3]).tolist() == pytest.approx([-FARTHEST, FARTHEST])


def test_the_order_of_the_rows_does_not_matter_and_the_noise_is_the_same_again():
    rng = np.random.default_rng(3)
    values = rng.integers(0, 9, 300).astype(float)
    assert fit(values) == fit(rng.permutation(values)) == fit(values)


def test_gaps_take_the_median_and_are_marked():
    encoder = fit([*range(1, 100), math.nan])
    assert encoder.feature_names == ("x", "x is missing")
    made = encoder.dense(Numbers(np.array([math.nan, 50.0, 51.0])))
    assert made[0].tolist() == pytest.approx([made[1, 0], 1.0])
    assert made[1, 1] == 0
    assert abs(made[0, 0]) < 0.05


def test_fitted_state_returns_from_json():
    encoder = fit(np.random.default_rng(4).normal(5, 3, 400))
    state = json.loads(json.dumps(encoder.to_json()))
    again = NumericEncoder.from_json(state)
    assert again == encoder
    assert len(again.quantiles) == 13


def test_other_scales_and_constants_have_no_quantiles():
    assert fit([3.0] * 50).quantiles == ()
    assert NumericEncoder.fit_array("x", np.arange(50.0), "standard").quantiles == ()
