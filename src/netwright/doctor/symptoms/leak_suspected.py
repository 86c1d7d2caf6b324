"""A target that is told too easily."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import constant_loss, counted, few_of, median, most, trained
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: The validation loss over that of the constant predictor after one pass, and at its lowest.
_AT_ONCE, _AT_BEST = 0.02, 0.005


@symptom("leak-suspected")
class LeakSuspected:
    """Too good at once."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "leak suspected",
            "after epoch 1 the validation loss is {first}, and {best} at its lowest, where always saying the mean "
            "has "
            "{constant}, in {shown} of {of} networks",
            "few targets are that easy: a column may hold what is only known after the outcome",
            "look at what the network looks at in the report, and pass --drop with a column that is not known in time",
        ),
        "column": Words(
            "leak suspected",
            "the audit says that {listed} gives the target away, and the lowest validation loss is {best}, where "
            "always "
            "saying the mean has {constant}",
            "what is learned is worth nothing where that column is not known in time",
            "pass --drop with that column unless it is known when predictions are needed",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "의심스러운 누출",
            "에포크 1 뒤의 검증 손실이 {first}, 가장 낮을 때 {best}입니다(늘 평균을 답하면 {constant}, 신경망 "
            "{of}개 중 "
            "{shown}개)",
            "이렇게 쉬운 목표값은 드뭅니다. 결과가 나온 뒤에야 알 수 있는 열이 있을지 모릅니다",
            "보고서에서 신경망이 무엇을 보는지 살피고, 제때 알 수 없는 열은 --drop 으로 빼십시오",
        ),
        "column": Words(
            "의심스러운 누출",
            "데이터 검사에서 {listed} 열이 목표값을 알려 준다고 했고, 가장 낮은 검증 손실은 {best}입니다(늘 평균을 "
            "답하면 "
            "{constant})",
            "그 열을 제때 알 수 없다면 배운 것이 쓸모없습니다",
            "예측할 때 알 수 있는 열이 아니라면 --drop 으로 빼십시오",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Findings of the audit, and curves that are near zero after one epoch."""
        constant, leaking = constant_loss(case), case.facts.leaking
        if constant is None or case.plan is None or case.curves.valid_loss.shape[1] < 2:
            return None
        _, valid, _ = trained(case)
        evidence = {"first": median(valid[:, 1]), "best": median(valid.min(axis=1)), "constant": median(constant)}
        if not all(np.isfinite(value) for value in evidence.values()):
            return None
        if leaking:
            listed = {"listed": few_of(leaking), "columns": list(leaking)}
            return Sign("warning", 0.8, evidence | listed, "column", leaking)
        at_once = (valid[:, 1] < _AT_ONCE * constant) & (valid.min(axis=1) < _AT_BEST * constant)
        if not most(at_once):
            return None
        return Sign("note", 0.6, evidence | dict(counted(case, at_once)))
