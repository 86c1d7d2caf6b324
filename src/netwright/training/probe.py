"""How long an epoch of a bucket takes on this machine, from a few steps. Only a time limit asks for it."""

from __future__ import annotations

import time
from contextlib import suppress

import torch

from netwright.training.chunk import Chunk, Halted
from netwright.training.device import running_on, threads_for
from netwright.training.objectives.choose import objective_of
from netwright.training.population import Bucket
from netwright.training.tensors import FoldTensors

#: The first steps of a process are slow, and are not counted; of the others these, or as many as the seconds allow.
_FIRST, _LEAST, _SECONDS = 3, 5, 0.3
#: Two workers side by side wait for each other's memory.
_SIDE_BY_SIDE = 1.15


def epoch_seconds(bucket: Bucket) -> float:
    """What an epoch of all members takes with nothing else to do, its judging included.

    Args:
        bucket: What is to be trained; nothing of it is kept.
    """
    threads = threads_for([bucket])
    n_chunks = bucket.n_chunks(threads.workers)
    members = bucket.members[: -(-len(bucket.members) // n_chunks)]
    with running_on(threads.each):
        data = FoldTensors.stacked(bucket.folds, bucket.problem.device)
        objective = objective_of(bucket.problem.target.task, bucket.plan.loss)
        chunk = Chunk(members, bucket.folds, data, objective, bucket.problem)
        stamps: list[float] = []

        def halt() -> bool:
            stamps.append(time.monotonic())
            return len(stamps) > _FIRST + _LEAST and stamps[-1] - stamps[_FIRST] > _SECONDS

        with suppress(Halted):
            chunk.train_epoch(1, halt)
        stamps.append(time.monotonic())
        chunk.measure()
        again = time.monotonic()
        chunk.measure()
        judged = time.monotonic() - again
        if bucket.problem.device.type == "cuda":
            torch.cuda.synchronize()
    counted = stamps[min(_FIRST, len(stamps) - 2) :]
    step = (counted[-1] - counted[0]) / (len(counted) - 1)
    at_once = min(threads.workers, n_chunks)
    return (step * bucket.steps + judged) * n_chunks / at_once * (_SIDE_BY_SIDE if at_once > 1 else 1.0)
