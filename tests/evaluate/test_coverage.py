"""Do intervals hold what they promise? Simulated tables, a quick learner, five folds, the mean over folds shipped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from netwright.evaluate.conformal import Conformal, calibrate

LEVEL, N_FOLDS, N_TEST = 0.9, 5, 300
NUMBERS = ("homoscedastic", "heteroscedastic", "heavy tails")


@dataclass(frozen=True)
class Coverage:
    """Mean coverage over draws: of all test rows, and of fifths by prediction, or of predicted classes."""

    all: float
    groups: tuple[float, ...]


def numbers(kind: str, rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    x = rng.normal(size=(n_rows, 4))
    clean = x @ [2.0, 1.0, 0.5, 0.0]
    noise = {
        "homoscedastic": lambda: rng.normal(size=n_rows),
        "heteroscedastic": lambda: rng.normal(size=n_rows) * np.exp(clean / 3),  # a hundredfold from end to end
        "heavy tails": lambda: rng.standard_t(2, size=n_rows),  # without a variance
    }[kind]()
    return x, clean + noise


def ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    features = np.c_[x, np.ones(len(x))]
    return np.linalg.solve(features.T @ features + np.diag([*[1.0] * x.shape[1], 1e-9]), features.T @ y)


def regression_draw(kind: str, seed: int, n_rows: int, folds: bool) -> tuple[np.ndarray, np.ndarray]:
    """Whether each test row is held, rows in the order of their predictions; and the predictions."""
    rng = np.random.default_rng([seed, n_rows, folds])
    x, y = numbers(kind, rng, n_rows)
    part = rng.permutation(n_rows) % N_FOLDS
    weights = [ridge(x[part != fold], y[part != fold]) for fold in range(N_FOLDS if folds else 1)]
    predicted = np.empty(n_rows)
    for fold, own in enumerate(weights):
        predicted[part == fold] = np.c_[x, np.ones(n_rows)][part == fold] @ own
    judged = part < len(weights)
    model = calibrate("regression", y[judged], predicted[judged], part[judged])
    assert isinstance(model, Conformal)
    x, y = numbers(kind, rng, N_TEST)
    shipped = np.mean([np.c_[x, np.ones(N_TEST)] @ own for own in weights], axis=0)
    lower, upper = model.interval(shipped, LEVEL)
    return ((lower <= y) & (y <= upper))[np.argsort(shipped)], shipped


def regression_coverage(kind: str, n_draws: int, n_rows: int, folds: bool = True) -> Coverage:
    held = np.array([regression_draw(kind, seed, n_rows, folds)[0] for seed in range(n_draws)])
    return Coverage(float(held.mean()), tuple(float(own.mean()) for own in np.array_split(held, 5, axis=1)))


def chances(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    outputs = np.exp(np.c_[x, np.ones(len(x))] @ weights)
    return outputs / outputs.sum(axis=1, keepdims=True)


def classes_coverage(n_draws: int, n_rows: int) -> Coverage:
    """Three classes, one of them rare; least squares on their indicators makes probabilities that are wrong."""
    truth_weights = np.array([[2.0, -1, 0], [0, 1.5, -1], [0, 0, 0], [0.5, 0.5, -1.5]])
    held, said = [], []
    for seed in range(n_draws):
        rng = np.random.default_rng([seed, n_rows])

        def draw(size: int, rng: np.random.Generator = rng) -> tuple[np.ndarray, np.ndarray]:
            x = rng.normal(size=(size, 3))
            return x, (rng.random((size, 1)) > chances(x, truth_weights).cumsum(axis=1)).sum(axis=1).clip(max=2)

        (x, y), part = draw(n_rows), rng.permutation(n_rows) % N_FOLDS
        weights = [3 * ridge(x[part != fold], np.eye(3)[y[part != fold]]) for fold in range(N_FOLDS)]
        predicted = np.empty((n_rows, 3))
        for fold, own in enumerate(weights):
            predicted[part == fold] = chances(x[part == fold], own)
        model = calibrate("multiclass", y.astype(float), predicted, part)
        assert isinstance(model, Conformal)
        x, y = draw(N_TEST)
        shipped = np.mean([chances(x, own) for own in weights], axis=0)
        held.append(model.sets(shipped, LEVEL)[np.arange(N_TEST), y])
        said.append(shipped.argmax(axis=1))
    inside, of = np.concatenate(held), np.concatenate(said)
    return Coverage(float(inside.mean()), tuple(float(inside[of == number].mean()) for number in range(3)))


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_few_draws_of_numbers(kind: str) -> None:
    found = regression_coverage(kind, n_draws=40, n_rows=300)
    assert 0.88 < found.all < 0.925
    assert min(found.groups) > 0.82


def test_a_few_draws_of_classes() -> None:
    assert 0.88 < classes_coverage(n_draws=40, n_rows=300).all < 0.925


@pytest.mark.slow
@pytest.mark.parametrize("n_rows", [300, 1_000])
@pytest.mark.parametrize("kind", NUMBERS)
def test_coverage_of_intervals_over_500_draws(kind: str, n_rows: int) -> None:
    found = regression_coverage(kind, n_draws=500, n_rows=n_rows)
    print(f"\n{kind}, {n_rows} rows: {found.all:.4f}, fifths {[round(own, 3) for own in found.groups]}")
    assert abs(found.all - LEVEL) <= 0.01
    assert min(found.groups) > (0.85 if kind == "heteroscedastic" else 0.89)


@pytest.mark.slow
@pytest.mark.parametrize("kind", NUMBERS)
def test_coverage_with_a_single_validation_part_over_500_draws(kind: str) -> None:
    found = regression_coverage(kind, n_draws=500, n_rows=1_000, folds=False)
    print(f"\n{kind}, one part of 200 rows: {found.all:.4f}, fifths {[round(own, 3) for own in found.groups]}")
    assert abs(found.all - LEVEL) <= 0.01


@pytest.mark.slow
@pytest.mark.parametrize("n_rows", [300, 1_000])
def test_coverage_of_sets_over_500_draws(n_rows: int) -> None:
    found = classes_coverage(n_draws=500, n_rows=n_rows)
    print(f"\nclasses, {n_rows} rows: {found.all:.4f}, by predicted class {[round(own, 3) for own in found.groups]}")
    assert abs(found.all - LEVEL) <= 0.01
