"""The rule of a split, and how it reads in the terminal, the report and `run.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from netwright.base.figures import count
from netwright.base.split import Fold
from netwright.preparation.target import Target

#: With fewer rows nothing can be set aside to judge a network by.
MIN_ROWS = 10
#: The same where the caller keeps the test rows.
MIN_UNSEALED_ROWS = 4
#: Regression targets are stratified up to this many rows; beyond it chance alone balances well enough.
_STRATIFY_ROWS = 10_000


@dataclass(frozen=True)
class SplitRule:
    """How to split.

    Args:
        how: `auto`, `random`, `stratified`, `time` or `group`.
        by: The column of times or groups.
        gap: Distance in time that train rows keep before the rows that judge.
        test_size: Share of rows set aside for the test.
        folds: How many folds; 1 with `valid_size`.
        repeats: How often the rows are dealt into folds.
        valid_size: Share of the development rows that validate, in place of folds.
        seed: The run's seed.
        least_rows: Fewer rows than this are refused.
        train_rows: How many development rows take part; None takes all.
        sampling: `none`, `under`, `over` or `balanced`: classes in the train rows of each fold.
        class_weight: `none`, `balanced`, or label -> weight: what rows count in training.
    """

    how: str = "auto"
    by: str = ""
    gap: float = 0.0
    test_size: float = 0.2
    folds: int = 5
    repeats: int = 1
    valid_size: float | None = None
    seed: int = 0
    least_rows: int = MIN_ROWS
    train_rows: int | None = None
    sampling: str = "none"
    class_weight: str | Mapping[str, float] = "none"


def way(target: Target, how: str, n_rows: int) -> str:
    """How chance deals the rows: evenly over classes or bins of the target, or not."""
    if (
        how == "random"
        or target.task == "unsupervised"
        or (target.task == "regression" and how == "auto" and n_rows > _STRATIFY_ROWS)
    ):
        return "at random"
    return "stratified by target bins" if target.task == "regression" else "stratified by class"


def words(target: Target, rule: SplitRule, n_rows: int) -> str:
    """The rule in words."""
    if target.steps:
        return "by time, by the origins of forecasts"
    if rule.how in ("time", "group"):
        return f"by {rule.how} ({rule.by})"
    return way(target, rule.how, n_rows)


def notes(
    rule: SplitRule, distance: str, left_out: Mapping[str, int], n_dealt: list[int], folds: tuple[Fold, ...]
) -> Iterator[str]:
    """What else was done with the rows."""
    if left_out["without_time"]:
        yield f"{count(left_out['without_time'], 'row')} without {rule.by} left out: nobody knows when they were"
    if rule.gap:
        before_test = f"; {count(left_out['gap'], 'row')} before the test" if left_out["gap"] else ""
        yield f"a gap of {distance} between train rows and those that judge{before_test} left out"
    if left_out["train_rows"]:
        yield f"{count(left_out['train_rows'], 'row')} left out by --train-rows {rule.train_rows}"
    if rule.repeats > 1:
        yield f"validation repeated {rule.repeats} times with other folds"
    if rule.sampling != "none":
        sampled = f"{n_dealt[0]:,} became {len(folds[0].train):,} in the first fold"
        yield f"classes sampled ({rule.sampling}) among the train rows of each fold: {sampled}"
    if rule.class_weight != "none":
        yield "classes weighted in training: probabilities are those of a world with classes as frequent as weighed"


def made(rule: SplitRule, left_out: Mapping[str, int]) -> dict[str, Any]:
    """The same as figures, for `run.json`."""
    weights = rule.class_weight if isinstance(rule.class_weight, str) else dict(rule.class_weight)
    return {
        "how": rule.how,
        "by": rule.by,
        "gap": rule.gap,
        "repeats": rule.repeats,
        "sampling": rule.sampling,
        "class_weight": weights,
        "left_out": dict(left_out),
    }
