"""Smaller steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_rate

_FACTOR = 0.1


@remedy("lower-rate")
class LowerRate:
    """A tenth of the learning rate."""

    cures: ClassVar[Mapping[str, int]] = {
        "oscillating": 2,
        "not-finite": 2,
        "update-ratio": 2,
        "exploding-gradient": 2,
        "dead-units": 3,
        "saturated-units": 3,
        "underfit-flat": 6,
        "overfit": 5,
        "mode-collapse": 1,
        "critic-wins": 1,
    }
    en: ClassVar[str] = "a tenth of the learning rate"
    ko: ClassVar[str] = "학습률을 10분의 1로"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where the steps are not too small already."""
        if finding.evidence.get("variant") == "small":
            return Declined("the steps are too small already")
        return with_rate(plan, plan.learning_rate * _FACTOR)
