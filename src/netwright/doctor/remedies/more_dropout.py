"""More units dropped in a training step (Srivastava et al., JMLR 2014)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_config

_STEP, _FIRST, _MOST = 0.2, 0.3, 0.5


@remedy("more-dropout")
class MoreDropout:
    """0.2 more, from 0.3 to 0.5."""

    cures: ClassVar[Mapping[str, int]] = {"overfit": 1}
    en: ClassVar[str] = "more dropout"
    ko: ClassVar[str] = "더 큰 드롭아웃"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """For families with dropout."""
        rate = plan.config.get("dropout")
        if rate is None or rate >= _MOST or not plan.config.get("hidden"):
            return Declined("it has no dropout to raise")
        return with_config(plan, dropout=round(min(_MOST, max(_FIRST, rate + _STEP)), 2))
