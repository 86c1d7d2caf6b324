"""Gradients that grow from layer to layer towards the input, or from epoch to epoch."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import counted, grade, median, most, rate_of, severity, signal, tidy, typical
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: The gradient norm of the first layer over that of the last (AUTOTRAINER, ICSE 2021).
_RATIO = 70.0
#: The largest gradient norm of an epoch over that of the first epoch, in the median network.
_GROWTH = 1_000.0
#: How much lower a learning rate is tried.
_LOWER = 0.1


@symptom("exploding-gradient")
class ExplodingGradient:
    """A step goes anywhere."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "exploding gradient",
            "the gradient of the first layer is {ratio} times that of the last one (the median over epochs), in "
            "{shown} of "
            "{of} networks",
            "each layer multiplies the gradient on its way back, so the first layers are thrown about",
            "pass --learning-rate {try_rate:g} (it was {rate:g}) or fewer --hidden layers, and start with smaller "
            "weights",
        ),
        "growing": Words(
            "exploding gradient",
            "the gradient norm grows from {first} in epoch 1 to {largest} in epoch {epoch}, in {shown} of {of} "
            "networks",
            "each step leads to a place that is steeper than the one before",
            "pass --learning-rate {try_rate:g} (it was {rate:g})",
        ),
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "폭발하는 기울기",
            "첫 층의 기울기가 마지막 층의 {ratio}배입니다(에포크의 중앙값, 신경망 {of}개 중 {shown}개)",
            "기울기가 되돌아오면서 층마다 커져, 앞쪽 층이 이리저리 튑니다",
            "--learning-rate {try_rate:g} 옵션을 주거나(지금은 {rate:g}) --hidden 층을 줄이고, 가중치를 더 작게 "
            "시작하십시오",
        ),
        "growing": Words(
            "폭발하는 기울기",
            "기울기의 크기가 에포크 1의 {first}에서 에포크 {epoch}의 {largest}까지 커집니다(신경망 {of}개 중 "
            "{shown}개)",
            "걸음마다 앞보다 더 가파른 곳으로 갑니다",
            "--learning-rate {try_rate:g} 옵션을 주십시오(지금은 {rate:g})",
        ),
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """Ratios of gradient norms, between layers and between epochs."""
        norm = signal(case, "gradient_norm")
        if norm is None or case.plan is None or norm.shape[2] < 2:
            return None
        rate = {"rate": rate_of(case), "try_rate": tidy(rate_of(case) * _LOWER)}
        usual = typical(norm)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = usual[:, 0] / usual[:, -1]
            whole = np.sqrt(np.nansum(norm**2, axis=2))
            growth = whole.max(axis=1) / whole[:, 0]
        shown = (ratio > _RATIO) & np.isfinite(ratio)
        if most(shown):
            evidence = dict(counted(case, shown)) | {"ratio": median(ratio[shown])}
            return Sign(severity(case), 0.7 + 0.2 * grade(evidence["ratio"], _RATIO, 1e4), evidence | rate)
        shown = (growth > _GROWTH) & np.isfinite(growth)
        if not most(shown):
            return None
        evidence = dict(counted(case, shown)) | {
            "first": median(whole[shown, 0]),
            "largest": median(whole[shown].max(axis=1)),
            "epoch": int(np.median(whole[shown].argmax(axis=1))) + 1,
        }
        return Sign(severity(case), 0.7 + 0.2 * grade(median(growth[shown]), _GROWTH, 1e6), evidence | rate, "growing")
