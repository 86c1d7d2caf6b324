"""Weights of an ensemble: greedy selection with replacement from a library of predictions (Caruana and others, 2004).

The selection starts from the best candidates and adds, again and again, the one whose addition leaves the lowest
error; one that is added twice weighs twice. It is done in bags, each without one fold and, where there are many
candidates, with half of them only; the weights are averaged, so that no lucky combination and no single fold decides
("Ensemble selection from libraries of models", ICML 2004). That is meant for many that are alike: what is the only one
of its kind is in every bag, or its weight would be halved however good it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from netwright.base.seeds import derive_seed
from netwright.evaluate.metrics import Metric

#: What a blend is weighed by. Metrics that look at names or ranks of classes are flat under small changes of a weight:
#: their blends are weighed by log-loss.
Measure = Literal["rmse", "r2", "mae", "log_loss"]

#: Additions to a selection at most, and how many without gain end it.
_STEPS, _PATIENCE = 25, 8
#: A selection starts from at most so many of the best candidates, and looks at so many in all.
_STARTS, _LIBRARY = 5, 20
#: From so many parts on each bag leaves one out; from so many candidates on it is of half of them.
_FEWEST_PARTS, _MANY = 3, 8
#: Bags at least, where candidates are many, and at most.
_BAGS, _MOST_BAGS = 4, 10
#: What weighs less is left out, and so is what comes after the heaviest few: each part costs time in prediction.
_LEAST_WEIGHT, _MOST_PARTS = 0.03, 8
#: Numbers of a library; of more rows a sample drawn by chance is looked at.
_MOST_NUMBERS = 1 << 19
_SMALLEST_PROBABILITY = 1e-15


def measure_of(metric: Metric) -> Measure:
    """What blends are weighed by where a run is judged by some metric.

    Example:
        >>> from netwright.evaluate.metrics import METRICS
        >>> measure_of(METRICS["r2"]), measure_of(METRICS["accuracy"])
        ('r2', 'log_loss')
    """
    names: dict[str, Measure] = {"rmse": "rmse", "r2": "r2", "mae": "mae"}
    return names.get(metric.name, "log_loss")


@dataclass(frozen=True)
class Library:
    """What candidates are off by, part by part of the rows; the error of a blend follows from that of its members.

    Args:
        measure: How errors of rows become one.
        off: For each part of the rows: predicted less true values, or for classes the probability of what happened;
            (n_candidates, n_rows).
        spread: For R2 the variance of the truth of each part, 1 elsewhere.
    """

    measure: Measure
    off: tuple[np.ndarray, ...]
    spread: tuple[float, ...]

    @classmethod
    def of(
        cls, metric: Metric, truth: Sequence[np.ndarray], predicted: Sequence[Sequence[np.ndarray]], seed: int
    ) -> Library:
        """Make predictions ready for the selection.

        Args:
            metric: What the run is judged by.
            truth: Values or class numbers of each part of the rows; (n_rows,) each.
            predicted: For each candidate and part values (n_rows,) or probabilities (n_rows, n_classes).
            seed: The run's seed, for the sample of rows where there are many.
        """
        measure, n_rows = measure_of(metric), sum(own.size for own in truth)
        share = min(1.0, _MOST_NUMBERS / max(1, n_rows * len(predicted)))
        off, spread = [], []
        for part, own in enumerate(truth):
            rows = _sample(len(own), share, derive_seed(seed, "rows of blends", part))
            off.append(np.stack([_off(own[rows], candidate[part][rows]) for candidate in predicted]))
            spread.append(float(own.var()) if measure == "r2" else 1.0)
        return cls(measure, tuple(off), tuple(spread))

    @cached_property
    def products(self) -> tuple[np.ndarray, ...]:
        """Mean products of what each two candidates are off by; (n_candidates, n_candidates) for each part."""
        return tuple(own @ own.T / own.shape[1] for own in self.off)

    def error(self, weights: np.ndarray, parts: Sequence[int]) -> float:
        """Of one blend, the mean over parts.

        Args:
            weights: (n_candidates,).
            parts: By which it is judged.
        """
        some = np.flatnonzero(weights)
        return _Tried(self, parts, some).error(weights[some])


def _off(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    if predicted.ndim == 1:
        return np.asarray(predicted - truth, dtype=np.float64)
    if truth.ndim == 2:  # of a series each step counts alike
        return np.asarray(predicted - truth, dtype=np.float64).ravel()
    numbers = truth.astype(np.int64)
    own = predicted[np.arange(len(numbers)), np.maximum(numbers, 0)]
    return np.where(numbers >= 0, own, 0.0)  # a class that training lacked has no chance


def _sample(n_rows: int, share: float, seed: int) -> np.ndarray:
    if share == 1:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(seed).choice(n_rows, max(1, int(share * n_rows)), replace=False))


class _Tried:
    """Errors of blends of some candidates on some parts, and of what one more of each would make of them."""

    def __init__(self, library: Library, parts: Sequence[int], members: np.ndarray) -> None:
        self._measure = library.measure
        own = [part for part in parts if library.spread[part] > 0] or list(parts)
        self._spread = np.array([library.spread[part] or 1.0 for part in own])[:, None]
        if self._measure in ("rmse", "r2"):
            grid = np.ix_(members, members)
            self._products = np.stack([library.products[part][grid] for part in own])
            self._squares = self._products.diagonal(axis1=1, axis2=2)
        else:
            self._off = [library.off[part][members] for part in own]

    def error(self, weights: np.ndarray) -> float:
        """Of this blend alone."""
        if self._measure in ("rmse", "r2"):
            return float(self._of_squares((self._products @ weights @ weights)[:, None])[0])
        return float(self._of_rows([(weights @ own)[None] for own in self._off])[0])

    def with_one_more(self, counts: np.ndarray) -> np.ndarray:
        """The error with one more of each candidate; (n_candidates,).

        Args:
            counts: How often each is in already; (n_candidates,).
        """
        total = counts.sum() + 1
        if self._measure in ("rmse", "r2"):
            crossed = self._products @ counts
            return self._of_squares((self._squares + 2 * crossed + (crossed @ counts)[:, None]) / total**2)
        return self._of_rows([(counts @ own + own) / total for own in self._off])

    def _of_squares(self, squares: np.ndarray) -> np.ndarray:
        """The mean over parts from the mean squares of each; (part, blend) to (blend,)."""
        squares = np.maximum(squares, 0.0)
        each = np.sqrt(squares) if self._measure == "rmse" else squares / self._spread
        return np.asarray(each.mean(axis=0))

    def _of_rows(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        if self._measure == "mae":
            return np.asarray(np.mean([np.abs(own).mean(axis=1) for own in rows], axis=0))
        return np.asarray(
            np.mean([-np.log(np.clip(own, _SMALLEST_PROBABILITY, 1.0)).mean(axis=1) for own in rows], axis=0)
        )


def greedy_weights(
    library: Library,
    parts: Sequence[int],
    usable: Sequence[int],
    anchor: int,
    seed: int,
    singular: Collection[int] = (),
) -> np.ndarray:
    """Weights of the candidates in an ensemble, summing to 1; (n_candidates,).

    Args:
        library: What they predicted.
        parts: The rows that choose.
        usable: The candidates that may be in it.
        anchor: One of them that every bag has, and that is never left out: the best network.
        seed: The run's seed, for the bags.
        singular: Those that are the only ones of their kind, which every bag has too.

    Example:
        >>> off = np.array([[1.0, -1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.0], [3.0, 3.0, 3.0, 3.0]])
        >>> greedy_weights(Library("rmse", (off,), (1.0,)), [0], [0, 1, 2], anchor=0, seed=0)
        array([0.5, 0.5, 0. ])
    """
    alone = {one: library.error(np.eye(len(library.off[0]))[one], parts) for one in usable}
    ranked = sorted(usable, key=lambda one: (alone[one], one))
    ranked = list(dict.fromkeys([*ranked[: _LIBRARY - 1], anchor]))
    bags = _bags(parts, ranked, {anchor, *singular}, seed)
    return _without_light(np.mean([_selected(library, *bag, anchor) for bag in bags], axis=0), anchor)


def _bags(
    parts: Sequence[int], ranked: Sequence[int], always: Collection[int], seed: int
) -> list[tuple[Sequence[int], Sequence[int]]]:
    """(parts that choose, candidates) of each bag: without one part in turn, and of many candidates half and some."""
    left_out = [None] if len(parts) < _FEWEST_PARTS else list(parts)
    many = len(ranked) >= _MANY
    bags: list[tuple[Sequence[int], Sequence[int]]] = []
    for number in range(min(_MOST_BAGS, max(len(left_out), _BAGS if many else 1))):
        own = list(ranked)
        if many:
            stream = np.random.default_rng(derive_seed(seed, "bags", number))
            half = set(stream.permutation(len(ranked))[: len(ranked) // 2].tolist())
            own = [one for place, one in enumerate(ranked) if place in half or one in always]
        without = left_out[number % len(left_out)]
        bags.append(([part for part in parts if part != without], own))
    return bags


def _selected(library: Library, parts: Sequence[int], ranked: Sequence[int], anchor: int) -> np.ndarray:
    """The best of all blends that one selection passes through; ``ranked`` holds the best candidates first."""
    members = np.array(ranked)
    tried = _Tried(library, parts, members)
    starts = [_start(len(members), n_best, ranked.index(anchor)) for n_best in range(1, _STARTS + 1)]
    errors = [tried.error(own / own.sum()) for own in starts]
    counts = starts[int(np.argmin(errors))]
    best, lowest, since = counts.copy(), min(errors), 0
    while counts.sum() < _STEPS and since < _PATIENCE:
        after = tried.with_one_more(counts)
        counts = counts.copy()
        counts[int(after.argmin())] += 1
        since += 1
        if float(after.min()) < lowest:
            best, lowest, since = counts, float(after.min()), 0
    weights = np.zeros(len(library.off[0]))
    weights[members] = best / best.sum()
    return weights


def _start(n_members: int, n_best: int, anchor: int) -> np.ndarray:
    counts = (np.arange(n_members) < n_best).astype(np.float64)
    counts[anchor] = 1.0
    return counts


def _without_light(weights: np.ndarray, anchor: int) -> np.ndarray:
    """Without what weighs little, the anchor aside; summing to 1."""
    order = np.argsort(-weights, kind="stable")
    kept = [one for one in order[:_MOST_PARTS] if weights[one] >= _LEAST_WEIGHT]
    if weights[anchor] > 0 and anchor not in kept:
        kept = [*kept[: _MOST_PARTS - 1], anchor]
    left = np.zeros(len(weights))
    left[kept] = weights[kept]
    return np.asarray(left / left.sum())
