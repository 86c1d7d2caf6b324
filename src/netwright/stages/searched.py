"""The search for better networks: rounds of proposals, each trained as one population, until nothing more is gained.

What a round tries is a function of the data, the settings and what was trained before; only a time limit lets the clock
decide how much it is. New plans compete with all others, and the nested choice (`training/choice.py`) pays for their
number. Which plans there are does depend on all validation rows, by the history that proposals come from; which of them
predicts a row, and with what weight, does not depend on that row (docs/honesty.md).
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from netwright.base.events import Event, RoundBegun, RoundDone, SearchBegun, SearchDone
from netwright.base.finding import Finding
from netwright.base.keeper import Keeper, Turns
from netwright.base.plan import Plan, Preparation
from netwright.base.split import Split
from netwright.preparation.folds import PreparedFold, prepare_folds
from netwright.preparation.target import Target
from netwright.stages.begun import Begun, Preparing, buckets_of, choice_of
from netwright.stages.fitted import enough_of, means_of
from netwright.stages.trained import laid_out, leading, saved_turn, train_turns
from netwright.training.candidate import Candidate, fold_errors, mean_error, mean_score
from netwright.training.needs import outlined_folds
from netwright.training.pace import declared_seconds, expected_epochs
from netwright.training.population import Bucket, shape
from netwright.training.pruning import limits_of
from netwright.tune.importance import choice_importance
from netwright.tune.presets import Proposal, Search, propose, search_of, shortened, spaces_of
from netwright.tune.proposals import Proposer, Trial, propose_plan
from netwright.tune.space import Values

#: Work of a round over that of the plans of the preset, of the dearest plan over that of a round, and with a time limit
#: the share of it that a round takes at least.
_ROUND, _DEAREST, _OF_LIMIT = 1.0, 1.5, 1 / 6
#: Less of a budget than this share of a round's work is no round.
_LEAST_ROUND = 0.25
#: Plans of one shape that a round trains as one program at most, and the work of their steps that is nearly free.
_BESIDE, _FREE_FLOPS = 6, 2e7
#: Plans a round at most, and proposals for each family that may be too much before a round begins with what it has.
_MOST_PLANS, _MISSES = 24, 6
#: As many of the best plans together say whether a round gained.
_TOGETHER = 8
#: With a time limit: rounds' worth of work without gain that end the search, over the rounds without; how much longer
#: than expected a round may take; and shares of their epochs that plans are given where the time left is short,
#: the least of them of the epochs of the default preset.
_MORE_PATIENCE, _SAFETY, _SHARES = 3, 1.15, (1.0, 0.7, 0.5, 0.35, 0.25, 0.18, 0.12)
_LEAST_SHARE = 0.35


#: Why a search ended that a time limit left no round.
NO_ROUND = "no time for a round"


@dataclass(frozen=True)
class Round:
    """What a round did; number 0 is what there was before the search.

    Args:
        number: From 1.
        plans: How many it tried.
        pruned: How many of them were given up before their end.
        best: Name of the best plan after it.
        score: The validation score of that plan.
        together: The score of the best plans after it, alone or together: what the search goes by.
        seconds: Since the start of the command, at its end.
    """

    number: int
    plans: int
    pruned: int
    best: str
    score: float
    together: float
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """As `metrics.json` holds it, less the seconds."""
        told = {name: value for name, value in asdict(self).items() if name != "seconds"}
        return {n: None if isinstance(v, float) and not math.isfinite(v) else v for n, v in told.items()}


@dataclass(frozen=True)
class Searched:
    """A population after the search.

    Args:
        candidates: Those from before it, and after them what it tried.
        rounds: What was done.
        why: Why it ended, or why it never began; empty where none was wanted.
        importance: Choices of plans by how much they mattered; empty where too little was tried to tell.
    """

    candidates: tuple[Candidate, ...]
    rounds: tuple[Round, ...] = ()
    why: str = ""
    importance: Mapping[str, float] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be told beside the rounds: that there were none."""
        if self.why != NO_ROUND:
            return ()
        said = "the search for better networks had no time for a round"
        return (Finding("no_round", "training", "note", said, "raise --time-limit"),)

    def to_json(self) -> dict[str, Any] | None:
        """As `metrics.json` holds it; None where no round was begun."""
        if len(self.rounds) < 2:
            return None
        return {
            "why_it_ended": self.why,
            "rounds": [one.to_json() for one in self.rounds],
            "importance": {name: round(share, 4) for name, share in self.importance.items()},
            "seconds": [round(one.seconds, 3) for one in self.rounds],
        }


def search(
    begun: Begun, before: Sequence[Candidate], keeper: Keeper | None = None, findings: Sequence[Finding] = ()
) -> Generator[Event, None, Searched]:
    """Try plans round by round while that pays, where the preset searches.

    Args:
        begun: The run.
        before: What was trained so far.
        keeper: Keeps the work.
        findings: What the doctor found.
    """
    rule = search_of(begun.settings) if begun.plain else None
    if rule is None or not before:
        return Searched(tuple(before))
    hunt = _Hunt(begun, rule, list(before), keeper, findings)
    started, limited = time.monotonic(), begun.settings.time_limit is not None
    if not hunt.spaces and not hunt.has_saved:  # saved rounds are part of the run, whatever time is left
        if limited:
            yield SearchDone(0, 0, NO_ROUND, 0.0)
        return Searched(tuple(before), why=NO_ROUND if limited else "")
    while not hunt.why:
        yield from hunt.go_on()
    n_plans = len(hunt.everyone) - len(before)
    if not n_plans and limited:
        hunt.why = NO_ROUND
    if n_plans or limited:
        yield SearchDone(len(hunt.rounds) - 1, n_plans, hunt.why, time.monotonic() - started)
    return Searched(tuple(hunt.everyone), tuple(hunt.rounds), hunt.why, hunt.importance() if n_plans else {})


def round_counts(work: float, usual: float) -> float:
    """What a round without gain counts towards the patience of a search under a time limit: by its work.

    Args:
        work: Declared seconds that were trained in truth.
        usual: Those of a whole round.

    Example:
        >>> round_counts(1.0, 4.0), round_counts(5.0, 4.0)
        (0.25, 1.0)
    """
    return min(1.0, work / usual) if usual > 0 else 1.0


class _Hunt:
    """A search that is under way.

    Args:
        begun: The run.
        rule: When it ends.
        everyone: All candidates; what is tried is added.
        keeper: Keeps the work.
        findings: What the doctor found.
    """

    def __init__(
        self,
        begun: Begun,
        rule: Search,
        everyone: list[Candidate],
        keeper: Keeper | None,
        findings: Sequence[Finding],
    ) -> None:
        self._begun, self._rule, self._keeper = begun, rule, keeper
        self.everyone, self.rounds, self.why = everyone, list[Round](), ""
        self._outlines: dict[str, tuple[PreparedFold, ...]] = {}
        self._works: dict[tuple[object, ...], float] = {}
        settings, task = begun.settings, begun.origin.target.task
        table = begun.split.development
        usual = propose(settings, task, table.n_rows, table.schema.arrays).plans
        self._least: dict[str, float] = {}
        self._limit, usual_work = settings.time_limit, sum(self._work([plan]) for plan in usual)
        self._patience = rule.patience * (_MORE_PATIENCE if self._limit else 1)
        #: Rounds since the last gain, and what they count: under a limit a small round is less than one.
        self._since, self._fruitless, self._best = 0, 0.0, self._error()
        #: Work that was declared, and the seconds that it took.
        self._declared = sum(self._done(one) for one in everyone)
        self._seconds = sum(one.trained.seconds for one in everyone)
        #: Seconds that proposing and preparing a round take.
        self._preparing = begun.clock.seconds.get("prepare", 0.0) / 2
        self._left = math.inf if self._limit else min(rule.share * usual_work, means_of(begun) - self._declared)
        self._round_work = _ROUND * usual_work
        if self._limit:
            self._round_work = max(_OF_LIMIT * self._work_in_time, min(self._round_work, self._work_in_time / 3))
        family = {one.plan.key: one.plan.family for one in everyone}
        found: dict[str, list[str]] = {}
        for own in findings:
            found.setdefault(family.get(str(own.evidence.get("plan_key")), ""), []).append(own.code)
        n_classes = len(begun.origin.target.classes)
        self.spaces = spaces_of(settings, task, begun.split, self._affordable, found, n_classes)
        self.rounds = [self._standing()]

    @property
    def has_saved(self) -> bool:
        """Whether an earlier process of the run began rounds that are still to be read."""
        saved, before = self._saved()
        return len(saved) > len(before) and saved_turn(self._keeper, len(before)) is not None

    def _saved(self) -> tuple[Turns, Turns]:
        """All turns of an earlier process, and those of them that are known by now."""
        saved = (self._keeper.turns() if self._keeper else None) or []
        return saved, leading(saved, self._known)

    @property
    def _known(self) -> set[str]:
        """Keys of the plans that were tried or proposed."""
        return {one.plan.key for one in self.everyone} | {plan.key for plan in self._begun.proposal.plans}

    def _error(self) -> float:
        """The lowest error that the best plans have, alone or together: what the search is to bring down."""
        ranked = sorted((one for one in self.everyone if not one.pruned), key=lambda one: mean_error(one.errors))
        begun, together, lowest = self._begun, None, math.inf
        for n, one in enumerate(ranked[:_TOGETHER], 1):
            together = one.outer if together is None else tuple(map(np.add, together, one.outer))
            errors = fold_errors(begun.metric, begun.truth, begun.split, [own / n for own in together])
            lowest = min(lowest, mean_error(errors))
        return lowest

    def _affordable(self, plan: Plan) -> bool:
        if self._limit:
            plan = shortened(plan, self._least_share(plan))
        return self._work([plan]) <= min(_DEAREST * self._round_work, self._left)

    def _least_share(self, plan: Plan) -> float:
        """The least share of its epochs that a plan is worth training for where the time left is short."""
        if plan.family not in self._least:
            self._least[plan.family] = _LEAST_SHARE * enough_of(self._begun, plan)
        return self._least[plan.family]

    def _work(self, plans: Sequence[Plan]) -> float:
        """Declared seconds of some plans, a network a fold, trained together."""
        together: dict[str, list[Plan]] = {}
        for plan in plans:
            together.setdefault(shape(plan), []).append(plan)
        return sum(self._work_of_shape(key, own) for key, own in together.items())

    def _work_of_shape(self, key: str, plans: Sequence[Plan]) -> float:
        """The same of plans that train as one program; each such program is laid out once."""
        told = (key, *sorted((plan.epochs, plan.patience or 0, plan.schedule) for plan in plans))
        if told not in self._works:
            self._works[told] = sum(declared_seconds(bucket) for bucket in self._buckets(plans, self._outlined))
        return self._works[told]

    def _done(self, one: Candidate) -> float:
        """Declared seconds of what a plan was trained in truth."""
        epochs = (~np.isnan(one.trained.judged.curves.train_loss)).sum(axis=1) - 1
        return self._work([one.plan]) * float(epochs.sum()) / (one.plan.epochs * len(self._begun.split.folds))

    def _buckets(self, plans: Sequence[Plan], prepare: Preparing) -> list[Bucket]:
        return buckets_of(replace(self._begun, proposal=Proposal.of(plans)), prepare)

    def _outlined(self, split: Split, target: Target, preparation: Preparation) -> tuple[PreparedFold, ...]:
        """Folds as wide as they will be, whatever their scale; each preparation once."""
        alike = replace(preparation, scale=Preparation.scale)
        key = repr(alike)
        if key not in self._outlines:
            self._outlines[key] = outlined_folds(split, target, alike)
        return self._outlines[key]

    def _prepared(self, split: Split, target: Target, preparation: Preparation) -> tuple[PreparedFold, ...]:
        """Folds that an earlier candidate was trained on, or new ones."""
        for one in self.everyone:
            if one.plan.preparation == preparation:
                return one.trained.folds
        return prepare_folds(split, target, preparation)

    def go_on(self) -> Generator[Event, None, None]:
        """Another round, or the end."""
        begun, number, started = self._begun, len(self.rounds), time.monotonic()
        with begun.clock.stage("propose"):
            before, plans = self._next()
        if self.why:
            return
        if number == 1:
            families = tuple(self.spaces) or tuple(dict.fromkeys(plan.family for plan in plans))
            yield SearchBegun(families, self._until)
        with begun.clock.stage("prepare"):
            # a round is one turn: what would not fit the memory beside the others may be proposed again
            turns = laid_out(begun, self._buckets(plans, self._prepared), self._keeper, before)[:1]
            self._preparing = max(self._preparing, time.monotonic() - started)
        plans = [plan for bucket in turns[0] for plan in bucket.plans]
        n_networks = sum(len(bucket.members) for bucket in turns[0])
        yield RoundBegun(number, len(plans), n_networks)
        limits = limits_of([(one.plan, one.trained.judged.curves) for one in self.everyone], begun.metric)
        with begun.clock.stage("search"):
            trained = yield from train_turns(begun, turns, self._keeper, before, limits=limits)
        self.everyone += trained
        yield self._told(plans, trained, n_networks, started)

    def _next(self) -> tuple[Turns, list[Plan]]:
        """The turns before the next round, and its plans, or why there is none."""
        saved, before = self._saved()
        found = saved_turn(self._keeper, len(before))
        if found is not None and len(saved) > len(before):  # what an earlier process decided
            return before, list(found.plans)
        if self._fruitless >= self._patience:
            self.why = f"{self._since} rounds brought no gain"
            return before, []
        is_over = found is not None or saved_turn(self._keeper, len(before) + 1)  # what follows the search has begun
        plans = self._proposed(self._known) if self.spaces and not is_over else []
        if not plans:
            self.why = "the time is used up" if self._limit else "its budget is used up"
        return before, plans

    def _told(self, plans: Sequence[Plan], trained: Sequence[Candidate], n_networks: int, started: float) -> RoundDone:
        """Take in what a round brought, and tell it."""
        self._left -= self._work(plans)
        done_work = sum(self._done(one) for one in trained)
        self._declared += done_work
        self._seconds += sum(one.trained.seconds for one in trained)
        error = self._error()
        gained = error < self._best * (1 - self._rule.gain) if math.isfinite(self._best) else math.isfinite(error)
        counts = round_counts(done_work, self._round_work) if self._limit else 1.0
        self._since, self._fruitless = (0, 0.0) if gained else (self._since + 1, self._fruitless + counts)
        self._best = min(self._best, error)
        done = self._standing(len(plans), sum(one.pruned for one in trained))
        self.rounds.append(done)
        return RoundDone(
            done.number, done.plans, n_networks, done.pruned, done.best, done.score, time.monotonic() - started
        )

    def _standing(self, n_plans: int = 0, n_pruned: int = 0) -> Round:
        """Where the search stands."""
        metric, best = self._begun.metric, choice_of(self._begun, self.everyone).best()
        scores = mean_score(metric, best.errors), metric.of_error(self._best)
        seconds = time.monotonic() - self._begun.clock.started
        return Round(len(self.rounds), n_plans, n_pruned, best.plan.name, *scores, seconds)

    def importance(self) -> dict[str, float]:
        """Which choices mattered."""
        with self._begun.clock.stage("propose"):
            return choice_importance(self._history(), self.spaces, self._begun.settings.seed)

    def _history(self) -> list[Trial]:
        return [Trial(one.plan, mean_error(one.errors)) for one in self.everyone]

    @property
    def _until(self) -> str:
        """What ends it, in words."""
        fruitless = f"{self._patience} rounds bring no gain"
        if self._limit:
            return f"the time is used up or {fruitless}"
        return fruitless if math.isinf(self._left) else f"its budget is used up or {fruitless}"

    def _proposed(self, known: set[str]) -> list[Plan]:
        """The plans of a round, as many as its work and the time left allow."""
        most = min(self._round_work, self._left)
        if not self._limit:
            return self._filled(known, most, 1.0) if self._left >= _LEAST_ROUND * self._round_work else []
        left = self._work_in_time
        most = left if left < 1.5 * most else most  # rather one longer round than a stump of a last one
        for share in _SHARES:
            if most > 0 and (plans := self._filled(known, most, share)):
                return plans
        return []

    @property
    def _work_in_time(self) -> float:
        """The work that can be done in the time left, at the pace so far."""
        deadline = self._begun.clock.deadline(self._limit)
        assert deadline is not None, "there is a time limit"
        return (deadline - time.monotonic() - self._preparing) / (_SAFETY * self._seconds / max(self._declared, 1e-9))

    def _filled(self, known: set[str], most: float, share: float) -> list[Plan]:
        """Plans of some declared work.

        Args:
            known: Keys of plans that were tried.
            most: The work.
            share: Of their epochs that they get.
        """
        proposer = Proposer(self.spaces, self._history(), self._begun.settings.seed, len(self.everyone))
        plans, taken = list[Plan](), set(known)

        def add(family: str, beside: Values | None = None) -> Values | None:
            """One more plan; its configuration, or None where it would be too much."""
            name = self._name(family, plans)
            found = propose_plan(proposer, self.spaces[family], name, taken, beside)
            if found is None or len(plans) >= _MOST_PLANS:
                return None
            plan = shortened(found[0], max(share, self._least_share(found[0])))
            if math.isfinite(self._left):  # a budget is kept; a rate that never falls may end anywhere
                plan = replace(plan, epochs=expected_epochs(plan))
            if self._work([*plans, plan]) > (most if plans else min(_DEAREST * most, self._left)):
                return None
            plans.append(plan)
            taken.add(plan.key)
            return found[1]

        misses = 0
        for family in proposer.families():
            leader = add(family)
            misses += leader is None  # too much, or all of it is known: another family may still do
            if len(plans) >= _MOST_PLANS or misses > _MISSES * len(self.spaces):
                break
            for _ in range(self._beside(plans[-1]) if leader is not None else 0):
                if add(family, leader) is None:
                    break
        return plans

    def _beside(self, plan: Plan) -> int:
        """How many more plans of its shape cost next to nothing."""
        (bucket,) = self._buckets([plan], self._outlined)
        return min(_BESIDE, int(_FREE_FLOPS / (len(bucket.members) * bucket.step_flops)))

    def _name(self, family: str, plans: Sequence[Plan]) -> str:
        others = [one.plan for one in self.everyone] + list(plans)
        return f"{family} #{1 + sum(plan.family == family for plan in others)}"
