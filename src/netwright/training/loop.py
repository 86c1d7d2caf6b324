"""The training loop, the only one."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import torch

from netwright.base.events import EpochDone
from netwright.training.chunk import Chunk, Halted, Measured
from netwright.training.device import running_on, threads_for
from netwright.training.population import Bucket
from netwright.training.race import Race, Trained

#: Seconds after which this thread looks up from waiting: a Ctrl-C that another thread caught is heard only then.
_LISTENS_EVERY = 0.2

#: Epochs in the making: whose, of which chunk, since when.
Running = dict[Future[Measured | None], tuple[Race, int, float]]


def train(buckets: Sequence[Bucket], deadline: float | None = None) -> Generator[EpochDone, None, list[Trained]]:
    """Train all members of some buckets side by side until each has stopped.

    Chunks are trained one epoch at a time by as many workers as there are threads. A bucket's epoch is judged when all
    its chunks are through; until then the workers turn to other buckets, first to the one that has had the least time.
    What a member becomes does not depend on that order.

    Args:
        buckets: What is to be trained; they must fit the memory together.
        deadline: `time.monotonic()` at which training is given up, in the middle of an epoch if need be, once some plan
            has an epoch to show; None trains to the end.

    Returns:
        Every plan, in the order of the buckets; those that had no time for a single epoch are left out.
    """
    threads = threads_for(buckets)
    start, halt = time.monotonic(), Halt(deadline)
    running: Running = {}
    with running_on(threads.each), ThreadPoolExecutor(threads.workers, "chunk", _begin_worker, (threads.each,)) as crew:
        races = [Race(bucket, threads.workers) for bucket in buckets]
        unfinished = list(races)
        try:
            while unfinished or running:
                if halt():
                    unfinished = []
                while len(running) < threads.workers and (task := _next(unfinished, running)) is not None:
                    race, number = task
                    future = crew.submit(_epoch, race.chunks[number], race.epoch, halt)
                    running[future] = race, number, time.monotonic()
                done, _ = wait(running, timeout=_LISTENS_EVERY, return_when=FIRST_COMPLETED)
                for future in done:
                    race, number, since = running.pop(future)
                    measured = future.result()
                    if measured is None or not race.take(number, measured, time.monotonic() - since):
                        continue
                    yield from race.close_epoch(time.monotonic() - start)
                    halt.enough |= race.epoch > 1
                    if race.over:
                        unfinished.remove(race)
        finally:
            halt.now = True  # whoever is in the middle of an epoch gives up at its next step
    seconds, busy = time.monotonic() - start, sum(race.busy for race in races)
    # one whose members were all stopped before their first step is over, too
    to_show = [race for race in races if race.epoch > 1 or race.over]
    return [trained for race in to_show for trained in race.results(seconds * race.busy / busy)]


class Halt:
    """Whether to give up: at once, or at a deadline, once there is something to show.

    Args:
        deadline: `time.monotonic()`, or None.
    """

    def __init__(self, deadline: float | None) -> None:
        self._deadline = deadline
        self.now = False
        #: Whether some plan has an epoch to show; until then the deadline does not count.
        self.enough = False

    def __call__(self) -> bool:
        """Asked between steps."""
        return self.now or (self.enough and self._deadline is not None and time.monotonic() > self._deadline)


def _next(unfinished: Sequence[Race], running: Running) -> tuple[Race, int] | None:
    """A chunk that may begin, of the race that has had the least time so far."""
    now = time.monotonic()

    def had(race: Race) -> float:
        return race.busy + sum(1e-9 + now - since for own, _, since in running.values() if own is race)

    for race in sorted(unfinished, key=had):
        if (number := race.next_chunk()) is not None:
            return race, number
    return None


def _begin_worker(threads: int) -> None:
    torch.set_num_threads(threads)


def _epoch(chunk: Chunk, epoch: int, halt: Halt) -> Measured | None:
    """One epoch of a chunk; epoch 0 only looks at the untrained networks. None where it was given up."""
    try:
        if epoch:
            chunk.train_epoch(epoch, halt)
        return chunk.measure(halt)
    except Halted:
        return None
