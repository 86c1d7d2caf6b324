"""The population by shape: members that can be one program share a bucket; buckets that fit the memory share a turn."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import cached_property

from netwright.base.errors import DataError
from netwright.base.keeper import Turns
from netwright.base.plan import Member, Plan
from netwright.models.family import MEMBERWISE, build_network
from netwright.preparation.batches import Cutting
from netwright.preparation.folds import PreparedFold
from netwright.training.chunk import Problem
from netwright.training.memory import member_bytes, noise_bytes, order_bytes, step_bytes
from netwright.training.tensors import network_sizes

#: The declared cache: what a chunk touches in a step is to stay in the cache of one core and its share of the last.
_CACHE_BYTES = 12 << 20
#: A chunk is not cut for the sake of threads where a step would be less work than this.
_LEAST_FLOPS = 9e6
#: Choices that members of one bucket share; in all others they may differ.
_SHARED = ("family", "preparation", "loss", "optimizer", "batch_size", "drop_last", "l1")


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
    """

    def __init__(self, members: Sequence[Member], folds: Sequence[PreparedFold], problem: Problem) -> None:
        self.members, self.folds, self.problem = tuple(members), tuple(folds), problem
        first = members[0]
        self.plan = first.plan
        self.plans = tuple({member.plan.key: member.plan for member in members}.values())
        alone = network_sizes(folds, [first.fold], problem.target.outputs)
        #: A network of one member, to count and to show.
        self.sample = build_network(self.plan.family, self.plan.config, alone, [0])
        cutting = Cutting.of(self.plan.batch_size, [len(fold.train) for fold in folds], self.plan.drop_last)
        self.batch, self.steps = cutting.widest, cutting.steps

    @cached_property
    def step_flops(self) -> float:
        """Floating-point operations of a training step of one member: two a weight and row forward, four backward."""
        return 6.0 * self.sample.row_products * self.batch

    @cached_property
    def step_units(self) -> int:
        """Numbers that the rows of a step become on their way through one member."""
        return self.sample.row_units * self.batch

    @property
    def bytes(self) -> int:
        """What all members need, with the folds as tensors and the predictions that are kept."""
        parameters, units = self.sample.member_parameters, self.sample.row_units
        kept = sum(len(self.folds[member.fold].valid) for member in self.members) * 8 * 3 * self.problem.target.outputs
        data = sum(4 * (fold.target.size if fold.soft is None else fold.soft.size) for fold in self.folds)
        if not self.problem.in_files or self.problem.device.type == "cuda":
            data += sum(fold.inputs.nbytes for fold in self.folds)
        rows = sum(order_bytes(len(self.folds[member.fold].train), self.problem.in_files) for member in self.members)
        step = step_bytes(parameters, units, self.batch) + noise_bytes(self.sample.noise_units, self.batch)
        return len(self.members) * (member_bytes(parameters) + step) + kept + data + rows

    def parts(self, most: int | None) -> list[Bucket]:
        """The bucket, or its plans in several ones where it would not fit the memory; results are the same.

        Args:
            most: Bytes that may be taken; None where nobody knows.
        """
        if most is None or self.bytes <= most or len(self.plans) == 1:
            return [self]
        halves = self.plans[: len(self.plans) // 2], self.plans[len(self.plans) // 2 :]
        keys = [{plan.key for plan in half} for half in halves]
        return [part for half in keys for part in self.of(half).parts(most)]

    def of(self, keys: Collection[str]) -> Bucket:
        """A bucket of the plans with these keys."""
        return Bucket([member for member in self.members if member.plan.key in keys], self.folds, self.problem)

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


def in_turns(buckets: Sequence[Bucket], most: int | None) -> list[list[Bucket]]:
    """Buckets that fit the memory together, in order.

    Args:
        buckets: All of the population.
        most: Bytes that may be taken; None where nobody knows.
    """
    turns: list[list[Bucket]] = []
    used = 0
    for bucket in (part for whole in buckets for part in whole.parts(most)):
        if not turns or (most is not None and used + bucket.bytes > most):
            turns.append([])
            used = 0
        turns[-1].append(bucket)
        used += bucket.bytes
    return turns


def turns_told(turns: Sequence[Sequence[Bucket]]) -> Turns:
    """Turns as they are written down: the keys of the plans of each bucket."""
    return [[[plan.key for plan in bucket.plans] for bucket in turn] for turn in turns]


def in_these_turns(buckets: Sequence[Bucket], told: Turns) -> list[list[Bucket]]:
    """The turns that were told, whatever memory is free by now.

    Args:
        buckets: All of the population.
        told: What `turns_told` gave.

    Raises:
        DataError: They are those of other plans.
    """
    of = {plan.key: bucket for bucket in buckets for plan in bucket.plans}
    keys = [key for turn in told for bucket in turn for key in bucket]
    if sorted(keys) != sorted(of):
        raise DataError("saved work must be of the plans of its run, got other ones. Train anew with another --out.")
    return [[of[own[0]] if len(own) == len(of[own[0]].plans) else of[own[0]].of(own) for own in turn] for turn in told]
