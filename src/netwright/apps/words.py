"""The sentences of a result, the same in the terminal and in Python."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from netwright.base.figures import count, figure, listing, one_line
from netwright.base.option import quoted
from netwright.evaluate.evaluation import gap_in_words
from netwright.evaluate.metrics import METRICS
from netwright.evaluate.repeats import repeats_in_words
from netwright.evaluate.verdict import other_on_test

if TYPE_CHECKING:
    from netwright.base.events import Diagnosed
    from netwright.base.finding import Finding
    from netwright.base.record import RunRecord
    from netwright.evaluate.metrics import Metric

_BASELINE_NAMES = {"trees": "boosted trees", "linear": "linear", "constant": "constant"}
_WIDTH = 100


def shell_word(word: str) -> str:
    """A word as it is typed in a shell; Hangul and other letters need no quotes there.

    Example:
        >>> shell_word("집값.csv"), shell_word("my houses.csv")
        ('집값.csv', "'my houses.csv'")
    """
    return word if word and all(c.isalnum() or c in "-_./:=,@%+" for c in word) else quoted(word)


def classes_in_words(classes: tuple[str, ...]) -> str:
    """Two classes with the positive one named, more of them counted and listed.

    Example:
        >>> classes_in_words(("no", "yes")), classes_in_words(("a", "b", "c"))
        ('yes is positive, against no', '3 classes: a, b, c')
    """
    if len(classes) == 2:
        return f"{classes[1]} is positive, against {classes[0]}"
    return f"{len(classes)} classes: {listing(classes, 4)}"


def result_lines(record: RunRecord) -> Iterator[tuple[str, str]]:
    """(stage, text) of every line that says how a run ended."""
    metrics = record.metrics
    judged = "test" if "test" in metrics else "validation"
    metric = METRICS[metrics["metric"]]
    score = metrics[judged][metric.name]
    constant = metrics["baselines"]["constant"][metric.name]
    rows = "the sealed test rows" if judged == "test" else "validation rows"
    interval = metrics.get("interval", {}).get(metric.name)  # none over the rows of folds
    ends = (
        f"   95 % interval {figure(interval[0])} to {figure(interval[1])}" if interval and None not in interval else ""
    )
    train = f"      train {figure(metrics['train'][metric.name])}"
    yield "RESULT", f"{metric.label} {figure(score)} on {rows}{ends}{train}"
    caution = metrics.get("interval", {}).get("caution")
    if ends and caution:
        yield from _wrapped("", f"the interval is rough: {caution}")
    yield "", _baselines(metrics, metric.name)
    yield "", _also(metrics, judged, metric.name)
    yield from _wrapped("", gap_in_words(metric, metrics["train"][metric.name], score, constant))
    for said in repeats_in_words(metrics, metric):
        yield from _wrapped("", said)
    if record.equation:
        yield from _wrapped("", record.equation)
    yield from _wrapped("VERDICT", metrics["verdict"]["sentence"])
    if other := other_on_test(metrics, metric):
        yield from _wrapped("", f"{other}.")


def diagnosis_lines(event: Diagnosed, metric: Metric, verbose: bool) -> Iterator[tuple[str, bool]]:
    """What ails the networks, or ailed them: (text, whether it is a warning) of every line.

    Args:
        event: The diagnosis.
        metric: What the run is judged by.
        verbose: Whether notes are wanted, too.
    """
    cured = [finding for finding in event.findings if "remedies" in finding.evidence and finding.severity == "note"]
    loud = [finding for finding in event.findings if finding.severity != "note"]
    if event.healthy and not cured:
        yield "healthy: nothing in the learning curves calls for a cure", False
    for finding in (one for one in event.findings if one in cured or one in loud):
        if finding.code != "not-finite":  # that was told when training ended
            advice = f"; {finding.advice}" if finding.advice and finding.severity != "note" else ""
            yield f"{finding.severity}: {finding.message}{advice}", finding.severity != "note"
        yield from ((text, False) for text in trials_in_words(finding, metric))
    if cured and event.healthy:
        yield "healthy now: nothing in the learning curves of the kept plan calls for a cure", False
    if verbose:
        for finding in event.findings:
            if finding.severity == "note" and finding not in cured:
                yield f"note: {finding.message}", False


def trials_in_words(finding: Finding, metric: Metric) -> Iterator[str]:
    """What was tried for a finding, and what came of it.

    Args:
        finding: Of the doctor.
        metric: What the run is judged by.
    """
    trials = finding.evidence.get("remedies", ())
    for trial in trials:
        if trial["accepted"]:
            changed = ", ".join(f"{name} {_value(a)} -> {_value(b)}" for name, (a, b) in trial["changes"].items())
            scores = f"valid {metric.label} {_score(trial['before'])} -> {_score(trial['after'])}"
            yield f"{trial['title']} ({changed}) helped: {scores}, kept"
    others = [trial for trial in trials if not trial["accepted"]]
    if others:
        said = listing([f"{trial['title']} {_score(trial['after'])}" for trial in others], 4)
        yield f"{'also tried' if len(others) < len(trials) else 'tried'} and taken back: {said}"
    elif finding.evidence.get("not_tried"):
        yield f"no cure was tried: {finding.evidence['not_tried']}"


def _score(score: float | None) -> str:
    return "(no score)" if score is None or score != score else figure(score)


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).strip("[]")


def _baselines(metrics: Mapping[str, Any], metric: str) -> str:
    scores = metrics["baselines"]
    return "   ".join(f"{_BASELINE_NAMES[name]} {figure(scores[name][metric])}" for name in reversed(list(scores)))


def _also(metrics: Mapping[str, Any], judged: str, metric: str) -> str:
    others = [f"{METRICS[n].label} {figure(s)}" for n, s in metrics[judged].items() if n != metric]
    return f"also {', '.join(others)} on {count(metrics['n_test'], 'row') if judged == 'test' else 'the same rows'}"


def _wrapped(stage: str, text: str) -> Iterator[tuple[str, str]]:
    for index, line in enumerate(textwrap.wrap(one_line(text), _WIDTH, break_long_words=False)):
        yield (stage if index == 0 else ""), line
