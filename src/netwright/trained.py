"""Buckets into trained candidates: in turns that fit the memory, from where saved work ends, within the time limit."""

from __future__ import annotations

import itertools
import time
from collections.abc import Collection, Generator, Sequence

from netwright.base.events import EpochDone
from netwright.base.keeper import Keeper, State, Turns
from netwright.begun import Begun, refuse_what_is_too_large
from netwright.training.candidate import Candidate
from netwright.training.loop import Save, train
from netwright.training.memory import free_memory
from netwright.training.pruning import Limits
from netwright.training.population import Bucket, in_these_turns, in_turns, turns_told

#: How much of the free memory training may take: predictions, report and the system need some.
_MEMORY_SHARE = 0.6


def laid_out(begun: Begun, buckets: Sequence[Bucket], keeper: Keeper | None, before: Turns) -> list[list[Bucket]]:
    """What trains after each other.

    Args:
        begun: The run.
        buckets: What is to be trained.
        keeper: Knows the turns of an earlier process, which may have had more memory, or less.
        before: The turns that come before these.

    Raises:
        PlanError: A bucket does not fit the memory alone.
    """
    memory = free_memory(begun.device)
    told = _told(keeper, buckets, len(before))
    most = None if memory is None else int(memory * _MEMORY_SHARE)
    turns = in_turns(buckets, most) if told is None else in_these_turns(buckets, told)
    refuse_what_is_too_large(turns, memory)
    return turns


def _told(keeper: Keeper | None, buckets: Sequence[Bucket], start: int) -> Turns | None:
    """The turns of an earlier process in which these buckets were trained; None where it did not come so far."""
    saved = keeper.turns() if keeper else None
    if saved is None or len(saved) <= start:
        return None
    own = leading(saved[start:], {plan.key for bucket in buckets for plan in bucket.plans})
    return own or saved[start:]  # which are refused


def leading(turns: Turns, keys: Collection[str]) -> Turns:
    """The first turns, as far as they train these plans.

    Example:
        >>> leading([[["a"]], [["b", "c"]], [["d"]]], {"a", "b", "c"})
        [[['a']], [['b', 'c']]]
    """
    return list(itertools.takewhile(lambda turn: all(key in keys for bucket in turn for key in bucket), turns))


def train_turns(
    begun: Begun,
    turns: Sequence[Sequence[Bucket]],
    keeper: Keeper | None,
    before: Turns,
    parent: str = "",
    limits: Limits | None = None,
) -> Generator[EpochDone, None, list[Candidate]]:
    """Train turn after turn.

    Args:
        begun: The run.
        turns: As `laid_out` gave them.
        keeper: Keeps the work, and hands back what a run that was stopped left.
        before: The turns that came before these.
        parent: Key of the plan that these are to cure; empty for what was proposed from the start.
        limits: What a plan must be able to reach in order to be trained to its end; None trains all of them.

    Returns:
        The candidates, in order; those that had no time for a single epoch are left out.
    """
    everything = [*before, *turns_told(turns)]
    candidates = []
    for index, turn in enumerate(turns):
        deadline = shared(begun.clock.deadline(begun.settings.time_limit), len(turns) - index)
        found, save = kept(keeper, len(before) + index, everything)
        done = yield from train(turn, deadline, found, save, limits)
        candidates += [Candidate.of(one, begun.split, begun.metric, begun.truth, parent) for one in done]
    return candidates


def kept(keeper: Keeper | None, turn: int, turns: Turns) -> tuple[State | None, Save | None]:
    """Where an earlier process stopped in a turn, and what saves the state of this one."""
    if keeper is None:
        return None, None
    return keeper.find(turn), lambda state, over: keeper.keep(turn, turns, state, over=over)


def shared(deadline: float | None, n_left: int) -> float | None:
    """The time that is left, shared among the plans that are left."""
    if deadline is None:
        return None
    now = time.monotonic()
    return now + max(0.0, deadline - now) / n_left
