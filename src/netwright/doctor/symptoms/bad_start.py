"""A first loss far above what an untrained network should have."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import constant_loss, counted, grade, held, median, most, severity
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom
from netwright.doctor.symptoms.unscaled_input import UnscaledInput

#: Times the loss of the constant predictor (log of the number of classes; variance of the target), which a network
#: with an output near zero begins with. RealMLP, whose outputs begin with a spread, reaches 2.8.
_TIMES = 5.0
#: How far a cause ranks before its consequence.
_BEFORE = 0.05
#: What enters the last activation of the untrained network varies by this share of what enters the first: healthy ones
#: have 0.5 to 1. A sigmoid shrinks it by its nature, which is another symptom.
_FADED, _BOUNDED = 0.01, ("sigmoid",)


@symptom("bad-start")
class BadStart:
    """The untrained network is far worse than a constant."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "bad start",
            "before the first step the loss is {start}, {times} times that of always saying the mean ({constant}), "
            "in "
            "{shown} of {of} networks",
            "the first weights are too large or the target is not scaled, and the network has to unlearn that first",
            "start with smaller weights and a scaled target (--model mlp and --model realmlp do both), or train "
            "--epochs {try_epochs:d}",
        ),
        "faded": Words(
            "bad start",
            "before the first step what enters the last activation varies {fewer} times less over the rows than "
            "what enters "
            "the first, in {shown} of {of} networks",
            "the first weights are so small that all rows look alike behind a few layers, and learning begins late",
            "start with larger weights (--model mlp and --model realmlp keep the spread of all layers alike)",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "잘못된 출발",
            "첫걸음 전의 손실({start})이 늘 평균을 답할 때({constant})의 {times}배입니다(신경망 {of}개 중 {shown}개)",
            "처음 가중치가 너무 크거나 목표값이 스케일링되지 않아, 그것부터 되돌려야 합니다",
            "가중치를 더 작게 시작하고 목표값을 스케일링하십시오(--model mlp 와 --model realmlp 는 둘 다 합니다). "
            "또는 "
            "--epochs {try_epochs:d} 옵션으로 더 오래 학습하십시오",
        ),
        "faded": Words(
            "잘못된 출발",
            "첫걸음 전에 마지막 활성화 함수에 들어가는 값은 첫 활성화 함수보다 {fewer}배 덜 퍼져 있습니다(신경망 "
            "{of}개 중 "
            "{shown}개)",
            "처음 가중치가 너무 작아 몇 층만 지나면 모든 행이 같아 보이고, 배우기 시작하는 것이 늦어집니다",
            "가중치를 더 크게 시작하십시오(--model mlp 와 --model realmlp 는 모든 층의 퍼짐을 비슷하게 둡니다)",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Loss at step 0 against theory."""
        constant = constant_loss(case)
        if case.plan is None or not case.curves.train_loss.size:
            return None
        if constant is None:
            return _faded(case)
        start = held(case.curves.train_loss)[:, 0]
        times = start / np.maximum(constant, 1e-12)
        # even odds are no bad start where one class is rare, though a constant that knows that does far better
        shown = start > _TIMES * np.maximum(constant, _even_odds(case))
        if not most(shown):
            return _faded(case)
        evidence = dict(counted(case, shown)) | {
            "start": median(start[shown]),
            "constant": median(constant),
            "times": median(times[shown]),
            "try_epochs": 2 * case.plan.epochs,
        }
        strength = 0.7 + 0.25 * grade(evidence["times"], _TIMES, 100.0)
        wide = UnscaledInput.read(case)
        if wide is not None:  # a column that drowns the others makes the start bad
            strength = min(strength, wide.strength - _BEFORE)
        return Sign(severity(case, plain=True), strength, evidence)


def _even_odds(case: Case) -> float:
    """The loss of an output near zero, for classes; 0 for numbers."""
    by_chances = case.plan is not None and case.plan.loss == "cross_entropy"
    return float(np.log(max(len(case.facts.classes), 1))) if by_chances else 0.0


def _faded(case: Case) -> Sign | None:
    """The spread of what enters activations, from the first hidden layer to the last."""
    spread = case.curves.signals.get("activation_spread")
    if spread is None or case.plan is None or case.plan.config.get("activation") in _BOUNDED:
        return None
    spread = np.asarray(spread, dtype=float)[:, 0]
    layers = np.flatnonzero(np.isfinite(spread).any(axis=0))
    if len(layers) < 2:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        share = spread[:, layers[-1]] / spread[:, layers[0]]
    shown = (share < _FADED) & (spread[:, layers[-1]] > 0)  # nothing at all are dead units
    if not most(shown):
        return None
    share_seen = median(share[shown])
    evidence = dict(counted(case, shown)) | {"share": share_seen, "fewer": 1 / share_seen}
    return Sign(severity(case, plain=True), 0.7 + 0.25 * grade(evidence["share"], _FADED, 1e-6), evidence, "faded")
