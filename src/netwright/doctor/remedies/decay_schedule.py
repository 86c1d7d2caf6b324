"""A learning rate that falls towards the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy


@remedy("decay-schedule")
class DecaySchedule:
    """Half a cosine down to zero after a short warm-up."""

    cures: ClassVar[Mapping[str, int]] = {"oscillating": 4, "exploding-gradient": 5}
    en: ClassVar[str] = "a learning rate that falls along a cosine"
    ko: ClassVar[str] = "코사인 학습률 감소"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where it stays constant."""
        if plan.schedule != "constant":
            return Declined(f"the learning rate moves already ({plan.schedule})")
        return replace(plan, schedule="cosine")
