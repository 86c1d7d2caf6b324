"""Why a network's numbers left the finite ones, looked for only once they have; and what the user is told about it.

A member stops where its measured train loss, one of its weights or what its optimizer keeps of squared gradients is no
finite number after an epoch (a gradient that was NaN or infinite in the middle of it is still in there), and before its
first step where its train rows are none. It stops alone: losses are summed over members, and no operation mixes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from netwright.base.figures import count
from netwright.base.finding import Finding
from netwright.base.option import flag
from netwright.base.plan import Member, Plan
from netwright.models.family import Network
from netwright.preparation.folds import PreparedFold

#: A prepared feature farther from zero than this is named as what a loss may have come from.
_FAR = 100.0
#: Learning rates above this are no sensible advice, whatever the plan's was.
_HIGHEST_RATE = 0.1


@dataclass(frozen=True)
class Cause:
    """Why a member was stopped; JSON-able, field by field.

    Args:
        what: `input` and `target` stop a member before its first step, the others after an epoch.
        layer: Of weights and gradients, where the first of them is.
        row: Number of the row in its source; None where none can be named.
        column: The column, where one can be named.
        value: What stood there, as text.
        epoch: After which epoch; 0 before the first step.
    """

    what: Literal["input", "target", "weights", "gradients", "loss"]
    layer: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    epoch: int = 0

    @property
    def before_training(self) -> bool:
        """Whether there was nothing that it could have been trained on."""
        return self.what in ("input", "target")

    @property
    def when(self) -> str:
        """`in epoch 3`."""
        return f"in epoch {self.epoch}" if self.epoch else "before the first step"

    @property
    def sentence(self) -> str:
        """In plain words.

        Example:
            >>> Cause("input", row=17, column="price", value="nan").sentence
            "column 'price' of train row 17 is nan once it is prepared"
            >>> cause = Cause("weights", layer="all layers", epoch=3)
            >>> cause.when, cause.sentence
            ('in epoch 3', 'weights of all layers became NaN or infinite')
        """
        if self.before_training:
            of = "column" if self.what == "input" else "the target"
            return f"{of} {self.column!r} of train row {self.row:,} is {self.value} once it is prepared"
        if self.what != "loss":
            what = "squared gradients" if self.what == "gradients" else self.what
            return f"{what} of {self.layer} became NaN or infinite"
        rows = "most train rows" if self.row is None else f"train row {self.row:,}"
        cell = f", whose {self.column!r} is {self.value} once it is prepared" if self.column else ""
        return f"the loss of {rows} became NaN or infinite{cell}"


def of_fold(fold: PreparedFold, numbers: np.ndarray, target: str) -> Cause | None:
    """The first train cell of a fold that is no finite number once it is prepared; None where all are.

    Args:
        fold: As prepared.
        numbers: The number of each development row in its source; (n_rows,).
        target: Name of the target column.
    """
    spoiled = fold.inputs.spoiled.among(fold.train)
    if len(spoiled.rows):
        column = fold.preparer.column_of(int(spoiled.features[0]))
        return Cause("input", row=int(numbers[spoiled.rows[0]]), column=column, value=str(spoiled.values[0]))
    with np.errstate(over="ignore"):
        scaled = fold.target[fold.train].astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(scaled))
    if len(bad):
        return Cause("target", row=int(numbers[fold.train[bad[0]]]), column=target, value=str(scaled[bad[0]]))
    return None


def all_finite(tensors: Sequence[Tensor]) -> Bool[np.ndarray, " member"]:
    """For each member whether its own numbers are all finite.

    Args:
        tensors: `[member, ...]` each.
    """
    tensors = [tensor.detach() for tensor in tensors]
    # a sum is NaN or infinite where one of its numbers is; then, or where it overflows by itself, all are looked at
    if torch.isfinite(torch.stack([tensor.sum() for tensor in tensors])).all():
        return np.ones(len(tensors[0]), dtype=bool)
    each = torch.stack([torch.isfinite(tensor).flatten(1).all(dim=1) for tensor in tensors])
    return np.asarray(each.all(dim=0).cpu().numpy())


def of_epoch(
    network: Network,
    squares: Sequence[Tensor],
    member: int,
    losses: Float[np.ndarray, " row"],
    rows: Int[np.ndarray, " row"],
    fold: PreparedFold,
    numbers: np.ndarray,
) -> Cause:
    """What stops a member at the end of an epoch in which something was no finite number.

    Args:
        network: Of the members that still train.
        squares: What the optimizer keeps of their squared gradients, in the order of the weights.
        member: Which of them.
        losses: Of its sampled train rows.
        rows: These rows, as positions.
        fold: Its fold.
        numbers: The number of each development row in its source.
    """
    layers = [_layer(name) for name, _ in network.named_parameters()]
    for what, tensors in (("weights", list(network.parameters())), ("gradients", squares)):
        bad = [not bool(torch.isfinite(tensor[member]).all()) for tensor in tensors]
        found = [layers[place] for place in np.flatnonzero(bad)]
        if found:
            everywhere = len(set(found)) == len(set(layers)) > 1
            return Cause(what, layer="all layers" if everywhere else found[0])  # type: ignore[arg-type]
    return _of_loss(losses, rows, fold, numbers)


def _of_loss(losses: np.ndarray, rows: np.ndarray, fold: PreparedFold, numbers: np.ndarray) -> Cause:
    """The row to blame, and its farthest column, where it is a row and not the network."""
    bad = np.flatnonzero(~np.isfinite(losses))
    if 2 * len(bad) > len(losses):
        return Cause("loss")
    row = int(rows[bad[0]])
    inputs = np.abs(fold.inputs.dense[row])
    far = int(inputs.argmax()) if inputs.size and inputs.max() > _FAR else None
    if far is None:
        return Cause("loss", row=int(numbers[row]))
    return Cause(
        "loss", row=int(numbers[row]), column=fold.preparer.column_of(far), value=f"{fold.inputs.dense[row][far]:.3g}"
    )


def _layer(name: str) -> str:
    """A parameter's layer as people say it.

    Example:
        >>> _layer("hidden.0.weight"), _layer("head.bias"), _layer("features.numbers.slope")
        ('hidden layer 1', 'the output layer', 'features.numbers')
    """
    layer = name.rpartition(".")[0] or name
    kind, _, number = layer.partition(".")
    if kind == "hidden" and number.isdigit():
        return f"hidden layer {int(number) + 1}"
    return "the output layer" if layer == "head" else layer


def smaller_rate(rate: float) -> float:
    """A learning rate to try next: a tenth, and none that is beyond reason."""
    return min(rate / 10, _HIGHEST_RATE)


def findings_of(
    plan: Plan, members: Sequence[Member], causes: Sequence[Cause | None], learned: Bool[np.ndarray, " member"]
) -> Iterator[Finding]:
    """One finding where members of a plan were stopped.

    Args:
        plan: Theirs.
        members: All of the plan.
        causes: What stopped each of them, or None.
        learned: Which have weights that are better than those they began with.
    """
    stopped = [(number, cause) for number, cause in enumerate(causes) if cause is not None]
    if not stopped:
        return
    # the most frequent kind of cause speaks for all, where it came first
    commonest = Counter(cause.what for _, cause in stopped).most_common(1)[0][0]
    first = min((cause for _, cause in stopped if cause.what == commonest), key=lambda cause: cause.epoch)
    n, total, empty = len(stopped), len(members), int((~np.asarray(learned)).sum())
    fate = "could not be trained" if first.before_training else "diverged"
    fate += "" if first.before_training else f", the first {first.when}" if n > 1 else f" {first.when}"
    of = f"{n} of {count(total, 'network')}" if total > 1 else "the network"
    said = f"{plan.name}: {of} {fate}: {first.sentence}; {_consequence(n, empty, total)}"
    networks = [{"fold": members[k].fold, "seed": members[k].seed, **asdict(cause)} for k, cause in stopped]
    columns = tuple(dict.fromkeys(cause.column for _, cause in stopped if cause.column))
    evidence: dict[str, Any] = {"plan": plan.name, "of": total, "learned_nothing": empty, "networks": networks}
    yield Finding("not-finite", "training", "warning", said, advice(plan, first), columns, evidence)


def _consequence(n: int, empty: int, total: int) -> str:
    if empty == total:
        return "nothing was learned, so the plan is out of the running"
    if not empty:
        return f"{'it keeps' if n == 1 else 'each keeps'} the weights of its best epoch before that"
    who = "it" if n == empty == 1 else "they" if n == empty else f"{empty} of them"
    is_out = f"{'is' if empty == 1 else 'are'} no part of the model"
    return f"{who} had learned nothing and {is_out}, but what that costs its fold counts against the plan"


def advice(plan: Plan, cause: Cause) -> str:
    """What to do about a cause, with the flag to type."""
    if cause.what == "input":
        return f"its encoder must give finite numbers; {flag('--drop', cause.column)} leaves the column out"
    if cause.what == "target":
        return f"divide {cause.column!r} by a power of ten"
    rate = f"--learning-rate {smaller_rate(plan.learning_rate):g} (this plan's was {plan.learning_rate:g})"
    if not cause.column:
        return f"pass {rate}"
    return f"look at that cell, limit such numbers with --outliers clip or --scale quantile, or pass {rate}"
