"""A candidate: a trained plan with its honest error in each fold, comparable to the baselines'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwright.base.plan import Plan
from netwright.base.record import Predictions
from netwright.base.split import Split
from netwright.evaluate.metrics import Metric
from netwright.training.outer import first_half
from netwright.training.race import Trained
from netwright.training.threshold import ErrorsByThreshold


@dataclass(frozen=True)
class Candidate:
    """One trained plan.

    Args:
        trained: Its members and what they learned.
        outer: For each fold the mean prediction of its members on the outer rows, each half of
            them at the epoch that the other half chose.
        errors: The error of each fold on its outer rows (less is better); (n_folds,). Infinite where a prediction is no
            number, NaN in all folds of a plan that has learned nothing.
        has_learned: Whether any member did not diverge before it was better than untrained.
        parent: Key of the plan that this one was made from, to cure it: it counts only where that helps beyond noise.
            Empty for what was proposed from the start.
        pruned: Whether it was given up before its end: such a plan is told, but never chosen nor part of an ensemble.
        naming: Where two classes are told apart by a threshold what chooses it; `errors` are by what others chose.
    """

    trained: Trained
    outer: tuple[np.ndarray, ...]
    errors: np.ndarray
    has_learned: bool = True
    parent: str = ""
    pruned: bool = False
    naming: Naming | None = None

    @classmethod
    def of(
        cls,
        trained: Trained,
        split: Split,
        metric: Metric,
        truth: np.ndarray,
        parent: str = "",
        *,
        finds_threshold: bool = False,
    ) -> Candidate:
        """Judge a trained plan on the outer rows of every fold.

        Args:
            trained: It.
            split: The rows.
            metric: What the run is judged by.
            truth: Target of the development rows in its own units; (n_rows,).
            parent: Key of the plan that it is to cure.
            finds_threshold: Whether two classes are told apart by a threshold that validation rows choose.
        """
        outer = []
        for fold in range(len(split.folds)):
            own = np.mean([trained.judged.outer[member] for member in judging(trained, fold)], axis=0)
            outer.append(own[:, 0] if own.shape[1] == 1 and truth.ndim == 1 else own)
        errors = fold_errors(metric, truth, split, outer)
        errors = np.where([bool(np.isfinite(own).all()) for own in outer], errors, np.inf)
        naming = None
        if finds_threshold and np.isfinite(errors).all():
            naming = Naming.of(metric, truth, split, outer)
            errors = naming.errors(range(len(outer)))
        learned = bool(trained.judged.curves.learned.any())
        errors = errors if learned else np.full(len(outer), np.nan)
        pruned = "pruned" in trained.judged.curves.status
        return cls(trained, tuple(outer), errors, learned, parent, pruned, naming if learned else None)

    @property
    def plan(self) -> Plan:
        """What was trained."""
        return self.trained.plan

    def errors_among(self, folds: Sequence[int]) -> np.ndarray:
        """The error of some folds, in which no other fold has a say; (n_folds,)."""
        return self.errors[list(folds)] if self.naming is None else self.naming.errors(folds)


@dataclass(frozen=True)
class Naming:
    """The errors of a plan where the threshold of each fold is chosen by others.

    Args:
        by_threshold: Its errors; the parts are folds, or the halves of a single one.
        apart: Which parts share no row; (part, part).
        halved: Whether they are halves.
    """

    by_threshold: ErrorsByThreshold
    apart: np.ndarray
    halved: bool

    @classmethod
    def of(cls, metric: Metric, truth: np.ndarray, split: Split, outer: Sequence[np.ndarray]) -> Naming:
        """What its out-of-fold predictions give.

        Args:
            metric: It looks at names of two classes.
            truth: Class numbers of the development rows; (n_rows,).
            split: The rows.
            outer: For each fold the chances of both classes; (n_valid, 2).
        """
        rows, chances = [fold.valid for fold in split.folds], [own[:, 1] for own in outer]
        halved = len(rows) == 1
        if halved:
            units = rows[0] if split.development.units is None else split.development.units[rows[0]]
            first = first_half(units, 0, split.seed)
            sides = [side for side in (first, ~first) if side.any()]
            rows, chances = [rows[0][side] for side in sides], [chances[0][side] for side in sides]
        apart = np.array([[not np.isin(own, other).any() for other in rows] for own in rows])
        return cls(ErrorsByThreshold.of(metric, [truth[own] for own in rows], chances), apart, halved)

    def errors(self, folds: Sequence[int]) -> np.ndarray:
        """The error of each of some folds by the threshold that the others of them choose; (n_folds,)."""
        parts = range(len(self.apart)) if self.halved else folds
        errors = self.by_threshold.judged(parts, self.apart)
        return np.array([mean_error(errors)]) if self.halved else errors


def judging(trained: Trained, fold: int) -> list[int]:
    """The members that a fold is judged by: those that ship, and where none does those that diverged at once.

    The latter predict as they did before training. So a plan pays for a fold on which it could not be trained.
    """
    own = [number for number, member in enumerate(trained.members) if member.fold == fold]
    learned = trained.judged.curves.learned
    return [number for number in own if learned[number]] or own


def fold_errors(metric: Metric, truth: np.ndarray, split: Split, outer: Sequence[np.ndarray]) -> np.ndarray:
    """The error of each fold on its outer rows (less is better); (n_folds,)."""
    scores = [metric.score(truth[fold.valid], own) for fold, own in zip(split.folds, outer, strict=True)]
    return np.array([metric.error(score) for score in scores])


def mean_score(metric: Metric, errors: np.ndarray) -> float:
    """The metric's own score that these errors of folds mean; NaN where none is defined."""
    mean = float(np.nanmean(errors)) if np.isfinite(errors).any() else float("nan")
    return metric.of_error(mean)


def validation_predictions(
    split: Split, truth: np.ndarray, outer: Sequence[np.ndarray], thresholds: Sequence[np.ndarray | None] = ()
) -> Predictions:
    """Out-of-fold predictions in the order of the rows; of a row that several folds judge the mean of theirs.

    Rows that no fold judges (the earlier ones of a split by time) are not among them.

    Args:
        split: The rows.
        truth: Target of the development rows in its own units; (n_rows,).
        outer: For each fold the predictions of its outer rows.
        thresholds: For each fold from which probability on each of them is named positive; None or empty for none.
    """
    rows = np.concatenate([fold.valid for fold in split.folds])
    different, place, n_times = np.unique(rows, return_inverse=True, return_counts=True)

    def mean(values: np.ndarray) -> np.ndarray:
        total = np.zeros((len(different), *values.shape[1:]))
        np.add.at(total, place, values)
        return np.asarray(total / n_times.reshape(-1, *[1] * (values.ndim - 1)))

    known = [own for own in thresholds if own is not None]
    at = mean(np.concatenate(known)) if known else None
    return Predictions(split.development.rows[different], truth[different], mean(np.concatenate(list(outer))), at)


def mean_error(errors: np.ndarray) -> float:
    """The mean error over the folds that have one; infinite where none has, or where one of them is."""
    known = errors[~np.isnan(errors)]
    return float(known.mean()) if known.size else float("inf")
