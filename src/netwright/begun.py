"""A run whose rows are dealt out and whose plans are made, and the population that comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from netwright.base.clock import Clock
from netwright.base.errors import DataError, PlanError
from netwright.base.figures import count
from netwright.base.finding import Finding
from netwright.base.plan import Member
from netwright.base.settings import Settings
from netwright.base.split import Split
from netwright.evaluate.metrics import Metric
from netwright.preparation.folds import PreparedFold, prepare_folds
from netwright.preparation.load import Loaded, Origin
from netwright.training.candidate import Candidate
from netwright.training.chunk import Problem
from netwright.training.device import same_machine
from netwright.training.not_finite import advice
from netwright.training.population import Bucket, shape
from netwright.tune.presets import Proposal


@dataclass(frozen=True)
class Begun:
    """A run whose rows are dealt out and whose plans are made, before anything is trained.

    Args:
        settings: The user's options.
        origin: Where the rows came from. What was loaded is not kept: it holds the test rows unsealed.
        split: Their rows, test rows under seal.
        findings: Of loading and audit.
        proposal: What is to be trained.
        metric: What folds and plans are judged by.
        truth: Target of the development rows in its own units; (n_rows,).
        device: Where training happens.
        clock: Seconds so far.
    """

    settings: Settings
    origin: Origin
    split: Split
    findings: tuple[Finding, ...]
    proposal: Proposal
    metric: Metric
    truth: np.ndarray
    device: torch.device
    clock: Clock

    @property
    def problem(self) -> Problem:
        """What every network is trained for."""
        units = self.split.development.units
        rows = self.split.development.rows
        return Problem(self.origin.target, self.metric, self.truth, self.settings.seed, self.device, units, rows)


def buckets_of(begun: Begun) -> list[Bucket]:
    """The population by shape; plans that prepare alike share that work."""
    target, prepared = begun.origin.target, dict[str, tuple[PreparedFold, ...]]()
    problem = begun.problem
    shapes: dict[str, list[Member]] = {}
    for plan, seeds in zip(begun.proposal.plans, begun.proposal.seeds, strict=True):
        key = repr(plan.preparation)
        if key not in prepared:
            prepared[key] = prepare_folds(begun.split, target, plan.preparation)
        own = [Member(plan, fold, seed) for seed in range(seeds) for fold in range(len(begun.split.folds))]
        shapes.setdefault(shape(plan), []).extend(own)
    return [Bucket(own, prepared[repr(own[0].plan.preparation)], problem) for own in shapes.values()]


def identity(loaded: Loaded, settings: Settings) -> dict[str, Any]:
    """What must be alike for the saved work of a run to go on: its data, and better also the machine.

    Args:
        loaded: The data.
        settings: The user's options.
    """
    prints = {"data": loaded.table.source.fingerprint}
    for name, table in (("test data", loaded.test), ("validation data", loaded.valid)):
        if table is not None:
            prints[name] = table.source.fingerprint
    return prints | {"machine": same_machine(settings.device)}


def refuse_what_is_too_large(buckets: Sequence[Bucket], memory: int | None) -> None:
    """What not even fits the memory alone would be killed by the system in the middle of the work.

    Raises:
        PlanError: There is such a bucket.
    """
    largest = max(buckets, key=lambda bucket: bucket.bytes)
    if memory is not None and largest.bytes > memory:
        needed, free = (f"{amount / 2**30:.1f} GB" for amount in (largest.bytes, memory))
        raise PlanError(
            f"training must fit the memory, but --model {largest.plan.name} needs about {needed} and {free} are free. "
            "Pass fewer --folds, a smaller --hidden or --batch-size, or fewer columns with --use."
        )


def refuse_divergence(begun: Begun, candidates: Sequence[Candidate]) -> None:
    """Networks that all diverged at once have learned nothing that could be judged.

    Raises:
        DataError: What they read was no finite number.
        PlanError: Training them did not stay finite.
    """
    if any(candidate.has_learned for candidate in candidates):
        return
    causes = [(c.plan, cause) for c in candidates for cause in c.trained.judged.causes if cause is not None]
    plan, cause = min(causes, key=lambda own: own[1].epoch)
    n, todo = len(causes), advice(plan, cause)
    why = f"{cause.sentence}. {todo[0].upper()}{todo[1:]}."
    if all(own.before_training for _, own in causes):
        what = f"prepared inputs must be finite numbers, but none of {count(n, 'network')} could be trained"
        raise DataError(f"{what}: {why}")
    rates = ", ".join(dict.fromkeys(f"{plan.learning_rate:g}" for plan in begun.proposal.plans))
    raise PlanError(
        f"training must stay finite, but {f'all {n} networks' if n > 1 else 'the network'} diverged before "
        f"{'they' if n > 1 else 'it'} had learned anything, with --learning-rate {rates}; {cause.when} {why}"
    )
