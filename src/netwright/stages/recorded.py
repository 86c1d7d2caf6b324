"""What a run has tried, what it leaves behind, and its record: alike for tables, series and unlabelled rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.audit.summary import summarise_columns
from netwright.base.curves import Curves
from netwright.base.finding import Finding
from netwright.base.plan import of_classes
from netwright.base.record import Predictions, RunRecord
from netwright.base.split import Split
from netwright.base.table import Table
from netwright.evaluate.more_rows import MoreRows
from netwright.evaluate.verdict import Verdict, judge_folds, of_cut_networks
from netwright.preparation.folds import PreparedFold
from netwright.stages.account import cut_early, facts, notes_of_openings, notes_of_overrun, notes_of_training, summary
from netwright.stages.begun import Begun
from netwright.stages.chosen import Chosen, baseline_errors
from netwright.stages.distilled import Distilled
from netwright.training.baselines import TrainedBaseline
from netwright.training.candidate import Candidate
from netwright.training.mixture import Mixture
from netwright.tune.presets import search_of

#: Opens the test rows; None where the caller keeps them. Only `run.py` makes one, and it can be called once.
Opening = Callable[[], Table | None]


@dataclass(frozen=True)
class Outcome:
    """What a run leaves in memory.

    Args:
        record: All that is written down.
        model: What predicts.
        split: The rows; its seal is broken.
        folds: The chosen plan's prepared folds.
    """

    record: RunRecord
    model: Mixture
    split: Split
    folds: tuple[PreparedFold, ...]


@dataclass(frozen=True)
class Tried:
    """What there is to choose from, and what was found on the way.

    Args:
        candidates: The trained plans.
        baselines: What was fitted beside them.
        more_rows: Whether more rows would help; None where that was not asked.
        diagnosis: What the doctor and the search say.
        searched: What the search did; None where there was none.
        distilled: The student of the ensemble; None where none was asked for.
    """

    candidates: tuple[Candidate, ...]
    baselines: tuple[TrainedBaseline, ...]
    more_rows: MoreRows | None = None
    diagnosis: tuple[Finding, ...] = ()
    searched: Mapping[str, Any] | None = None
    distilled: Distilled | None = None

    @property
    def everyone(self) -> tuple[Candidate, ...]:
        """The trained plans, the student among them."""
        return self.candidates if self.distilled is None else (*self.candidates, self.distilled.student)


def record_of(
    begun: Begun,
    tried: Tried,
    best: Candidate,
    metrics: Mapping[str, Any],
    *,
    board: Sequence[Mapping[str, Any]],
    findings: Sequence[Finding],
    validation: Predictions,
    test: Predictions | None,
    made: Mapping[str, Any] | None = None,
    **shown: Any,
) -> RunRecord:
    """The record of a run.

    Args:
        begun: The run.
        tried: What was trained.
        best: The plan that ships, or that stands for an ensemble.
        metrics: What `metrics.json` holds, but for how it begins and the seconds.
        board: The leaderboard.
        findings: What is known at the end: of the chosen model, and of the opened test rows.
        validation: Out-of-fold predictions.
        test: Those of the test rows; None where the caller keeps them.
        made: What `run.json` says further of what was made.
        shown: Further fields of the record, which the report shows.
    """
    target, split, plans = begun.origin.target, begun.split, (*begun.proposal.plans, *(c.plan for c in tried.everyone))
    begun.clock.end()
    looked_at = split.development.sampled()
    seen = {"n_looked_at": looked_at.n_rows} if looked_at is not split.development else {}
    begins = summary(begun.metric, begun.origin, split)
    network = best.trained.network
    if "columns" not in shown:
        shown["columns"] = summarise_columns(looked_at)
    return RunRecord(
        **shown,
        task=target.task,
        target=target.name,
        classes=target.classes,
        source=begun.origin.source,
        schema=split.development.schema,
        settings=begun.settings.told(),
        plan=best.plan,
        plans=tuple({plan.key: plan for plan in plans}.values()),
        layers=tuple((row.name, row.shape, row.activation, row.parameters) for row in network.layers()),
        network=network.in_a_line(),
        curves=Curves.joined([candidate.trained.judged.curves for candidate in tried.everyone]),
        findings=(
            *begun.findings,
            *tried.diagnosis,
            *notes_of_openings(begun.earlier),
            *notes_of_training(begun.proposal.plans, tried.everyone),
            *notes_of_overrun(begun.settings.time_limit, begun.clock.seconds["total"]),
            *findings,
        ),
        leaderboard=tuple(board),
        metrics={**begins, **metrics, **seen, "seconds": begun.clock.rounded()},
        test=test,
        validation=validation,
        facts={
            **facts(begun.settings, begun.origin, split, best.plan, begun.device, begun.clock, begun.earlier),
            **(made or {}),
        },
        search=tried.searched,
        can_go_on=search_of(begun.settings) is not None,
    )


def errors_of_folds(begun: Begun, chosen: Chosen, baselines: Sequence[TrainedBaseline]) -> dict[str, np.ndarray]:
    """What each choice errs in each fold, and each baseline by its name; (n_folds,) each."""
    choices = {"nested": chosen.nested, "networks": chosen.nested_networks, "plan": chosen.nested_plan}
    errors = {name: own.errors(begun.metric, begun.truth, begun.split) for name, own in choices.items()}
    return errors | {base.name: baseline_errors(begun, chosen, base) for base in baselines}


def mean_of_rows(errors: np.ndarray) -> float | None:
    """Without a target the score of some rows; None where there are none, or one of them is no number."""
    mean = float(np.mean(errors)) if len(errors) else float("nan")
    return mean if np.isfinite(mean) else None


def verdict_of(begun: Begun, tried: Tried, chosen: Chosen, errors: Mapping[str, np.ndarray]) -> Verdict:
    """The networks alone, the choice among their plans included, against the baselines; their price is that of all.

    Args:
        begun: The run.
        tried: What was trained.
        chosen: Holds the out-of-fold predictions of the networks.
        errors: Those of `networks` and of each baseline in each fold; (n_folds,) each.
    """
    # a row that was over-sampled is one row of evidence
    share = float(np.mean([len(fold.valid) / len(np.unique(fold.train)) for fold in begun.split.folds]))
    seconds = {base.name: base.seconds for base in tried.baselines}
    # plans of the search, and those taken over, cost too
    seconds["network"] = sum(own.trained.seconds for own in tried.everyone)
    networks = errors["networks"]
    if of_classes(begun.origin.target.task):  # of one class nothing was learned that could be judged
        one_class = [len(np.unique(begun.truth[fold.train])) < 2 for fold in begun.split.folds]
        networks = np.where(one_class, np.nan, networks)
    if not all(np.isfinite(own).all() for own in chosen.nested_networks.outer):  # the folds that are left flatter it
        networks = np.full_like(networks, np.nan)
    others = {base.name: errors[base.name] for base in tried.baselines}
    # where the choice of an earlier run stays, it was made among that run's plans
    n_plans = sum(chosen.passed_over is None or one.plan.key in begun.taken_over for one in tried.candidates)
    verdict = judge_folds(networks, others, share, seconds, n_plans)
    epochs = cut_early(chosen.plan)
    return of_cut_networks(verdict, *epochs) if epochs else verdict
