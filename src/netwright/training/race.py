"""A bucket while it trains: which chunk is next, how every plan stands after an epoch, who leaves."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from netwright.base.events import EpochDone
from netwright.base.plan import Member, Plan
from netwright.models.family import Network, Sizes, build_network
from netwright.preparation.folds import PreparedFold
from netwright.training import watching
from netwright.training.chunk import Chunk, Measured
from netwright.training.constant_loss import constant_loss, constant_loss_of_shares
from netwright.training.objectives.choose import objective_of
from netwright.training.population import Bucket
from netwright.training.progress import Judged, Progress
from netwright.training.pruning import Limits
from netwright.training.schedules import SCHEDULES
from netwright.training.tensors import FoldTensors, network_sizes, train_sample


@dataclass(frozen=True)
class Trained:
    """A trained plan.

    Args:
        members: Its folds and seeds.
        folds: Its preparation, fitted fold by fold.
        sizes: What the network was built for.
        network: The best weights of each member.
        judged: Curves and honest out-of-fold predictions.
        seconds: What it took, where others trained beside it by its share of the work.
    """

    members: tuple[Member, ...]
    folds: tuple[PreparedFold, ...]
    sizes: Sizes
    network: Network
    judged: Judged
    seconds: float

    @property
    def plan(self) -> Plan:
        """What was trained."""
        return self.members[0].plan


class Race:
    """The chunks of a bucket and the progress of its plans, epoch by epoch.

    All chunks run one epoch, in any order; then the epoch is judged, and the next one begins. Epoch 0 only looks at the
    untrained networks.

    Args:
        bucket: What is trained.
        threads: Chunks that are trained at the same time.
        spans: Which members each chunk has; by default as many chunks as the bucket is cut into for these threads.
        limits: What a plan must be able to reach; None lets every plan go on.

    Attributes:
        spans: The same.
        progress: Of each plan, by its key.
        epoch: The present one.
        busy: Seconds that workers spent on it.
        taken: Optimizer steps of all chunks up to the present epoch.
    """

    def __init__(
        self, bucket: Bucket, threads: int, spans: Sequence[slice] | None = None, limits: Limits | None = None
    ) -> None:
        self.bucket, self._limits, problem = bucket, limits, bucket.problem
        data = FoldTensors.stacked(bucket.folds, problem.device)
        objective = objective_of(problem.target.task, bucket.plan.loss)
        cuts = np.linspace(0, len(bucket.members), bucket.n_chunks(threads) + 1).round().astype(int)
        self.spans = list(spans or (slice(int(start), int(stop)) for start, stop in itertools.pairwise(cuts)))
        self.chunks = [Chunk(bucket.members[own], bucket.folds, data, objective, problem) for own in self.spans]
        self._plans = dict(self._plan_spans())
        halves = [half for chunk in self.chunks for half in chunk.halves]
        layers, constant = self.chunks[0].watch.names, self._constant_losses()
        self.progress = {
            plan.key: Progress(bucket.members[own], halves[own], problem.metric, layers, constant[own])
            for plan, own in zip(bucket.plans, self._plans.values(), strict=True)
        }
        self.epoch, self.busy, self.taken = 0, 0.0, 0
        self._waiting = list(range(len(self.chunks)))
        self._arrived: dict[int, Measured] = {}

    def _plan_spans(self) -> Iterator[tuple[str, slice]]:
        """Where the members of each plan lie, side by side."""
        keys = [member.plan.key for member in self.bucket.members]
        for plan in self.bucket.plans:
            start = keys.index(plan.key)
            yield plan.key, slice(start, start + keys.count(plan.key))

    def _constant_losses(self) -> np.ndarray:
        """For each member the mean loss of the best constant on its sampled train rows."""
        loss, seed, of_fold = self.bucket.plan.loss, self.bucket.problem.seed, dict[int, float]()
        for number in dict.fromkeys(member.fold for member in self.bucket.members):
            fold = self.bucket.folds[number]
            rows = train_sample(fold.train, seed)
            soft = fold.soft
            of_fold[number] = (
                constant_loss(fold.target[rows], loss) if soft is None else constant_loss_of_shares(soft[rows])
            )
        return np.array([of_fold[member.fold] for member in self.bucket.members])

    @property
    def over(self) -> bool:
        """Whether every plan is at its end."""
        return all(progress.over for progress in self.progress.values())

    @property
    def step(self) -> int:
        """Optimizer steps of all chunks so far."""
        return self.taken + sum(chunk.step for chunk in self.chunks)

    def go_on(self, epoch: int, taken: int, busy: float) -> None:
        """Take up an epoch that was under way; its chunks and progress are where they were.

        Args:
            epoch: Its number.
            taken: Optimizer steps of all chunks up to it.
            busy: Seconds that workers had spent.
        """
        self.epoch, self.taken, self.busy = epoch, taken, busy
        self._waiting = [number for number, chunk in enumerate(self.chunks) if len(chunk.active)]

    def next_chunk(self) -> int | None:
        """The number of a chunk whose present epoch has not begun; it is handed out once."""
        return self._waiting.pop(0) if self._waiting else None

    def give_back(self, number: int, seconds: float) -> None:
        """A chunk has stopped in the middle of its epoch; it is the next to be handed out.

        Args:
            number: Which.
            seconds: What it took so far.
        """
        self._waiting.insert(0, number)
        self.busy += seconds

    def take(self, number: int, measured: Measured, seconds: float) -> bool:
        """A chunk is through its epoch.

        Args:
            number: Which.
            measured: How its members stand.
            seconds: What the epoch took.

        Returns:
            Whether all of them are, so that `close_epoch` may follow.
        """
        self._arrived[number] = measured
        self.busy += seconds
        return len(self._arrived) == sum(len(chunk.active) > 0 for chunk in self.chunks)

    def close_epoch(self, seconds: float) -> list[EpochDone]:
        """Judge the epoch, keep the best weights, let those that have stopped leave, and go on to the next.

        Args:
            seconds: Since training began.
        """
        layered, (rows, predictions) = self._layered(), self._joined()
        better, training = np.zeros((2, len(self.bucket.members)), dtype=bool)
        events = []
        for plan in self.bucket.plans:
            own, progress = self._plans[plan.key], self.progress[plan.key]
            if progress.over:
                continue
            mine = {name: values[own] for name, values in rows.items()}
            better[own] = progress.take(self.epoch, mine, predictions[own], self._rate(plan))
            if self._limits is not None and self._limits.hopeless(plan, self.epoch, progress.error):
                progress.prune()
            if watching.due(self.epoch, self.bucket.steps, plan.epochs):
                inside = {name: values[own] for name, values in layered.items()}
                progress.watched(self.epoch, inside | self._between(own, predictions[own]))
            training[own] = progress.training & (not progress.over)
            if self.epoch:
                events.append(progress.event(seconds))
        for chunk, span in zip(self.chunks, self.spans, strict=True):
            if better[span].any():
                chunk.keep_best(np.flatnonzero(better[span]).tolist())
            if training[span].sum() < len(chunk.active):
                chunk.keep(np.flatnonzero(training[span]).tolist())
        self.taken = self.step
        for chunk in self.chunks:
            chunk.step = 0
        self.epoch += 1
        self._waiting = [number for number, chunk in enumerate(self.chunks) if len(chunk.active)]
        return events

    def _layered(self) -> dict[str, np.ndarray]:
        """What all chunks saw inside their networks, NaN elsewhere; (member, ...), by the names of signals."""
        layered: dict[str, np.ndarray] = {}
        for number, measured in self._arrived.items():
            for name, values in measured.signals.items():
                whole = layered.setdefault(name, np.full((len(self.bucket.members), *values.shape[1:]), np.nan))
                whole[self.spans[number].start + measured.members] = values
        return layered

    def _between(self, own: slice, predictions: np.ndarray) -> dict[str, np.ndarray]:
        """What the predictions of a plan's members tell; (member,), by the names of signals."""
        folds = [member.fold for member in self.bucket.members[own]]
        truth = {fold: self.bucket.problem.truth[self.bucket.folds[fold].valid] for fold in dict.fromkeys(folds)}
        columns = {fold: watching.columns_of(numbers, predictions.shape[2]) for fold, numbers in truth.items()}
        return watching.network_signals(folds, predictions, columns)

    def _joined(self) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """What all chunks measured, NaN for members that have left."""
        n_members = len(self.bucket.members)
        rows = {name: np.full(n_members, np.nan) for name in ("train_loss", "valid_loss", "score", "error")}
        rows["halves"] = np.full((n_members, 2), np.nan)
        rows["cause"] = np.full(n_members, None, dtype=object)
        longest = max(measured.predictions.shape[1] for measured in self._arrived.values())
        width = next(iter(self._arrived.values())).predictions.shape[2]
        predictions = np.full((n_members, longest, width), np.nan)
        for number, measured in self._arrived.items():
            places = self.spans[number].start + measured.members
            for name, values in rows.items():
                values[places] = getattr(measured, name)
            predictions[places, : measured.predictions.shape[1]] = measured.predictions
        self._arrived = {}
        return rows, predictions

    def _rate(self, plan: Plan) -> float:
        """The learning rate of the last step of the epoch."""
        if not self.epoch:
            return plan.learning_rate
        done = (self.epoch * self.bucket.steps - 1) / (plan.epochs * self.bucket.steps)
        return plan.learning_rate * SCHEDULES[plan.schedule](done)

    def results(self, seconds: float) -> list[Trained]:
        """Every plan with the best weights of its members.

        Args:
            seconds: What the bucket took; its plans share it by their members.
        """
        states = [chunk.best.state_dict() for chunk in self.chunks]
        joined = {name: torch.cat([state[name] for state in states]) for name in states[0]}
        trained = []
        for plan in self.bucket.plans:
            own = self._plans[plan.key]
            members, outputs = self.bucket.members[own], self.bucket.problem.target.outputs
            sizes = network_sizes(self.bucket.folds, [member.fold for member in members], outputs)
            network = build_network(plan.family, plan.config, sizes, [0] * len(members))
            network.load_state_dict({name: tensor[own] for name, tensor in joined.items()})
            share, judged = seconds * len(members) / len(self.bucket.members), self.progress[plan.key].result()
            trained.append(Trained(members, self.bucket.folds, sizes, network, judged, share))
        return trained
