"""An output that cannot reach the target's values."""

from __future__ import annotations

from typing import ClassVar

from netwright.doctor.case import Case
from netwright.doctor.reading import constant_loss, most, severity, trained
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: The predictions end this far inside the target's 5 or 95 % quantile, as a share of the distance between these two.
_SHORT = 0.2
#: Share of the predictions that lie pinned at the end of their range: those of a free output thin out there (under 5 %
#: on the development tables).
_PINNED = 0.1
#: Predictions must spread over this share of the target's range, and the loss be this far below the constant's: what a
#: network predicts that learned nothing ends inside the target's range, too.
_SPREAD, _LEARNED = 0.15, 0.9
#: Train rows of a fold: of fewer, a tenth of the predictions lies at an end of their range by chance.
_FEWEST = 40


@symptom("wrong-output")
class WrongOutput:
    """A sigmoid or ReLU at the output of a scaled target."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "wrong output",
            "{percent} % of the predictions lie pinned at an end of their range, which is {low} to {high} standard "
            "deviations of the target about its mean, while 90 % of its values reach from {target_low} to "
            "{target_high}",
            "something keeps the predictions from the values that the target has: an activation at the output (a "
            "sigmoid, say), or a bound put on them afterwards",
            "let the output for numbers be linear, as that of --model mlp is, and look at what is put behind it",
        )
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "맞지 않는 출력",
            "예측의 {percent} % 가 그 범위의 끝에 붙어 있습니다. 예측은 평균을 중심으로 표준편차의 {low}배에서 "
            "{high}배까지인데, 목표값의 90 % 는 {target_low}배에서 {target_high}배까지입니다",
            "출력층의 활성화 함수(예: 시그모이드)나 그 뒤의 제한 때문에 예측이 목표값에 닿지 못합니다",
            "숫자를 예측할 때는 --model mlp 처럼 선형 출력을 쓰고, 출력 뒤에 무엇이 붙어 있는지 살펴보십시오",
        )
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Where out-of-fold predictions end, and how many lie at that end."""
        facts = case.facts
        if facts.output_ends is None or facts.target_ends is None or facts.n_train < _FEWEST:
            return None
        (low, high), (bottom, top) = facts.output_ends, facts.target_ends
        span = top - bottom
        if span <= 0 or high - low < _SPREAD * span:
            return None
        short = max(low - bottom, top - high) / span
        if short < _SHORT or facts.pinned_share < _PINNED or not _has_learned(case):
            return None
        evidence = {
            "percent": round(100 * facts.pinned_share),
            "low": float(low),
            "high": float(high),
            "target_low": float(bottom),
            "target_high": float(top),
        }
        return Sign(severity(case, plain=True), 0.9, evidence)


def _has_learned(case: Case) -> bool:
    constant = constant_loss(case)
    return constant is None or most(trained(case)[1].min(axis=1) < _LEARNED * constant)
