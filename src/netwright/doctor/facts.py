"""What is known of a trained plan beside its curves: its rows, features, out-of-fold predictions and baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.base.curves import Curves
from netwright.base.finding import Finding
from netwright.base.plan import of_classes
from netwright.base.split import Split
from netwright.doctor.case import Case, Facts
from netwright.doctor.doubtful import doubtful_rows
from netwright.evaluate.metrics import Metric
from netwright.preparation.folds import PreparedFold
from netwright.preparation.target import Target
from netwright.training.baselines import TrainedBaseline
from netwright.training.candidate import Candidate, fold_errors, mean_error, validation_predictions
from netwright.training.choice import gain_p_value

#: Rows of a table that spreads of features are looked at for: more change a standard deviation by under 1 %.
_MOST_ROWS = 10_000
#: With fewer folds a test of their differences finds hardly anything, so it is not asked.
_FEWEST_FOLDS = 5
#: How far from an end of their range predictions count as pinned to it.
_PINNED = 0.01
#: Smaller probabilities are alike for want of digits.
_NO_CHANCE = 1e-6


def case_of(
    candidate: Candidate,
    candidates: Sequence[Candidate],
    baselines: Sequence[TrainedBaseline],
    split: Split,
    target: Target,
    truth: np.ndarray,
    metric: Metric,
    findings: Sequence[Finding] = (),
) -> Case:
    """A trained plan as the symptoms read it.

    Args:
        candidate: The plan.
        candidates: All plans of the run on the same folds, this one among them.
        baselines: What a network has to beat.
        split: The rows.
        target: What is predicted.
        truth: Target of the development rows in its own units; (n_rows,).
        metric: What folds are judged by.
        findings: Of the audit.
    """
    siblings: tuple[Curves, ...] = tuple(
        other.trained.judged.curves for other in candidates if other.plan.key != candidate.plan.key
    )
    folds = candidate.trained.folds
    of_folds = {base.name: fold_errors(metric, truth, split, base.outer) for base in baselines}
    errors = {name: mean_error(own) for name, own in of_folds.items()}
    rows, n_judged = doubtful_rows(candidates, baselines, split, target.task, truth)
    facts = Facts(
        task=target.task,
        metric=metric.name,
        n_train=len(folds[0].train),
        n_features=folds[0].preparer.width + len(folds[0].preparer.cardinalities),
        classes=target.classes,
        input_spread=_spreads(folds),
        doubtful_rows=tuple(int(row) for row in rows),
        n_judged=n_judged,
        baseline_errors=errors,
        error=mean_error(candidate.errors),
        best_error=min(mean_error(own.errors) for own in candidates if own.has_learned or own is candidate),
        behind_p=_behind_p(candidate, of_folds, split),
        leaking=_leaking(findings, split),
    )
    numbers = not of_classes(target.task)
    more = _of_numbers(candidate, folds, truth) if numbers else _of_classes(candidate, split, target, truth)
    return Case(candidate.trained.judged.curves, candidate.plan, siblings, replace(facts, **more))


def _of_classes(candidate: Candidate, split: Split, target: Target, truth: np.ndarray) -> dict[str, Any]:
    own = validation_predictions(split, truth, candidate.outer).predicted
    finite, n_classes = np.isfinite(own).all(axis=1), len(target.classes)
    return {
        "class_counts": _counts(truth, n_classes),
        "predicted_counts": _counts(own[finite].argmax(axis=1), n_classes) if finite.any() else (),
        "fitting_constant": _fitting_constant(candidate.trained.folds[0], n_classes),
        **_of_odds(own[finite]),
    }


def _fitting_constant(fold: PreparedFold, n_classes: int) -> float:
    """Plain loss of the constant that weighted training aims at; NaN where all rows of the fold count alike."""
    rows = np.unique(fold.train)
    if fold.class_weights is None and len(rows) == len(fold.train):
        return float("nan")
    drawn = np.array(_counts(fold.target[fold.train], n_classes), dtype=float)
    aimed = drawn if fold.class_weights is None else drawn * fold.class_weights
    shares = np.array(_counts(fold.target[rows], n_classes)) / len(rows)
    there = shares > 0
    if not (aimed[there] > 0).all():  # a class that counts nothing
        return float("nan")
    return float(-(shares[there] * np.log(aimed[there] / aimed.sum())).sum())


def _of_odds(predicted: np.ndarray) -> dict[str, Any]:
    """How far the probabilities of a row lie apart, as a logarithm, and where they are the very same."""
    if not len(predicted):
        return {}
    ordered = np.sort(predicted, axis=1)
    odds = np.log(ordered[:, -1] / np.maximum(ordered[:, 0], 1e-300))
    tied = ((np.diff(ordered, axis=1) == 0) & (ordered[:, 1:] > _NO_CHANCE)).any(axis=1)
    widest = float(odds.max())
    return {
        "widest_odds": widest,
        "pinned_share": float((odds >= (1 - _PINNED) * widest).mean()),
        "tied_share": float(tied.mean()),
    }


def _of_numbers(candidate: Candidate, folds: Sequence[PreparedFold], truth: np.ndarray) -> dict[str, Any]:
    """What is known of a number to be predicted and of its out-of-fold predictions."""
    known = truth[np.isfinite(truth)]
    facts: dict[str, Any] = {
        "n_distinct": len(np.unique(known)),
        "whole_numbers": bool((known == np.round(known)).all()),
    }
    pairs = [
        ((own - fold.scale.mean) / fold.scale.std, (truth[fold.valid] - fold.scale.mean) / fold.scale.std)
        for own, fold in zip(candidate.outer, folds, strict=True)
        if len(own) and np.isfinite(own).all()
    ]
    if not pairs:
        return facts
    predicted = np.concatenate([own for own, _ in pairs])
    low, high = float(predicted.min()), float(predicted.max())
    near = _PINNED * (high - low)
    pinned = (predicted <= low + near) | (predicted >= high - near)
    ends = np.quantile(np.concatenate([own for _, own in pairs]), [0.05, 0.95])
    return facts | {
        "output_ends": (low, high),
        "target_ends": (float(ends[0]), float(ends[1])),
        "pinned_share": float(pinned.mean()),
    }


def _behind_p(candidate: Candidate, of_folds: Mapping[str, np.ndarray], split: Split) -> float:
    """One-sided p-value of the best baseline being better over folds; NaN with too few folds, or no error of one."""
    others = [own for name, own in of_folds.items() if name != "constant" and np.isfinite(own).all()]
    if len(split.folds) < _FEWEST_FOLDS or not others or np.isnan(candidate.errors).any():
        return float("nan")
    share = float(np.mean([len(fold.valid) / max(1, len(np.unique(fold.train))) for fold in split.folds]))
    return gain_p_value(min(others, key=mean_error), candidate.errors, share)


def _leaking(findings: Sequence[Finding], split: Split) -> tuple[str, ...]:
    """Features that give the target away; a column that is left out may."""
    read = {column.name for column in split.development.schema.features}
    named = (name for own in findings if own.code == "leak" for name in own.columns)
    return tuple(dict.fromkeys(name for name in named if name in read))


def _counts(numbers: np.ndarray, n_classes: int) -> tuple[int, ...]:
    """Rows of each class; rows of no known class are not counted."""
    return tuple(int(n) for n in np.bincount(numbers[numbers >= 0].astype(np.int64), minlength=n_classes)[:n_classes])


def _spreads(folds: Sequence[PreparedFold]) -> Mapping[str, float]:
    """For each column the largest standard deviation of its prepared features on train rows of the first fold."""
    fold = folds[0]
    rows = np.unique(fold.train)
    rows = rows[:: -(-len(rows) // _MOST_ROWS)] if len(rows) > _MOST_ROWS else rows
    features = np.asarray(fold.inputs.dense[rows], dtype=np.float64)
    if not features.size:
        return {}
    spread = features.std(axis=0)
    return {
        column: float(spread[span.start : span.stop].max())
        for column, span in fold.preparer.spans().items()
        if span.stop > span.start
    }
