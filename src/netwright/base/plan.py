"""A Plan is every choice of one candidate, hashed; it holds no data. A Member is one network of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

Task = Literal["regression", "binary", "multiclass", "unsupervised"]

#: Tasks that the user may name.
TASKS = ("regression", "binary", "multiclass", "unsupervised")


def of_classes(task: Task) -> bool:
    """Whether classes are predicted, as probabilities; else numbers are."""
    return task in ("binary", "multiclass")


#: How numeric columns can be scaled.
SCALES = ("standard", "minmax", "robust", "robust_clip", "log", "quantile")


@dataclass(frozen=True)
class Preparation:
    """How columns become features; everything in it is fitted on the train rows of one fold.

    Args:
        scale: One of `SCALES`, for numeric columns.
        onehot_limit: Categories with more levels than this get a learned embedding.
        rare_count: Levels seen in fewer train rows than this are taken together, and never given out in made rows.
        bins: For columns to be grouped: a number of groups of equal size, or the edges between groups.
        clamp_target: Whether predicted numbers end where those of the train rows do.
        outliers: `clip` limits numbers far outside the rest of the train rows, in features and in the target; any
            other word does not.
        derived: Formulas of features to be derived (`base/formula.py`), `NAME = EXPRESSION` each.
        interactions: Ratios, differences and products of two numeric columns to be found and added, at most.
        components: Principal components of the numeric features to be added, at most.
        select: Whether columns that trees have no use for are left out.
        flat: Whether pictures, windows and texts become plain numbers in a row, for networks that read nothing else.
        invertible: Whether features can be turned back into cells, for networks that make rows; then columns are
            prepared in the one way that can, whatever the choices above say.
        dense_only: Whether levels beyond `onehot_limit` count as rare, for networks that have no embeddings.
        target_range: Ends between which numbers to be predicted are scaled, for networks whose output ends there; None
            for no end, and for neither end the usual scale.
        start: What the preparation is taken over from, fitted elsewhere; empty fits it on each fold's train rows.
    """

    scale: str = "standard"
    onehot_limit: int = 12
    rare_count: int = 3
    bins: Mapping[str, int | tuple[float, ...]] = field(default_factory=dict)
    clamp_target: bool = False
    outliers: str = "keep"
    derived: tuple[str, ...] = ()
    interactions: int = 0
    components: int = 0
    select: bool = False
    flat: bool = False
    invertible: bool = False
    dense_only: bool = False
    target_range: tuple[float | None, float | None] = (None, None)
    start: str = ""

    def to_json(self) -> dict[str, Any]:
        """Every choice as plain JSON values.

        Choices that are newer than others are left out where nothing is chosen, so that plans keep their keys.
        """
        data, usual = asdict(self), asdict(Preparation())
        return {name: value for name, value in data.items() if name in _FIRST_CHOICES or value != usual[name]}


#: What a preparation has always said.
_FIRST_CHOICES = frozenset({"scale", "onehot_limit", "rare_count", "bins", "clamp_target"})


@dataclass(frozen=True)
class Plan:
    """One candidate, complete.

    Args:
        name: As the leaderboard shows it.
        family: Name of the network family.
        config: The family's own choices, JSON-able.
        preparation: How columns become features.
        loss: Name of the loss.
        optimizer: Name of the optimizer.
        learning_rate: The optimizer's step size at its highest.
        schedule: How the learning rate moves over training.
        weight_decay: Pull of the weights towards zero, as the optimizer defines it.
        clip_norm: The longest gradient of a network; longer ones are shortened to it. None leaves them.
        label_smoothing: Share of each class label that is spread evenly over the classes.
        betas: How slowly Adam forgets gradients and their squares.
        regularisation: How weight decay and dropout move over training, a schedule like that of the learning rate.
        l1: Weight of the sum of absolute weights in the loss.
        batch_size: Rows a step; 0 takes all of them.
        drop_last: Whether every batch is full, and the rows left over sit out the epoch; else batches are of even size.
        epochs: The most passes over the train rows.
        patience: Epochs without a better validation score before a member stops; None never stops early.
        taught: Share of what a teacher predicts in the targets of train rows; 0 learns from the truth alone.
    """

    name: str
    family: str
    config: Mapping[str, Any]
    preparation: Preparation = field(default_factory=Preparation)
    loss: str = "mse"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    schedule: str = "constant"
    weight_decay: float = 0.0
    clip_norm: float | None = None
    label_smoothing: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    regularisation: str = "constant"
    l1: float = 0.0
    batch_size: int = 32
    drop_last: bool = False
    epochs: int = 100
    patience: int | None = None
    taught: float = 0.0

    @cached_property
    def key(self) -> str:
        """Twelve hexadecimal digits that change with any choice (the name aside).

        Example:
            >>> Plan("a", "mlp", {}).key == Plan("b", "mlp", {}).key
            True
            >>> Plan("a", "mlp", {}).key == Plan("a", "mlp", {}, epochs=7).key
            False
        """
        choices = {name: value for name, value in self.to_json().items() if name not in ("name", "key")}
        return hashlib.sha256(json.dumps(choices, sort_keys=True).encode("utf-8")).hexdigest()[:12]

    def to_json(self) -> dict[str, Any]:
        """Every choice as plain JSON values.

        Whether a teacher had a say stands there only where one had, so that other plans keep their keys.
        """
        data = asdict(self) | {"config": dict(self.config), "preparation": self.preparation.to_json()}
        return {name: value for name, value in data.items() if name != "taught" or value}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        """The plan that `to_json` described, its key left out.

        Example:
            >>> plan = Plan("a", "mlp", {"hidden": [8]}, Preparation(bins={"age": (3.0, 4.0)}))
            >>> Plan.from_json(plan.to_json()) == plan
            True
        """
        preparation = dict(data["preparation"])
        preparation["bins"] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in preparation["bins"].items()
        }
        preparation["derived"] = tuple(preparation.get("derived", ()))
        preparation["target_range"] = tuple(preparation.get("target_range", (None, None)))
        betas = {"betas": tuple(data["betas"])} if "betas" in data else {}
        return cls(**{**data, **betas, "preparation": Preparation(**preparation)})


@dataclass(frozen=True)
class Member:
    """One network of a population: a plan, trained on one fold with one seed."""

    plan: Plan
    fold: int
    seed: int
