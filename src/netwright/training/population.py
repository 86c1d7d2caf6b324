"""The population: members of one shape share a bucket, a bucket is cut into chunks that fit the cache."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from netwright.base.events import EpochDone
from netwright.base.plan import Member, Plan
from netwright.models.family import MEMBERWISE, Network, Sizes, build_network
from netwright.preparation.batches import Cutting
from netwright.preparation.folds import PreparedFold
from netwright.training.chunk import Chunk, Measured, Problem
from netwright.training.memory import member_bytes, step_bytes
from netwright.training.objectives.supervised import Supervised
from netwright.training.outer import first_half
from netwright.training.progress import Judged, Progress
from netwright.training.schedules import SCHEDULES
from netwright.training.tensors import FoldTensors, network_sizes

#: The declared cache: what a chunk touches in a step is to stay in the cache of one core and its share of the last.
_CACHE_BYTES = 12 << 20
#: A chunk is not cut for the sake of threads where a step would be less work than this.
_LEAST_FLOPS = 9e6
#: Choices that members of one bucket share; in all others they may differ.
_SHARED = ("family", "preparation", "loss", "optimizer", "batch_size", "drop_last", "l1")


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


def shape(plan: Plan) -> str:
    """What plans must have in common for their members to be one program."""
    choices = plan.to_json()
    config = {name: value for name, value in choices["config"].items() if name not in MEMBERWISE}
    return json.dumps([{name: choices[name] for name in _SHARED}, config], sort_keys=True)


class Bucket:
    """Members of one shape, whatever else their plans differ in.

    Args:
        members: Those of a plan side by side.
        folds: The preparation that their plans share, fitted fold by fold.
        problem: The task around them.

    Nothing large is built before `begin`.
    """

    def __init__(self, members: Sequence[Member], folds: Sequence[PreparedFold], problem: Problem) -> None:
        self.members, self.folds, self.problem = tuple(members), tuple(folds), problem
        first = members[0]
        self.plan = first.plan
        self.plans = tuple({member.plan.key: member.plan for member in members}.values())
        self.sizes = network_sizes(folds, [member.fold for member in members], problem.target.outputs)
        alone = network_sizes(folds, [first.fold], problem.target.outputs)
        #: A network of one member, to count and to show.
        self.sample = build_network(self.plan.family, self.plan.config, alone, [0])
        cutting = Cutting.of(self.plan.batch_size, [len(fold.train) for fold in folds], self.plan.drop_last)
        self.batch = cutting.widest
        self.steps = cutting.steps
        self.chunks: tuple[Chunk, ...] = ()
        self.epoch = -1
        self.busy = 0.0
        self._waiting: list[Chunk] = []
        self._arrived: dict[int, Measured] = {}

    @property
    def step_flops(self) -> float:
        """Floating-point operations of a training step of one member: two a weight and row forward, four backward."""
        return 6.0 * self.sample.row_products * self.batch

    @property
    def bytes(self) -> int:
        """What all members need, with the folds as tensors and the predictions that are kept."""
        parameters, units = self.sample.member_parameters, self.sample.row_units
        kept = sum(len(self.folds[member.fold].valid) for member in self.members) * 8 * 3 * self.problem.target.outputs
        data = sum(fold.inputs.dense.nbytes + fold.inputs.codes.nbytes + 4 * len(fold.target) for fold in self.folds)
        return len(self.members) * (member_bytes(parameters) + step_bytes(parameters, units, self.batch)) + kept + data

    def n_chunks(self, threads: int) -> int:
        """Into how many chunks the members are cut, by a fixed rule from shapes, declared cache and threads.

        Args:
            threads: Chunks that are trained at the same time; 1 on a device that is one program's own.
        """
        members = len(self.members)
        if self.problem.device.type == "cuda":
            return 1
        touched = step_bytes(self.sample.member_parameters, self.sample.row_units, self.batch)
        at_once = max(1, min(threads, int(members * self.step_flops // _LEAST_FLOPS)))
        rounds = round(members * touched / (at_once * _CACHE_BYTES))
        return min(members, at_once * max(1, rounds))

    def begin(self, threads: int) -> None:
        """Build the chunks, untrained."""
        device = self.problem.device
        data = FoldTensors.stacked(self.folds, device)
        objective = Supervised(self.problem.target.task, self.plan.loss)
        parts = np.array_split(np.arange(len(self.members)), self.n_chunks(threads))
        self.chunks = tuple(
            Chunk([self.members[k] for k in part], self.folds, data, objective, self.problem) for part in parts
        )
        self._at = [
            (chunk, place) for chunk, part in zip(self.chunks, parts, strict=True) for place in range(len(part))
        ]
        width = 1 if self.problem.target.task == "regression" else len(self.problem.target.classes)
        self._width = max(len(self.folds[member.fold].valid) for member in self.members), width
        self.progress = {}
        for plan in self.plans:
            own = [member for member in self.members if member.plan.key == plan.key]
            halves = [first_half(len(self.folds[m.fold].valid), m.fold, self.problem.seed) for m in own]
            self.progress[plan.key] = Progress(own, halves, self.problem.metric)
        self._waiting = list(self.chunks)
        self.epoch = 0

    @property
    def next_chunk(self) -> Chunk | None:
        """A chunk whose present epoch has not begun; it is handed out once."""
        return self._waiting.pop(0) if self._waiting else None

    def take(self, chunk: Chunk, measured: Measured) -> bool:
        """A chunk is through its epoch.

        Returns:
            Whether all of them are, so that `close_epoch` may follow.
        """
        self._arrived[self.chunks.index(chunk)] = measured
        self.busy += measured.seconds
        return len(self._arrived) == sum(1 for one in self.chunks if len(one.active))

    def close_epoch(self, seconds: float) -> list[EpochDone]:
        """Judge the epoch, keep the best weights, let those that have stopped leave, and go on to the next.

        Args:
            seconds: Since training began.
        """
        rows = {name: np.full(len(self.members), np.nan) for name in ("train_loss", "valid_loss", "score")}
        rows["halves"] = np.full((len(self.members), 2), np.nan)
        predictions = np.full((len(self.members), *self._width), np.nan)
        for number, measured in self._arrived.items():
            places = [
                k for k, (chunk, at) in enumerate(self._at) if chunk is self.chunks[number] and at in measured.members
            ]
            for name in rows:
                rows[name][places] = getattr(measured, name)
            predictions[places, : measured.predictions.shape[1]] = measured.predictions
        self._arrived = {}
        better, training, events = np.zeros(len(self.members), bool), np.zeros(len(self.members), bool), []
        for plan in self.plans:
            own = np.array([member.plan.key == plan.key for member in self.members])
            progress = self.progress[plan.key]
            if progress.over:
                continue
            mine = {name: values[own] for name, values in rows.items()}
            most = max(len(self.folds[member.fold].valid) for member in np.array(self.members, dtype=object)[own])
            better[own] = progress.take(self.epoch, mine, predictions[own][:, :most], self._rate(plan))
            training[own] = progress.training & (not progress.over)
            if self.epoch:
                events.append(progress.event(seconds))
        for chunk in self.chunks:
            here = [(k, place) for k, (of, place) in enumerate(self._at) if of is chunk]
            if chosen := [place for k, place in here if better[k]]:
                chunk.keep_best(chosen)
            left = [place for k, place in here if training[k]]
            if len(left) < len(chunk.active):
                chunk.keep(left)
        self.epoch += 1
        self._waiting = [chunk for chunk in self.chunks if len(chunk.active)]
        return events

    @property
    def over(self) -> bool:
        """Whether every plan is at its end."""
        return all(progress.over for progress in self.progress.values())

    def _rate(self, plan: Plan) -> float:
        """The learning rate of the last step of the epoch."""
        last = max(0, self.epoch * self.steps - 1)
        return plan.learning_rate * (SCHEDULES[plan.schedule](last / (plan.epochs * self.steps)) if self.epoch else 1.0)

    def results(self, seconds: float) -> list[Trained]:
        """Every plan with the best weights of its members.

        Args:
            seconds: What the bucket took; its plans share it by their members.
        """
        joined = {
            name: torch.cat([chunk.best.state_dict()[name] for chunk in self.chunks])
            for name in self.chunks[0].best.state_dict()
        }
        trained = []
        for plan in self.plans:
            places = [k for k, member in enumerate(self.members) if member.plan.key == plan.key]
            members = tuple(self.members[k] for k in places)
            sizes = network_sizes(self.folds, [member.fold for member in members], self.problem.target.outputs)
            network = build_network(plan.family, plan.config, sizes, [0] * len(members))
            network.load_state_dict({name: tensor[places] for name, tensor in joined.items()})
            share = seconds * len(members) / len(self.members)
            judged = self.progress[plan.key].result()
            trained.append(Trained(members, self.folds, sizes, network, judged, share))
        return trained

    def end(self) -> None:
        """Let go of everything that training needed."""
        self.chunks, self._waiting, self._at = (), [], []


def in_turns(buckets: Sequence[Bucket], most: int | None) -> list[list[Bucket]]:
    """Buckets that fit the memory together, in order.

    Args:
        buckets: All of the population.
        most: Bytes that may be taken; None where nobody knows.
    """
    turns: list[list[Bucket]] = []
    used = 0
    for bucket in buckets:
        if not turns or (most is not None and used + bucket.bytes > most):
            turns.append([])
            used = 0
        turns[-1].append(bucket)
        used += bucket.bytes
    return turns
