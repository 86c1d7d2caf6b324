"""The training loop, the only one."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

import torch

from netwright.base.events import EpochDone
from netwright.base.interrupts import Deferred, deferred
from netwright.base.keeper import State
from netwright.training.chunk import Chunk, Halted, Measured
from netwright.training.device import Threads, running_on, threads_for
from netwright.training.pace import Pace
from netwright.training.population import Bucket
from netwright.training.pruning import Limits
from netwright.training.race import Race, Trained
from netwright.training.state import capture, restore, spans_of, threads_of

#: Seconds after which this thread looks up from waiting: a Ctrl-C that another thread caught is heard only then.
_LISTENS_EVERY = 0.2

#: Epochs in the making: whose, of which chunk, since when.
Running = dict[Future[Measured | None], tuple[Race, int, float]]
#: Saves the state of a turn; the flag says whether the turn is over.
Save = Callable[[State, bool], None]


def train(
    buckets: Sequence[Bucket],
    deadline: float | None = None,
    found: State | None = None,
    save: Save | None = None,
    limits: Limits | None = None,
) -> Generator[EpochDone, None, list[Trained]]:
    """Train all members of some buckets side by side until each has stopped.

    Chunks are trained one epoch at a time by as many workers as there are threads. A bucket's epoch is judged when all
    its chunks are through; until then the workers turn to other buckets, first to the one that has had the least time.
    What a member becomes does not depend on that order, nor on when its state is saved.

    Args:
        buckets: What is to be trained; they must fit the memory together.
        deadline: `time.monotonic()` at which training is given up, in the middle of an epoch if need be, once some plan
            has an epoch to show; None trains to the end.
        found: Where an earlier process stopped; None begins.
        save: Called with the state from time to time, at a signal, and at the end; None saves nothing.
        limits: What a plan must be able to reach in order to be trained to its end; None trains all of them.

    Returns:
        Every plan, in the order of the buckets; those that had no time for a single epoch are left out.
    """
    threads = threads_of(found) if found else threads_for(buckets)
    with running_on(threads.each):
        spans = spans_of(found) if found else [None] * len(buckets)
        races = [Race(bucket, threads.workers, own, limits) for bucket, own in zip(buckets, spans, strict=True)]
        if found:
            restore(races, found)
        turn = _Turn(races, threads, deadline, found.seconds if found else 0.0, save)
        if not (found and found.facts["over"]):
            yield from turn.run()
    seconds, busy = turn.seconds, sum(race.busy for race in races)
    # one whose members were all stopped before their first step is over, too
    to_show = [race for race in races if race.epoch > 1 or race.over]
    return [trained for race in to_show for trained in race.results(seconds * race.busy / busy)]


class _Turn:
    """Buckets that train side by side.

    Args:
        races: The buckets.
        threads: How the cores are used.
        deadline: When to give up.
        before: Seconds that an earlier process spent.
        save: What saves the state.
    """

    def __init__(
        self, races: list[Race], threads: Threads, deadline: float | None, before: float, save: Save | None
    ) -> None:
        self._races, self._threads, self._save = races, threads, save
        self._start = time.monotonic() - before
        self._pace = Pace(threads.workers)
        self._halt = Halt(deadline, self._pace if save else None)
        self._halt.enough = any(race.epoch > 1 for race in races)
        self._unfinished = [race for race in races if not race.over]
        self._running: Running = {}

    @property
    def seconds(self) -> float:
        """Spent so far."""
        return time.monotonic() - self._start

    def run(self) -> Generator[EpochDone, None, None]:
        """Train until every member has stopped, time is up or a signal came."""
        halt, each = self._halt, self._threads.each
        with ThreadPoolExecutor(self._threads.workers, "chunk", _begin_worker, (each,)) as crew:
            try:
                while self._unfinished or self._running:
                    events: list[EpochDone] = []
                    with deferred() as signals:  # between two states nothing may tear
                        self._submit(crew)
                        events += self._collect()
                        self._keep(signals)
                    yield from events
            finally:
                halt.now = True  # whoever is in the middle of an epoch gives up at its next step
        if self._save:  # what follows training is worth as much as it
            with deferred():
                self._save(capture(self._races, self._threads, self.seconds, over=True), True)

    def _submit(self, crew: ThreadPoolExecutor) -> None:
        """Give every idle worker a chunk, unless they are to stop."""
        if self._halt.late:
            self._unfinished = []
        while len(self._running) < self._threads.workers and not self._halt.pause:
            task = _next(self._unfinished, self._running)
            if task is None:
                break
            race, number = task
            chunk = race.chunks[number]
            steps = self._halt.between_steps(self._pace.step_seconds(race.bucket, len(chunk.active)))
            self._running[crew.submit(_epoch, chunk, race.epoch, steps, self._halt.for_good)] = (
                race,
                number,
                time.monotonic(),
            )

    def _collect(self) -> list[EpochDone]:
        """Wait for chunks, and judge the epochs that are complete."""
        events: list[EpochDone] = []
        done, _ = wait(self._running, timeout=_LISTENS_EVERY, return_when=FIRST_COMPLETED)
        for future in done:
            race, number, since = self._running.pop(future)
            measured, seconds = future.result(), time.monotonic() - since
            if measured is None:
                race.give_back(number, seconds)
                continue
            self._halt.count(self._pace.step_seconds(race.bucket, len(race.chunks[number].active)))  # the last step
            if not race.take(number, measured, seconds):
                continue
            events += race.close_epoch(self.seconds)
            self._halt.enough |= race.epoch > 1
            if race.over and race in self._unfinished:
                self._unfinished.remove(race)
        return events

    def _keep(self, signals: Deferred) -> None:
        """Save the state when it is time to or a signal came, with all workers at rest."""
        if signals.pending:
            self._halt.pause = self._halt.leaving = True
            while self._running:
                self._collect()
        if not self._halt.pause or self._running:
            return
        if self._save and self._unfinished:
            state = capture(self._races, self._threads, self.seconds, over=False)
            self._save(state, False)
            self._pace.saved(state.bytes)
        self._halt.pause = False


class Halt:
    """Whether to stop: at once, at a deadline once there is something to show, or for a moment to save the state.

    Args:
        deadline: `time.monotonic()`, or None.
        pace: Says when the state is to be saved; None never saves.
    """

    def __init__(self, deadline: float | None, pace: Pace | None = None) -> None:
        self._deadline, self._pace = deadline, pace
        self.now, self.pause, self.leaving = False, False, False
        #: Whether some plan has an epoch to show; until then the deadline does not count.
        self.enough = False

    def for_good(self) -> bool:
        """Whether to stop and not to come back: an evaluation that began is not given up for a save."""
        return self.now or self.leaving or self.late

    def count(self, work: float) -> None:
        """Count declared seconds of work, and have the state saved when it is time to."""
        if self._pace is not None and self._pace.due(work):
            self.pause = True

    def between_steps(self, work: float) -> Callable[[], bool]:
        """What a worker asks between steps; before its first one no work counts, so that each gets on by one at least.

        Args:
            work: Declared seconds of a step.
        """
        begun = False

        def ask() -> bool:
            nonlocal begun
            if begun:
                self.count(work)
            begun = True
            return self.pause or self.for_good()

        return ask

    @property
    def late(self) -> bool:
        """Whether the deadline is over, with something to show."""
        return self.enough and self._deadline is not None and time.monotonic() > self._deadline


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


def _epoch(
    chunk: Chunk, epoch: int, between_steps: Callable[[], bool], for_good: Callable[[], bool]
) -> Measured | None:
    """One epoch of a chunk; epoch 0 only looks at the untrained networks. None where it stopped before its end."""
    try:
        if epoch:
            chunk.train_epoch(epoch, between_steps)
        return chunk.measure(for_good)
    except Halted:
        return None
