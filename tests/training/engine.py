"""Small populations for the tests of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import torch

from netwright.base.clock import Clock
from netwright.base.curves import Curves
from netwright.base.events import follow as ended
from netwright.base.plan import Member, Plan, Preparation
from netwright.base.settings import Settings
from netwright.evaluate.metrics import choose_metric
from netwright.preparation.folds import PreparedFold, prepare_folds
from netwright.preparation.load import Loaded
from netwright.run import begin, load
from netwright.training.chunk import Problem
from netwright.training.loop import train
from netwright.training.population import Bucket
from netwright.training.race import Trained


def prepared(frame: pl.DataFrame, plan: Plan, **options: Any) -> tuple[tuple[PreparedFold, ...], Loaded, np.ndarray]:
    """Folds of a table whose target is `price`, and the truth of the development rows."""
    settings = Settings.from_options({"target": "price", **options})
    loaded = ended(load(frame, settings))
    begun = ended(begin(loaded, settings, Clock()))
    return prepare_folds(begun.split, loaded.target, plan.preparation), loaded, begun.truth


def bucket_of(
    frame: pl.DataFrame,
    plans: Plan | Sequence[Plan],
    members: list[tuple[int, int]] | None = None,
    metric: str | None = None,
    **options: Any,
) -> Bucket:
    """A bucket of the (fold, seed) members of each plan, by default one a fold."""
    every = [plans] if isinstance(plans, Plan) else list(plans)
    folds, loaded, truth = prepared(frame, every[0], **options)
    chosen = members or [(fold, 0) for fold in range(len(folds))]
    problem = Problem(loaded.target, choose_metric(metric, loaded.target.task), truth, 0, torch.device("cpu"))
    return Bucket([Member(plan, f, s) for plan in every for f, s in chosen], folds, problem)


def trained_plans(
    frame: pl.DataFrame, plans: Sequence[Plan], members: list[tuple[int, int]] | None = None, **options: Any
) -> list[Trained]:
    """Plans of one shape, trained together."""
    result = ended(train([bucket_of(frame, plans, members, **options)]))
    assert all(isinstance(one, Trained) for one in result)
    return list(result)


def trained(frame: pl.DataFrame, plan: Plan, members: list[tuple[int, int]] | None = None, **options: Any) -> Trained:
    """One plan, trained."""
    return trained_plans(frame, [plan], members, **options)[0]


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


TABM = Plan(
    "tabm",
    "tabm",
    {"hidden": [8], "dropout": 0.1, "k": 4, "n_bins": 6, "d_embedding": 3},
    Preparation(scale="quantile", onehot_limit=8),
    learning_rate=2e-3,
    clip_norm=1.0,
    optimizer="adamw",
    weight_decay=3e-4,
    epochs=6,
    batch_size=16,
)


def plan(**changes: Any) -> Plan:
    """The small plan with some choices changed; those of the family go into its config."""
    config = {key: changes.pop(key) for key in ("hidden", "dropout", "activation") if key in changes}
    return replace(SMALL, config={**SMALL.config, **config}, **changes)
