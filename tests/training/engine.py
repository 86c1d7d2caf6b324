"""Small populations for the tests of the engine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import torch

from netwright.base.clock import Clock
from netwright.base.curves import Curves
from netwright.base.plan import Member, Plan, Preparation
from netwright.base.settings import Settings
from netwright.evaluate.metrics import choose_metric
from netwright.preparation.folds import PreparedFold, prepare_folds
from netwright.preparation.load import Loaded
from netwright.run import begin, load
from netwright.training.loop import train
from netwright.training.objectives.supervised import Supervised
from netwright.training.population import Bucket
from netwright.training.progress import TrainedBucket


def ended(events: Any) -> Any:
    """The result of a generator whose events nobody watches."""
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


def prepared(frame: pl.DataFrame, plan: Plan, **options: Any) -> tuple[tuple[PreparedFold, ...], Loaded, np.ndarray]:
    """Folds of a table whose target is `price`, and the truth of the development rows."""
    settings = Settings.from_options({"target": "price", **options})
    loaded = ended(load(frame, settings))
    begun = ended(begin(loaded, settings, Clock()))
    return prepare_folds(begun.split, loaded.target, plan.preparation), loaded, begun.truth


def bucket_of(
    frame: pl.DataFrame, plan: Plan, members: list[tuple[int, int]] | None = None, **options: Any
) -> tuple[Bucket, np.ndarray]:
    """A bucket of (fold, seed) members, by default one a fold."""
    folds, loaded, truth = prepared(frame, plan, **options)
    chosen = members or [(fold, 0) for fold in range(len(folds))]
    bucket = Bucket([Member(plan, f, s) for f, s in chosen], folds, loaded.target, 0, torch.device("cpu"))
    return bucket, truth


def trained(
    frame: pl.DataFrame, plan: Plan, members: list[tuple[int, int]] | None = None, **options: Any
) -> TrainedBucket:
    """The same, trained."""
    bucket, truth = bucket_of(frame, plan, members, **options)
    task = "regression" if bucket.sizes.outputs == 1 and "task" not in options else options["task"]
    result = ended(train(bucket, Supervised(task, plan.loss), choose_metric(None, task), truth))
    assert isinstance(result, TrainedBucket)
    return result


def curve(curves: Curves, member: int) -> np.ndarray:
    """Validation losses of one member, as far as it trained."""
    losses = curves.valid_loss[member]
    return np.asarray(losses[~np.isnan(losses)])


SMALL = Plan("small", "mlp", {"hidden": [16, 8], "dropout": 0.2}, learning_rate=0.01, epochs=12, batch_size=16)


REALMLP = Plan(
    "realmlp",
    "realmlp",
    {"hidden": [16, 8], "dropout": 0.15},
    Preparation(scale="robust_clip", onehot_limit=8),
    learning_rate=0.03,
    schedule="coslog4",
    regularisation="flat_cosine",
    betas=(0.9, 0.95),
    optimizer="adamw",
    weight_decay=0.02,
    epochs=12,
    batch_size=16,
)


def plan(**changes: Any) -> Plan:
    """The small plan with some choices changed; those of the family go into its config."""
    config = {key: changes.pop(key) for key in ("hidden", "dropout", "activation") if key in changes}
    return replace(SMALL, config={**SMALL.config, **config}, **changes)
