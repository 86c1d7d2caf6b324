"""The remedies that were tried for a finding, as it keeps them, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from netwright.base.figures import figure
from netwright.base.finding import Finding
from netwright.doctor.prescription import CONTROL
from netwright.doctor.remedy import remedies

#: Reasons as runs write them.
_REASONS_KO = {
    "no time was left": "시간이 남지 않음",
    "found by the search, after the cures": "조치가 끝난 뒤 탐색에서 찾은 설정",
    "the round as a whole was no better beyond noise": "이번에 시도한 것 전체로 보아 잡음을 넘지 못함",
    "no better beyond noise": "잡음을 넘지 못함",
    "no better": "더 낫지 않음",
    "another one was better": "다른 시도가 더 나음",
}
_NONE = {"en": "none", "ko": "없음"}
#: Choices of a plan as courses call them.
_CHOICES_KO = {
    "learning_rate": "학습률",
    "epochs": "에포크",
    "dropout": "드롭아웃",
    "hidden": "은닉층",
    "batch_size": "배치 크기",
    "weight_decay": "가중치 감쇠",
    "activation": "활성화 함수",
    "optimizer": "옵티마이저",
    "schedule": "학습률 스케줄",
    "loss": "손실 함수",
    "scale": "스케일링",
    "patience": "조기 종료 대기",
    "clip_norm": "그래디언트 클리핑",
    "label_smoothing": "레이블 스무딩",
    "betas": "모멘텀 계수",
    "regularisation": "규제 스케줄",
    "l1": "L1 규제",
    "drop_last": "남는 배치 버리기",
    "family": "모델",
}


@dataclass(frozen=True)
class Tried:
    """One attempt.

    Args:
        title: The remedy in words.
        changes: What it changed in the plan, `learning rate 2.00 -> 0.200`.
        plan_key: Of the plan that was tried.
        control: Whether it is a member of the random search that remedies are compared with.
        before: The validation score of the ailing plan; NaN where it had none.
        after: That of the attempt; NaN where it had none.
        p_value: Of the difference across folds; None where none was computed.
        gain: By which share the error fell; NaN where that is not defined.
        accepted: Whether the attempt took the place of the plan.
        reason: Why, or why not.
    """

    title: str
    changes: str
    plan_key: str
    control: bool
    before: float
    after: float
    p_value: float | None
    gain: float
    accepted: bool
    reason: str


def tried(finding: Finding, lang: str = "en") -> tuple[Tried, ...]:
    """What was tried against a finding, in the order in which it was; empty where nothing was.

    Args:
        finding: Of the doctor; its evidence may come from a file.
        lang: `en` or `ko`.

    Raises:
        ValueError: What the evidence says of remedies is not what a run writes.
    """
    told = finding.evidence.get("remedies", ())
    if not isinstance(told, list | tuple) or not all(isinstance(one, Mapping) for one in told):
        raise ValueError("lists no remedies that could be read")
    return tuple(_one(entry, lang) for entry in told)


def cured_plans(findings: Iterable[Finding]) -> set[object]:
    """Keys of the plans whose place was taken by a remedy that helped.

    Args:
        findings: Of the doctor.
    """
    return {own.evidence.get("plan_key") for own in findings if any(one.accepted for one in tried(own))}


def _one(entry: Mapping[str, Any], lang: str) -> Tried:
    control = entry.get("kind") == "control"
    title = str(entry.get("title") or entry.get("remedy") or "")
    if control:
        title = CONTROL[lang]
    elif str(entry.get("remedy")) in remedies.names():
        title = getattr(remedies.get(str(entry["remedy"])), lang)
    p_value = entry.get("p_value")
    return Tried(
        title,
        in_words(entry.get("changes"), lang),
        str(entry.get("plan_key", "")),
        control,
        _number(entry.get("before")),
        _number(entry.get("after")),
        None if p_value is None else _number(p_value),
        _number(entry.get("gain")),
        bool(entry.get("accepted")),
        reason_in_words(str(entry.get("reason") or ""), lang),
    )


def reason_in_words(reason: str, lang: str) -> str:
    """A reason as runs write it, in a language; one that is not known as it is."""
    return _REASONS_KO.get(reason, reason) if lang == "ko" else reason


def _number(value: object) -> float:
    """A number of a file; where it says null NaN."""
    return float(value) if isinstance(value, int | float) else math.nan


def in_words(changes: object, lang: str = "en") -> str:
    """What differs between two plans.

    Args:
        changes: Name of a choice -> [before, after]; may come from a file.
        lang: `en` or `ko`.

    Example:
        >>> in_words({"learning_rate": [2.0, 0.2], "activation": ["relu", "selu"]})
        'learning rate 2.00 -> 0.200, activation relu -> selu'
        >>> in_words({"hidden": [[64], None]}, "ko")
        '은닉층 64 -> 없음'
    """
    if not isinstance(changes, Mapping):
        return ""
    parts = []
    for name, ends in changes.items():
        said = str(name).replace("_", " ")
        said = _CHOICES_KO.get(str(name), said) if lang == "ko" else said
        both = isinstance(ends, list | tuple) and len(ends) == 2
        parts.append(
            f"{said} {_value(ends[0], lang)} -> {_value(ends[1], lang)}" if both else f"{said} {_value(ends, lang)}"
        )
    return ", ".join(parts)


def _value(value: object, lang: str) -> str:
    if isinstance(value, float):
        return figure(value)
    if isinstance(value, list | tuple):
        return ",".join(_value(one, lang) for one in value) or _NONE[lang]
    return _NONE[lang] if value is None else str(value)
