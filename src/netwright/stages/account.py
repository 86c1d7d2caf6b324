"""What a run writes down about itself: leaderboard, notes of training, and how the files of its folder begin."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import isfinite
from typing import Any

import numpy as np
import torch

from netwright.base.clock import Clock
from netwright.base.events import RowsSplit
from netwright.base.figures import figure, listing
from netwright.base.finding import Finding
from netwright.base.formula import parse_formula
from netwright.base.keeper import Earlier
from netwright.base.plan import Plan
from netwright.base.record import SCHEMA_VERSION
from netwright.base.seeds import derive_seed
from netwright.base.settings import Settings
from netwright.base.split import Split
from netwright.base.table import SAMPLED_ROWS, Table
from netwright.evaluate.metrics import Metric
from netwright.preparation.load import Origin
from netwright.preparation.select import LeftOut
from netwright.training.baselines import MOST_ROWS, TrainedBaseline
from netwright.training.candidate import Candidate, mean_error, mean_score
from netwright.training.device import machine_facts
from netwright.training.mixture import Mixture, Part
from netwright.training.model import FittedModel
from netwright.training.not_finite import findings_of

#: Rows that predictions are timed on, a block of theirs; and multiplications that all of it may take.
_MEASURED_ROWS, _MEASURED_PRODUCTS = 1_024, 2e10
#: Networks that a time limit cut before so many epochs, and this share of theirs, still learn fast: they are untrained.
_FEW_EPOCHS, _UNTRAINED = 10, 0.5
_RAISE = "raise --time-limit"
#: What a time limit may be overrun by without a word.
_OVERRUN = 0.1


def leaderboard(
    metric: Metric,
    split: Split,
    candidates: Sequence[Candidate],
    baselines: Sequence[TrainedBaseline],
    errors: Mapping[str, np.ndarray],
    model: Mixture,
) -> tuple[dict[str, Any], ...]:
    """A row for each plan and baseline, and for the ensemble where one ships; the best first, what has no score last.

    Args:
        metric: What the run is judged by.
        split: The rows.
        candidates: The trained plans.
        baselines: The fitted baselines.
        errors: Theirs in each fold by their names; and `nested`, of the whole choice, each fold by what others chose.
        model: What ships.
    """
    weights = {part.name: weight for part, weight in zip(model.parts, model.weights, strict=True)}
    rows = [
        _Row(
            name=c.plan.name,
            family=c.plan.family,
            errors=c.errors,
            seconds=c.trained.seconds,
            predicts=FittedModel.of(c.trained, model.target),
            key=c.plan.key,
            status=_status(c),
        )
        for c in candidates
    ]
    rows += [_Row(b.name, "baseline", errors[b.name], b.seconds, b.fitted, b.name) for b in baselines]
    if len(model.parts) > 1:
        seconds = sum(row.seconds for row in rows if row.key in weights)
        rows.append(_Row("ensemble", "ensemble", errors["nested"], seconds, model, ""))
    rows.sort(key=lambda row: mean_error(row.errors))
    spent = milliseconds([row.predicts for row in rows], model, split.development)
    return tuple(
        {
            "name": row.name,
            "family": row.family,
            "valid_score": mean_score(metric, row.errors),
            "valid_std": _spread(row.errors),
            "fit_seconds": round(row.seconds, 3),
            "parameters": row.predicts.n_parameters,
            "ms_per_row": own,
            "weight": round(weights.get(row.key, 1.0 if row.predicts is model else 0.0), 4),
            "status": row.status,
        }
        for row, own in zip(rows, spent, strict=True)
    )


@dataclass(frozen=True)
class _Row:
    """A row of the leaderboard before it is one."""

    name: str
    family: str
    errors: np.ndarray
    seconds: float
    predicts: Part | Mixture
    key: str
    status: str = "done"


def _status(candidate: Candidate) -> str:
    """How the training of a plan ended, in a word."""
    if not candidate.has_learned:
        return "diverged"
    statuses = candidate.trained.judged.curves.status
    return next((word for word in ("pruned", "cut") if word in statuses), "done")


def _spread(errors: np.ndarray) -> float:
    known = errors[np.isfinite(errors)]
    return float(np.std(known)) if known.size else float("nan")


def milliseconds(parts: Sequence[Part | Mixture], model: Mixture, table: Table) -> list[float | None]:
    """Milliseconds that a row takes from cells to a prediction, measured on a block of rows.

    The lower of two times is taken. A declared amount of work is measured, in order; what comes after it, and what
    gives no numbers, has None.

    Args:
        parts: What predicts.
        model: What ships, which says what columns mean.
        table: The development rows.
    """
    rows = table.take(np.sort(np.arange(_MEASURED_ROWS) % table.n_rows))
    found: list[float | None] = []
    left = _MEASURED_PRODUCTS
    for part in parts:
        left -= 2 * _MEASURED_ROWS * part.row_products
        if left < 0 and part is not model:
            found.append(None)
            continue
        one = part if isinstance(part, Mixture) else replace(model, parts=(part,), weights=(1.0,), temperature=1.0)
        times = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of rows without a number, which are told elsewhere
            for _ in range(2):  # what else the machine does can only add to it
                start = time.perf_counter()
                predicted = one.predict(rows)
                times.append(time.perf_counter() - start)
        spent = 1_000 * min(times) / _MEASURED_ROWS
        found.append(float(f"{spent:.3g}") if np.isfinite(predicted).all() else None)
    return found


def without_time(plans: Sequence[Plan], candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """The plans that the time limit left no epoch."""
    trained = {candidate.plan.key for candidate in candidates}
    return tuple(plan.name for plan in plans if plan.key not in trained)


def cut_early(candidate: Candidate) -> tuple[int, int] | None:
    """Epochs that a plan got, of how many, where a time limit cut it so early that its networks are untrained.

    Args:
        candidate: The trained plan.
    """
    curves, most = candidate.trained.judged.curves, candidate.plan.epochs
    reached = curves.train_loss.shape[1] - 1
    return (reached, most) if "cut" in curves.status and reached < min(_FEW_EPOCHS, _UNTRAINED * most) else None


def notes_of_divergence(candidates: Sequence[Candidate]) -> Iterator[Finding]:
    """What stopped networks that did not stay finite, one finding a plan."""
    for candidate in candidates:
        trained = candidate.trained
        yield from findings_of(candidate.plan, trained.members, trained.judged.causes, trained.judged.curves.learned)


def notes_of_training(plans: Sequence[Plan], candidates: Sequence[Candidate]) -> Iterator[Finding]:
    """What the time limit did to the plans."""
    for name in without_time(plans, candidates):
        yield Finding("no_time", "training", "warning", f"{name} was left out: no time for a single epoch", _RAISE)
    for candidate in candidates:
        if "cut" in candidate.trained.judged.curves.status:
            yield note_of_a_cut(candidate)


def note_of_a_cut(candidate: Candidate) -> Finding:
    """A plan that the time limit cut short; a warning where its networks are untrained.

    Args:
        candidate: The plan.
    """
    plan, reached = candidate.plan, candidate.trained.judged.curves.train_loss.shape[1] - 1
    said, early = f"{plan.name} was cut short by the time limit after {reached} of at most", cut_early(candidate)
    said += f" {plan.epochs} epochs"
    said += ": its networks are untrained, and nothing sound can be said of them" if early else ""
    evidence = {"epochs": reached, "most": plan.epochs}
    return Finding("cut_short", "training", "warning" if early else "note", said, _RAISE, evidence=evidence)


def notes_of_derived(metric: Metric, model: Mixture, candidates: Sequence[Candidate]) -> Iterator[Finding]:
    """Whether the user's derived features were kept, and what validation says of them; none where there are none.

    Args:
        metric: What plans are judged by.
        model: What ships.
        candidates: All that were trained.
    """
    formulas = dict.fromkeys(text for candidate in candidates for text in candidate.plan.preparation.derived)
    if not formulas:
        return
    with_them = [
        (weight, bool(part.plan.preparation.derived)) if isinstance(part, FittedModel) else (weight, False)
        for part, weight in zip(model.parts, model.weights, strict=True)
    ]
    share = sum(weight for weight, has in with_them if has)
    kept = share > 0
    some = kept and not all(has for _, has in with_them)
    names = [parse_formula(text).name for text in formulas]
    scores = {}
    for has in (True, False):
        own = [c for c in candidates if bool(c.plan.preparation.derived) == has and c.has_learned]
        scores[has] = mean_score(metric, min((c.errors for c in own), key=mean_error)) if own else float("nan")
    compared = f"validation {metric.label} {figure(scores[True])} with them, {figure(scores[False])} without"
    told = (
        compared
        if all(map(isfinite, scores.values()))
        else "one of the two was not trained, so neither is shown to be better"
    )
    what = f"derived feature{'s' if len(names) > 1 else ''} {listing(names, 6)} {'kept' if kept else 'not kept'}"
    what += f" in parts of the ensemble that weigh {100 * share:.0f} %" if some else ""
    told += ", each the best plan alone" if some else ""
    evidence: dict[str, Any] = {"kept": kept, "weight": round(share, 4), "formulas": list(formulas)}
    evidence |= {"with": scores[True], "without": scores[False]}
    yield Finding("derived", "training", "note", f"{what}: {told}", "", evidence=evidence)


def features_made(model: Mixture) -> dict[str, Any]:
    """What `run.json` says of features that are no single column, and of columns that are left out; empty without.

    Args:
        model: What ships; each fold of each of its plans has a preparation of its own.
    """
    preparers = [fold.preparer for own in model.networks for fold in own.folds]
    formulas = Counter((own.name, own.formula.text, own.found) for one in preparers for own in one.derived)
    derived = [
        {"name": name, "formula": text, "found": found, "preparations": n}
        for (name, text, found), n in formulas.items()
    ]
    left_out = Counter(own.column for one in preparers for own in one.encoders if isinstance(own, LeftOut))
    components = [list(one.components.shares) if one.components else [] for one in preparers]
    made = {
        "derived": derived,
        "components": components if any(components) else [],
        "left_out": [{"column": column, "preparations": n} for column, n in left_out.items()],
    }
    told = {name: own for name, own in made.items() if own}
    return {"features": {"n_preparations": len(preparers), **told}} if told else {}


def notes_of_openings(earlier: Earlier | None) -> Iterator[Finding]:
    """That an earlier run has opened the test rows before.

    Args:
        earlier: The run that this one goes on from, if it does.
    """
    if earlier is None or not earlier.test_opened:
        return
    times = len(earlier.test_opened) + 1
    yield Finding(
        code="test-opened-again",
        where="split",
        severity="note",
        message=f"the test rows are opened for the {_ordinal(times)} time: {earlier.run}, from which this run goes on, "
        "was judged by them before. The search has not seen them, but whoever goes on because their score was poor has "
        "chosen by them",
        advice="for a last word, keep rows that no run has seen (--test-data)",
        evidence={"opened": times, "before": [dict(opening) for opening in earlier.test_opened]},
    )


def notes_of_going_on(metric: Metric, passed_over: tuple[float, float] | None) -> Iterator[Finding]:
    """That what the earlier run shipped stays.

    Args:
        metric: What plans are judged by.
        passed_over: Validation scores of what stays and of the choice among all plans; None where nothing stays.
    """
    if passed_over is None:
        return
    stays, other = (figure(score) for score in passed_over)
    said = f"the choice of the run before stays: validation {metric.label} {stays}, with the new plans {other}"
    said += " (each fold judged by what the others chose, which a single plan of the leaderboard is not)"
    yield Finding("kept_before", "training", "note", said, "", evidence={"stays": stays, "other": other})


def notes_of_overrun(limit: float | None, seconds: float) -> Iterator[Finding]:
    """That a run took longer than its time limit, beyond what is promised.

    Args:
        limit: Seconds; None without.
        seconds: What it took.
    """
    if limit is None or seconds <= (1 + _OVERRUN) * limit:
        return
    said = f"--time-limit {limit:g} was too short: reading, baselines, a least of training and the test took"
    evidence = {"limit": limit, "seconds": round(seconds, 3)}
    yield Finding("over_time", "training", "note", f"{said} {seconds:.1f} s", _RAISE, evidence=evidence)


def _ordinal(number: int) -> str:
    return {2: "second", 3: "third"}.get(number, f"{number}th")


def notes_of_size(split: Split, n_looked_at: int) -> Iterator[Finding]:
    """What a large table is not looked at in full for.

    Args:
        split: The rows of the run.
        n_looked_at: Development rows that the audit reads.
    """
    if not split.development.in_files:
        return
    n_rows, n_train = split.development.n_rows, max(len(fold.train) for fold in split.folds)
    n_learned = min(n_train, MOST_ROWS)
    yield Finding(
        code="large-table",
        where="data",
        severity="note",
        message=f"a large table: checks, summaries of columns and charts look at {n_looked_at:,} of {n_rows:,} "
        "development rows, drawn by chance; copies are searched among all rows, near copies are not; baselines learn "
        f"from at most {n_learned:,} of {n_train:,} train rows, the network from all of them",
        advice="",
        evidence={"rows": n_looked_at, "of": n_rows, "baseline_rows": n_learned, "train_rows": n_train},
    )


def scored_train_rows(split: Split) -> np.ndarray:
    """Rows that some fold trained on, for the score on train rows; of a large table a sample of them.

    A single validation part, or the last block of a split by time, did not train.
    """
    rows = np.unique(np.concatenate([fold.train for fold in split.folds]))
    if not split.development.in_files or len(rows) <= SAMPLED_ROWS:
        return rows
    chosen = np.random.default_rng(derive_seed(split.seed, "scored train rows")).choice(
        len(rows), SAMPLED_ROWS, replace=False
    )
    return np.asarray(rows[np.sort(chosen)])


def rows_split(split: Split) -> RowsSplit:
    """The split as whoever watches is told."""
    n_train, n_valid = split.development.n_rows, len(split.folds[0].valid)
    repeats = int(split.made["repeats"])
    return RowsSplit(
        n_train=n_train,
        n_test=split.sealed.n_rows,
        n_folds=len(split.folds) // repeats,
        n_valid=n_valid,
        rule=split.rule,
        seed=split.seed,
        repeats=repeats,
        hint=split.hint,
        notes=split.notes,
    )


def summary(metric: Metric, origin: Origin, split: Split) -> dict[str, Any]:
    """How `metrics.json` begins."""
    return {
        "schema": SCHEMA_VERSION,
        "task": origin.target.task,
        "target": origin.target.name,
        "metric": metric.name,
        "n_train": split.development.n_rows,
        "n_test": split.sealed.n_rows,
    }


def facts(
    settings: Settings,
    origin: Origin,
    split: Split,
    plan: Plan,
    device: torch.device,
    clock: Clock,
    earlier: Earlier | None = None,
) -> dict[str, Any]:
    """What `run.json` holds."""
    source = origin.source
    return {
        "schema": SCHEMA_VERSION,
        "status": "done",
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "settings": settings.told(),
        "plan": plan.to_json() | {"key": plan.key},
        "data": {
            "name": source.name,
            "fingerprint": source.fingerprint,
            "read_as": list(source.how),
            "rows": origin.n_rows + origin.n_without_target,
            "rows_without_target": origin.n_without_target,
            "columns": split.development.schema.to_json(),
        },
        "split": {
            "rule": split.rule,
            **split.made,
            "notes": list(split.notes),
            "seed": split.seed,
            "n_train": split.development.n_rows,
            "n_test": split.sealed.n_rows,
            "folds": [{"train": len(fold.train), "valid": len(fold.valid)} for fold in split.folds],
        },
        "seed": settings.seed,
        **machine_facts(device, settings.device),
        "seconds": clock.rounded(),
        "test_opened": [*(earlier.test_opened if earlier else ()), *split.sealed.openings],
        "resumed": [],
    }
