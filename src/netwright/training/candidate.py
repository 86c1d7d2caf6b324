"""A candidate: a trained plan with its honest error in each fold, comparable to the baselines'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netwright.base.plan import Plan
from netwright.base.record import Predictions
from netwright.base.split import Split
from netwright.evaluate.metrics import Metric
from netwright.training.race import Trained


@dataclass(frozen=True)
class Candidate:
    """One trained plan.

    Args:
        trained: Its members and what they learned.
        outer: For each fold the mean prediction of its members on the outer rows, each half of
            them at the epoch that the other half chose.
        errors: The error of each fold on its outer rows (less is better); (n_folds,).
    """

    trained: Trained
    outer: tuple[np.ndarray, ...]
    errors: np.ndarray

    @classmethod
    def of(cls, trained: Trained, split: Split, metric: Metric, truth: np.ndarray) -> Candidate:
        """Judge a trained plan on the outer rows of every fold."""
        folds = [member.fold for member in trained.members]
        outer = []
        for fold in range(len(split.folds)):
            own = np.mean([mine for mine, of in zip(trained.judged.outer, folds, strict=True) if of == fold], axis=0)
            outer.append(own[:, 0] if own.shape[1] == 1 else own)
        return cls(trained, tuple(outer), fold_errors(metric, truth, split, outer))

    @property
    def plan(self) -> Plan:
        """What was trained."""
        return self.trained.plan


def fold_errors(metric: Metric, truth: np.ndarray, split: Split, outer: Sequence[np.ndarray]) -> np.ndarray:
    """The error of each fold on its outer rows (less is better); (n_folds,)."""
    scores = [metric.score(truth[fold.valid], own) for fold, own in zip(split.folds, outer, strict=True)]
    return np.array([metric.error(score) for score in scores])


def mean_score(metric: Metric, errors: np.ndarray) -> float:
    """The metric's own score that these errors of folds mean; NaN where none is defined."""
    mean = float(np.nanmean(errors)) if np.isfinite(errors).any() else float("nan")
    return -mean if metric.greater_is_better else mean


def validation_predictions(split: Split, truth: np.ndarray, outer: Sequence[np.ndarray]) -> Predictions:
    """Out-of-fold predictions of all folds in the order of the rows."""
    rows = np.concatenate([fold.valid for fold in split.folds])
    order = np.argsort(rows, kind="stable")
    return Predictions(split.development.rows[rows[order]], truth[rows[order]], np.concatenate(list(outer))[order])


def best_of(candidates: Sequence[Candidate]) -> Candidate:
    """The candidate with the lowest mean error over folds."""
    return min(candidates, key=lambda candidate: mean_error(candidate.errors))


def mean_error(errors: np.ndarray) -> float:
    """The mean error over the folds that have one; infinite where none has."""
    finite = errors[np.isfinite(errors)]
    return float(finite.mean()) if finite.size else float("inf")
