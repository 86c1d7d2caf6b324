"""An optimizer that finds the size of each step by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy
from netwright.training.optimizers import USUAL_RATES


@remedy("other-optimizer")
class OtherOptimizer:
    """Adam with decoupled weight decay, at its usual rate."""

    cures: ClassVar[Mapping[str, int]] = {
        "slow-convergence": 2,
        "underfit-flat": 4,
        "vanishing-gradient": 2,
        "exploding-gradient": 4,
    }
    en: ClassVar[str] = "AdamW in place of the optimizer"
    ko: ClassVar[str] = "옵티마이저를 AdamW로"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """For plain perceptrons that are moved by another one."""
        if plan.family not in ("mlp", "linear") or plan.optimizer in ("adam", "adamw"):
            return Declined("it has an adaptive optimizer already")
        return replace(plan, optimizer="adamw", learning_rate=USUAL_RATES["adamw"], schedule="cosine")
