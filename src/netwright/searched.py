"""The search for better networks: rounds of proposals, each trained as one population, until nothing more is gained.

What a round tries is a function of the data, the settings and what was trained before; only a time limit lets the clock
decide how much it is. New plans compete with all others: nobody chose them on the rows that judge them, and the nested
choice among plans (`training/choice.py`) pays for their number.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from netwright.base.events import Event, RoundBegun, RoundDone, SearchBegun, SearchDone
from netwright.base.keeper import Keeper
from netwright.base.plan import Plan, Preparation
from netwright.base.split import Split
from netwright.begun import Begun, buckets_of, choice_of
from netwright.preparation.folds import PreparedFold, prepare_folds
from netwright.preparation.target import Target
from netwright.trained import laid_out, leading, train_turns
from netwright.training.candidate import Candidate, mean_error, mean_score
from netwright.training.needs import outlined_folds
from netwright.training.pace import declared_seconds
from netwright.training.population import Bucket
from netwright.tune.presets import Proposal, Search, search_of, spaces_of
from netwright.tune.proposals import Proposer, Trial, propose_plan

#: A round takes about this share of the work that the plans of the preset were, and a plan at most so many rounds of it.
_ROUND, _DEAREST = 0.3, 1.0
#: Plans of one shape that a round trains as one program at most, and work of a step below which one more is nearly free.
_BESIDE, _FREE_FLOPS = 6, 2e7
#: Plans a round at most.
_MOST_PLANS = 24
#: Columns with more levels than this are categories of many levels.
_LEAST_LEVELS = 4


@dataclass(frozen=True)
class Round:
    """What a round did.

    Args:
        number: From 1.
        plans: Keys of the plans that it tried.
        error: The lowest mean error of any plan after it.
        seconds: Since the start of the command, at its end.
    """

    number: int
    plans: tuple[str, ...]
    error: float
    seconds: float


@dataclass(frozen=True)
class Searched:
    """A population after the search.

    Args:
        candidates: Those from before it, and after them what it tried.
        rounds: What was done.
        why: Why it ended; empty where there was none.
    """

    candidates: tuple[Candidate, ...]
    rounds: tuple[Round, ...] = ()
    why: str = ""


def search(begun: Begun, before: Sequence[Candidate], keeper: Keeper | None = None) -> Generator[Event, None, Searched]:
    """Try plans round by round while that pays, where the preset searches.

    Args:
        begun: The run.
        before: What was trained so far.
        keeper: Keeps the work.
    """
    rule = search_of(begun.settings)
    if rule is None or not before:
        return Searched(tuple(before))
    hunt = _Hunt(begun, rule, list(before), keeper)
    if not hunt.spaces:
        return Searched(tuple(before))
    yield SearchBegun(tuple(hunt.spaces), hunt.until)
    while not hunt.why:
        yield from hunt.go_on()
    yield SearchDone(len(hunt.rounds), len(hunt.everyone) - len(before), hunt.why, begun.clock.seconds.get("search", 0))
    return Searched(tuple(hunt.everyone), tuple(hunt.rounds), hunt.why)


class _Hunt:
    """A search that is under way.

    Args:
        begun: The run.
        rule: When it ends.
        everyone: All candidates; what is tried is added.
        keeper: Keeps the work.
    """

    def __init__(self, begun: Begun, rule: Search, everyone: list[Candidate], keeper: Keeper | None) -> None:
        self._begun, self._rule, self._keeper = begun, rule, keeper
        self.everyone, self.rounds, self.why = everyone, list[Round](), ""
        self._outlines: dict[str, tuple[PreparedFold, ...]] = {}
        first = [one.plan for one in everyone if not one.parent]
        self._first_work = sum(self._work([plan]) for plan in first)
        self._round_work = _ROUND * self._first_work
        self._left = rule.share * self._first_work
        self._fruitless, self._best = 0, min(mean_error(one.errors) for one in everyone)
        columns = begun.split.development.schema.features
        has_levels = any(column.kind == "category" for column in columns)
        n_rows = min(len(fold.train) for fold in begun.split.folds)
        task = begun.origin.target.task
        self.spaces = spaces_of(begun.settings, task, n_rows, has_levels, self._affordable)

    @property
    def until(self) -> str:
        """What ends it, in words."""
        return f"{self._rule.patience} rounds bring no gain"

    def _affordable(self, plan: Plan) -> bool:
        return self._work([plan]) <= _DEAREST * self._round_work

    def _work(self, plans: Sequence[Plan]) -> float:
        """Declared seconds of some plans, a network a fold, trained together."""
        return sum(declared_seconds(bucket) for bucket in self._buckets(plans, self._outlined))

    def _buckets(self, plans: Sequence[Plan], prepare: Any) -> list[Bucket]:
        return buckets_of(replace(self._begun, proposal=Proposal(tuple(plans), (1,) * len(plans))), prepare)

    def _outlined(self, split: Split, target: Target, preparation: Preparation) -> tuple[PreparedFold, ...]:
        """Folds as they will be, each preparation once."""
        key = repr(preparation)
        if key not in self._outlines:
            self._outlines[key] = outlined_folds(split, target, preparation)
        return self._outlines[key]

    def _prepared(self, split: Split, target: Target, preparation: Preparation) -> tuple[PreparedFold, ...]:
        """Folds that an earlier candidate was trained on, or new ones."""
        for one in self.everyone:
            if one.plan.preparation == preparation:
                return one.trained.folds
        return prepare_folds(split, target, preparation)

    def go_on(self) -> Generator[Event, None, None]:
        """Another round, or the end."""
        begun, number = self._begun, len(self.rounds) + 1
        known = {one.plan.key for one in self.everyone} | {plan.key for plan in begun.proposal.plans}
        before = leading((self._keeper.turns() if self._keeper else None) or [], known)
        plans = self._proposed(number, known)
        self.why = self._over(plans)
        if self.why:
            return
        started = time.monotonic()
        with begun.clock.stage("prepare"):
            buckets = self._buckets(plans, self._prepared)
            turns = laid_out(begun, buckets, self._keeper, before)
        n_networks = sum(len(bucket.members) for bucket in buckets)
        yield RoundBegun(number, len(plans), n_networks)
        with begun.clock.stage("search"):
            trained = yield from train_turns(begun, turns, self._keeper, before)
        self.everyone += trained
        self._left -= self._work(plans)
        best = choice_of(begun, self.everyone).best()
        error = mean_error(best.errors)
        gained = error < self._best * (1 - self._rule.gain) if math.isfinite(self._best) else math.isfinite(error)
        self._fruitless = 0 if gained else self._fruitless + 1
        self._best = min(self._best, error)
        now = time.monotonic()
        self.rounds.append(Round(number, tuple(plan.key for plan in plans), error, now - begun.clock.started))
        score = mean_score(begun.metric, best.errors)
        yield RoundDone(number, len(plans), n_networks, 0, best.plan.name, score, now - started)
        if self._fruitless >= self._rule.patience:
            self.why = f"{self._rule.patience} rounds brought no gain"

    def _over(self, plans: Sequence[Plan]) -> str:
        """Why there is no further round; empty where there is."""
        deadline = self._begun.clock.deadline(self._begun.settings.time_limit)
        if deadline is not None and time.monotonic() > deadline:
            return "the time was used"
        if not plans:
            return "nothing that was left to try fits the budget" if not self.rounds else "its budget was used"
        return ""

    def _proposed(self, number: int, known: set[str]) -> list[Plan]:
        """The plans of a round, as many as its work allows."""
        history = [Trial(one.plan, mean_error(one.errors)) for one in self.everyone]
        proposer = Proposer(self.spaces, history, self._begun.settings.seed, number)
        most, plans, taken = min(self._round_work, self._left), list[Plan](), set(known)
        for family in proposer.families():
            space = self.spaces[family]
            leader = propose_plan(proposer, space, self._name(family, plans), taken)
            if leader is None or self._work([*plans, leader[0]]) > most:
                break
            plans.append(leader[0])
            taken.add(leader[0].key)
            for _ in range(self._beside(leader[0])):
                other = propose_plan(proposer, space, self._name(family, plans), taken, leader[1])
                if other is None or len(plans) >= _MOST_PLANS or self._work([*plans, other[0]]) > most:
                    break
                plans.append(other[0])
                taken.add(other[0].key)
            if len(plans) >= _MOST_PLANS:
                break
        return plans

    def _beside(self, plan: Plan) -> int:
        """How many more plans of its shape cost next to nothing."""
        (bucket,) = self._buckets([plan], self._outlined)
        return min(_BESIDE, int(_FREE_FLOPS / (len(bucket.members) * bucket.step_flops)))

    def _name(self, family: str, plans: Sequence[Plan]) -> str:
        others = [one.plan for one in self.everyone] + list(plans)
        return f"{family} #{1 + sum(plan.family == family for plan in others)}"
