"""How slowly Adam forgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy

#: Of Kingma and Ba (ICLR 2015); recipes of other families have theirs, near enough to these.
_USUAL, _NEAR = (0.9, 0.999), (0.85, 0.9)


@remedy("usual-betas")
class UsualBetas:
    """Adam's usual memory of gradients and of their squares."""

    cures: ClassVar[Mapping[str, int]] = {
        "oscillating": 3,
        "not-finite": 3,
        "update-ratio": 3,
        "slow-convergence": 3,
        "underfit-flat": 3,
        "underfit-still-falling": 3,
    }
    en: ClassVar[str] = "the usual memory of the optimizer"
    ko: ClassVar[str] = "옵티마이저의 통상적인 모멘텀 계수"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where they are far from usual."""
        if plan.optimizer not in ("adam", "adamw"):
            return Declined("only Adam has them")
        first, second = plan.betas
        if _NEAR[0] <= first <= _USUAL[0] and _NEAR[1] <= second <= _USUAL[1]:
            return Declined("they are usual already")
        return replace(plan, betas=_USUAL)
