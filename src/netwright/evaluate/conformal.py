"""Conformal prediction: intervals for numbers and sets of classes that hold a stated share of new rows.

Every row has been predicted by networks that were not fitted on it. How far off those predictions were tells how far
off the next one may be: with n such scores, the next one is at most the ceil((n + 1) level)-th smallest of them with a
chance of at least `level`, if it is drawn like them (Vovk, Gammerman and Shafer, 2005).

What that promises here. With one validation part the scores come from the very networks that predict, and the promise
is the one above, up to the difficulty and the stopping epoch, which have seen the rows that calibrate. With folds the
scores come from networks of single folds and the prediction is their mean, which errs a little less. Proven for
intervals from folds is 1 - 2 (1 - level), and only in the form CV+ (Barber, Candes, Ramdas and Tibshirani, 2021), which
wraps every fold by itself; in practice coverage is near `level`, as the tests measure. It holds on average over rows,
not for each row or group, and nothing holds for rows that are drawn otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from netwright.base.errors import PlanError
from netwright.base.plan import Task

#: The level of what a run writes down by itself.
LEVEL = 0.9
#: Scores that are kept at most: so many of the largest, and some of the others at even distances.
_MOST_SCORES, _LARGEST = 1_000, 400
#: Rows behind a knot of the difficulty, how many knots there are at most, and the fewest that tell anything.
_ROWS_A_KNOT, _MOST_KNOTS, _FEWEST_KNOTS = 20, 10, 3
#: A knot with fewer rows than this (many predictions are equal) is left out.
_FEWEST_ROWS = 5
#: No prediction counts as more than ten times easier than the mean one.
_EASIEST = 0.1
#: Parts for the difficulty where there are no folds.
_PARTS = 5
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Difficulty:
    """How large errors are at a prediction, as a multiple of the mean: linear between knots, level beyond them.

    Args:
        knots: Predictions, rising; (knot,).
        factors: The multiple at each; (knot,), above 0.
    """

    knots: tuple[float, ...] = (0.0,)
    factors: tuple[float, ...] = (1.0,)

    def at(self, predicted: np.ndarray) -> np.ndarray:
        """The multiple at each prediction; (n_rows,)."""
        return np.asarray(np.interp(predicted, self.knots, self.factors))

    @classmethod
    def fit(cls, predicted: np.ndarray, errors: np.ndarray, n_knots: int) -> Difficulty:
        """Mean errors of rows with similar predictions, pulled to the mean of all as far as chance explains them.

        Args:
            predicted: Predictions; (n_rows,).
            errors: Sizes of their errors; (n_rows,).
            n_knots: How many; with few of them errors count as equal everywhere.
        """
        finite = np.isfinite(predicted) & np.isfinite(errors)
        predicted, errors = predicted[finite], errors[finite]
        if n_knots < _FEWEST_KNOTS or not errors.any():
            return cls()
        edges = np.unique(np.quantile(predicted, np.arange(1, n_knots) / n_knots))
        group = np.searchsorted(edges, predicted, side="right")  # equal predictions stay together
        parts = [own for number in range(len(edges) + 1) if len(own := np.flatnonzero(group == number)) >= _FEWEST_ROWS]
        if len(parts) < _FEWEST_KNOTS:
            return cls()
        relative = errors / errors.max()  # squares of huge errors would overflow
        relative = relative / relative.mean()
        means = np.array([relative[part].mean() for part in parts])
        noise = np.array([relative[part].var(ddof=1) / len(part) for part in parts])
        # what the means differ by beyond chance (the moment estimate of empirical Bayes)
        signal = max(0.0, float(((means - 1) ** 2).sum() / (len(parts) - 1) - noise.mean()))
        trust = signal / np.maximum(signal + noise, np.finfo(float).tiny)
        factors = np.maximum(1 + trust * (means - 1), _EASIEST)
        return cls(tuple(float(np.median(predicted[part])) for part in parts), tuple(factors.tolist()))


@dataclass(frozen=True)
class Conformal:
    """What is kept of the scores of rows that were predicted by networks that never saw them.

    Args:
        task: Regression, whose scores are sizes of errors over the difficulty; or classes, whose scores are 1 less the
            probability of the true class.
        n_rows: How many rows were scored.
        ranks: Ranks of the scores that are kept, counted from 1, rising, the last one `n_rows`; (score,).
        scores: Those scores, rising; infinite where a prediction was no number; (score,).
        difficulty: Of a prediction; the same everywhere for classes.
        n_folds: Over how many folds the rows were predicted; 1 is a single validation part.
        rule: How rows were dealt out, in words.
    """

    task: Task
    n_rows: int
    ranks: tuple[int, ...]
    scores: tuple[float, ...]
    difficulty: Difficulty = Difficulty()
    n_folds: int = 1
    rule: str = ""

    def quantile(self, level: float) -> float:
        """The score that holds a new row with a chance of at least `level`; infinite where the rows are too few.

        Where that score was not kept, the next larger one.

        Args:
            level: In (0, 1).

        Raises:
            PlanError: It is not.

        Example:
            >>> nine = Conformal("regression", 9, tuple(range(1, 10)), tuple(float(n) for n in range(1, 10)))
            >>> nine.quantile(0.5), nine.quantile(0.9), nine.quantile(0.91)
            (5.0, 9.0, inf)
        """
        rank = rank_of(level, self.n_rows)
        return self.scores[int(np.searchsorted(self.ranks, rank))] if rank <= self.n_rows else math.inf

    def interval(self, predicted: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Both ends for each prediction; (n_rows,) each. The prediction lies between them.

        Args:
            predicted: Values; (n_rows,).
            level: In (0, 1).
        """
        half = self.quantile(level) * self.difficulty.at(predicted)
        return predicted - half, predicted + half

    def sets(self, probabilities: np.ndarray, level: float, named: np.ndarray | None = None) -> np.ndarray:
        """Which classes are in the set of each row, the predicted one always; bool, (n_rows, n_classes).

        Sets of this kind are the smallest on average (Sadinle, Lei and Wasserman, 2019).

        Args:
            probabilities: (n_rows, n_classes).
            level: In (0, 1).
            named: The number of the class that is predicted for each row; None where it is the most probable one.
        """
        chosen = 1 - probabilities <= self.quantile(level)
        chosen[np.arange(len(chosen)), probabilities.argmax(axis=1)] = True
        if named is not None:
            chosen[np.arange(len(chosen)), named] = True
        return np.asarray(chosen)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON values; null is an infinite score."""
        scores = [score if math.isfinite(score) else None for score in self.scores]
        return asdict(self) | {"scores": scores}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Conformal:
        """What `to_json` described.

        Raises:
            ValueError: The parts do not fit each other.
        """
        ranks = tuple(data["ranks"])
        scores = tuple(math.inf if score is None else float(score) for score in data["scores"])
        knots, factors = (tuple(float(own) for own in data["difficulty"][name]) for name in ("knots", "factors"))
        if len(ranks) != len(scores) or ranks[-1] != data["n_rows"] or any(np.diff(ranks) <= 0):
            raise ValueError("the ranks of the scores are not those of the rows")
        if len(knots) != len(factors) or any(np.diff(knots) <= 0) or list(scores) != sorted(scores):
            raise ValueError("scores or difficulty do not rise")
        own = {name: data[name] for name in ("task", "n_rows", "n_folds", "rule")}
        return cls(ranks=ranks, scores=scores, difficulty=Difficulty(knots, factors), **own)


def check_level(level: float) -> float:
    """A level that can be promised.

    Raises:
        PlanError: It is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise PlanError(f"--interval must be a share between 0 and 1, such as 0.9, got {level:g}.")
    return level


def rank_of(level: float, n_rows: int) -> int:
    """Which of n scores holds the next one with a chance of at least `level`: ceil((n + 1) level).

    Args:
        level: In (0, 1).
        n_rows: How many scores there are.

    Returns:
        From 1; n_rows + 1 where not even the largest is enough.

    Example:
        >>> rank_of(0.9, 9), rank_of(0.9, 99), rank_of(0.95, 9)
        (9, 90, 10)
    """
    return max(1, math.ceil((n_rows + 1) * check_level(level) - _ROUNDING))


def calibrate(
    task: Task, truth: np.ndarray, predicted: np.ndarray, part: np.ndarray, rule: str = ""
) -> Conformal | None:
    """Learn from honest out-of-fold predictions.

    Args:
        task: What is predicted.
        truth: Values or class numbers; (n_rows,).
        predicted: By networks that were not fitted on the row: values (n_rows,) or probabilities (n_rows, n_classes).
        part: The fold of each row; (n_rows,).
        rule: How rows were dealt out, in words.

    Returns:
        None where there is no row.
    """
    if not len(truth):
        return None
    n_folds = len(np.unique(part))
    difficulty = Difficulty()
    if task == "regression":
        with np.errstate(over="ignore", invalid="ignore"):
            errors = np.abs(truth - predicted)
        n_knots = min(_MOST_KNOTS, len(errors) // _ROWS_A_KNOT)
        difficulty = Difficulty.fit(predicted, errors, n_knots)
        parts = part if n_folds > 1 else _parts(predicted)
        scores = errors / _difficulty_of_others(predicted, errors, parts, n_knots)
    else:
        known = truth >= 0
        chances = predicted[np.arange(len(truth)), np.where(known, truth, 0).astype(np.int64)]
        scores = np.where(known, 1 - chances, 1.0)
    scores = np.sort(np.where(np.isnan(scores), np.inf, scores))
    ranks = kept_ranks(len(scores))
    return Conformal(
        task, len(scores), tuple(ranks.tolist()), tuple(scores[ranks - 1].tolist()), difficulty, n_folds, rule
    )


def _difficulty_of_others(predicted: np.ndarray, errors: np.ndarray, part: np.ndarray, n_knots: int) -> np.ndarray:
    """The difficulty of each row as the other parts tell it: with a say of its own, a large error excuses itself."""
    found = np.ones(len(errors))
    for number in np.unique(part):
        own = part == number
        found[own] = Difficulty.fit(predicted[~own], errors[~own], n_knots).at(predicted[own])
    return found


def _parts(predicted: np.ndarray) -> np.ndarray:
    """A part for each row, all parts with the same range of predictions."""
    rank = np.empty(len(predicted), dtype=np.int64)
    rank[np.argsort(predicted, kind="stable")] = np.arange(len(predicted))
    return rank % _PARTS


def kept_ranks(n_rows: int) -> np.ndarray:
    """Ranks of the scores that are kept: all, or the largest and some of the others; from 1, rising.

    Example:
        >>> kept_ranks(4).tolist(), len(kept_ranks(10**6)), int(kept_ranks(10**6)[-1])
        ([1, 2, 3, 4], 1000, 1000000)
    """
    if n_rows <= _MOST_SCORES:
        return np.arange(1, n_rows + 1)
    even = np.round(np.linspace(1, n_rows - _LARGEST, _MOST_SCORES - _LARGEST)).astype(np.int64)
    return np.concatenate([even, np.arange(n_rows - _LARGEST + 1, n_rows + 1)])
