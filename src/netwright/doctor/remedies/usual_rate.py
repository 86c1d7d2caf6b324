"""The learning rate that the optimizer is known to work with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_rate
from netwright.training.optimizers import USUAL_RATES


@remedy("usual-rate")
class UsualRate:
    """The usual rate of the optimizer, falling along a cosine."""

    cures: ClassVar[Mapping[str, int]] = {
        "oscillating": 1,
        "not-finite": 1,
        "update-ratio": 1,
        "exploding-gradient": 1,
        "dead-units": 2,
        "saturated-units": 2,
        "underfit-flat": 1,
        "underfit-still-falling": 1,
        "slow-convergence": 1,
        "bad-start": 3,
        "overfit": 6,
    }
    en: ClassVar[str] = "the usual learning rate of the optimizer"
    ko: ClassVar[str] = "옵티마이저의 통상적인 학습률"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """For plain perceptrons; other families have recipes of their own."""
        if plan.family not in ("mlp", "linear") or plan.optimizer not in USUAL_RATES:
            return Declined("no rate is usual for this family and optimizer")
        return with_rate(plan, USUAL_RATES[plan.optimizer], schedule="cosine")
