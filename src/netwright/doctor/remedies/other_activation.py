"""An activation whose slope does not vanish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy, with_config

#: What bounded and missing activations are replaced by; ReLU, whose units can die, by a smooth one that cannot.
_OPEN, _SMOOTH = "relu", "gelu"


@remedy("other-activation")
class OtherActivation:
    """ReLU in place of a bounded activation or none, GELU in place of ReLU."""

    cures: ClassVar[Mapping[str, int]] = {
        "vanishing-gradient": 1,
        "saturated-units": 1,
        "linear-stack": 1,
        "dead-units": 1,
        "underfit-flat": 2,
        "slow-convergence": 4,
        "underfit-still-falling": 4,
    }
    en: ClassVar[str] = "another activation"
    ko: ClassVar[str] = "다른 활성화 함수"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """For families with an activation to choose."""
        activation = plan.config.get("activation")
        if activation is None or not plan.config.get("hidden"):
            return Declined("this family has no activation to choose")
        if activation in ("sigmoid", "tanh", "none"):
            return with_config(plan, activation=_OPEN)
        if activation == "relu" and finding.code == "dead-units":
            return with_config(plan, activation=_SMOOTH)
        return Declined(f"{activation} is not what ails it")
