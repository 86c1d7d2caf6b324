"""The training loop, the only one."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

import torch

from netwright.base.events import EpochDone
from netwright.training.chunk import Chunk, Measured
from netwright.training.device import running_on, threads_for
from netwright.training.population import Bucket
from netwright.training.race import Race, Trained


def train(buckets: Sequence[Bucket], deadline: float | None = None) -> Generator[EpochDone, None, list[Trained]]:
    """Train all members of some buckets side by side until each has stopped.

    Chunks are trained one epoch at a time by as many workers as there are threads. A bucket's epoch is judged when all
    its chunks are through; until then the workers turn to other buckets, first to the one that has had the least time.
    What a member becomes does not depend on that order.

    Args:
        buckets: What is to be trained; they must fit the memory together.
        deadline: `time.monotonic()` after which no epoch begins; None trains to the end.

    Returns:
        Every plan, in the order of the buckets.
    """
    threads = threads_for(buckets)
    start, halt = time.monotonic(), threading.Event()
    running: dict[Future[Measured], tuple[Race, int]] = {}
    with running_on(threads.each), ThreadPoolExecutor(threads.workers, "chunk", _begin_worker, (threads.each,)) as crew:
        races = [Race(bucket, threads.workers) for bucket in buckets]
        unfinished = list(races)
        try:
            while unfinished or running:
                for race in sorted(unfinished, key=lambda one: one.busy):
                    while len(running) < threads.workers and (number := race.next_chunk()) is not None:
                        running[crew.submit(_epoch, race.chunks[number], race.epoch, halt)] = race, number
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    race, number = running.pop(future)
                    if not race.take(number, future.result()):
                        continue
                    yield from race.close_epoch(time.monotonic() - start)
                    late = deadline is not None and time.monotonic() > deadline and race.epoch > 1
                    if race.over or late:
                        unfinished.remove(race)
        finally:
            halt.set()  # whoever is in the middle of an epoch gives up at its next step
    seconds, busy = time.monotonic() - start, sum(race.busy for race in races)
    return [trained for race in races for trained in race.results(seconds * race.busy / busy)]


def _begin_worker(threads: int) -> None:
    torch.set_num_threads(threads)


def _epoch(chunk: Chunk, epoch: int, halt: threading.Event) -> Measured:
    """One epoch of a chunk; epoch 0 only looks at the untrained networks."""
    start = time.perf_counter()
    if epoch:
        chunk.train_epoch(epoch, halt)
    return replace(chunk.measure(), seconds=time.perf_counter() - start)
