"""The last act of a run over a table with a target: choose on validation, explain, open the test rows once, record."""

from __future__ import annotations

from collections.abc import Sequence

from netwright.audit.correlation_map import correlation_map
from netwright.audit.summary import summarise_columns
from netwright.base.record import Predictions
from netwright.base.table import ARRAY_KINDS
from netwright.evaluate.evaluation import Evaluation, json_scores
from netwright.jobs.pictured import examples_of
from netwright.stages.account import (
    features_made,
    leaderboard,
    notes_of_derived,
    notes_of_going_on,
    scored_train_rows,
)
from netwright.stages.begun import Begun
from netwright.stages.chosen import (
    Chosen,
    calibration_json,
    choose_no_worse,
    ensemble_json,
    model_json,
    name_of,
    parts_of,
    weights_of,
)
from netwright.stages.distilled import notes_of_distilling
from netwright.stages.recorded import Opening, Outcome, Tried, errors_of_folds, record_of, verdict_of
from netwright.stages.tested import judge_test_rows, scores_without_repeats
from netwright.training.baselines import TrainedBaseline
from netwright.training.calibration import calibration
from netwright.training.candidate import validation_predictions
from netwright.training.dependence import MOST_COLUMNS, partial_dependence
from netwright.training.equation import equation
from netwright.training.explain import explain
from netwright.training.mixture import Mixture


def judge_table(begun: Begun, tried: Tried, open_test: Opening) -> Outcome:
    """Choose on validation, explain, then open the test rows (where there are) and write the record.

    Args:
        begun: The run.
        tried: What was trained.
        open_test: Opens the test rows.
    """
    target, split, baselines = begun.origin.target, begun.split, tried.baselines
    with begun.clock.stage("evaluate"):
        taught = tried.distilled
        chosen = choose_no_worse(begun, tried.candidates, baselines) if taught is None else taught.chosen
        conformal = calibration(target.task, split, begun.truth, chosen.nested.outer)
        model = Mixture.of(chosen.blend, tried.everyone, baselines, split.development, target, conformal)
        networks = model
        if chosen.with_baselines:
            networks = Mixture.of(chosen.networks, tried.everyone, baselines, split.development, target)
        looks = begun.clock.for_looks(begun.settings.time_limit) / 2
        importance = explain(model, split, begun.truth, begun.metric, begun.settings.seed, looks)
        lines = {column.name for column in split.development.schema.features if column.kind not in ARRAY_KINDS}
        top = [entry.column for entry in importance if entry.column in lines][:MOST_COLUMNS]
        dependence = partial_dependence(model, split, top, begun.settings.seed, looks)
        validation, alone = (
            validation_predictions(split, begun.truth, own.outer, own.thresholds)
            for own in (chosen.nested, chosen.nested_networks)
        )
        judged = _out_of_fold(begun, validation, chosen, baselines)
        # rows that some fold trained on: a single validation part, or the last block of a split by time, did not
        trained_on = scored_train_rows(split)
        fitted = model.predict(split.development.take(trained_on))
        scores = {"train": json_scores(target.task, begun.truth[trained_on], fitted, model.threshold)}
        scores["validation"] = judged.scores()
        of_networks = {"validation": json_scores(target.task, alone.truth, alone.predicted, alone.threshold)}
        errors = errors_of_folds(begun, chosen, baselines)
        verdict = verdict_of(begun, tried, chosen, errors)
        tested, table = None, open_test()  # nothing is chosen after this line
        if table is not None:
            own = (begun.metric, begun.settings.seed)
            tested = judge_test_rows(table, split, model, networks, baselines, chosen.thresholds, *own)
            judged = tested.evaluation
            scores["test"], of_networks["test"] = judged.scores(), tested.networks
        parts = parts_of(model)
        metrics = scores | {
            "baselines": judged.baseline_scores(),
            "networks": {"name": name_of(networks), "weights": weights_of(networks), **of_networks},
            **scores_without_repeats(split, validation, tested, target.task),
            "verdict": verdict.to_json(),
            **ensemble_json(chosen, errors, parts),
            **({} if taught is None else taught.to_json(begun, model, scores, table)),
            **calibration_json(begun, chosen),
            **({} if tried.more_rows is None else {"more_rows": tried.more_rows.to_json()}),
            **({} if tried.searched is None else {"search": tried.searched}),
            **({} if tested is None else tested.metrics),
            "model": model_json(model),
        }
        board = leaderboard(begun.metric, split, tried.everyone, baselines, errors, model)
    looked_at = split.development.sampled()
    columns = summarise_columns(looked_at)
    record = record_of(
        begun,
        tried,
        chosen.plan,
        metrics,
        board=board,
        findings=(
            *notes_of_going_on(begun.metric, chosen.passed_over),
            *notes_of_derived(begun.metric, model, tried.everyone),
            *notes_of_distilling(begun.settings, tried.distilled, ensemble=chosen.is_ensemble),
            *(tested.findings if tested else ()),
        ),
        validation=validation,
        test=tested.predictions if tested else None,
        made=features_made(model),
        importance=importance,
        columns=columns,
        equation=equation(model),
        dependence=dependence,
        more=examples_of(model, table, tested.predictions, "test")
        if tested is not None and table is not None
        else examples_of(model, split.development, validation, "validation"),
        correlations=correlation_map(looked_at, {c.name: c.relation for c in columns if c.relation}),
    )
    return Outcome(record, model, split, chosen.plan.trained.folds)


def _out_of_fold(
    begun: Begun, validation: Predictions, chosen: Chosen, baselines: Sequence[TrainedBaseline]
) -> Evaluation:
    """The validation rows with what ships and its baselines, each by choices in which a row had no say."""
    others = {
        base.name: validation_predictions(begun.split, begun.truth, base.outer, chosen.nested_thresholds[base.name])
        for base in baselines
    }
    return Evaluation(
        begun.origin.target.task,
        validation.truth,
        validation.predicted,
        {name: own.predicted for name, own in others.items()},
        threshold=validation.threshold,
        thresholds={name: own.threshold for name, own in others.items()},
    )
