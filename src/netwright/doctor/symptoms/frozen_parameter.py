"""Weights that no step moves."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from netwright.doctor.case import Case
from netwright.doctor.reading import counted, layer_name, most, severity, signal
from netwright.doctor.symptom import ByVariant, Sign, Words, symptom

#: Share of the measured epochs in which a tensor of the layer stays as it is, or has no gradient at all: the last step
#: of a schedule that ends at zero moves nothing, either.
_ALWAYS = 0.9
#: Measured epochs at least.
_FEWEST = 2
#: Behind a layer with this share of dead units no gradient passes, which is another symptom.
_DEAD = 0.9


@symptom("frozen-parameter")
class FrozenParameter:
    """Not in the optimizer, or cut off from the loss."""

    en: ClassVar[ByVariant] = {
        "": Words(
            "frozen parameter",
            "weights or biases of {layer} stay as they were in all of {measured} epochs that were looked at, in "
            "{shown} of "
            "{of} networks, while other layers learn",
            "no gradient reaches them, or the optimizer does not know them",
            "with a network of your own, check that these weights are among its parameters, ask for a gradient "
            "(requires_grad) and are used in forward",
        )
    }
    ko: ClassVar[ByVariant] = {
        "": Words(
            "멈춘 가중치",
            "살펴본 {measured} 에포크 내내 {layer} 층의 가중치나 편향이 그대로입니다(신경망 {of}개 중 {shown}개). "
            "다른 층은 "
            "배우고 있습니다",
            "기울기가 닿지 않거나, 옵티마이저가 이 가중치를 모릅니다",
            "직접 만든 신경망이라면, 이 가중치가 매개변수로 등록되어 있고 requires_grad 가 켜져 있으며 forward 에서 "
            "쓰이는지 확인하십시오",
        )
    }

    @staticmethod
    def read(case: Case) -> Sign | None:
        """A layer of which something never moves, although no dead layer cuts it off."""
        frozen, norm = signal(case, "frozen_tensors"), signal(case, "gradient_norm")
        if case.plan is None or norm is None or norm.shape[2] < 2:
            return None
        shown, n = _always(norm == 0, np.isfinite(norm))
        if frozen is not None:
            unmoved, n = _always(frozen > 0, np.isfinite(frozen))
            shown = shown | unmoved
        shown &= ~shown.all(axis=1, keepdims=True)  # where all stand still, the steps are too small for any of them
        dead = signal(case, "dead_share")
        if dead is not None:
            shut = (np.nan_to_num(dead).max(axis=1) > _DEAD).astype(int)
            shown &= np.cumsum(shut[:, ::-1], axis=1)[:, ::-1] == 0
        of_layer = shown.sum(axis=0)
        layer = int(of_layer.argmax())
        if not most(shown[:, layer]):
            return None
        evidence = dict(counted(case, shown[:, layer])) | {
            "layer": layer_name(case, layer),
            "measured": int(np.median(n[:, layer])),
        }
        return Sign(severity(case, plain=True), 0.92, evidence)


def _always(still: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which layers stand still whenever they are looked at, and how often that is; (member, layer)."""
    n = known.sum(axis=1)
    return (still.sum(axis=1) >= _ALWAYS * n) & (n >= _FEWEST), n
