"""What the opened test rows say: scores, how sure they are, and whether they are rows like those of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netwright.base.finding import Finding
from netwright.base.plan import Task
from netwright.base.record import Predictions
from netwright.base.split import Split
from netwright.base.table import Table
from netwright.evaluate.coverage import coverage
from netwright.evaluate.evaluation import Evaluation, json_scores
from netwright.evaluate.metrics import Metric
from netwright.evaluate.repeats import (
    Repeats,
    repeats_finding,
    repeats_json,
    repeats_of_test,
    repeats_of_validation,
)
from netwright.preparation.split import units_of
from netwright.training.baselines import TrainedBaseline
from netwright.training.drift import find_drift
from netwright.training.mixture import Mixture


@dataclass(frozen=True)
class Tested:
    """Everything that needed test rows beyond making the split.

    Args:
        predictions: Of the network.
        evaluation: Of it and its baselines.
        networks: Every metric of the networks alone.
        metrics: What `metrics.json` holds beyond the scores.
        findings: About these rows.
        repeats: Which of them repeat others.
    """

    predictions: Predictions
    evaluation: Evaluation
    networks: dict[str, float | None]
    metrics: dict[str, Any]
    findings: tuple[Finding, ...]
    repeats: Repeats


def judge_test_rows(
    table: Table,
    split: Split,
    model: Mixture,
    networks: Mixture,
    baselines: Sequence[TrainedBaseline],
    thresholds: Mapping[str, float | None],
    metric: Metric,
    seed: int,
) -> Tested:
    """Judge the chosen model by rows that nothing was chosen by.

    Args:
        table: The test rows, just opened.
        split: Where they came from.
        model: What was chosen.
        networks: The networks alone; the same as `model` where nothing else is in it.
        baselines: What it is compared with.
        thresholds: Of each baseline, from which probability on it names the positive class.
        metric: What the run is judged by.
        seed: The run's seed.
    """
    target = model.target
    predictions = Predictions(table.rows, target.numbers(table), model.predict(table), model.threshold)
    alone = predictions.predicted if networks is model else networks.predict(table)
    others = {base.name: base.predict(table) for base in baselines}
    units = units_of(table, split.made["how"], split.made["by"])
    truth, at = predictions.truth, predictions.threshold
    evaluation = Evaluation(target.task, truth, predictions.predicted, others, units, at, thresholds)
    # validation rows give no such interval: over the rows of folds it is too narrow, and the coverage of rows that
    # calibrate is given
    metrics: dict[str, Any] = {"interval": evaluation.interval(metric, seed)}
    caution = evaluation.caution(in_time=split.made["how"] == "time")
    if caution:
        metrics["interval"]["caution"] = caution
    repeats = repeats_of_test(split.development, table)
    findings = list(repeats_finding(repeats, predictions))
    if model.conformal is not None:
        named = None if target.task == "regression" else model.chosen(predictions.predicted)
        metrics["conformal"] = coverage(
            model.conformal, predictions.truth, predictions.predicted, target.classes, named=named
        )
    # the time tells the sides of a split by time apart, by its very rule
    development, tested = (_without(own, split.made["by"]) for own in (split.development, table))
    assert split.development.units is not None, "a split sets them"
    drift = find_drift(development, tested, seed, (split.development.units, units))
    if drift is not None:
        metrics["drift"] = drift.to_json()
        findings += [finding for finding in (drift.finding(),) if finding]
    own = json_scores(target.task, truth, alone, networks.threshold)
    return Tested(predictions, evaluation, own, metrics, tuple(findings), repeats)


def _without(table: Table, name: str) -> Table:
    """The same rows with a column left out of the features."""
    return table.with_schema(table.schema.with_roles({name: "left_out"})) if name in table.schema else table


def scores_without_repeats(split: Split, validation: Predictions, tested: Tested | None, task: Task) -> dict[str, Any]:
    """What `metrics.json` says about rows that judge but repeat others, empty where none do.

    Args:
        split: Its development rows are read.
        validation: Out-of-fold predictions, in the order of the rows.
        tested: The opened test rows, where there are some.
        task: What is predicted.
    """
    parts = {"validation": (repeats_of_validation(split.development, split.folds), validation)}
    if tested is not None:
        parts["test"] = (tested.repeats, tested.predictions)
    return repeats_json(parts, task)
