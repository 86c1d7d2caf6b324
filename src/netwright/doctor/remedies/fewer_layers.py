"""A shallower network, through which gradients find their way."""

from __future__ import annotations

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_config

_DEEP = 3


@remedy("fewer-layers")
class FewerLayers:
    """The first two hidden layers only."""

    cures = {"vanishing-gradient": 3, "exploding-gradient": 6, "dead-units": 5, "underfit-flat": 8}
    en, ko = "fewer layers", "더 적은 은닉층"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where there are three or more."""
        hidden = list(plan.config.get("hidden", ()))
        if len(hidden) < _DEEP:
            return Declined("it is shallow already")
        return with_config(plan, hidden=hidden[: _DEEP - 1])
