"""A stronger pull of the weights towards zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy

_FACTOR, _FIRST, _MOST = 10.0, 0.1, 1.0


@remedy("more-weight-decay")
class MoreWeightDecay:
    """Ten times as much, 0.1 at least and 1 at most."""

    cures: ClassVar[Mapping[str, int]] = {"overfit": 2}
    en: ClassVar[str] = "more weight decay"
    ko: ClassVar[str] = "더 큰 가중치 감쇠"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """For AdamW, where the pull does not mix with the gradient."""
        if plan.optimizer != "adamw" or plan.weight_decay >= _MOST:
            return Declined("it has no pull to raise")
        return replace(plan, weight_decay=min(_MOST, max(_FIRST, _FACTOR * plan.weight_decay)))
