"""Buckets into trained candidates: in turns that fit the memory, from where saved work ends, within the time limit."""

from __future__ import annotations

import itertools
import time
from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from netwright.base.events import EpochDone
from netwright.base.keeper import Keeper, State, Turns
from netwright.base.plan import Plan
from netwright.stages.begun import Begun, buckets_of, refuse_what_is_too_large
from netwright.stages.foreseen import foresee_predictions
from netwright.training.candidate import Candidate
from netwright.training.loop import Save, train
from netwright.training.memory import free_memory
from netwright.training.population import Bucket, in_these_turns, in_turns, turns_told
from netwright.training.pruning import Limits
from netwright.tune.presets import Proposal

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
        found, save = kept(keeper, len(before) + index, everything, parent)
        done = yield from train(turn, deadline, found, save, limits)
        judge = partial(Candidate.of, parent=parent, finds_threshold=begun.finds_threshold)
        candidates += [judge(one, begun.split, begun.metric, begun.truth) for one in done]
    foresee_predictions(begun, candidates)
    return candidates


def kept(keeper: Keeper | None, turn: int, turns: Turns, parent: str = "") -> tuple[State | None, Save | None]:
    """Where an earlier process stopped in a turn, and what saves the state of this one."""
    if keeper is None:
        return None, None

    def save(state: State, over: bool) -> None:
        keeper.keep(turn, turns, replace(state, facts={**state.facts, "parent": parent}), over=over)

    return keeper.find(turn), save


@dataclass(frozen=True)
class SavedTurn:
    """What an earlier process trained, or began to train, in a turn.

    Args:
        plans: One a candidate.
        seeds: For each plan its networks a fold.
        parent: Key of the plan that they were to cure; empty for what was proposed.
    """

    plans: tuple[Plan, ...]
    seeds: tuple[int, ...]
    parent: str

    @property
    def proposal(self) -> Proposal:
        """The same as what is to be trained."""
        return Proposal(self.plans, self.seeds)


def saved_turn(keeper: Keeper | None, turn: int) -> SavedTurn | None:
    """What the saved work says of a turn; None where there is none.

    Args:
        keeper: Keeps the work.
        turn: Its number.
    """
    facts = keeper.facts(turn) if keeper else None
    if facts is None:
        return None
    plans = tuple(Plan.from_json(plan) for race in facts["races"] for plan in race["plans"])
    return SavedTurn(plans, tuple(n for race in facts["races"] for n in race["seeds"]), facts["parent"])


def saved_plans(keeper: Keeper, n_turns: int) -> tuple[Plan, ...]:
    """All plans of the first turns of saved work, those that had no time for an epoch among them."""
    turns = [saved_turn(keeper, turn) for turn in range(n_turns)]
    return tuple(plan for turn in turns if turn is not None for plan in turn.plans)


def taken_over(begun: Begun, keeper: Keeper, n_turns: int) -> Generator[EpochDone, None, list[Candidate]]:
    """The candidates of a finished run that this one goes on from, each with the parent that it had.

    Args:
        begun: The run.
        keeper: Holds the work of the finished run.
        n_turns: How many turns of it that is.
    """
    candidates: list[Candidate] = []
    before: Turns = []
    while len(before) < n_turns:
        saved = saved_turn(keeper, len(before))
        assert saved is not None, "all turns of a finished run are saved"
        turns = laid_out(begun, buckets_of(replace(begun, proposal=saved.proposal)), keeper, before)
        candidates += yield from train_turns(begun, turns, keeper, before, saved.parent)
        before = [*before, *turns_told(turns)]
    return candidates


def shared(deadline: float | None, n_left: int) -> float | None:
    """The time that is left, shared among the plans that are left."""
    if deadline is None:
        return None
    now = time.monotonic()
    return now + max(0.0, deadline - now) / n_left
