"""A quick network on parts of the train rows: what the learning curve over sample size is made of."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from netwright.base.events import EpochDone
from netwright.base.keeper import State
from netwright.base.plan import Member, Plan
from netwright.base.seeds import derive_seed
from netwright.base.split import Fold, Split
from netwright.evaluate.more_rows import MoreRows
from netwright.preparation.folds import prepare_folds
from netwright.training.candidate import Candidate
from netwright.training.chunk import Problem
from netwright.training.loop import Save, train
from netwright.training.population import Bucket

#: Fewer train rows than this in the smallest part teach nothing about the curve.
_LEAST_ROWS = 30
#: Parts of the train rows; of large tables smaller parts tell enough, and cost less.
_SHARES, _SHARES_OF_MANY = (1 / 8, 1 / 4, 1 / 2, 1.0), (1 / 16, 1 / 8, 1 / 4, 1 / 2)
_MANY_ROWS = 5_000
#: Folds that are tried, and the outer rows of each that judge.
_MOST_FOLDS, _MOST_FOLDS_OF_MANY, _MOST_OUTER = 3, 2, 2_000


@dataclass(frozen=True)
class Part:
    """A part of the train rows of every fold that is tried.

    Args:
        share: Of all train rows.
        plan: What is trained on it, with the passes that so few rows need.
        split: The development rows with these parts as folds.
    """

    share: float
    plan: Plan
    split: Split


def parts(split: Split, plan_for: Callable[[int], Plan], seed: int) -> list[Part]:
    """Parts of growing size, each within the next, judged by the same outer rows; none where rows are too few.

    Args:
        split: The rows of the run.
        plan_for: What is proposed for so many development rows.
        seed: The run's seed.
    """
    smallest = min(len(fold.train) for fold in split.folds)
    many = smallest >= _MANY_ROWS
    shares = _SHARES_OF_MANY if many else _SHARES
    if smallest * shares[0] < _LEAST_ROWS:
        return []
    # the last folds: where rows are split by time they have seen the most
    chosen = split.folds[-(_MOST_FOLDS_OF_MANY if many else _MOST_FOLDS) :]
    orders = [_shuffled(fold.train, seed, number, "train") for number, fold in enumerate(chosen)]
    outer = [_shuffled(fold.valid, seed, number, "outer")[:_MOST_OUTER] for number, fold in enumerate(chosen)]
    found = []
    for share in shares:
        folds = tuple(
            Fold(np.sort(order[: round(share * len(order))]), np.sort(own), fold.class_weights)
            for fold, order, own in zip(chosen, orders, outer, strict=True)
        )
        plan = plan_for(round(share * split.development.n_rows))
        found.append(Part(share, plan, replace(split, folds=folds)))
    return found


def _shuffled(rows: np.ndarray, seed: int, fold: int, what: str) -> np.ndarray:
    return np.random.default_rng(derive_seed(seed, "fewer rows", what, fold)).permutation(rows)


def learning_curve(
    split: Split,
    tried: list[Part],
    problem: Problem,
    deadline: float | None,
    found: State | None = None,
    save: Save | None = None,
    *,
    finds_threshold: bool = False,
) -> Generator[EpochDone, None, MoreRows | None]:
    """Train all parts side by side.

    Args:
        split: The rows of the run.
        tried: What `parts` gave.
        problem: The task.
        deadline: When to give up; None trains to the end.
        found: Where an earlier process stopped.
        save: Saves the state.
        finds_threshold: Whether two classes are told apart by a threshold that is to be found.

    Returns:
        The curve, or None where there was no time, or a part has no score (a class too few).
    """
    buckets = []
    for part in tried:
        folds = prepare_folds(part.split, problem.target, part.plan.preparation)
        buckets.append(Bucket([Member(part.plan, fold, 0) for fold in range(len(folds))], folds, problem))
    done = yield from train(buckets, deadline, found, save)
    if len(done) < len(tried) or any("cut" in one.judged.curves.status for one in done):
        return None
    judge = partial(Candidate.of, metric=problem.metric, truth=problem.truth, finds_threshold=finds_threshold)
    columns = [judge(one, part.split).errors for one, part in zip(done, tried, strict=True)]
    errors = np.stack(columns, axis=1)
    usable = (np.isfinite(errors) & (errors > 0)).all(axis=1)
    if not usable.any():
        return None
    n_train = float(np.mean([len(fold.train) for fold in split.folds]))
    return MoreRows.of(tuple(round(part.share * n_train) for part in tried), errors[usable], round(n_train))
