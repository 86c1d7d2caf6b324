"""What the doctor found, in words, and what was tried for it: table, and curves before and after."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netwright.base.curves import Curves
from netwright.base.figures import figure
from netwright.base.finding import SEVERITIES, Finding
from netwright.base.holm import p_in_words
from netwright.base.record import RunRecord
from netwright.base.settings import LANGUAGES
from netwright.deliver.report.chart import chart, drawn, drawn_all
from netwright.deliver.report.data_means import mean_curve
from netwright.deliver.report.thinning import spaced
from netwright.deliver.report.words import metric_of_choice, sentence
from netwright.deliver.report.words_diagnosis import SAID
from netwright.doctor.diagnosis import told
from netwright.doctor.symptom import symptoms
from netwright.doctor.tried import Tried, cured_plans, tried

#: Pictures of repairs, lines in each, and points on a line.
_MOST_PICTURES, _MOST_LINES, _MOST_EPOCHS = 2, 12, 100
#: Losses above so many times the largest first loss are drawn at the top edge: they would flatten all others.
_AWAY = 10.0
_STEEP = 10.0


@dataclass(frozen=True)
class _Group:
    """What was tried for one ailing plan.

    Args:
        name: Of the plan.
        key: Of the plan.
        titles: Of the findings that it was tried for.
        attempts: Every plan once.
    """

    name: str
    key: str
    titles: tuple[str, ...]
    attempts: tuple[Tried, ...]


def of_the_doctor(finding: Finding) -> bool:
    """Whether a finding is told in this section rather than among those of the data."""
    return finding.code in symptoms.names() and "variant" in finding.evidence


def diagnosis_part(record: RunRecord) -> dict[str, Any]:
    """What the second section says beside the curves.

    Args:
        record: A finished run.
    """
    lang = str(record.settings.get("lang", LANGUAGES[0]))
    said = SAID[lang]
    findings = [finding for finding in record.findings if of_the_doctor(finding)]
    groups = _groups(findings, lang)
    cured = cured_plans(findings)
    loud = any(finding.severity != "note" for finding in findings)
    closing = "" if loud else said["repaired"] if cured else said["notes_only"] if findings else said["sound"]
    untrained = any(finding.code == "cut_short" and finding.severity == "warning" for finding in record.findings)
    pictures = [made for group in groups[:_MOST_PICTURES] if (made := _picture(record, group, lang)) is not None]
    return {
        "lang": lang,
        "title": said["title"],
        "todo": said["todo"],
        "healthy": said["too_early" if untrained else "healthy"],
        "closing": said["untrained"] if untrained and closing else closing,
        "findings": [
            _finding(record, finding, lang, finding.evidence.get("plan_key") in cured)
            for finding in sorted(findings, key=lambda own: SEVERITIES.index(own.severity))
        ],
        "groups": [_table(record, group, lang) for group in groups],
        "pictures": pictures,
        "said": {name: said[name] for name in ("table", "plan", "p", "outcome", "inside", "measured")},
    }


def _finding(record: RunRecord, finding: Finding, lang: str, cured: bool) -> dict[str, Any]:
    words = told(finding, lang)
    assert words is not None, "only the doctor's come here"
    plan = str(finding.evidence.get("plan", ""))
    return {
        "severity": finding.severity,
        "level": SAID[lang]["done"] if cured else SAID[lang][finding.severity],
        "title": words.title,
        "code": finding.code,
        "plan": plan if plan != record.plan.name or len(record.plans) > 1 else "",
        "seen": _sentence(words.seen),
        "means": _sentence(words.means),
        "todo": "" if cured else _sentence(words.todo),
    }


def _sentence(text: str) -> str:
    """A phrase as a sentence of its own."""
    return sentence(text[:1].upper() + text[1:])


def _groups(findings: Sequence[Finding], lang: str) -> list[_Group]:
    """What was tried, by the plan that it was tried for."""
    keys = dict.fromkeys(str(own.evidence.get("plan_key", "")) for own in findings if tried(own, lang))
    groups = []
    for key in keys:
        own = [finding for finding in findings if finding.evidence.get("plan_key", "") == key and tried(finding, lang)]
        attempts = {one.plan_key: one for finding in own for one in tried(finding, lang)}
        titles = tuple(words.title for finding in own if (words := told(finding, lang)) is not None)
        ordered = sorted(attempts.values(), key=lambda one: one.control)
        groups.append(_Group(str(own[0].evidence.get("plan", "")), key, titles, tuple(ordered)))
    return groups


def _table(record: RunRecord, group: _Group, lang: str) -> dict[str, Any]:
    metric, said = metric_of_choice(record), SAID[lang]
    before = next((one.before for one in group.attempts if np.isfinite(one.before)), float("nan"))
    return {
        "title": said["tried"].format(", ".join(group.titles)),
        "valid": said["valid"].format(metric.label),
        "plan": group.name,
        "before": figure(before),
        "rows": [
            {
                "title": one.title,
                "changes": one.changes,
                "after": figure(one.after),
                "p": "" if one.p_value is None or np.isnan(one.p_value) else p_in_words(one.p_value),
                "end": said["kept"] if one.accepted else said["back"],
                "reason": one.reason,
                "accepted": one.accepted,
            }
            for one in group.attempts
        ],
        "reading": said["reading"].format(metric.label),
    }


def _picture(record: RunRecord, group: _Group, lang: str) -> dict[str, Any] | None:
    """The curves of the ailing plan and of everything that was tried for it; None where they are not there."""
    curves = record.curves
    of = {member.plan.key: member.plan for member in curves.members}
    if group.key not in of:
        return None
    loss = of[group.key].loss
    wanted: list[tuple[str, str, str]] = [(group.key, group.name, "before")]
    wanted += [  # another loss has another axis
        (one.plan_key, one.title, "kept" if one.accepted else "control" if one.control else "tried")
        for one in group.attempts
        if one.plan_key in of and of[one.plan_key].loss == loss
    ]
    if len(wanted) < 2:
        return None
    means = {key: _means(curves, key) for key, _, _ in wanted[:_MOST_LINES]}
    every = np.concatenate([np.concatenate(own) for own in means.values()])
    first = [own[part][0] for own in means.values() for part in (0, 1) if np.isfinite(own[part][0])]
    highest = float(np.nanmax(every, initial=0.0))
    top = _rounded(_AWAY * max(first, default=highest))
    clipped = highest > top
    drawn_epochs = (~np.isnan(np.stack([both for own in means.values() for both in own]))).any(axis=0)
    epochs = spaced(int(drawn_epochs.sum()), _MOST_EPOCHS)
    lines = [
        {
            "name": label,
            "role": role,
            "train": drawn_all(np.minimum(means[key][0], top)[epochs]),
            "valid": drawn_all(np.minimum(means[key][1], top)[epochs]),
        }
        for key, label, role in wanted[:_MOST_LINES]
    ]
    seen = np.minimum(every[~np.isnan(every)], top)
    steep = bool(len(seen) and seen.min() > 0 and (clipped or seen.max() / seen.min() > _STEEP))
    kept = next((line["name"] for line in lines if line["role"] == "kept"), None)
    said, n_plans = SAID[lang], len(lines) - 1
    end = said["was_kept"].format(kept) if kept else said["none_kept"]
    return chart(
        f"repair-{group.key}",
        "repair",
        said["picture"].format(group.name),
        reading=said["lines"] + (said["clipped"].format(figure(top)) if clipped else ""),
        alt=said["alt"].format(group.name, said["plans"][n_plans > 1].format(n_plans), end),
        data={
            "epochs": epochs.tolist(),
            "lines": lines,
            "steep": steep,
            "top": drawn(top) if clipped else None,
            "axis": said["axis"].format(said["losses"].get(loss, loss)),
            "words": said["in_charts"],
        },
        height=400,
        wide=True,
        lang=lang,
    )


def _rounded(value: float) -> float:
    """The next 1, 2, 5 or 10 above, where the axis can end.

    Example:
        >>> _rounded(10.3), _rounded(0.4)
        (20.0, 0.5)
    """
    if not (math.isfinite(value) and value > 0):
        return value
    decade = 10.0 ** math.floor(math.log10(value))
    return next(step * decade for step in (1, 2, 5, 10) if step * decade >= value)


def _means(curves: Curves, key: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean train and validation loss of a plan; of one that diverged in part those that did not; (epoch,)."""
    own = [place for place, member in enumerate(curves.members) if member.plan.key == key]
    sound = [place for place in own if curves.status[place] != "diverged"] or own
    trained = ~np.isnan(curves.train_loss[sound]).all(axis=0)  # other plans may have taken more epochs
    means = [np.where(trained, mean_curve(losses[sound]), np.nan) for losses in (curves.train_loss, curves.valid_loss)]
    return means[0], means[1]
