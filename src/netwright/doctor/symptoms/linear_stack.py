"""Hidden layers without an activation between them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom


@symptom("linear-stack")
class LinearStack:
    """A deep network that is a linear model."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "linear stack",
            "{layers} hidden layers follow each other without an activation (--activation none); its error is "
            "{error}, that "
            "of a linear model {linear}",
            "layers without an activation between them are together one linear layer, so depth and width add nothing",
            "pass --activation relu",
        )
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "활성화 함수 없는 층",
            "은닉층 {layers}개가 활성화 함수 없이 이어집니다(--activation none). 오차는 {error}, 선형 모델은 "
            "{linear}입니다",
            "활성화 함수가 없는 층들은 합쳐서 선형 층 하나와 같아, 깊이와 너비가 더해 주는 것이 없습니다",
            "--activation relu 를 주십시오",
        )
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """The plan says it."""
        plan = case.plan
        if plan is None or plan.config.get("activation") not in ("none", "linear", "identity"):
            return None
        hidden = plan.config.get("hidden") or ()
        if not hidden:  # plain regression is what was asked for
            return None
        error, linear = case.facts.error, case.facts.baseline_errors.get("linear", float("nan"))
        evidence = {
            "layers": len(hidden),
            "error": float(error) if np.isfinite(error) else None,
            "linear": float(linear) if np.isfinite(linear) else None,
        }
        return Sign("warning", 0.9, evidence)
