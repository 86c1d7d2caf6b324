"""The training loop, the only one."""

from __future__ import annotations

import time
from collections.abc import Generator

import numpy as np

from netwright.base.events import EpochDone
from netwright.evaluate.metrics import Metric
from netwright.training.objectives.objective import Objective
from netwright.training.optimizers import Optimizer
from netwright.training.population import Bucket
from netwright.training.progress import Progress, TrainedBucket
from netwright.training.schedules import SCHEDULES


def train(
    bucket: Bucket, objective: Objective, metric: Metric, truth: np.ndarray, deadline: float | None = None
) -> Generator[EpochDone, None, TrainedBucket]:
    """Train all members of a bucket until each has stopped.

    Members that have stopped go on computing while others train, since those others may choose a later epoch to judge
    them at (see `outer.py`); their kept weights do not change any more.

    Args:
        bucket: The members.
        objective: What they are trained for.
        metric: What their epochs are chosen by.
        truth: Target of all development rows in its own units; (n_rows,).
        deadline: `time.monotonic()` after which no epoch begins; None trains to the end.
    """
    plan = bucket.plan
    optimizer, progress = Optimizer(plan, bucket.network), Progress(bucket, objective, metric, truth)
    progress.measure(0, plan.learning_rate)
    start = time.monotonic()
    for epoch in range(1, plan.epochs + 1):
        learning_rate = train_epoch(bucket, objective, optimizer, epoch)
        progress.measure(epoch, learning_rate)
        yield progress.event(epoch, time.monotonic() - start)
        if not progress.training.any() or (deadline is not None and time.monotonic() > deadline):
            break
    return progress.result()


def train_epoch(bucket: Bucket, objective: Objective, optimizer: Optimizer, epoch: int) -> float:
    """One pass of all members over their own train rows.

    Args:
        bucket: The members.
        objective: What they are trained for.
        optimizer: Of their network.
        epoch: Its number, from 1.

    Returns:
        The learning rate of the last step.
    """
    plan, network = bucket.plan, bucket.network
    schedule, regularisation = SCHEDULES[plan.schedule], SCHEDULES[plan.regularisation]
    learning_rate, total_steps = plan.learning_rate, plan.epochs * bucket.order.steps
    batches = bucket.batches(epoch, regularisation((epoch - 1) / plan.epochs))
    for step, batch in enumerate(batches, (epoch - 1) * bucket.order.steps):
        learning_rate = plan.learning_rate * schedule(step / total_steps)
        bucket.noise.start_step()
        raw = network(bucket.inputs(batch.rows), bucket.noise)
        losses = objective.row_losses(raw, bucket.targets(batch.rows)) * batch.weight
        # each member's own mean, then the sum: no member scales another's gradient
        loss = (losses.sum(dim=1) / batch.weight.sum(dim=1).clamp(min=1)).sum()
        if plan.l1:
            loss = loss + plan.l1 * sum(weight.abs().sum() for weight in network.penalised())
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step(learning_rate, regularisation(step / total_steps))
    return learning_rate
