"""What a network that makes rows has to beat: columns drawn one by one, and a Gaussian copula.

Rows are a matrix here: numbers as they are, levels as codes from frequent to rare, NaN where a cell is missing.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri

#: Correlations are drawn towards none by this share, so that a root exists however few the rows are.
_SHRINK = 1e-3
#: Shares that are taken for the normal distribution end here.
_END = 1e-6


def independent_rows(rows: np.ndarray, n_rows: int, random: np.random.Generator) -> np.ndarray:
    """Rows whose cells are drawn column by column: every column is right, and nothing goes with anything.

    Args:
        rows: Train rows; (n_train, column).
        n_rows: How many to make.
        random: What draws.

    Returns:
        (n_rows, column).
    """
    places = random.integers(len(rows), size=(n_rows, rows.shape[1]))
    return np.asarray(np.take_along_axis(rows, places, axis=0))


def copula_rows(rows: np.ndarray, n_rows: int, random: np.random.Generator) -> np.ndarray:
    """Rows of a Gaussian copula: each column keeps its distribution, and pairs of columns their rank correlation.

    A cell becomes the place of its rank in a normal distribution, of equal cells at random among their places; the
    missing ones have the highest. Normal rows of the same correlations are turned back by the sorted train cells.

    Args:
        rows: Train rows; (n_train, column).
        n_rows: How many to make.
        random: What draws.

    Returns:
        (n_rows, column).
    """
    ordered = np.sort(rows, axis=0)  # NaN goes last
    ties = random.random(rows.shape)
    ranks = np.stack([np.argsort(np.lexsort((ties[:, k], rows[:, k]))) for k in range(rows.shape[1])], axis=1)
    normal = ndtri((ranks + 0.5) / len(rows))
    correlations = (normal.T @ normal) / (normal**2).sum(axis=0).mean()
    correlations = (1 - _SHRINK) * correlations
    np.fill_diagonal(correlations, 1.0)
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(values.clip(min=0))
    drawn = random.standard_normal((n_rows, rows.shape[1])) @ root.T
    share = ndtr(drawn).clip(_END, 1 - _END)
    places = np.floor(share * len(rows)).astype(np.int64).clip(0, len(rows) - 1)
    return np.asarray(np.take_along_axis(ordered, places, axis=0))
