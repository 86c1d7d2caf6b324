"""Rows whose label may be wrong: everyone who never saw it agrees on another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netwright.base.plan import Task, of_classes
from netwright.base.split import Split
from netwright.training.baselines import TrainedBaseline
from netwright.training.candidate import Candidate, validation_predictions

#: A residual this many times those of rows predicted alike is no part of their spread: under 1 in 10,000 of a normal.
_FAR = 4.0
#: Rows that are compared with those predicted alike; and the standard deviation over the median of sizes of a normal.
_ALIKE, _NORMAL = 100, 1.4826
#: Voters differ by less than this share of what they differ from the label by, and miss it by over a standard deviation
#: of the target: then two in three to nine in ten are planted where a tenth of a column was shuffled.
_AGREE = 0.25
#: Labels are doubted on this share of the rows, those that voters are surest of: elsewhere classes overlap.
_SUREST = 1 / 3
#: Fewer rows than this have no usual residual.
_FEWEST = 30


def doubtful_rows(
    candidates: Sequence[Candidate],
    baselines: Sequence[TrainedBaseline],
    split: Split,
    task: Task,
    truth: np.ndarray,
) -> tuple[np.ndarray, int]:
    """Rows where plans and trees, none of which saw the row, agree with each other and not with its label.

    A class is doubted where all name the same other one and are as sure of it as on the surest third of the rows (after
    Northcutt, Jiang and Chuang, JAIR 2021); a number where all miss it to the same side by far more than they miss rows
    that are predicted alike.

    Args:
        candidates: Trained plans; those that learned nothing do not vote.
        baselines: Of these the trees vote.
        split: The rows.
        task: What is predicted.
        truth: Target of the development rows in its own units; (n_rows,).

    Returns:
        The rows, as numbered in the source, in order; and how many were looked at.
    """
    outer = [own.outer for own in candidates if own.has_learned and all(np.isfinite(one).all() for one in own.outer)]
    outer += [base.outer for base in baselines if base.name == "trees"]
    if len(outer) < 2 or truth.ndim > 1:  # of a series a number stands in many rows
        return np.zeros(0, dtype=np.int64), 0
    judged = [validation_predictions(split, truth, own) for own in outer]
    votes, own = np.stack([one.predicted for one in judged]), judged[0].truth
    doubted = _doubted_numbers(votes, own) if not of_classes(task) else _doubted_classes(votes, own)
    return np.sort(judged[0].rows[doubted]), len(own)


def _doubted_classes(votes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Which labels are doubted; votes are probabilities, (voter, row, class)."""
    mean, labels = votes.mean(axis=0), truth.astype(np.int64)
    top, sure = mean.argmax(axis=1), mean.max(axis=1)
    agree = (votes.argmax(axis=2) == top).all(axis=0)
    surest = sure >= np.quantile(sure, 1 - _SUREST)
    return np.asarray((labels >= 0) & agree & surest & (top != labels))


def _doubted_numbers(votes: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Which numbers are doubted; votes are (voter, row)."""
    if len(truth) < _FEWEST:
        return np.zeros(len(truth), dtype=bool)
    mean = votes.mean(axis=0)
    missed, apart = np.abs(truth - mean), votes.max(axis=0) - votes.min(axis=0)
    order = np.argsort(mean, kind="stable")
    # residuals grow with the prediction in most tables: each row is held against those predicted alike
    parts = np.array_split(order, max(1, len(order) // _ALIKE))
    usual = np.empty(len(truth))
    for part in parts:
        usual[part] = _NORMAL * np.median(missed[part])
    return np.asarray((missed > _FAR * usual) & (apart < _AGREE * missed) & (missed > truth.std()))
