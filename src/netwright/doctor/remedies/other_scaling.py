"""Columns brought to one spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy


@remedy("other-scaling")
class OtherScaling:
    """Quantiles in place of what the scaling was: no value can lie far outside any more."""

    cures: ClassVar[Mapping[str, int]] = {"unscaled-input": 1, "saturated-units": 5, "not-finite": 5, "bad-start": 2}
    en: ClassVar[str] = "scaling by quantiles"
    ko: ClassVar[str] = "분위수 스케일링"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where it is not scaled so already."""
        if plan.preparation.scale == "quantile":
            return Declined("columns are scaled by quantiles already")
        return replace(plan, preparation=replace(plan.preparation, scale="quantile"))
