"""The whole order of a run, from the user's data to its record, and the only place that knows it.

::

    load (read, kinds, roles, task) -> begin (split, test rows under seal; audit; plans) -> baselines -> train
         -> treat (diagnose; cures, kept where they help) -> search (better networks, while there are any; diagnose)
         -> distil (where asked for: the ensemble taught to one plan)
         -> judge (choose on validation, explain, open the test rows, once; record)
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netwright.audit.check import audit_table
from netwright.audit.stop import allow_stops, refuse_stops
from netwright.base.clock import Clock
from netwright.base.curves import Curves
from netwright.base.errors import PlanError
from netwright.base.events import (
    Audited,
    BaselinesFitted,
    Event,
    KindsFound,
    Noticed,
    Resumed,
    SizesTried,
    TableRead,
    TakenOver,
    TaskChosen,
    TrainingDone,
    TrainingStarted,
    follow,
)
from netwright.base.finding import Finding
from netwright.base.keeper import Earlier, Keeper
from netwright.base.plan import Plan
from netwright.base.settings import Settings, parse_bins
from netwright.base.split import Split
from netwright.base.table import Table
from netwright.evaluate.metrics import Metric, choose_metric
from netwright.evaluate.more_rows import MoreRows
from netwright.jobs.forecasting import forecast_baselines, judge_series, load_series
from netwright.jobs.judged import judge_table
from netwright.jobs.unlabelled import baselines_of_purpose, judge_purpose, load_unlabelled
from netwright.preparation.choosing import explained
from netwright.preparation.derived import check_formulas, check_worth
from netwright.preparation.load import Loaded, load_target, read_table, with_own_parts, with_roles
from netwright.preparation.outliers import with_outliers
from netwright.preparation.preparer import check_bins
from netwright.preparation.split import MIN_ROWS, MIN_UNSEALED_ROWS, SplitRule, split_table
from netwright.preparation.target import Target
from netwright.sources.registry import refuse_mere_folder
from netwright.stages.account import (
    notes_of_divergence,
    notes_of_size,
    rows_split,
    without_time,
)
from netwright.stages.begun import (
    Begun,
    buckets_of,
    identity,
    refuse_before_the_start,
    refuse_divergence,
    refuse_large_cells,
)
from netwright.stages.distilled import Distilled, distil
from netwright.stages.fitted import fit_to_time
from netwright.stages.foreseen import foresee_teaching, foresee_test
from netwright.stages.recorded import Opening, Outcome, Tried
from netwright.stages.searched import search
from netwright.stages.trained import kept, laid_out, saved_plans, taken_over, train_turns
from netwright.stages.treated import see_again, treat, would_more_rows_help
from netwright.training.baselines import TrainedBaseline, train_baselines
from netwright.training.candidate import (
    Candidate,
    fold_errors,
    mean_error,
    mean_score,
)
from netwright.training.device import choose_device, device_in_words, threads_for, why_this_device
from netwright.training.fewer_rows import learning_curve, parts
from netwright.training.memory import free_memory
from netwright.training.own_modules import fitted_plans
from netwright.training.start import start_of
from netwright.tune.presets import EFFORTS, Proposal, propose, purpose_of_run

#: What baselines take for a cell of a fold on one machine of today, and their share of a time limit that is too much.
_CELL_SECONDS, _BASELINES_SHARE = 3.5e-6, 0.25
#: Share of a time limit for growing trees.
_TREES_SHARE = 0.1
#: From so many pictures on there is one validation part: networks that see them take long.
_MANY_PICTURES = 400
#: Findings of the end of a run that are told at once.
_NOTICED = ("derived", "not-distilled", "kept_before", "over_time")


def execute(
    data: object, settings: Settings, clock: Clock | None = None, keeper: Keeper | None = None
) -> Generator[Event, None, Outcome]:
    """One run, from data to record.

    Args:
        data: Whatever a source accepts.
        settings: The user's options.
        clock: Begun at the start of the command; now where None.
        keeper: Keeps the work while it goes on, and hands back what a run that was stopped left; None keeps nothing.

    Raises:
        UserError: The data or the options cannot be used.
    """
    clock, (data, settings) = clock or Clock(), with_own_parts(data, settings)
    with clock.stage("read"):
        loaded = [(yield from load(data, settings))]
    if keeper is not None:
        target = loaded[0].target
        found = keeper.begin(loaded[0].table.source.stem, target.name or target.task, identity(loaded[0], settings))
        if found is not None:
            clock.add("train", found.seconds)
            yield Resumed(found.step, found.epoch, found.notes)
    begun = yield from begin(loaded.pop(), settings, clock)  # from here on the seal holds the only handle to test rows
    earlier = keeper.earlier if keeper else None
    begun = replace(begun, earlier=earlier)
    baselines = yield from fit_baselines(begun)
    if keeper is None or earlier is None:
        begun = fit_to_time(begun, keeper)
        for finding in begun.findings:
            if finding.code == "fitted_to_time":
                yield Noticed(finding)
        candidates = yield from train_plans(begun, keeper)
    else:
        candidates = yield from take_over(begun, keeper, earlier)
        begun = replace(
            begun,
            proposal=Proposal.of(saved_plans(keeper, earlier.turns)),
            taken_over=frozenset(one.plan.key for one in candidates),
        )
    cure = earlier is None and settings.start_from is None  # who takes other widths or inputs leaves the encoder behind
    treated = yield from treat(begun, candidates, baselines, keeper, cure=cure)
    refuse_divergence(begun, treated.candidates)
    searched = yield from search(begun, treated.candidates, keeper, treated.findings)
    treated = yield from see_again(begun, treated, searched.candidates, baselines)
    more_rows = yield from try_fewer_rows(begun, keeper)
    diagnosis = (*treated.findings, *would_more_rows_help(begun, treated, more_rows), *searched.findings)
    distilled = yield from distil(begun, searched.candidates, baselines, keeper)
    outcome = judge(begun, searched.candidates, baselines, more_rows, diagnosis, searched.to_json(), distilled)
    for finding in outcome.record.findings[len(begun.findings) :]:
        if finding.where == "split" or finding.code in _NOTICED:  # what the opened test rows, and validation, showed
            yield Noticed(finding)
    return outcome


def load(data: object, settings: Settings) -> Generator[Event, None, Loaded]:
    """Read the data, decide kinds, roles and task."""
    return (yield from job_of(settings).load(data, settings))


def load_table(data: object, settings: Settings) -> Generator[Event, None, Loaded]:
    """The same of a table with a target."""
    if settings.target is None:
        refuse_mere_folder(data)
        raise PlanError(
            "--target must name the column to predict. `netwright audit DATA` lists the columns. Where there is none, "
            "pass --task unsupervised."
        )
    table = read_table(data, settings)
    refuse_large_cells(table, free_memory(choose_device("cpu")))
    yield TableRead(table.source, table.n_rows, len(table.schema.columns))
    table = with_roles(table, settings)
    yield KindsFound(table.schema, table.source.notes)
    return load_target(table, settings)


def deal(loaded: Loaded, settings: Settings, *, seal: bool = True) -> Generator[Event, None, Split]:
    """Set the test rows aside (unless the caller keeps its own) and deal the others into folds."""
    target, metric = loaded.target, metric_of(settings, loaded.target)
    loaded = loaded.with_choice(settings)
    scaled = bool(loaded.more.get("scaled"))
    why, n_without = loaded.why, loaded.n_without_target
    yield TaskChosen(target.task, target.name, metric.name, target.classes, why, n_without, target.steps, scaled)
    # a preset with one validation part has one, unless the user asked for folds or brought validation rows
    folds, by_folds = EFFORTS[settings.preset].folds, (settings.folds, settings.repeats, settings.valid_data)
    large, hurried = loaded.table.in_files, _is_short(settings.time_limit, loaded.table)
    pictures = "image" in loaded.table.schema.arrays and loaded.table.n_rows >= _MANY_PICTURES
    # who makes rows is judged by what was made, once, and all networks would make them together
    making = purpose_of_run(settings, target.task) in ("make", "draw")
    one_part = (folds == 1 or large or hurried or pictures or making) and by_folds == (None, None, None)
    assert loaded.choice is not None, "the line above chooses"
    rule = SplitRule(
        how=loaded.choice.how,
        by=loaded.choice.by,
        gap=settings.gap or float(target.steps),  # no step ahead of a train row lies in what judges it
        test_size=(settings.test_size or SplitRule.test_size) if seal else 0.0,
        folds=settings.folds or (folds if folds > 1 else SplitRule.folds),
        valid_size=settings.valid_size or (SplitRule.test_size if one_part else None),
        seed=settings.seed,
        least_rows=MIN_ROWS if seal else MIN_UNSEALED_ROWS,
        repeats=settings.repeats or 1,
        train_rows=settings.train_rows,
        sampling=settings.sampling,
        class_weight=settings.class_weight,
    )
    split = explained(
        split_table(loaded.table, target, rule, loaded.test, loaded.valid), loaded.choice, loaded.table, settings
    )
    if one_part and folds > 1:
        why = "folds would take too much of the time limit"
        why = "the table is large" if large else "networks of pictures take long" if pictures else why
        why = "new rows are judged by the test rows" if making else why
        split = replace(split, notes=(*split.notes, f"one validation part, since {why}; --folds overrides"))
    yield rows_split(split)
    return split


def metric_of(settings: Settings, target: Target) -> Metric:
    """What a run is judged by; forecasts by their mean absolute error, unless the user says otherwise.

    Without a target what its families are for says it.
    """
    named = settings.metric or ("mae" if target.steps else None)
    return choose_metric(named, target.task, purpose_of_run(settings, target.task))


def _is_short(limit: float | None, table: Table) -> bool:
    """Whether the baselines of all folds alone would take too much of a time limit: by a fixed rule from the cells."""
    n_cells = table.n_rows * len(table.schema.features)
    return limit is not None and _CELL_SECONDS * n_cells * SplitRule.folds > _BASELINES_SHARE * limit


def begin(loaded: Loaded, settings: Settings, clock: Clock, *, seal: bool = True) -> Generator[Event, None, Begun]:
    """Split, audit the development rows, make the plans; every option is checked after this.

    Args:
        loaded: The data.
        settings: The user's options.
        clock: Of the run.
        seal: Whether to set test rows aside; the estimators leave that to their caller.

    Raises:
        UserError: An option is not possible, or a column gives the target away and `--allow-leak` is not given.
    """
    device = choose_device(settings.device)
    check_bins(parse_bins(settings.bin), loaded.table.schema.features)
    check_formulas(settings.derive, loaded.table.schema)
    with clock.stage("read"):
        split = yield from deal(loaded, settings, seal=seal)
        check_worth(settings.derive, split.development.sampled())
        split = with_outliers(split, loaded.target, settings.outliers)
    table, started = split.development, tuple[Finding, ...]()
    if settings.start_from is not None:
        start = start_of(settings.start_from)
        start.check(table.schema.features)
        started = (start.finding(loaded.table.source.fingerprint),)
    proposal = propose(settings, loaded.target.task, table.n_rows, table.schema.arrays)
    plans, of_modules = fitted_plans(proposal.plans, split, loaded.target)
    proposal = replace(proposal, plans=plans)
    with clock.stage("audit"):
        looked_at = split.development.sampled()
        audited = () if loaded.target.steps else audit_table(looked_at)  # of a series framing said what there is to say
        findings = (*loaded.findings, *split.findings, *audited, *notes_of_size(split, looked_at.n_rows))
        findings = (*findings, *of_modules, *started)
        findings = allow_stops(findings) if settings.allow_leak else findings
    yield Audited(findings)
    if seal:  # an estimator warns instead
        refuse_stops(findings)
    metric, truth = metric_of(settings, loaded.target), loaded.target.numbers(split.development)
    begun = Begun(settings, loaded.origin, split, findings, proposal, metric, truth, device, clock)
    refuse_before_the_start(begun, free_memory(device))
    foresee_teaching(begun)
    return begun


def fit_baselines(begun: Begun) -> Generator[Event, None, list[TrainedBaseline]]:
    """What the network has to beat, on the same folds."""
    with begun.clock.stage("baselines"):
        baselines = list(job_of(begun.settings).baselines(begun))
    foresee_test(begun, baselines)
    scores = {base.name: mean_score(begun.metric, _errors(begun, base)) for base in baselines}
    yield BaselinesFitted(scores, begun.clock.seconds["baselines"])
    return baselines


def train_plans(begun: Begun, keeper: Keeper | None = None) -> Generator[Event, None, list[Candidate]]:
    """Train every plan on every fold, side by side where the memory allows, from where saved work ends."""
    clock = begun.clock
    with clock.stage("prepare"):
        buckets = buckets_of(begun)
        turns = laid_out(begun, buckets, keeper, before=[])
    n_members = Counter(member.plan.key for bucket in buckets for member in bucket.members)
    yield TrainingStarted(
        plans=tuple(plan for bucket in buckets for plan in bucket.plans),
        members=tuple(n_members[plan.key] for bucket in buckets for plan in bucket.plans),
        networks=tuple(bucket.sample.in_a_line() for bucket in buckets for _ in bucket.plans),
        parameters=tuple(bucket.sample.member_parameters for bucket in buckets for _ in bucket.plans),
        device=device_in_words(begun.device, threads_for(turns[0])),
        cores=os.cpu_count() or 1,
        free_bytes=free_memory(begun.device),
        why=why_this_device(begun.device, begun.settings.device),
        turns=len(turns),
        bytes=max(sum(bucket.bytes for bucket in turn) for turn in turns),
    )
    with clock.stage("train"):
        candidates = yield from train_turns(begun, turns, keeper, before=[])
    if not any(candidate.has_learned for candidate in candidates) and begun.settings.no_repair:
        refuse_divergence(begun, candidates)  # the doctor may not even try
    curves = Curves.joined([candidate.trained.judged.curves for candidate in candidates])
    yield TrainingDone(
        epochs=curves.train_loss.shape[1] - 1,
        best_epochs=tuple(int(epoch) for epoch in curves.best_epoch),
        scores={
            c.plan.name: mean_score(begun.metric, c.errors)
            for c in sorted(candidates, key=lambda one: mean_error(one.errors))
        },
        statuses={status: curves.status.count(status) for status in sorted(set(curves.status))},
        left_out=without_time(begun.proposal.plans, candidates),
        findings=tuple(notes_of_divergence(candidates)),
        seconds=clock.seconds["train"],
    )
    return candidates


def take_over(begun: Begun, keeper: Keeper, earlier: Earlier) -> Generator[Event, None, list[Candidate]]:
    """The trained plans of the finished run that this one goes on from."""
    candidates = yield from taken_over(begun, keeper, earlier.turns)
    names = tuple(one.plan.name for one in candidates)
    yield TakenOver(earlier.run, names, sum(len(one.trained.members) for one in candidates))
    return candidates


def try_fewer_rows(begun: Begun, keeper: Keeper | None = None) -> Generator[Event, None, MoreRows | None]:
    """A quick network on parts of the train rows: would more rows help? None where that is not asked, or too dear."""
    settings, clock = begun.settings, begun.clock
    if not EFFORTS[settings.preset].tries_fewer_rows or begun.split.development.in_files or not begun.plain:
        return None
    quick = settings.with_(preset="quick", model=("mlp",))

    def plan_for(n_rows: int) -> Plan:
        arrays = begun.split.development.schema.arrays
        return propose(quick, begun.origin.target.task, n_rows, arrays).plans[0]

    tried, deadline = parts(begun.split, plan_for, settings.seed), clock.deadline(settings.time_limit)
    no_time = deadline is not None and deadline - time.monotonic() < clock.seconds["train"]
    if not tried or no_time:
        return None
    with clock.stage("more_rows"):
        turns = keeper.turns() if keeper else None  # a run too short to have saved anything saves nothing here either
        found, save = kept(keeper, len(turns), turns) if turns else (None, None)
        own = begun.split, tried, begun.problem, deadline, found, save
        curve = follow(learning_curve(*own, finds_threshold=begun.finds_threshold))
    if curve is not None:
        yield SizesTried(curve.sentence, clock.seconds["more_rows"])
    return curve


@dataclass(frozen=True)
class Job:
    """What differs from one kind of data to another; all else of a run is alike.

    Args:
        load: From what the user named to rows, kinds, roles and target.
        baselines: What is fitted beside the networks.
        judge: The last act: choose, open the test rows, record.
    """

    load: Callable[[object, Settings], Generator[Event, None, Loaded]]
    baselines: Callable[[Begun], Iterator[TrainedBaseline]]
    judge: Callable[[Begun, Tried, Opening], Outcome]


def job_of(settings: Settings) -> Job:
    """The job that the settings ask for.

    Args:
        settings: The user's options.
    """
    if settings.task == "unsupervised":
        return Job(load_unlabelled, baselines_of_purpose, judge_purpose)
    if settings.horizon is not None:
        return Job(load_series, forecast_baselines, judge_series)
    return Job(load_table, baselines_of_table, judge_table)


def baselines_of_table(begun: Begun) -> Iterator[TrainedBaseline]:
    """The constant, the linear model and boosted trees."""
    settings = begun.settings
    n_trees, seconds = EFFORTS[settings.preset].trees
    limit = begun.earlier.time_limit if begun.earlier else settings.time_limit
    seconds = seconds if limit is None else min(seconds, _TREES_SHARE * limit)
    return train_baselines(
        begun.split, begun.origin.target, settings.seed, settings.outliers, tree_settings=n_trees, tree_seconds=seconds
    )


def judge(
    begun: Begun,
    candidates: Sequence[Candidate],
    baselines: Sequence[TrainedBaseline],
    more_rows: MoreRows | None = None,
    diagnosis: Sequence[Finding] = (),
    searched: Mapping[str, Any] | None = None,
    distilled: Distilled | None = None,
) -> Outcome:
    """Choose on validation, explain, then open the test rows (where there are) and write the record."""

    def open_test() -> Table | None:
        if not begun.split.sealed.n_rows:
            return None
        return begun.split.sealed.open(by="evaluation of the chosen model and its baselines")

    tried = Tried(tuple(candidates), tuple(baselines), more_rows, tuple(diagnosis), searched, distilled)
    return job_of(begun.settings).judge(begun, tried, open_test)


def _errors(begun: Begun, baseline: TrainedBaseline) -> np.ndarray:
    return fold_errors(begun.metric, begun.truth, begun.split, baseline.outer)
