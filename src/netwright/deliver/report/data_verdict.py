"""Verdict: the sentence, the score with its interval, and what it is compared with."""

from __future__ import annotations

from typing import Any

from netwright.base.figures import figure
from netwright.base.plan import Task
from netwright.base.record import RunRecord
from netwright.deliver.report.chart import chart, drawn
from netwright.deliver.report.words import (
    BASELINES,
    MEANINGS,
    Judged,
    capital,
    direction,
    in_units,
    judged_rows,
    metric_of,
    sentence,
    ships,
    with_baselines,
)
from netwright.evaluate.ensembled import parts_in_words
from netwright.evaluate.evaluation import gap_in_words
from netwright.evaluate.metrics import METRICS, Metric
from netwright.evaluate.repeats import repeats_in_words
from netwright.evaluate.verdict import other_on_test

_ANSWERS = {"yes": "Yes", "no": "No", "undecided": "Undecided"}
#: Beside the metric that a run is judged by, this one is shown large.
_ALSO: dict[Task, str] = {
    "regression": "mae",
    "binary": "accuracy",
    "multiclass": "accuracy",
}  # without a target the metric stands alone
#: Where the scale of a metric ends.
_MOST = dict.fromkeys(("accuracy", "balanced_accuracy", "f1_macro", "roc_auc"), 1)
#: Pixels of a bar chart: what surrounds the bars, and each bar.
_AROUND, _BAR = 78, 44


def verdict_section(record: RunRecord) -> dict[str, Any]:
    """The first section: the result in a sentence, in figures, beside its baselines."""
    metrics, judged, metric = record.metrics, judged_rows(record), metric_of(record)
    names = list(dict.fromkeys((metric.name, _ALSO.get(record.task, metric.name))))
    answer = metrics["verdict"]["answer"]
    constant = metrics["baselines"].get("constant", {}).get(metric.name)
    train, unseen = (metrics[rows][metric.name] for rows in ("train", judged.name))
    gap = gap_in_words(metric, train, unseen, constant, _validated(record))
    return {
        "judged": judged.name,
        "answer": answer,
        "answer_text": _ANSWERS.get(answer, answer),
        "sentence": metrics["verdict"]["sentence"]
        .replace(" = ", "\u00a0=\u00a0")  # no line ends in "p =", or begins with a sign of its number
        .replace(" %", "\u00a0%"),
        "ensemble": _ensemble(record, judged, metric),
        "basis": _basis(record, judged),
        "scores": [_score(record, judged, name) for name in names],
        "gap": capital(sentence(gap)),
        "other": sentence(other_on_test(metrics, metric)),
        "repeats": [capital(sentence(said)) for said in repeats_in_words(metrics, metric)],
        "charts": [_bars(record, judged, name) for name in names],
        "table": _table(record, judged),
        "caution": _caution(record, judged),
    }


def _validated(record: RunRecord) -> tuple[float | None, float | None]:
    """Validation scores of what ships and of the constant."""
    constant = next((row["valid_score"] for row in record.leaderboard if row["name"] == "constant"), None)
    return record.metrics["validation"].get(record.metrics["metric"]), constant


def _basis(record: RunRecord, judged: Judged) -> str:
    """What the answer rests on, which is not what the bars show."""
    n_folds = len(record.facts["split"]["folds"])
    if n_folds < 2:
        return ""
    text = (
        f"The answer compares the {'networks' if 'ensemble' in record.metrics else 'network'} and "
        f"{'the' if 'ensemble' in record.metrics else 'its'} baselines on the validation rows of the same {n_folds} "
        f"folds, each fold by {'what' if 'ensemble' in record.metrics else 'the plan that'} is best on the others"
    )
    if judged.name == "test":
        times = len(record.facts["test_opened"])
        often = "once" if times == 1 else f"{times} times, {times - 1} of them by the runs that this one goes on from"
        return (
            f"{text}. The scores below come from the sealed test rows, which were opened {often}, after every choice."
        )
    return f"{text}, and so do the scores below."


def _score(record: RunRecord, judged: Judged, name: str) -> dict[str, str]:
    metric, ends = METRICS[name], _ends(record, name)
    return {
        "label": capital(f"{metric.label} on {judged.rows}"),
        "value": figure(record.metrics[judged.name][name]),
        "interval": _in_words(record, ends) if ends else "",
        "train": f"{figure(record.metrics['train'][name])} on train rows",
        "hint": f"{MEANINGS.get(name, '')}; {direction(metric)}".removeprefix("; "),
    }


def _ends(record: RunRecord, name: str, baseline: str = "") -> tuple[float, float] | None:
    """The interval of a score; scores of validation rows have none."""
    intervals = record.metrics.get("interval", {})
    ends = (intervals.get("baselines", {}).get(baseline, {}) if baseline else intervals).get(name)
    return None if not ends or None in ends else (ends[0], ends[1])


def _in_words(record: RunRecord, ends: tuple[float, float]) -> str:
    level = record.metrics["interval"]["level"]
    return f"{100 * level:.0f} % interval {figure(ends[0])} to {figure(ends[1])}"


def _bars(record: RunRecord, judged: Judged, name: str) -> dict[str, Any]:
    """The network and its baselines on the same rows, the best on top."""
    metric, metrics = METRICS[name], record.metrics
    shipped, joined = ships(record), with_baselines(record)
    entries = [(shipped, metrics[judged.name][name], _ends(record, name))]
    entries += [("networks alone", metrics["networks"][judged.name][name], None)] if joined else []
    entries += [
        (BASELINES.get(base, base), own[name], _ends(record, name, base)) for base, own in metrics["baselines"].items()
    ]
    entries.sort(key=lambda entry: float("inf") if entry[1] is None else metric.error(entry[1]))
    rows = [
        {
            "label": label,
            "value": drawn(value),
            "text": figure(value),
            "ends": [drawn(end) for end in ends] if ends else None,
            "strong": label == shipped,
        }
        for label, value, ends in entries
    ]
    told = ", ".join(f"{label} {figure(value)}" for label, value, _ in entries)
    reading = "Longer bars are better." if metric.greater_is_better else "Shorter bars are better."
    if any(ends for *_, ends in entries):
        reading += (
            f" A thin line is the {100 * metrics['interval']['level']:.0f} % interval of a score: how far it would "
            f"move with other {judged.name} rows. All are scored on the same rows and move together, so lines that "
            "overlap do not mean that there is no difference."
        )
    return chart(
        f"bars-{name}",
        "bars",
        f"{capital(metric.label)} of the {shipped} and its baselines, {judged.name} rows",
        reading=reading,
        alt=f"Bars of {metric.label} on {judged.rows} ({direction(metric)}): {told}.",
        data={
            "rows": rows,
            "axis": f"{in_units(record, metric)} ({direction(metric)})",
            "colour": judged.name,
            "most": _MOST.get(name),
        },
        height=_AROUND + _BAR * len(rows),
    )


def _table(record: RunRecord, judged: Judged) -> dict[str, Any]:
    """Every metric of the network on all rows, and of the baselines on the rows that judge."""
    metrics = record.metrics
    parts = [part for part in ("train", "validation", "test") if part in metrics]
    baselines, joined = list(reversed(list(metrics["baselines"]))), with_baselines(record)
    rows = []
    for name in metrics[judged.name]:
        if name not in METRICS:  # errors of single steps
            continue
        metric = METRICS[name]
        rows.append(
            {
                "label": capital(metric.label),
                "meaning": f"{MEANINGS.get(name, '')}; {direction(metric)}".removeprefix("; "),
                "main": name == metrics["metric"],
                "network": [figure(metrics[part].get(name)) for part in parts],
                "interval": f"{figure(ends[0])} to {figure(ends[1])}" if (ends := _ends(record, name)) else "",
                "baselines": [
                    *([figure(metrics["networks"][judged.name].get(name))] if joined else []),
                    *(figure(metrics["baselines"][base].get(name)) for base in baselines),
                ],
            }
        )
    return {
        "parts": parts,
        "shipped": ships(record),
        "beside": "compared with" if joined else "baselines",
        "baselines": [*(["networks alone"] if joined else []), *(BASELINES.get(base, base) for base in baselines)],
        "judged": judged.name,
        "rows": rows,
        "pooled": _pooled(record),
        "intervals": _intervals(record),
    }


def _ensemble(record: RunRecord, judged: Judged, metric: Metric) -> str:
    """What ships where that is more than one plan: its parts, and what it adds."""
    if "ensemble" not in record.metrics:
        return str(record.metrics.get("distilled", {}).get("sentence", ""))
    text = f"{record.metrics['ensemble']['sentence']} Its parts: {parts_in_words(record.metrics['model']['parts'])}."
    if with_baselines(record):
        alone = figure(record.metrics["networks"][judged.name][metric.name])
        text += f" The answer above is about the networks alone: {metric.label} {alone} on {judged.rows}."
    return text


def _intervals(record: RunRecord) -> str:
    """What stands small under the scores, and why validation scores have none."""
    folds = len(record.facts["split"]["folds"]) > 1
    why = "folds share train rows, so it would be too narrow" if folds else "one part says too little"
    if "interval" not in record.metrics:
        return f"No validation score has an interval: {why}."
    level = f"{100 * record.metrics['interval']['level']:.0f} %"
    return (
        f"Small, under a test score: its {level} interval, from test rows drawn again many times (bootstrap). "
        f"A validation score has none: {why}."
    )


def _pooled(record: RunRecord) -> str:
    """Why the validation score here is not quite that of the leaderboard."""
    n_folds = len(record.facts["split"]["folds"])
    if n_folds < 2:
        return ""
    return (
        f"Validation: the rows of all {n_folds} folds together, each predicted by networks that were not fitted on it. "
        "Under What was tried stands the mean of the scores of single folds, which differs a little."
    )


def _caution(record: RunRecord, judged: Judged) -> str:
    """What makes the figures less sure than they look."""
    said = []
    rough = record.metrics.get("interval", {}).get("caution")
    if judged.name == "test" and rough:
        said.append(f"The intervals are rough: {rough}.")
    if len(record.facts["split"]["folds"]) < 2:
        said.append(
            "There is one validation part: each half of it is judged at the epoch, and by the plan, that the other "
            "half chose. It says less than folds would."
        )
    return " ".join(said)
