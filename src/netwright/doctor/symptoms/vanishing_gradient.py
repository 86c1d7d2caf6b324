"""Gradients that fade from layer to layer towards the input."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import counted, grade, median, most, severity, signal, typical
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: The gradient norm of the first layer over that of the last one in epoch 1 (AUTOTRAINER, ICSE 2021). Healthy networks
#: of the development tables have 0.05 to 10 there; later on a gradient that came through looks like any other.
_RATIO = 1e-3
#: Behind a layer with this share of dead units there is no gradient at all, which is another symptom.
_DEAD = 0.9


@symptom("vanishing-gradient")
class VanishingGradient:
    """The first layers hardly learn."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "vanishing gradient",
            "in epoch 1 the gradient of the first layer is {fewer} times smaller than that of the last one, in "
            "{shown} of {of} "
            "networks",
            "each layer shrinks the gradient on its way back, so the first layers hardly learn",
            "pass --activation relu or --activation selu, or fewer --hidden layers",
        )
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "사라지는 기울기",
            "에포크 1에서 첫 층의 기울기가 마지막 층보다 {fewer}배 작습니다(신경망 {of}개 중 {shown}개)",
            "기울기가 되돌아오면서 층마다 작아져, 앞쪽 층이 거의 배우지 못합니다",
            "--activation relu 나 --activation selu 를 쓰거나 --hidden 층을 줄이십시오",
        )
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """The ratio of gradient norms between the ends of the network."""
        norm = signal(case, "gradient_norm")
        if norm is None or case.plan is None or norm.shape[2] < 2:
            return None
        usual = norm[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = usual[:, 0] / usual[:, -1]
        shown = (ratio < _RATIO) & (usual[:, 0] > 0)
        dead = signal(case, "dead_share")
        if dead is not None:
            shown &= ~(np.nan_to_num(typical(dead)).max(axis=1) > _DEAD)
        if not most(shown):
            return None
        evidence = dict(counted(case, shown)) | {"ratio": median(ratio[shown])}
        evidence["fewer"] = 1 / evidence["ratio"]
        return Sign(severity(case, plain=True), 0.75 + 0.2 * grade(evidence["ratio"], _RATIO, 1e-7), evidence)
