"""What a column or a tag of someone else's log holds, told by its name alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Part = Literal["train", "valid"]

_TRAIN = frozenset({"train", "training", "trn", "tr", "fit"})
_VALID = frozenset({"valid", "validation", "val", "eval", "evaluation", "dev", "holdout"})
_TEST = frozenset({"test", "testing"})
_LOSS = frozenset({"loss", "losses", "cost", "objective"})
#: Words that tell nothing more, and those that tell of something finer than an epoch.
_PLAIN = frozenset({"epoch", "epochs", "mean", "avg", "average", "total", "metrics", "metric", "scalars"})
_FINE = frozenset({"step", "steps", "batch", "batches", "iteration", "iterations", "iter"})
_KOREAN = (
    *(
        ("학습률", "rate"),
        ("학습", "train"),
        ("훈련", "train"),
        ("검증", "valid"),
        ("평가", "valid"),
        ("테스트", "test"),
    ),
    *(("손실", "loss"), ("비용", "cost"), ("에포크", "epoch"), ("에폭", "epoch"), ("스텝", "step"), ("평균", "mean")),
)
_KNOWN = _TRAIN | _VALID | _TEST | _LOSS | _PLAIN | _FINE


@dataclass(frozen=True)
class Holds:
    """What a name says.

    Args:
        part: Whose loss it is.
        doubt: How far it is from saying just that; of several names for one part the least is taken.
        test: Whether it speaks of test rows, which are taken for validation rows where there are no others.
    """

    part: Part
    doubt: int
    test: bool = False


def words_in(name: str) -> tuple[str, ...]:
    """The words of a name in lower case, whatever stands between them.

    Example:
        >>> words_in("Val/Loss"), words_in("trainLoss"), words_in("검증손실"), words_in("valloss")
        (('val', 'loss'), ('train', 'loss'), ('valid', 'loss'), ('val', 'loss'))
    """
    for korean, english in _KOREAN:
        name = name.replace(korean, f" {english} ")
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = []
    for word in re.findall(r"[^\W\d_]+|\d+", name.lower()):
        head = word.removesuffix("loss")
        words += [head, "loss"] if head != word and head in _KNOWN else [word]
    return tuple(words)


def holds(name: str) -> Holds | None:
    """Which loss a column or a tag holds; None where its name speaks of none.

    Args:
        name: Of a column, or the folder and the tag of a series.

    Example:
        >>> holds("loss").part, holds("val_loss").part, holds("Loss/valid").part, holds("accuracy")
        ('train', 'valid', 'valid', None)
        >>> holds("validation/epoch_loss").doubt < holds("validation/evaluation_loss_vs_iterations").doubt
        True
    """
    words = set(words_in(name))
    parts = words & (_TRAIN | _VALID | _TEST)
    if not words & _LOSS and (not parts or words - parts):  # `train` and `valid` alone are losses, too
        return None
    rest = words - _LOSS - parts - _PLAIN
    doubt = 5 * len(words & _FINE) + len(rest - _FINE) + (0 if words & _LOSS else 20)
    if words & _VALID:
        return Holds("valid", doubt)
    if words & _TEST:
        return Holds("valid", doubt + 10, test=True)
    return Holds("train", doubt + (0 if parts else 1))


def counts(name: str) -> Literal["epoch", "step"] | None:
    """What a column counts; None where it counts nothing.

    Example:
        >>> counts("Epoch"), counts("에포크"), counts("global_step"), counts("epoch_loss")
        ('epoch', 'epoch', 'step', None)
    """
    words = set(words_in(name)) - {"global", "number", "no"}
    if words and words <= {"epoch", "epochs"}:
        return "epoch"
    return "step" if words and words <= _FINE else None


#: Columns that tell networks apart: copies of one network, and networks that differ in more than chance.
_COPIES, _RUNS = frozenset({"member", "fold", "seed", "network"}), frozenset({"run", "plan", "experiment", "trial"})


def tells_apart(name: str) -> Literal["member", "run"] | None:
    """Whether a column tells copies of one network apart, or different runs; None where neither.

    Example:
        >>> tells_apart("member"), tells_apart("Run ID"), tells_apart("epoch")
        ('member', 'run', None)
    """
    words = set(words_in(name)) - {"id", "name", "number", "no"}
    if len(words) != 1:
        return None
    return "member" if words <= _COPIES else "run" if words <= _RUNS else None


def is_rate(name: str) -> bool:
    """Whether a column holds the learning rate.

    Example:
        >>> is_rate("lr"), is_rate("learning_rate"), is_rate("학습률"), is_rate("error rate")
        (True, True, True, False)
    """
    return words_in(name) in (("lr",), ("learning", "rate"), ("rate",), ("lr", "adam"), ("train", "lr"))
