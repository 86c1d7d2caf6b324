"""How many clusters points fall into, and where: centres that come back on halves of the points, and stand apart."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from netwright.base.seeds import derive_seed

#: Numbers of clusters that are tried, pairs of halves that each is tried on, and points that are looked at.
_TRIED, _PAIRS, _MOST_POINTS = range(2, 9), 6, 2_000
#: How alike clusters of two halves must be (adjusted Rand), how near to the best number, and which part of the best
#: silhouette is enough.
_STABLE, _NEAR_BEST, _OF_BEST = 0.8, 0.05, 0.75
#: Below this silhouette clusters are no more than parts of one cloud.
_APART = 0.25
#: Fewer points than this have no clusters worth a name.
_FEWEST_POINTS = 40


@dataclass(frozen=True)
class Clusters:
    """Centres, and how they were chosen.

    Args:
        centres: (cluster, axis), the largest cluster first.
        tried: For each number its stability and its silhouette.
        why: In words.
    """

    centres: np.ndarray
    tried: tuple[tuple[int, float, float], ...]
    why: str


def find_clusters(points: np.ndarray, seed: int) -> Clusters:
    """k-means with the largest number of clusters that are stable and stand apart; one where none are.

    Stability is the mean agreement (adjusted Rand) of two fits, each on another half of the points, over all points.

    Args:
        points: (n_points, axis).
        seed: The run's seed.
    """
    one = Clusters(points.mean(axis=0, keepdims=True), (), "")
    if len(np.unique(points, axis=0)) < _FEWEST_POINTS:
        return Clusters(one.centres, (), f"one cluster: fewer than {_FEWEST_POINTS} different rows")
    from sklearn.metrics import silhouette_score

    stream = np.random.default_rng(derive_seed(seed, "clusters"))
    few = points[np.sort(stream.permutation(len(points))[:_MOST_POINTS])]
    tried, fits = [], {}
    for number in _TRIED:
        stability = _stability(few, number, stream)
        fits[number] = _k_means(few, number, seed)
        labels = nearest(few, fits[number])
        apart = float(silhouette_score(few, labels)) if len(np.unique(labels)) > 1 else 0.0
        tried.append((number, round(stability, 4), round(apart, 4)))
    stable = [own for own in tried if own[1] >= _STABLE and own[2] >= _APART]
    if not stable:
        why = "one cluster: no number of them comes back on other halves of the rows and stands apart"
        return Clusters(one.centres, tuple(tried), why)
    steadiest = max(own[1] for own in stable)
    stable = [own for own in stable if own[1] >= steadiest - _NEAR_BEST]
    best = max(own[2] for own in stable)
    number, stability, apart = max(own for own in stable if own[2] >= _OF_BEST * best)
    why = (
        f"{number} clusters: the most that come back on other halves of the rows (agreement {stability:.2f}) and stand "
        f"apart nearly as well as any (silhouette {apart:.2f}, the best {best:.2f})"
    )
    centres = fits[number]
    sizes = np.bincount(nearest(points, centres), minlength=number)
    return Clusters(centres[np.argsort(-sizes, kind="stable")], tuple(tried), why)


def nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The number of the nearest centre of each point; (n_points,).

    Example:
        >>> nearest(np.array([[0.0], [9.0]]), np.array([[1.0], [8.0]])).tolist()
        [0, 1]
    """
    squares = ((points[:, None, :] - centres[None]) ** 2).sum(axis=2)
    return np.asarray(squares.argmin(axis=1))


def _stability(points: np.ndarray, number: int, stream: np.random.Generator) -> float:
    from sklearn.metrics import adjusted_rand_score

    agreed = []
    for pair in range(_PAIRS):
        order = stream.permutation(len(points))
        halves = np.array_split(order, 2)
        first, second = (nearest(points, _k_means(points[half], number, pair)) for half in halves)
        agreed.append(adjusted_rand_score(first, second))
    return float(np.mean(agreed))


def _k_means(points: np.ndarray, number: int, seed: int) -> np.ndarray:
    from sklearn.cluster import KMeans

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fewer different points than clusters, which silhouettes tell
        fitted = KMeans(number, n_init=4, random_state=derive_seed(seed, "k-means") % 2**31).fit(points)
    return np.asarray(fitted.cluster_centers_, dtype=np.float64)
