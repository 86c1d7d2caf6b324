"""A loss that does not fit what is predicted."""

from __future__ import annotations

from typing import ClassVar

from netwright.doctor.case import Case
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: The losses of numbers and of classes.
_OF_NUMBERS = ("mse", "mae", "huber")
_OF_CLASSES = ("cross_entropy",)
#: So few different whole numbers may be codes of classes.
_FEW = 8


@symptom("wrong-loss")
class WrongLoss:
    """Squared error on classes, or cross-entropy on numbers."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "wrong loss",
            "{loss} is trained for, but the target is one of {classes} classes",
            "a distance between class numbers means nothing, so the network learns an order that is not there",
            "pass --loss cross_entropy",
        ),
        "numbers": Words(
            "wrong loss",
            "{loss} is trained for, but the target is a number",
            "such a loss knows right and wrong, not near and far",
            "pass --loss mse",
        ),
        "two": Words(
            "wrong loss",
            "the target has two values and is predicted as a number, with {loss}",
            "squared error hardly punishes a sure but wrong answer, and what is predicted is no probability",
            "pass --task binary",
        ),
        "codes": Words(
            "codes as numbers",
            "the target has only {distinct} different whole numbers and is predicted as a number, with {loss}",
            "if these are codes of classes, the distance between them means nothing; if they are counts or marks, "
            "all is "
            "well",
            "pass --task multiclass if they are codes",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "맞지 않는 손실 함수",
            "목표값은 {classes}개 클래스 중 하나인데 손실 함수가 {loss}입니다",
            "클래스 번호 사이의 거리는 뜻이 없어, 신경망이 있지도 않은 순서를 배웁니다",
            "--loss cross_entropy 를 주십시오",
        ),
        "numbers": Words(
            "맞지 않는 손실 함수",
            "목표값은 숫자인데 손실 함수가 {loss}입니다",
            "그런 손실 함수는 맞고 틀림만 알고 가깝고 먼 것을 모릅니다",
            "--loss mse 를 주십시오",
        ),
        "two": Words(
            "맞지 않는 손실 함수",
            "목표값이 두 가지뿐인데 숫자처럼 예측합니다(손실 함수 {loss})",
            "제곱 오차는 확신에 찬 오답을 거의 벌하지 않고, 예측값도 확률이 아닙니다",
            "--task binary 를 주십시오",
        ),
        "codes": Words(
            "숫자로 다룬 코드",
            "목표값이 서로 다른 정수 {distinct}개뿐인데 숫자처럼 예측합니다(손실 함수 {loss})",
            "클래스의 코드라면 그 사이의 거리는 뜻이 없습니다. 개수나 점수라면 괜찮습니다",
            "코드라면 --task multiclass 를 주십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """The plan against the task, and numbers that look like codes."""
        plan, facts = case.plan, case.facts
        if plan is None or facts.task is None:
            return None
        if facts.task != "regression":
            if plan.loss not in _OF_NUMBERS:
                return None
            return Sign("warning", 0.95, {"loss": plan.loss, "classes": len(facts.classes)})
        if plan.loss in _OF_CLASSES:
            return Sign("warning", 0.95, {"loss": plan.loss}, "numbers")
        if not facts.whole_numbers or not 2 <= facts.n_distinct <= _FEW:
            return None
        evidence = {"loss": plan.loss, "distinct": facts.n_distinct}
        if facts.n_distinct == 2:
            return Sign("warning", 0.8, evidence, "two")
        return Sign("note", 0.3, evidence, "codes")
