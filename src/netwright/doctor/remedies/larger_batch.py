"""Steps that look at more rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy

_FACTOR, _USUAL, _MOST = 4, 32, 1_024


@remedy("larger-batch")
class LargerBatch:
    """Four times the rows a step, 32 at least."""

    cures: ClassVar[Mapping[str, int]] = {"oscillating": 6, "underfit-flat": 7, "update-ratio": 5}
    en: ClassVar[str] = "a larger batch"
    ko: ClassVar[str] = "더 큰 배치"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """Where the batch is not large already."""
        if plan.batch_size == 0 or plan.batch_size >= _MOST:
            return Declined("the batch is large already")
        return replace(plan, batch_size=max(_USUAL, min(_MOST, _FACTOR * plan.batch_size)))
