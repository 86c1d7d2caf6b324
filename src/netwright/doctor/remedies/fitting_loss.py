"""The loss that the target calls for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy

#: The loss that fits whatever is predicted as numbers.
_USUAL = "mse"


@remedy("fitting-loss")
class FittingLoss:
    """Squared error for numbers."""

    cures: ClassVar[Mapping[str, int]] = {"wrong-loss": 1}
    en: ClassVar[str] = "the loss that fits the target"
    ko: ClassVar[str] = "목표값에 맞는 손실 함수"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Another task is the user's to choose."""
        if plan.loss in (_USUAL, "cross_entropy"):
            return Declined("the task itself would have to change: --task")
        return replace(plan, loss=_USUAL)
