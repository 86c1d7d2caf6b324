"""A stronger pull of the weights towards zero."""

from __future__ import annotations

from dataclasses import replace

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy

_FACTOR, _FIRST, _MOST = 10.0, 0.1, 1.0


@remedy("more-weight-decay")
class MoreWeightDecay:
    """Ten times as much, 0.1 at least and 1 at most."""

    cures = {"overfit": 2}
    en, ko = "more weight decay", "더 큰 가중치 감쇠"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """For AdamW, where the pull does not mix with the gradient."""
        if plan.optimizer != "adamw" or plan.weight_decay >= _MOST:
            return Declined("it has no pull to raise")
        return replace(plan, weight_decay=min(_MOST, max(_FIRST, _FACTOR * plan.weight_decay)))
