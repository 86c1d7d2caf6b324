"""Fewer units dropped in a training step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_config

#: Up to this rate dropout hardly keeps a network from learning.
_HARMLESS, _LOW = 0.25, 0.1


@remedy("less-dropout")
class LessDropout:
    """A rate of 0.1 where it is above a quarter."""

    cures: ClassVar[Mapping[str, int]] = {
        "underfit-flat": 2,
        "underfit-still-falling": 5,
        "slow-convergence": 5,
        "oscillating": 7,
        "dead-units": 6,
    }
    en: ClassVar[str] = "less dropout"
    ko: ClassVar[str] = "더 작은 드롭아웃"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where there is much of it."""
        rate = plan.config.get("dropout")
        if rate is None or rate <= _HARMLESS or not plan.config.get("hidden"):
            return Declined("it has little dropout")
        return with_config(plan, dropout=_LOW)
