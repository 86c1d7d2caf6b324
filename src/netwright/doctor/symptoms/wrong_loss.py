"""A loss that does not fit what is predicted."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import counted, median, most
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: The losses of numbers and of classes.
_OF_NUMBERS = ("mse", "mae", "huber")
_OF_CLASSES = ("cross_entropy",)
#: So few different whole numbers may be codes of classes.
_FEW = 8
#: Log-loss this many times the loss of the same rows, with which it should agree but for rounding.
_APART = 1.5


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
        "other": Words(
            "wrong loss",
            "cross_entropy is to be trained for, but the log-loss of the validation rows is {score} where their loss "
            "is {loss_seen} (the median over epochs), in {shown} of {of} networks",
            "what is trained for is another loss (squared error of the outputs, say), which gives wrong probabilities",
            "let the outputs be trained with the cross-entropy of the task (--loss cross_entropy, unchanged)",
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
        "other": Words(
            "맞지 않는 손실 함수",
            "손실 함수는 cross_entropy 인데, 검증 데이터의 로그 손실은 {score}이고 학습이 쓰는 손실은 "
            "{loss_seen}입니다(에포크의 중앙값, 신경망 {of}개 중 {shown}개)",
            "실제로는 다른 손실(예: 출력의 제곱 오차)로 학습하고 있어 확률이 틀립니다",
            "출력을 작업에 맞는 교차 엔트로피로 학습하십시오(--loss cross_entropy 를 바꾸지 않고)",
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
                return _another(case)
            return Sign("warning", 0.95, {"loss": plan.loss, "classes": len(facts.classes)})
        if plan.loss in _OF_CLASSES:
            return Sign("warning", 0.95, {"loss": plan.loss}, "numbers")
        if not facts.whole_numbers or not 2 <= facts.n_distinct <= _FEW:
            return None
        evidence = {"loss": plan.loss, "distinct": facts.n_distinct}
        if facts.n_distinct == 2:
            return Sign("warning", 0.8, evidence, "two")
        return Sign("note", 0.3, evidence, "codes")


def _another(case: Case) -> Sign | None:
    """A loss on validation rows that is not the log-loss of these rows, though cross-entropy is trained for."""
    facts, curves = case.facts, case.curves
    weighted = np.isfinite(facts.fitting_constant)  # then the score is weighted and the loss is not
    if facts.metric != "log_loss" or weighted or curves.valid_loss.shape != curves.valid_score.shape:
        return None
    loss, score = curves.valid_loss[:, 1:], np.abs(curves.valid_score[:, 1:])
    both = np.isfinite(loss) & np.isfinite(score)
    own = [(median(loss[k][both[k]]), median(score[k][both[k]])) for k in range(len(loss))]
    shown = np.array([score_seen > _APART * loss_seen for loss_seen, score_seen in own], dtype=bool)
    if not most(shown):
        return None
    seen = np.median(np.array(own)[shown], axis=0)
    return Sign(
        "warning", 0.95, dict(counted(case, shown)) | {"loss_seen": float(seen[0]), "score": float(seen[1])}, "other"
    )
