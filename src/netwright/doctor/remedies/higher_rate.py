"""Larger steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_rate

_FACTOR = 10.0


@remedy("higher-rate")
class HigherRate:
    """Ten times the learning rate."""

    cures: ClassVar[Mapping[str, int]] = {
        "underfit-still-falling": 3,
        "slow-convergence": 2,
        "underfit-flat": 4,
        "update-ratio": 4,
    }
    en: ClassVar[str] = "ten times the learning rate"
    ko: ClassVar[str] = "학습률을 10배로"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where the steps are not too large already."""
        if finding.code == "update-ratio" and finding.evidence.get("variant") != "small":
            return Declined("the steps are too large already")
        return with_rate(plan, plan.learning_rate * _FACTOR)
