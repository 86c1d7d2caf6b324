"""The doctor at work on a run: the best plan is diagnosed, cures are trained beside random search, what helps is kept.

What a round tries may be chosen only where trying all of it and taking the best is better than the ailing plan beyond
the noise across folds (`training/choice.py`); then the one with the lowest mean error over folds is. Otherwise all of
it is taken back. Either way it is told, with the figures before and after.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from netwright.base.events import Diagnosed, EpochDone, Event, RemediesBegun
from netwright.base.finding import Finding
from netwright.base.keeper import Keeper
from netwright.base.plan import Member
from netwright.doctor.case import Case
from netwright.doctor.diagnosis import diagnose, of_the_search
from netwright.doctor.facts import case_of
from netwright.doctor.prescription import Prescription, changes, controls, prescribe
from netwright.evaluate.more_rows import MoreRows
from netwright.stages.account import cut_early, note_of_a_cut, notes_of_divergence
from netwright.stages.begun import Begun, buckets_of, choice_of
from netwright.stages.trained import SavedTurn, laid_out, leading, saved_turn, train_turns
from netwright.training.baselines import TrainedBaseline
from netwright.training.candidate import Candidate, mean_error, mean_score
from netwright.training.population import Bucket
from netwright.tune.presets import Proposal, search_of

#: Rounds of treatment, cures that are tried in each, and operations that a round may take before it tries fewer.
_ROUNDS, _MOST, _FEWEST, _OPERATIONS = 2, 6, 1, 2e12
#: All that a round tries is tested at once (`training/choice.py`), whatever one of it would be worth alone.
_NOISE = "the round as a whole was no better beyond noise"
#: Less time than this share of what training took is no time for a round; and with a time limit cures take about this
#: share of what is left where a search follows.
_LEAST_TIME, _SHARE_OF_TIME = 0.3, 0.3


@dataclass
class _Round:
    """One plan as the doctor sees it, and what is tried for it.

    Args:
        patient: The plan.
        case: All that is known of it.
        findings: What was found.
        tried: The cures and controls.
        reason: Why nothing was tried, where there would have been something.
    """

    patient: Candidate
    case: Case
    findings: list[Finding]
    tried: list[Prescription] = field(default_factory=list)
    reason: str = ""

    @property
    def ailing(self) -> list[Finding]:
        """What a cure is wanted for."""
        return [finding for finding in self.findings if finding.severity == "warning"]


@dataclass(frozen=True)
class Treated:
    """A population after the doctor has seen it.

    Args:
        candidates: Those that were proposed, and after them the cures and controls.
        findings: What ails or ailed the plans, the remedies of each in its evidence.
        healthy: Whether nothing ails the chosen plan.
        case: The chosen plan.
    """

    candidates: tuple[Candidate, ...]
    findings: tuple[Finding, ...]
    healthy: bool
    case: Case


def treat(
    begun: Begun,
    proposed: Sequence[Candidate],
    baselines: Sequence[TrainedBaseline],
    keeper: Keeper | None = None,
    *,
    cure: bool = True,
) -> Generator[Event, None, Treated]:
    """Diagnose the plans, and try to cure the best one while it ails and there is time.

    Args:
        begun: The run.
        proposed: The trained plans.
        baselines: What the networks have to beat.
        keeper: Keeps the work.
        cure: Whether to try cures at all.
    """
    everyone, cure = list(proposed), cure and not begun.settings.no_repair
    rounds = [_seen(begun, choice_of(begun, everyone).best(), everyone, baselines)]
    while rounds[-1].ailing and cure and len(rounds) <= _ROUNDS:
        everyone += yield from _tried(begun, rounds[-1], everyone, keeper)
        best = choice_of(begun, everyone).best()
        if best is rounds[-1].patient:
            break
        rounds.append(_seen(begun, best, everyone, baselines))
    treated = _told(begun, everyone, rounds, baselines)
    yield Diagnosed((*treated.findings, *_cut(rounds[-1].patient)), treated.healthy, begun.settings.lang)
    return treated


def see_again(
    begun: Begun, treated: Treated, everyone: Sequence[Candidate], baselines: Sequence[TrainedBaseline]
) -> Generator[Event, None, Treated]:
    """Look at the plan that a search put in the place of the one that was treated; what it ails of is told, not cured.

    Args:
        begun: The run.
        treated: What the doctor said before the search.
        everyone: All candidates after it.
        baselines: What the networks have to beat.
    """
    best = choice_of(begun, everyone).best()
    if any(best.plan.key == one.plan.key for one in treated.candidates):
        return replace(treated, candidates=tuple(everyone))
    own = _seen(begun, best, everyone, baselines)
    own.reason = "found by the search, after the cures"
    before = [replace(f, severity="note") if f.severity == "warning" else f for f in treated.findings]
    of = {one.plan.key: one for one in everyone}
    told = [*_with_trials(begun, own, of, best), *(f for f in own.findings if f.severity != "warning")]
    now = [of_the_search(finding, {best.plan.key}) for finding in told]
    again = Treated(tuple(everyone), tuple(_once([*before, *now])), not own.ailing and not _cut(best), own.case)
    if not again.healthy or not treated.healthy:
        yield Diagnosed((*now, *_cut(best)), again.healthy, begun.settings.lang)
    return again


def _cut(best: Candidate) -> list[Finding]:
    """Of networks that a time limit cut early nothing sound can be said: told as a warning, which the record holds."""
    return [note_of_a_cut(best)] if cut_early(best) else []


def _seen(
    begun: Begun, patient: Candidate, everyone: Sequence[Candidate], baselines: Sequence[TrainedBaseline]
) -> _Round:
    """What ails a plan, as far as that can be told before the learning curve over rows is known."""
    beside = [one for one in choice_of(begun, everyone).admitted() if one is not patient]  # what was taken back is none
    target, split, lang = begun.origin.target, begun.split, begun.settings.lang
    with begun.clock.stage("diagnose"):
        case = case_of(patient, [patient, *beside], baselines, split, target, begun.truth, begun.metric, begun.findings)
        found = diagnose(case, lang)
    return _Round(patient, case, [_with_causes(finding, patient, lang) for finding in found])


def _with_causes(finding: Finding, patient: Candidate, lang: str) -> Finding:
    """Of networks that diverged what stopped each of them: the rows, columns and layers, where they are known."""
    known = [own for own in notes_of_divergence([patient]) if own.code == finding.code]
    if not known or finding.evidence["variant"] == "blown-up":
        return finding
    (causes,) = known
    seen = causes.message.removeprefix(f"{patient.plan.name}: ")
    evidence = {**finding.evidence, **causes.evidence, "seen": seen, "todo": causes.advice}
    if lang == "en":
        return replace(causes, severity=finding.severity, evidence=evidence)
    return replace(finding, columns=causes.columns, evidence=evidence)


def would_more_rows_help(begun: Begun, treated: Treated, more_rows: MoreRows | None) -> tuple[Finding, ...]:
    """What the doctor makes of the learning curve over rows.

    Args:
        begun: The run.
        treated: Its population.
        more_rows: The curve.
    """
    if more_rows is None:
        return ()
    case = replace(treated.case, facts=replace(treated.case.facts, more_rows=more_rows))
    found = diagnose(case, begun.settings.lang)
    return tuple(finding for finding in found if finding.code == "too-little-data")


def _tried(
    begun: Begun, own: _Round, everyone: Sequence[Candidate], keeper: Keeper | None
) -> Generator[EpochDone | RemediesBegun, None, list[Candidate]]:
    """Train the cures of a round and as many plans drawn by chance."""
    plan, known = own.patient.plan, {one.plan.key for one in everyone} | {p.key for p in begun.proposal.plans}
    cures = prescribe(plan, own.ailing, known, _how_many(begun, own.patient))
    own.tried = _different([*cures, *controls(plan, cures, begun.settings.seed)], known)
    if not own.tried:
        return []
    turns_before = (keeper.turns() if keeper else None) or []
    before = leading(turns_before, known)
    own.tried = _in_time(begun, own, saved_turn(keeper, len(before)) if len(turns_before) > len(before) else None)
    if not own.tried:
        own.reason = "no time was left"
        return []
    seeds = len({member.seed for member in own.patient.trained.members})
    proposal = Proposal(tuple(one.plan for one in own.tried), (seeds,) * len(own.tried))
    with begun.clock.stage("prepare"):
        buckets = buckets_of(replace(begun, proposal=proposal))
        turns = laid_out(begun, buckets, keeper, before)
    n_networks = sum(len(bucket.members) for bucket in buckets)
    yield RemediesBegun(tuple(one.plan.name for one in own.tried), n_networks, begun.settings.lang)
    with begun.clock.stage("train"):
        trained = yield from train_turns(begun, turns, keeper, before, plan.key)
    place = {one.plan.key: number for number, one in enumerate(own.tried)}
    return sorted(trained, key=lambda one: place[one.plan.key])


def _different(tried: Sequence[Prescription], known: set[str]) -> list[Prescription]:
    """Without plans that were trained already."""
    kept = {one.plan.key: one for one in reversed(tried) if one.plan.key not in known}
    return list(reversed(kept.values()))


def _how_many(begun: Begun, patient: Candidate) -> int:
    """How many cures a round tries: a fixed rule from the work that the ailing plan was, never a timing."""
    members, folds = patient.trained.members, patient.trained.folds
    bucket = Bucket([Member(one.plan, one.fold, one.seed) for one in members], folds, begun.problem)
    work = len(members) * bucket.step_flops * bucket.steps * patient.plan.epochs
    return max(_FEWEST, min(_MOST, int(_OPERATIONS / (2 * max(work, 1.0)))))


def _in_time(begun: Begun, own: _Round, saved: SavedTurn | None) -> list[Prescription]:
    """What is tried within a time limit: cures may take a part of what is left, and the search that follows the rest.

    Args:
        begun: The run.
        own: The round.
        saved: What an earlier process trained next; it has decided.
    """
    deadline = begun.clock.deadline(begun.settings.time_limit)
    if deadline is None:
        return own.tried
    if saved is not None:
        decided = {plan.key for plan in saved.plans} if saved.parent == own.patient.plan.key else set()
        return [one for one in own.tried if one.plan.key in decided]
    left = deadline - time.monotonic()
    if left <= _LEAST_TIME * begun.clock.seconds["train"]:
        return []
    if search_of(begun.settings) is None:
        return own.tried
    cures = [one for one in own.tried if not one.is_control]
    most = int(_SHARE_OF_TIME * left / max(own.patient.trained.seconds, 1e-3) / 2)
    if most >= len(cures):
        return own.tried
    return [*cures[:most], *[one for one in own.tried if one.is_control][:most]]


def _told(
    begun: Begun, everyone: Sequence[Candidate], rounds: Sequence[_Round], baselines: Sequence[TrainedBaseline]
) -> Treated:
    """Everything that was found and tried, in words; the last round's patient is the chosen plan."""
    *cured, last = rounds
    best, of = last.patient, {one.plan.key: one for one in everyone}
    findings = [finding for own in cured for finding in _with_trials(begun, own, of, best)]
    findings += [*_with_trials(begun, last, of, best), *(f for f in last.findings if f.severity != "warning")]
    treated = {own.patient.plan.key for own in rounds}
    for one in everyone:  # another plan does better: what ails them costs nothing
        if not one.parent and one.plan.key not in treated:
            findings += [replace(f, severity="note") for f in _seen(begun, one, everyone, baselines).findings]
    return Treated(tuple(everyone), tuple(_once(findings)), not last.ailing and not _cut(best), last.case)


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Without what is true of the data and was told of another plan already."""
    seen: set[str] = set()
    for finding in findings:
        of_data = {key: value for key, value in finding.evidence.items() if key not in ("plan", "plan_key", "remedies")}
        told = json.dumps([finding.code, of_data], sort_keys=True, default=str)
        if told not in seen:
            yield finding
        seen.add(told)


def _trial(begun: Begun, own: _Round, tried: Prescription, of: dict[str, Candidate], best: Candidate) -> dict[str, Any]:
    """One cure or control as `findings.json` keeps it."""
    helped = best is not own.patient
    metric, patient = begun.metric, own.patient
    entry = {
        "remedy": tried.remedy or "random-search",
        "title": tried.title(begun.settings.lang),
        "kind": "control" if tried.is_control else "remedy",
        "cures": tried.code,
        "plan": tried.plan.name,
        "plan_key": tried.plan.key,
        "changes": changes(patient.plan, tried.plan),
        "before": mean_score(metric, patient.errors),
    }
    after = of.get(tried.plan.key)
    if after is None:
        return {**entry, "after": None, "gain": None, "p_value": None, "accepted": False, "reason": "no time was left"}
    was, now = mean_error(patient.errors), mean_error(after.errors)
    accepted = _led_to(after, best, of)
    reason = "" if accepted else "no better" if now >= was else "another one was better" if helped else _NOISE
    return {
        **entry,
        "after": mean_score(metric, after.errors),
        "gain": (was - now) / was if was and math.isfinite(was) and math.isfinite(now) else None,
        "p_value": choice_of(begun, (patient, after)).p_value(after, patient),
        "accepted": accepted,
        "reason": reason,
    }


def _led_to(one: Candidate, best: Candidate, of: dict[str, Candidate]) -> bool:
    """Whether the chosen plan is this one or was made from it."""
    step: Candidate | None = best
    while step is not None and step is not one:
        step = of.get(step.parent) if step.parent else None
    return step is one


def _with_trials(begun: Begun, own: _Round, of: dict[str, Candidate], best: Candidate) -> Iterator[Finding]:
    """What ails a plan, each with the cures that were tried for it; the first has the controls, too.

    Of a plan in whose place another one came it is only a note.
    """
    trials = [_trial(begun, own, one, of, best) for one in own.tried]
    for number, finding in enumerate(own.ailing):
        mine = [t for t in trials if (number == 0 if t["kind"] == "control" else t["cures"] == finding.code)]
        tried = {"remedies": mine} if trials else {"not_tried": own.reason} if own.reason else {}
        severity = finding.severity if own.patient is best else "note"
        yield replace(finding, severity=severity, evidence={**finding.evidence, **tried})
