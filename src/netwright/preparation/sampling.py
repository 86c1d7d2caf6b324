"""Fewer or repeated train rows: classes sampled in the train rows of a fold, weights of classes, `--train-rows`."""

from __future__ import annotations

import numpy as np

from netwright.base.seeds import derive_seed


def resampled(rows: np.ndarray, labels: np.ndarray, how: str, seed: int) -> np.ndarray:
    """Train rows of a fold with their classes evened out.

    Args:
        rows: Positions of the train rows; (n_train,).
        labels: Class number of each of them; (n_train,).
        how: `under` cuts every class to the smallest, `over` repeats rows of the smaller ones up to the largest,
            `balanced` brings every class to the mean; `none` leaves them.
        seed: For which rows go or repeat.

    Returns:
        Sorted positions, repeated where a class had too few rows.

    Example:
        >>> rows, labels = np.arange(6), np.array([0, 0, 0, 0, 1, 1])
        >>> [len(resampled(rows, labels, how, seed=0)) for how in ("under", "over", "balanced")]
        [4, 8, 6]
    """
    if how == "none":
        return rows
    counts = np.unique(labels, return_counts=True)[1]
    wanted = {"under": counts.min(), "over": counts.max(), "balanced": round(counts.mean())}[how]
    rng = np.random.default_rng(seed)
    parts = []
    for label in np.unique(labels):
        own = rows[labels == label]
        # every row as often as any other, up to one
        parts += [np.repeat(own, wanted // len(own)), rng.choice(own, wanted % len(own), replace=False)]
    return np.sort(np.concatenate(parts))


def balanced_weights(labels: np.ndarray, n_classes: int) -> np.ndarray:
    """What a row of each class counts so that all classes count alike: `n_rows / (n_classes * rows of the class)`.

    The formula of scikit-learn's `class_weight="balanced"`, over the classes that occur; the mean over rows is 1.

    Args:
        labels: Class number of each train row; (n_train,).
        n_classes: How many classes there are; those that do not occur get 1.

    Example:
        >>> balanced_weights(np.array([0, 0, 0, 1]), 3).round(3).tolist()
        [0.667, 2.0, 1.0]
    """
    counts = np.bincount(labels.astype(np.int64), minlength=n_classes)
    weights = np.ones(n_classes)
    weights[counts > 0] = len(labels) / ((counts > 0).sum() * counts[counts > 0])
    return weights


def drawn(strata: np.ndarray, n_rows: int, seed: int) -> np.ndarray:
    """Rows drawn by chance with the shares of the strata kept to within a row.

    Args:
        strata: The stratum of each row; (n_rows_there_are,).
        n_rows: How many are wanted.
        seed: The run's seed.

    Returns:
        Their positions, sorted; (n_rows,).

    Example:
        >>> strata = np.repeat([0, 1], [30, 10])
        >>> np.bincount(strata[drawn(strata, 12, seed=0)]).tolist()
        [9, 3]
    """
    shuffled = np.random.default_rng(derive_seed(seed, "train rows")).permutation(len(strata))
    by_stratum = shuffled[np.argsort(strata[shuffled], kind="stable")]
    # every so-many-th row of the strata one after the other
    places = ((np.arange(n_rows) + 0.5) * len(strata) / n_rows).astype(np.int64)
    return np.sort(by_stratum[places])
