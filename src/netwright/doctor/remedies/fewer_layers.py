"""A shallower network, through which gradients find their way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_config

_DEEP = 3


@remedy("fewer-layers")
class FewerLayers:
    """The first two hidden layers only."""

    cures: ClassVar[Mapping[str, int]] = {
        "vanishing-gradient": 3,
        "exploding-gradient": 6,
        "dead-units": 5,
        "underfit-flat": 8,
    }
    en: ClassVar[str] = "fewer layers"
    ko: ClassVar[str] = "더 적은 은닉층"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where there are three or more."""
        hidden = list(plan.config.get("hidden", ()))
        if len(hidden) < _DEEP:
            return Declined("it is shallow already")
        return with_config(plan, hidden=hidden[: _DEEP - 1])
