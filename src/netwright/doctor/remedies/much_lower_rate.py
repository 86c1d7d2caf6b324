"""Far smaller steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_rate

_FACTOR = 0.01


@remedy("much-lower-rate")
class MuchLowerRate:
    """A hundredth of the learning rate."""

    cures: ClassVar[Mapping[str, int]] = {
        "oscillating": 3,
        "not-finite": 3,
        "update-ratio": 3,
        "exploding-gradient": 4,
        "dead-units": 4,
        "saturated-units": 4,
    }
    en: ClassVar[str] = "a hundredth of the learning rate"
    ko: ClassVar[str] = "학습률을 100분의 1로"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where the steps are not too small already."""
        if finding.evidence.get("variant") == "small":
            return Declined("the steps are too small already")
        return with_rate(plan, plan.learning_rate * _FACTOR)
