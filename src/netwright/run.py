"""The whole order of a run, from the user's data to its record, and the only place that knows it.

::

    read -> kinds, roles, task -> split (test rows under seal) -> audit -> baselines -> plans -> train
         -> choose on validation -> explain -> open the test rows, once -> record
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch

from netwright.audit.check import audit_table
from netwright.audit.summary import summarise_columns
from netwright.base.curves import Curves
from netwright.base.errors import PlanError
from netwright.base.events import (
    Audited,
    BaselinesFitted,
    Event,
    KindsFound,
    RowsSplit,
    TableRead,
    TaskChosen,
    TrainingDone,
    TrainingStarted,
)
from netwright.base.plan import Member, Plan
from netwright.base.record import SCHEMA_VERSION, Predictions, RunRecord
from netwright.base.settings import Settings, parse_bins
from netwright.base.split import Split
from netwright.evaluate.evaluation import Evaluation, json_scores
from netwright.evaluate.metrics import Metric, choose_metric
from netwright.evaluate.verdict import Verdict, judge
from netwright.preparation.folds import PreparedFold, prepare_folds
from netwright.preparation.load import Loaded, load_target, read_table, with_roles
from netwright.preparation.preparer import check_bins
from netwright.preparation.split import SplitRule, split_table
from netwright.preparation.target import Target
from netwright.training.baselines import TrainedBaseline, train_baselines
from netwright.training.device import choose_device, device_in_words, machine_facts
from netwright.training.equation import equation
from netwright.training.explain import explain
from netwright.training.loop import train
from netwright.training.model import FittedModel
from netwright.training.objectives.supervised import Supervised
from netwright.training.population import Bucket
from netwright.training.progress import TrainedBucket
from netwright.tune.presets import EFFORTS, Proposal, propose

#: Share of a time limit kept back for what comes after training, and the least of it in seconds.
_RESERVE_SHARE, _RESERVE_SECONDS = 0.1, 1.5


@dataclass(frozen=True)
class Outcome:
    """What a run leaves in memory.

    Args:
        record: All that is written down.
        model: The networks that predict.
        split: The rows; its seal is broken.
        folds: The chosen plan's prepared folds.
    """

    record: RunRecord
    model: FittedModel
    split: Split
    folds: tuple[PreparedFold, ...]


@dataclass
class _Clock:
    """Seconds per stage; the limit counts from the start of the command."""

    started: float
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - begun

    def deadline(self, limit: float | None) -> float | None:
        """When training must end so that the rest fits into the limit."""
        if limit is None:
            return None
        return self.started + limit - max(_RESERVE_SECONDS, _RESERVE_SHARE * limit)


@dataclass(frozen=True)
class _Candidate:
    """A trained plan with its honest error in each fold."""

    trained: TrainedBucket
    outer: tuple[np.ndarray, ...]
    errors: np.ndarray
    seconds: float


def prepare(
    data: object, settings: Settings, *, arrays: bool = False, seal: bool = True
) -> Generator[Event, None, tuple[Loaded, Split]]:
    """Read, decide kinds, roles and task, split.

    Args:
        data: Whatever a source accepts.
        settings: The user's options.
        arrays: Whether the data are a plain numeric array.
        seal: Whether to set test rows aside; the estimators leave that to their caller.
    """
    if settings.target is None:
        raise PlanError("--target must name the column to predict. `netwright audit DATA` lists the columns.")
    table = read_table(data, settings, arrays=arrays)
    yield TableRead(table.source, table.n_rows, len(table.schema.columns))
    table = with_roles(table, settings)
    yield KindsFound(table.schema, table.source.notes)
    loaded = load_target(table, settings)
    check_bins(parse_bins(settings.bin), loaded.table.schema.features)
    metric, target = choose_metric(settings.metric, loaded.target.task), loaded.target
    yield TaskChosen(target.task, target.name, metric.name, target.classes, loaded.why, loaded.n_without_target)
    rule = SplitRule(
        how=settings.split,
        test_size=(settings.test_size or SplitRule.test_size) if seal else 0.0,
        folds=settings.folds or max(2, EFFORTS[settings.preset].folds),
        valid_size=settings.valid_size or _preset_valid_size(settings),
        seed=settings.seed,
    )
    split = split_table(loaded.table, target, rule, loaded.test, loaded.valid)
    n_valid = len(split.folds[0].valid)
    n_train = split.development.n_rows
    yield RowsSplit(n_train, split.sealed.n_rows, len(split.folds), n_valid, split.rule, split.seed)
    return loaded, split


def execute(
    data: object, settings: Settings, *, arrays: bool = False, seal: bool = True, started: float | None = None
) -> Generator[Event, None, Outcome]:
    """One run, from data to record.

    Args:
        data: Whatever a source accepts.
        settings: The user's options.
        arrays: Whether the data are a plain numeric array.
        seal: Whether to set test rows aside; the estimators leave that to their caller.
        started: `time.monotonic()` at the start of the command.

    Raises:
        UserError: The data or the options cannot be used.
    """
    clock = _Clock(time.monotonic() if started is None else started)
    device = choose_device(settings.device)
    with clock.stage("read"):
        loaded, split = yield from prepare(data, settings, arrays=arrays, seal=seal)
    target, metric = loaded.target, choose_metric(settings.metric, loaded.target.task)
    truth = target.numbers(split.development)
    proposal = propose(settings, target.task, split.development.n_rows)
    with clock.stage("audit"):
        findings = (*loaded.findings, *audit_table(split.development))
    yield Audited(findings)
    with clock.stage("baselines"):
        baselines = list(train_baselines(split, target, settings.seed))
    base_errors = {base.name: _fold_errors(metric, truth, split, base.outer) for base in baselines}
    scores = {name: _score(metric, errors) for name, errors in base_errors.items()}
    yield BaselinesFitted(scores, clock.seconds["baselines"])
    candidates = yield from _train_all(proposal, loaded, split, metric, settings, device, clock)
    best = min(candidates, key=lambda candidate: float(candidate.errors.mean()))
    model, folds = FittedModel.of(best.trained, split.development.schema, target), tuple(best.trained.bucket.folds)
    validation = _validation(split, truth, best.outer)
    with clock.stage("evaluate"):
        importance = explain(model, folds, truth, metric, settings.seed)
        verdict = _verdict(best, base_errors, baselines, split)
        in_sample = json_scores(target.task, truth, model.predict(split.development))
        outer = {base.name: _validation(split, truth, base.outer).predicted for base in baselines}
        judged = Evaluation(target.task, validation.truth, validation.predicted, outer)
        scores_by_rows = {"train": in_sample, "validation": judged.scores()}
        test = None
        if seal:
            test, judged = _open_test(split, target, model, baselines)
            scores_by_rows["test"] = judged.scores()
        interval = judged.interval(metric, settings.seed)
    clock.seconds["total"] = time.monotonic() - clock.started
    metrics = {
        "schema": SCHEMA_VERSION,
        "task": target.task,
        "target": target.name,
        "metric": metric.name,
        "n_train": split.development.n_rows,
        "n_test": split.sealed.n_rows,
        **scores_by_rows,
        "interval": interval,
        "baselines": judged.baseline_scores(),
        "verdict": verdict.to_json(),
        "model": {
            "name": best.trained.bucket.plan.name,
            "members": len(model.member_folds),
            "parameters": model.n_parameters,
        },
        "seconds": {name: round(value, 3) for name, value in clock.seconds.items()},
    }
    facts = _facts(settings, loaded, split, best.trained.bucket.plan, device, clock)
    record = RunRecord(
        task=target.task,
        target=target.name,
        classes=target.classes,
        source=loaded.table.source,
        schema=split.development.schema,
        settings=settings.changed(),
        plan=best.trained.bucket.plan,
        plans=proposal.plans,
        layers=tuple((row.name, row.shape, row.activation, row.parameters) for row in model.network.layers()),
        network=model.network.in_a_line(),
        curves=Curves.joined([candidate.trained.curves for candidate in candidates]),
        findings=findings,
        leaderboard=_leaderboard(candidates, baselines, base_errors, metric),
        metrics=metrics,
        test=test,
        validation=validation,
        importance=importance,
        columns=summarise_columns(split.development),
        facts=facts,
        equation=equation(model),
    )
    return Outcome(record, model, split, folds)


def _preset_valid_size(settings: Settings) -> float | None:
    """A preset with one validation part has one, unless the user asked for folds or brought validation rows."""
    single = EFFORTS[settings.preset].folds == 1 and settings.folds is None and settings.valid_data is None
    return 0.2 if single else None


def _train_all(
    proposal: Proposal,
    loaded: Loaded,
    split: Split,
    metric: Metric,
    settings: Settings,
    device: torch.device,
    clock: _Clock,
) -> Generator[Event, None, list[_Candidate]]:
    """Train every plan on every fold."""
    target, truth = loaded.target, loaded.target.numbers(split.development)
    buckets = []
    with clock.stage("prepare"):
        for plan in proposal.plans:
            folds = prepare_folds(split, target, plan.preparation)
            members = [Member(plan, fold, seed) for seed in range(proposal.seeds) for fold in range(len(folds))]
            buckets.append(Bucket(members, folds, target, settings.seed, device))
    yield TrainingStarted(
        plans=proposal.plans,
        n_members=sum(len(bucket.members) for bucket in buckets),
        networks=tuple(bucket.network.in_a_line() for bucket in buckets),
        parameters=tuple(sum(row.parameters for row in bucket.network.layers()) for bucket in buckets),
        device=device_in_words(device),
    )
    candidates = []
    with clock.stage("train"):
        for index, bucket in enumerate(buckets):
            begun = time.monotonic()
            deadline = _shared_deadline(clock.deadline(settings.time_limit), len(buckets) - index)
            objective = Supervised(target.task, bucket.plan.loss)
            trained = yield from train(bucket, objective, metric, truth, deadline)
            outer = _mean_over_seeds(trained, len(split.folds))
            errors = _fold_errors(metric, truth, split, outer)
            candidates.append(_Candidate(trained, outer, errors, time.monotonic() - begun))
    curves = Curves.joined([candidate.trained.curves for candidate in candidates])
    yield TrainingDone(
        epochs=max(candidate.trained.curves.train_loss.shape[1] - 1 for candidate in candidates),
        best_epochs=tuple(int(epoch) for epoch in curves.best_epoch),
        valid_score=_score(metric, min((c.errors for c in candidates), key=lambda errors: float(errors.mean()))),
        statuses={status: curves.status.count(status) for status in sorted(set(curves.status))},
        seconds=clock.seconds["train"],
    )
    return candidates


def _shared_deadline(deadline: float | None, n_left: int) -> float | None:
    """The time that is left, shared among the plans that are left."""
    if deadline is None:
        return None
    now = time.monotonic()
    return now + max(0.0, deadline - now) / n_left


def _mean_over_seeds(trained: TrainedBucket, n_folds: int) -> tuple[np.ndarray, ...]:
    """Out-of-fold predictions of each fold, the mean over its members."""
    folds = [member.fold for member in trained.bucket.members]
    means = []
    for fold in range(n_folds):
        own = np.mean([outer for outer, of in zip(trained.outer, folds, strict=True) if of == fold], axis=0)
        means.append(own[:, 0] if own.shape[1] == 1 else own)
    return tuple(means)


def _fold_errors(metric: Metric, truth: np.ndarray, split: Split, outer: Sequence[np.ndarray]) -> np.ndarray:
    """The error of each fold on its outer rows (less is better); (n_folds,)."""
    scores = [metric.score(truth[fold.valid], own) for fold, own in zip(split.folds, outer, strict=True)]
    return np.array([metric.error(score) for score in scores])


def _score(metric: Metric, errors: np.ndarray) -> float:
    mean = float(np.nanmean(errors)) if np.isfinite(errors).any() else float("nan")
    return -mean if metric.greater_is_better else mean


def _validation(split: Split, truth: np.ndarray, outer: Sequence[np.ndarray]) -> Predictions:
    """Out-of-fold predictions in the order of the rows."""
    rows = np.concatenate([fold.valid for fold in split.folds])
    order = np.argsort(rows, kind="stable")
    return Predictions(split.development.rows[rows[order]], truth[rows[order]], np.concatenate(list(outer))[order])


def _open_test(
    split: Split, target: Target, model: FittedModel, baselines: Sequence[TrainedBaseline]
) -> tuple[Predictions, Evaluation]:
    """Open the seal. Nothing is chosen after this."""
    table = split.sealed.open(by="evaluation of the chosen model and its baselines")
    test = Predictions(table.rows, target.numbers(table), model.predict(table))
    return test, Evaluation(target.task, test.truth, test.predicted, {b.name: b.predict(table) for b in baselines})


def _verdict(
    best: _Candidate, errors: Mapping[str, np.ndarray], baselines: Sequence[TrainedBaseline], split: Split
) -> Verdict:
    share = float(np.mean([len(fold.valid) / len(fold.train) for fold in split.folds]))
    seconds = {base.name: base.seconds for base in baselines} | {"network": best.seconds}
    return judge(best.errors, errors, share, seconds)


def _leaderboard(
    candidates: Sequence[_Candidate],
    baselines: Sequence[TrainedBaseline],
    base_errors: Mapping[str, np.ndarray],
    metric: Metric,
) -> tuple[Mapping[str, Any], ...]:
    entries = [(c.trained.bucket.plan.name, c.trained.bucket.plan.family, c.errors, c.seconds) for c in candidates]
    entries += [(base.name, "baseline", base_errors[base.name], base.seconds) for base in baselines]
    return tuple(
        {
            "name": name,
            "family": family,
            "valid_score": _score(metric, errors),
            "valid_std": float(errors.std()),
            "fit_seconds": round(seconds, 3),
        }
        for name, family, errors, seconds in sorted(entries, key=lambda entry: float(entry[2].mean()))
    )


def _facts(
    settings: Settings, loaded: Loaded, split: Split, plan: Plan, device: torch.device, clock: _Clock
) -> dict[str, Any]:
    """What `run.json` holds."""
    source = loaded.table.source
    return {
        "schema": SCHEMA_VERSION,
        "status": "done",
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": settings.changed(),
        "plan": plan.to_json() | {"key": plan.key},
        "data": {
            "name": source.name,
            "fingerprint": source.fingerprint,
            "read_as": list(source.how),
            "rows": loaded.table.n_rows + loaded.n_without_target,
            "rows_without_target": loaded.n_without_target,
            "columns": split.development.schema.to_json(),
        },
        "split": {
            "rule": split.rule,
            "seed": split.seed,
            "n_train": split.development.n_rows,
            "n_test": split.sealed.n_rows,
            "folds": [{"train": len(fold.train), "valid": len(fold.valid)} for fold in split.folds],
        },
        "seed": settings.seed,
        **machine_facts(device),
        "seconds": {name: round(value, 3) for name, value in clock.seconds.items()},
        "test_opened": list(split.sealed.openings),
        "resumed": [],
    }
