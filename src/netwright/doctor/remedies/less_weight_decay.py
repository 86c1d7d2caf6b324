"""A weaker pull of the weights towards zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy

_HARMLESS = 0.1


@remedy("less-weight-decay")
class LessWeightDecay:
    """None, of weight decay and L1, where there is much."""

    cures: ClassVar[Mapping[str, int]] = {"underfit-flat": 5, "underfit-still-falling": 6, "slow-convergence": 6}
    en: ClassVar[str] = "no weight decay"
    ko: ClassVar[str] = "가중치 감쇠 없음"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where weights are pulled hard."""
        if plan.weight_decay <= _HARMLESS and not plan.l1:
            return Declined("it has little weight decay")
        return replace(plan, weight_decay=0.0, l1=0.0)
