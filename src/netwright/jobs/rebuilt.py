"""The last act of runs that give rows back: choose, read anomalies and clusters, open the test rows once, record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netwright.base.record import Predictions
from netwright.base.table import Table
from netwright.evaluate.clusters import Clusters, nearest
from netwright.evaluate.evaluation import Evaluation
from netwright.models.autoencoder import Autoencoder
from netwright.preparation.split import units_of
from netwright.stages.account import leaderboard, scored_train_rows
from netwright.stages.begun import Begun, buckets_of
from netwright.stages.chosen import choose_no_worse, model_json, name_of, weights_of
from netwright.stages.recorded import Opening, Outcome, Tried, errors_of_folds, mean_of_rows, record_of, verdict_of
from netwright.training.anomalies import Anomalies, embed, facts_of, learn_anomalies, network_of, said_columns
from netwright.training.baselines import TrainedBaseline
from netwright.training.candidate import validation_predictions
from netwright.training.mixture import Mixture
from netwright.training.needs import outlined_folds
from netwright.training.rebuilding import forest_scores, rank_correlation, rebuilders
from netwright.training.shown_rows import shown_rows


def baselines_of_rows(begun: Begun) -> Iterator[TrainedBaseline]:
    """The mean row, and as many principal components as the first plan's middle is wide."""
    plan = begun.proposal.plans[0]
    network = buckets_of(begun, outlined_folds)[0].sample
    code = network.code if isinstance(network, Autoencoder) else 2
    own = plan.preparation
    return rebuilders(begun.split, own.scale, own.outliers, code, begun.settings.seed)


def judge_rebuilt(begun: Begun, tried: Tried, open_test: Opening) -> Outcome:
    """Choose on validation, then open the test rows (where there are) and write the record.

    Args:
        begun: The run.
        tried: What was trained.
        open_test: Opens the test rows.
    """
    target, split, baselines, name = begun.origin.target, begun.split, tried.baselines, begun.metric.name
    with begun.clock.stage("evaluate"):
        chosen = choose_no_worse(begun, tried.candidates, baselines)
        model = Mixture.of(chosen.blend, tried.everyone, baselines, split.development, target)
        validation = validation_predictions(split, begun.truth, chosen.nested.outer)
        own, clusters = learn_anomalies(model, validation.predicted, split.development, begun.settings.seed)
        model = replace(model, attachments=(own.attached(),))
        train = model.predict(split.development.take(scored_train_rows(split)))
        scores = {
            "train": {name: mean_of_rows(train)},
            "validation": {name: mean_of_rows(validation.predicted)},
        }
        errors = errors_of_folds(begun, chosen, baselines)
        verdict = verdict_of(begun, tried, chosen, errors)
        test, tested, table = None, dict[str, Any](), open_test()  # nothing is chosen after this line
        of_baselines = {base.name: {name: mean_of_rows(np.concatenate(base.outer))} for base in baselines}
        if table is not None:
            test, found = _test(begun, model, own, baselines, table)
            scores["test"], of_baselines, tested = (
                {name: mean_of_rows(test.predicted)},
                found["baselines"],
                found["metrics"],
            )
        metrics = scores | {
            "baselines": of_baselines,
            "networks": {"name": name_of(model), "weights": weights_of(model), **scores},
            "verdict": verdict.to_json(),
            "anomalies": _told(begun, model, own, clusters, validation, test),
            **tested,
            "model": model_json(model),
        }
        board = leaderboard(begun.metric, split, tried.everyone, baselines, errors, model)
    record = record_of(
        begun,
        tried,
        chosen.plan,
        metrics,
        board=board,
        findings=(),
        validation=validation,
        test=test,
        importance=(),
        more={"unlabelled": shown_rows(model, own, clusters, split.development.sampled(), validation)},
    )
    return Outcome(record, model, split, chosen.plan.trained.folds)


def _test(
    begun: Begun, model: Mixture, own: Anomalies, baselines: Sequence[TrainedBaseline], table: Table
) -> tuple[Predictions, dict[str, Any]]:
    """The opened test rows: how far off each is, and what that says."""
    split, name = begun.split, begun.metric.name
    errors = model.predict(table)
    more = said_columns(model, own, table, errors)
    predictions = Predictions(table.rows, np.zeros(table.n_rows), errors, more=more)
    others = {base.name: base.predict(table) for base in baselines}
    units = units_of(table, split.made["how"], split.made["by"])
    evaluation = Evaluation("unsupervised", predictions.truth, predictions.predicted, others, units)
    interval = evaluation.interval(begun.metric, begun.settings.seed)
    interval = {key: own for key, own in interval.items() if key in ("level", "baselines", name)}
    if caution := evaluation.caution(in_time=split.made["how"] == "time"):
        interval["caution"] = caution
    scores = {base: {name: mean_of_rows(own)} for base, own in others.items()}
    return predictions, {"baselines": scores, "metrics": {"interval": interval}}


def _told(
    begun: Begun,
    model: Mixture,
    own: Anomalies,
    clusters: Clusters,
    validation: Predictions,
    test: Predictions | None,
) -> dict[str, Any]:
    """Threshold and clusters as `metrics.json` holds them, and how far another method names the same rows."""
    looked_at = begun.split.development.sampled()
    labels = nearest(embed(network_of(model), own.member, looked_at), own.centres)
    sizes = {1 + number: int(n) for number, n in enumerate(np.bincount(labels, minlength=len(own.centres)))}
    told: dict[str, Any] = {"threshold": own.threshold, "share_of_validation_rows": own.share}
    told["beyond"] = {"validation": int((validation.predicted > own.threshold).sum())}
    if test is not None:
        told["beyond"]["test"] = int((test.predicted > own.threshold).sum())
    forest = forest_scores(looked_at, begun.settings.seed)
    place = {int(row): at for at, row in enumerate(looked_at.rows)}
    common = [at for at, row in enumerate(validation.rows) if int(row) in place]
    told["isolation_forest"] = {
        "rank_correlation": rank_correlation(
            validation.predicted[common], forest[[place[int(validation.rows[at])] for at in common]]
        ),
        "says": "how alike the two order rows; without labels neither is shown to be right",
    }
    return told | {"clusters": facts_of(clusters, sizes)}
