"""A run whose rows are dealt out and whose plans are made, and the population that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from netwright.base.clock import Clock
from netwright.base.errors import DataError, PlanError
from netwright.base.figures import count
from netwright.base.finding import Finding
from netwright.base.keeper import Earlier
from netwright.base.memory import refuse_too_large
from netwright.base.plan import Member, Preparation
from netwright.base.scratch import refuse_full_disk
from netwright.base.settings import Settings
from netwright.base.split import Split
from netwright.base.table import ARRAY_KINDS, Table
from netwright.evaluate.metrics import Metric
from netwright.preparation.folds import PreparedFold, prepare_folds
from netwright.preparation.load import Loaded, Origin
from netwright.preparation.target import Target
from netwright.training.candidate import Candidate
from netwright.training.choice import PlanChoice
from netwright.training.chunk import Problem
from netwright.training.device import same_machine
from netwright.training.needs import outlined_folds, prepared_bytes, preparing_bytes
from netwright.training.not_finite import advice
from netwright.training.population import Bucket, shape
from netwright.training.start import start_of
from netwright.tune.presets import Proposal, may_calibrate

#: Folds from the rows of a run, its target and the choices of a plan.
Preparing = Callable[[Split, Target, Preparation], tuple[PreparedFold, ...]]


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
        same_start: Whether all plans begin with the same weights and see the same batches.
        earlier: The finished run that this one goes on from, if it does.
        taken_over: Keys of its plans.
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
    same_start: bool = False
    earlier: Earlier | None = None
    taken_over: frozenset[str] = frozenset()

    @property
    def plain(self) -> bool:
        """Whether rows are plain cells with a target: what the search and the distilled student are made for."""
        kinds = {column.kind for column in self.split.development.schema.features}
        target = self.origin.target
        return not kinds & ARRAY_KINDS and target.task != "unsupervised" and not target.steps

    @property
    def finds_threshold(self) -> bool:
        """Whether two classes are told apart by a threshold that validation rows choose."""
        return self.metric.of_names and self.origin.target.task == "binary" and may_calibrate(self.settings)

    @property
    def problem(self) -> Problem:
        """What every network is trained for."""
        table, seed = self.split.development, self.settings.seed
        target, metric = self.origin.target, self.metric
        own = (table.units, table.rows, table.in_files, self.same_start)
        return Problem(target, metric, self.truth, seed, self.device, *own)


def buckets_of(begun: Begun, prepare: Preparing = prepare_folds) -> list[Bucket]:
    """The population by shape; plans that prepare alike share that work.

    Args:
        begun: The run.
        prepare: How folds are prepared; `outlined_folds` tells what the population will need.
    """
    target, prepared = begun.origin.target, dict[str, tuple[PreparedFold, ...]]()
    problem = begun.problem
    shapes: dict[str, list[Member]] = {}
    for plan, seeds in zip(begun.proposal.plans, begun.proposal.seeds, strict=True):
        key = repr(plan.preparation)
        if key not in prepared:
            prepared[key] = prepare(begun.split, target, plan.preparation)
        own = [Member(plan, fold, seed) for seed in range(seeds) for fold in range(len(begun.split.folds))]
        shapes.setdefault(shape(plan), []).extend(own)
    return [Bucket(own, prepared[repr(own[0].plan.preparation)], problem) for own in shapes.values()]


def choice_of(begun: Begun, candidates: Sequence[Candidate]) -> PlanChoice:
    """What chooses among the trained plans of a run."""
    return PlanChoice(candidates, begun.split, begun.truth, begun.settings.seed)


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
    if settings.start_from is not None:
        prints["start"] = start_of(settings.start_from).key
    return prints | {"machine": same_machine(settings.device)}


#: Copies of the cells of a table in memory while it is split and looked at, as measured.
_CELL_COPIES = 5
#: What allocators take beyond what was asked for, as measured; and what to do about a run that is too large.
_SPARE, _SMALLER = 1.25, "Pass fewer --folds, a smaller --hidden or --batch-size, or fewer columns with --use."


def refuse_large_cells(table: Table, memory: int | None) -> None:
    """A table in memory is copied some times while it is split and looked at.

    Args:
        table: As it was read; one that is large lies in files.
        memory: Bytes that may be taken; None where nobody knows.

    Raises:
        PlanError: The copies do not fit.
    """
    if not table.in_files:
        shape = f"{table.source.name} with {table.n_rows:,} rows and {len(table.schema.columns):,} columns"
        needed = _CELL_COPIES * 8 * table.n_rows * len(table.schema.columns)
        advice = "Pass fewer columns with --use, or a part of its rows."
        refuse_too_large(f"the table must fit the memory some times, but {shape} needs", needed, memory, advice)


def refuse_before_the_start(begun: Begun, memory: int | None) -> None:
    """What would not fit the memory or the disk is told before anything is fitted, from rows, columns and networks.

    Args:
        begun: The run.
        memory: Bytes that may be taken; None where nobody knows.

    Raises:
        PlanError: It does not fit.
    """
    buckets, in_files = buckets_of(begun, outlined_folds), begun.split.development.in_files
    prepared, preparing = prepared_bytes(buckets), preparing_bytes(begun.split)
    if in_files:
        refuse_full_disk("prepared inputs must fit the disk, but they need", prepared)
    held = 0 if in_files else prepared
    parts = [part for bucket in buckets for part in bucket.parts(0 if memory is None else max(0, memory - held))]
    largest = max(parts, key=lambda bucket: bucket.bytes)
    what = f"training must fit the memory, but --model {largest.plan.name} needs"
    refuse_too_large(what, int(_SPARE * (held + max(preparing, largest.bytes))), memory, _SMALLER)


def refuse_what_is_too_large(turns: Sequence[Sequence[Bucket]], memory: int | None) -> None:
    """What not even fits the memory alone would be killed by the system in the middle of the work.

    Raises:
        PlanError: There is such a bucket.
    """
    largest = max((bucket for turn in turns for bucket in turn), key=lambda bucket: bucket.bytes)
    what = f"training must fit the memory, but --model {largest.plan.name} needs"
    refuse_too_large(what, largest.bytes, memory, _SMALLER)


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
