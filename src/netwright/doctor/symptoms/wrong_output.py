"""An output that cannot reach the target's values."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

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
#: The widest odds (as a logarithm) that outputs from 0 to 1 allow are 1; shares of rows that lie there, and of rows
#: with two classes that are exactly alike, which outputs without a bound never have.
_ODDS, _AT_THE_END, _TIED = (0.99, 1.0005), 0.05, (0.05, 0.99)
#: Where networks are as sure as numbers allow, two that disagree make ties of their mean.
_SURE = 50.0


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
        ),
        "sigmoid": Words(
            "wrong output",
            "in no row is a class more than {odds} times as likely as another, and {percent} % of the rows lie right "
            "at that end",
            "that is what a sigmoid before the probabilities leaves (e = 2.718), so the network cannot be sure of "
            "anything",
            "let the output for classes be linear, as that of --model mlp is: the loss makes probabilities of it",
        ),
        "relu": Words(
            "wrong output",
            "in {percent} % of the rows two classes have the very same probability",
            "that is what a ReLU before the probabilities leaves, which cuts off everything below zero",
            "let the output for classes be linear, as that of --model mlp is: the loss makes probabilities of it",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "맞지 않는 출력",
            "예측의 {percent} % 가 그 범위의 끝에 붙어 있습니다. 예측은 평균을 중심으로 표준편차의 {low}배에서 "
            "{high}배까지인데, 목표값의 90 % 는 {target_low}배에서 {target_high}배까지입니다",
            "출력층의 활성화 함수(예: 시그모이드)나 그 뒤의 제한 때문에 예측이 목표값에 닿지 못합니다",
            "숫자를 예측할 때는 --model mlp 처럼 선형 출력을 쓰고, 출력 뒤에 무엇이 붙어 있는지 살펴보십시오",
        ),
        "sigmoid": Words(
            "맞지 않는 출력",
            "어느 행에서도 한 클래스의 확률이 다른 클래스의 {odds}배를 넘지 않고, 행의 {percent} % 가 바로 그 끝에 "
            "있습니다",
            "확률로 바꾸기 전에 시그모이드를 거치면 이렇게 됩니다(e = 2.718). 신경망이 아무것도 확신할 수 없습니다",
            "클래스를 예측할 때도 --model mlp 처럼 선형 출력을 쓰십시오. 확률은 손실 함수가 만듭니다",
        ),
        "relu": Words(
            "맞지 않는 출력",
            "행의 {percent} % 에서 두 클래스의 확률이 똑같습니다",
            "확률로 바꾸기 전에 0보다 작은 값을 모두 자르는 ReLU 를 거치면 이렇게 됩니다",
            "클래스를 예측할 때도 --model mlp 처럼 선형 출력을 쓰십시오. 확률은 손실 함수가 만듭니다",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Where out-of-fold predictions end, and how many lie at that end."""
        facts = case.facts
        if facts.classes:
            return _of_classes(case)
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


def _of_classes(case: Case) -> Sign | None:
    """Probabilities that only a bounded output gives."""
    facts = case.facts
    if facts.n_train < _FEWEST:
        return None
    if _ODDS[0] <= facts.widest_odds <= _ODDS[1] and max(facts.pinned_share, facts.tied_share) >= _AT_THE_END:
        evidence = {"percent": round(100 * facts.pinned_share), "odds": float(np.exp(facts.widest_odds))}
        return Sign(severity(case, plain=True), 0.9, evidence, "sigmoid")
    if _TIED[0] <= facts.tied_share <= _TIED[1] and facts.widest_odds < _SURE:
        return Sign(severity(case, plain=True), 0.9, {"percent": round(100 * facts.tied_share)}, "relu")
    return None
