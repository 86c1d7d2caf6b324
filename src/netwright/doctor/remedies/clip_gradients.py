"""Gradients cut to a length (Pascanu et al., ICML 2013)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy

#: Where the finding knows no 90th percentile of the gradient's norm.
_NORM = 1.0


@remedy("clip-gradients")
class ClipGradients:
    """Gradients longer than the 90th percentile of their norm are shortened to it."""

    cures: ClassVar[Mapping[str, int]] = {"exploding-gradient": 3, "not-finite": 4, "oscillating": 5}
    en: ClassVar[str] = "clipped gradients"
    ko: ClassVar[str] = "그래디언트 클리핑"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where they are not clipped already."""
        norm = float(finding.evidence.get("clip_norm", _NORM))
        if plan.clip_norm is not None and plan.clip_norm <= norm:
            return Declined(f"gradients are clipped at {plan.clip_norm:g} already")
        return replace(plan, clip_norm=norm)
