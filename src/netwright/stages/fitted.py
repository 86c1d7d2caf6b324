"""The plans of a preset fitted to a time limit: fewer epochs, seeds or plans, so that each schedule comes to its end.

A schedule that is cut leaves a network at a high learning rate; one that is shorter leaves a trained network. How long
an epoch takes is measured in a few steps; where it is the preset that ends a run, it is declared, so that nothing
depends on the clock. What was decided is saved with the work, and a run that goes on keeps to it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from netwright.base.finding import Finding
from netwright.base.keeper import Keeper
from netwright.base.plan import Plan
from netwright.stages.begun import Begun, buckets_of
from netwright.stages.trained import saved_turn
from netwright.training.needs import outlined_folds
from netwright.training.pace import declared_seconds
from netwright.training.population import Bucket
from netwright.training.probe import epoch_seconds
from netwright.tune.presets import EFFORTS, Proposal, enough_share, search_of, shortened

#: The share of the time left that the first plans may take where a search follows, and where none does.
_BEFORE_SEARCH, _ALONE = 0.5, 0.9
#: Below this share of its epochs, or of those of the default preset, a plan makes way for another one.
_LEAST_SHARE = 0.3
#: Of the families that make way for each other the first stays.
_STAYS = ("realmlp", "mlp")


def fit_to_time(begun: Begun, keeper: Keeper | None = None) -> Begun:
    """The same run with plans that can be trained to their end in the time that is left.

    Args:
        begun: The run; with `--epochs`, or where neither a time limit nor the preset ends it, it stays as it is.
        keeper: Knows what an earlier process decided.
    """
    settings = begun.settings
    deadline = begun.clock.deadline(settings.time_limit)
    means = means_of(begun)
    if settings.epochs is not None or (deadline is None and math.isinf(means)):
        return begun
    saved = _decided(begun, keeper)
    if saved is not None:
        return _told(begun, saved)
    with begun.clock.stage("prepare"):
        if deadline is None:
            seconds, left = _declared(begun), means * _BEFORE_SEARCH
        else:
            seconds = _seconds(begun)
            left = (deadline - time.monotonic()) * (_ALONE if search_of(settings) is None else _BEFORE_SEARCH)
        enough = {plan.key: enough_of(begun, plan) for plan in begun.proposal.plans}
        return _told(begun, fitted(begun.proposal, seconds, left, open_choice=not settings.model, enough=enough))


def means_of(begun: Begun) -> float:
    """Declared seconds that all plans of a run may take together; infinite under a time limit, which says it better.

    Args:
        begun: The run; whoever asks for more folds than the preset has gets as much for each.
    """
    settings, effort = begun.settings, EFFORTS[begun.settings.preset]
    if settings.time_limit is not None or not begun.plain or search_of(settings) is None:
        return math.inf
    return effort.seconds * max(1.0, len(begun.split.folds) / effort.folds)


def enough_of(begun: Begun, plan: Plan) -> float:
    """The share of its epochs with which a plan is as long as that of the default preset, 1 where it never is longer.

    Args:
        begun: The run.
        plan: Of the preset of its settings.
    """
    table, task = begun.split.development, begun.origin.target.task
    return enough_share(plan, begun.settings, task, table.n_rows, table.schema.arrays)


def _told(begun: Begun, proposal: Proposal) -> Begun:
    """A run with another proposal, and what became of the first one among its findings."""
    if proposal == begun.proposal:
        return begun
    said = what_became(begun.proposal, proposal)
    if not said:
        return replace(begun, proposal=proposal)
    whole = {plan.name: plan.epochs for plan in begun.proposal.plans}
    now = {plan.name: plan.epochs for plan in proposal.plans}
    limited = begun.settings.time_limit is not None
    what = "--time-limit" if limited else f"the minute or so of --preset {begun.settings.preset}"
    advice = "raise --time-limit" if limited else "--preset best, or a --time-limit, trains longer"
    evidence = {"whole": whole, "now": now}
    finding = Finding("fitted_to_time", "training", "note", f"fitted to {what}: {said}", advice, evidence=evidence)
    return replace(begun, proposal=proposal, findings=(*begun.findings, finding))


def what_became(before: Proposal, after: Proposal) -> str:
    """What a time limit did to the plans, in words; empty where it did nothing.

    Args:
        before: What the preset proposes.
        after: The same fitted to the limit.

    Example:
        >>> plans = Plan("mlp", "mlp", {}, epochs=100), Plan("realmlp", "realmlp", {}, epochs=256)
        >>> what_became(Proposal(plans, (2, 2)), Proposal((replace(plans[1], epochs=40),), (1,)))
        'mlp left out; realmlp 256 -> 40 epochs, 2 -> 1 networks a fold'
    """
    now = {plan.name: (plan.epochs, seeds) for plan, seeds in zip(after.plans, after.seeds, strict=True)}
    said = []
    for plan, seeds in zip(before.plans, before.seeds, strict=True):
        if plan.name not in now:
            said.append(f"{plan.name} left out")
            continue
        epochs, n = now[plan.name]
        changes = [f"{plan.epochs:,} -> {epochs:,} epochs"] if epochs != plan.epochs else []
        changes += [f"{seeds} -> {n} networks a fold"] if n != seeds else []
        said += [f"{plan.name} {', '.join(changes)}"] if changes else []
    return "; ".join(said)


def fitted(
    proposal: Proposal,
    seconds: dict[str, float],
    left: float,
    *,
    open_choice: bool,
    enough: Mapping[str, float] | None = None,
) -> Proposal:
    """A proposal that takes no longer than the time left: cheap plans stay whole, the dear ones share what is left.

    Args:
        proposal: What the preset proposes.
        seconds: For each plan, by key, what all its networks take to the last epoch, one after the other.
        left: Seconds that it may take.
        open_choice: Whether families may make way for each other; those that the user named may not.
        enough: For each plan, by key, the share of its epochs that is as good as all of them where time is short; 1
            where it is left out.

    Example:
        >>> plans = Plan("mlp", "mlp", {}, epochs=100), Plan("realmlp", "realmlp", {}, epochs=50)
        >>> seconds = {plan.key: 40.0 for plan in plans}
        >>> [(p.name, p.epochs) for p in fitted(Proposal(plans, (2, 1)), seconds, 35.0, open_choice=True).plans]
        [('mlp', 87), ('realmlp', 21)]
        >>> [(p.name, p.epochs) for p in fitted(Proposal(plans, (2, 1)), seconds, 20.0, open_choice=True).plans]
        [('realmlp', 25)]
        >>> enough = {plan.key: 0.5 for plan in plans}
        >>> both = fitted(Proposal(plans, (2, 1)), seconds, 20.0, open_choice=True, enough=enough)
        >>> [(p.name, p.epochs) for p in both.plans]
        [('mlp', 50), ('realmlp', 12)]
        >>> seconds = dict(zip(seconds, (4.0, 100.0)))
        >>> [(p.name, p.epochs) for p in fitted(Proposal(plans, (2, 1)), seconds, 3.0, open_choice=True).plans]
        [('mlp', 100)]
    """
    if sum(seconds.values()) <= left:
        return proposal
    seeds = dict(zip((plan.key for plan in proposal.plans), proposal.seeds, strict=True))
    costs = {key: seconds[key] / n for key, n in seeds.items()}  # one network a fold
    plans = list(proposal.plans)
    shares, least = _shares(costs, left), {key: _LEAST_SHARE * (enough or {}).get(key, 1.0) for key in costs}
    while open_choice and len(plans) > 1 and any(share < least[key] for key, share in shares.items()):
        stays = _that_stays(plans, costs, left, least)
        plans.remove(max((plan for plan in plans if plan is not stays), key=lambda plan: costs[plan.key]))
        shares = _shares({plan.key: costs[plan.key] for plan in plans}, left)
    return Proposal(tuple(shortened(plan, shares[plan.key]) for plan in plans), (1,) * len(plans))


def _shares(costs: dict[str, float], left: float) -> dict[str, float]:
    """The share of its epochs that each plan gets: none takes more than its part of what cheaper ones leave.

    Example:
        >>> _shares({"dear": 100.0, "cheap": 2.0}, 12.0)
        {'cheap': 1.0, 'dear': 0.1}
    """
    shares = {}
    for n_before, (key, cost) in enumerate(sorted(costs.items(), key=lambda pair: pair[1])):
        own = min(cost, max(0.0, left) / (len(costs) - n_before))
        shares[key], left = own / cost if cost > 0 else 1.0, left - own
    return shares


def _that_stays(plans: Sequence[Plan], costs: dict[str, float], left: float, least: Mapping[str, float]) -> Plan:
    """The plan that others make way for: by family where it comes far enough alone, else what comes farthest."""
    for family in _STAYS:
        for plan in plans:
            if plan.family == family and left >= least[plan.key] * costs[plan.key]:
                return plan
    return min(plans, key=lambda plan: costs[plan.key])


def _decided(begun: Begun, keeper: Keeper | None) -> Proposal | None:
    """What an earlier process trained in the turns before any cure or search."""
    known = {(plan.name, plan.family) for plan in begun.proposal.plans}
    plans, seeds = list[Plan](), list[int]()
    for turn in range(len((keeper.turns() if keeper else None) or [])):
        saved = saved_turn(keeper, turn)
        if saved is None or saved.parent or not {(plan.name, plan.family) for plan in saved.plans} <= known:
            break
        plans += saved.plans
        seeds += saved.seeds
    return Proposal(tuple(plans), tuple(seeds)) if plans else None


def _seconds(begun: Begun) -> dict[str, float]:
    """For each plan what its networks take to the last epoch on this machine."""
    seconds = dict[str, float]()
    for bucket in buckets_of(begun):
        an_epoch = epoch_seconds(bucket)
        seconds |= {plan.key: an_epoch * share * plan.epochs for plan, share in _shared_by(bucket)}
    return seconds


def _declared(begun: Begun) -> dict[str, float]:
    """The same by declaration."""
    return {
        plan.key: declared_seconds(bucket) * share
        for bucket in buckets_of(begun, outlined_folds)
        for plan, share in _shared_by(bucket)
    }


def _shared_by(bucket: Bucket) -> list[tuple[Plan, float]]:
    """The plans of a bucket, each with its share of the networks."""
    return [
        (plan, sum(own.plan.key == plan.key for own in bucket.members) / len(bucket.members)) for plan in bucket.plans
    ]
