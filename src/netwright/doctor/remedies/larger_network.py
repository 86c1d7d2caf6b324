"""A network that can hold more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_config

_FACTOR, _MOST, _SHAPE = 4, 512, (64, 32)


@remedy("larger-network")
class LargerNetwork:
    """Four times the units of each hidden layer, or hidden layers where there were none."""

    cures: ClassVar[Mapping[str, int]] = {"underfit-flat": 3, "underfit-still-falling": 7, "linear-stack": 2}
    en: ClassVar[str] = "a larger network"
    ko: ClassVar[str] = "더 큰 네트워크"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where the family has hidden layers."""
        if "hidden" not in plan.config:
            return Declined("this family has no hidden layers")
        hidden = [max(units, min(_MOST, _FACTOR * units)) for units in plan.config["hidden"]] or list(_SHAPE)
        if hidden == list(plan.config["hidden"]):
            return Declined("it is large already")
        return with_config(plan, hidden=hidden)
