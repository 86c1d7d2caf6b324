"""A network that can hold less by heart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_config

_FACTOR, _FEWEST = 4, 8


@remedy("smaller-network")
class SmallerNetwork:
    """A quarter of the units of each hidden layer."""

    cures: ClassVar[Mapping[str, int]] = {"overfit": 3}
    en: ClassVar[str] = "a smaller network"
    ko: ClassVar[str] = "더 작은 네트워크"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where there are units to spare."""
        hidden = [max(_FEWEST, units // _FACTOR) for units in plan.config.get("hidden", ())]
        if not hidden or hidden == list(plan.config["hidden"]):
            return Declined("it is small already")
        return with_config(plan, hidden=hidden)
