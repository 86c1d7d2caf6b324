"""The sentences of a result, the same in the terminal and in Python."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from netwright.base.figures import count, figure, listing, one_line
from netwright.base.option import quoted
from netwright.evaluate.ensembled import parts_in_words
from netwright.evaluate.evaluation import gap_in_words
from netwright.evaluate.metrics import METRICS
from netwright.evaluate.repeats import repeats_in_words
from netwright.evaluate.series_metrics import forecasts_in_words
from netwright.evaluate.verdict import other_on_test

if TYPE_CHECKING:
    from netwright.base.events import Diagnosed
    from netwright.base.finding import Finding
    from netwright.base.record import RunRecord
    from netwright.evaluate.metrics import Metric

_BASELINE_NAMES = {
    "trees": "boosted trees",
    "linear": "linear",
    "constant": "constant",
    "pca": "principal components",
    "independent": "columns one by one",
    "copula": "copula",
    "pixels": "pixels one by one",
    "pixel_copula": "copula of pixels",
    "last_value": "last value",
    "seasonal_naive": "seasonal naive",
    "window_mean": "mean of the window",
}
_WIDTH = 100
#: Of what was tried for a finding so many are named.
_MOST_TRIALS = 4

#: What is said beside the words of the symptoms.
_DIAGNOSIS = {
    "en": {
        **{"warning": "warning", "note": "note", "stop": "stop", "loss": "loss"},
        "healthy": "healthy: nothing in the learning curves calls for a cure",
        "noted": "{}; worth knowing: {} (--verbose)",
        "cured": "healthy now: nothing in the learning curves of the kept plan calls for a cure",
        "helped": "{} helped: valid {}, kept",
        "also": "also tried and taken back: {}",
        "back": "tried and taken back: {} ({})",
        "before": "{} before",
        "more": " and {} more",
        "not_tried": "no cure was tried: {}",
        "scaled": "a loss is measured on the scaled target, valid {} in the target's own units",
    },
    "ko": {
        **{"warning": "경고", "note": "참고", "stop": "중단", "loss": "손실"},
        "healthy": "정상: 학습 곡선에 고칠 것이 없습니다",
        "noted": "{}. 참고할 점: {} (--verbose)",
        "cured": "이제 정상: 채택한 설정의 학습 곡선에 고칠 것이 없습니다",
        "helped": "{} 효과 있음: 검증 {}, 채택",
        "also": "함께 시도했으나 기각: {}",
        "back": "시도했으나 기각: {} ({})",
        "before": "기존 {}",
        "more": " 외 {}개",
        "not_tried": "조치를 시도하지 않음: {}",
        "scaled": "손실은 스케일링한 목표값으로, 검증 {}는 목표값의 원래 단위로 잰 값입니다",
    },
}


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
    constant = metrics["baselines"].get("constant", {}).get(metric.name)
    rows = "the sealed test rows" if judged == "test" else "validation rows"
    interval = metrics.get("interval", {}).get(metric.name)  # none over the rows of folds
    ends = (
        f"   95 % interval {figure(interval[0])} to {figure(interval[1])}" if interval and None not in interval else ""
    )
    train = f"      train {figure(metrics['train'][metric.name])}"
    train += f", validation {figure(metrics['validation'][metric.name])}" if judged == "test" else ""
    yield "RESULT", f"{metric.label} {figure(score)} on {rows}{ends}{train}"
    caution = metrics.get("interval", {}).get("caution")
    if ends and caution:
        yield from _wrapped("", f"the interval is rough: {caution}")
    if "new_rows" in metrics:
        yield from _wrapped("", made_in_words(metrics["new_rows"]))
    yield from _wrapped("", _blend(record, judged, metric))
    yield "", _baselines(metrics, metric.name)
    if also := _also(record, judged, metric.name):
        yield "", also
    yield from _wrapped("", gap_in_words(metric, metrics["train"][metric.name], score, constant, _validated(record)))
    for said in repeats_in_words(metrics, metric):
        yield from _wrapped("", said)
    if record.equation:
        yield from _wrapped("", record.equation)
    yield from _wrapped("VERDICT", metrics["verdict"]["sentence"])
    if other := other_on_test(metrics, metric):
        yield from _wrapped("", f"{other}.")
    yield from _wrapped("", metrics.get("ensemble", metrics.get("distilled", {})).get("sentence", ""))


def made_in_words(own: Mapping[str, Any]) -> str:
    """How good made rows are by what can be understood without their density.

    Args:
        own: As `metrics.json` holds it.
    """
    score = METRICS[own["score"]].label
    told = f"made rows are told apart from real ones with AUC {figure(own['detection'])} (0.5 is best)"
    if not own["tells"]:
        reason = f"even real ones do not help to predict {own['target']}"
        return f"{told}; whether they are useful cannot be told: {reason} ({score} {figure(own['on_real'])})"
    useful = f"{score} {figure(own['usefulness'])} for {own['target']} on real rows, {figure(own['on_real'])}"
    return f"{told}; useful: trees that learned on them reach {useful} if they learned on real ones"


def _validated(record: RunRecord) -> tuple[float | None, float | None]:
    """Validation scores of what ships and of the constant, by the metric of the run."""
    name = record.metrics["metric"]
    constant = next((row["valid_score"] for row in record.leaderboard if row["name"] == "constant"), None)
    return record.metrics["validation"].get(name), constant


def diagnosis_lines(event: Diagnosed, metric: Metric, verbose: bool) -> Iterator[tuple[str, bool]]:
    """What ails the networks, or ailed them: (text, whether it is a warning) of every line.

    Args:
        event: The diagnosis.
        metric: What the run is judged by.
        verbose: Whether notes are wanted, too.
    """
    said = _DIAGNOSIS[event.lang]
    cured = [finding for finding in event.findings if "remedies" in finding.evidence and finding.severity == "note"]
    loud = [finding for finding in event.findings if finding.severity != "note"]
    shown = [finding for finding in event.findings if finding in cured or finding in loud]
    if event.healthy and not cured:
        titles = [] if verbose else _titles(event)
        yield said["noted"].format(said["healthy"], listing(titles, 3)) if titles else said["healthy"], False
    for finding in shown:
        if not _was_told(finding, event.lang):
            advice = f"; {finding.advice}" if finding.advice and finding.severity != "note" else ""
            yield f"{said[finding.severity]}: {finding.message}{advice}", finding.severity != "note"
        yield from ((text, False) for text in trials_in_words(finding, metric, event.lang))
    if cured and event.healthy:
        yield said["cured"], False
    rest = [one for one in event.findings if one.severity == "note" and one not in cured] if verbose else []
    for finding in rest:
        yield f"{said['note']}: {finding.message}", False
    in_units = metric.label == METRICS[metric.name].label  # else of scaled series, as the loss is
    if (
        metric.name in ("rmse", "mae")
        and in_units
        and any(said["loss"] in finding.message for finding in (*shown, *rest))
    ):
        yield said["scaled"].format(metric.label), False


def _titles(event: Diagnosed) -> list[str]:
    """What the notes are about, in two or three words each."""
    from netwright.doctor.diagnosis import told

    words = [told(finding, event.lang) for finding in event.findings]
    return list(dict.fromkeys(own.title for own in words if own is not None))


def _was_told(finding: Finding, lang: str) -> bool:
    """Whether the end of training has told of it, which it does in English, of networks that lost all numbers."""
    return finding.code == "not-finite" and finding.evidence.get("variant") != "blown-up" and lang == "en"


def trials_in_words(finding: Finding, metric: Metric, lang: str = "en") -> Iterator[str]:
    """What was tried for a finding, and what came of it.

    Args:
        finding: Of the doctor.
        metric: What the run is judged by.
        lang: `en` or `ko`.
    """
    from netwright.doctor.tried import reason_in_words, tried

    said, trials = _DIAGNOSIS[lang], tried(finding, lang)
    others = [trial for trial in trials if not trial.accepted]
    for trial in trials:
        if trial.accepted:
            scores = f"{metric.label} {_score(trial.before)} -> {_score(trial.after)}"
            yield said["helped"].format(f"{trial.title} ({trial.changes})", scores)
    if others:
        names = [f"{trial.title} {_score(trial.after)}" for trial in others]
        shown, n_more = ", ".join(names[:_MOST_TRIALS]), len(names) - _MOST_TRIALS
        shown += said["more"].format(n_more) if n_more > 0 else ""
        if len(others) < len(trials):
            yield said["also"].format(shown)
        else:  # a better score that was not kept wants a reason
            reasons = dict.fromkeys(trial.reason for trial in others if trial.gain > 0 and trial.reason)
            before = f"{metric.label} {_score(others[0].before)}"
            yield said["back"].format(shown, "; ".join([said["before"].format(before), *reasons]))
    elif finding.evidence.get("not_tried"):
        yield said["not_tried"].format(reason_in_words(str(finding.evidence["not_tried"]), lang))


def _score(score: float) -> str:
    return "-" if score != score else figure(score)


def _baselines(metrics: Mapping[str, Any], metric: str) -> str:
    scores = metrics["baselines"]
    return "   ".join(f"{_BASELINE_NAMES[name]} {figure(scores[name][metric])}" for name in reversed(list(scores)))


def _blend(record: RunRecord, judged: str, metric: Metric) -> str:
    """What the score is of, where that is more than one plan or the cheapest, and from where on a class is named."""
    metrics, prefer = record.metrics, record.settings.get("prefer", "accuracy")
    said, parts = [], metrics["model"]["parts"]
    if prefer != "accuracy" and "distilled" not in metrics:
        said.append(f"by {parts[0]['name']}, the cheapest of the plans that are as good (--prefer {prefer})")
    if len(parts) > 1:
        said.append(f"an ensemble of {parts_in_words(parts)}")
        if any(part["kind"] == "baseline" for part in parts):
            said.append(f"its networks alone {metric.label} {figure(metrics['networks'][judged][metric.name])}")
    threshold = metrics.get("calibration", {}).get("threshold")
    if threshold is not None:
        said.append(f"the positive class is named from a probability of {figure(threshold)} on")
    return "; ".join(said)


def _also(record: RunRecord, judged: str, metric: str) -> str:
    metrics = record.metrics
    others = [f"{METRICS[n].label} {figure(s)}" for n, s in metrics[judged].items() if n in METRICS and n != metric]
    if not others:
        return ""
    rows = count(metrics["n_test"], "row") if judged == "test" else "the same rows"
    if "series" in metrics and judged == "test" and record.test is not None:
        rows = forecasts_in_words(metrics["n_test"], len(record.test.rows))
    return f"also {', '.join(others)} on {rows}"


def _wrapped(stage: str, text: str) -> Iterator[tuple[str, str]]:
    for index, line in enumerate(textwrap.wrap(one_line(text), _WIDTH, break_long_words=False)):
        yield (stage if index == 0 else ""), line
