"""A learning rate that falls towards the end."""

from __future__ import annotations

from dataclasses import replace

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy


@remedy("decay-schedule")
class DecaySchedule:
    """Half a cosine down to zero after a short warm-up."""

    cures = {"oscillating": 4, "exploding-gradient": 5}
    en, ko = "a learning rate that falls along a cosine", "코사인 학습률 감소"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where it stays constant."""
        if plan.schedule != "constant":
            return Declined(f"the learning rate moves already ({plan.schedule})")
        return replace(plan, schedule="cosine")
