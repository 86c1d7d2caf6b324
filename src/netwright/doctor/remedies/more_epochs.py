"""More passes over the train rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.doctor.remedy import Declined, remedy

#: What is taken where the finding says nothing; how many passes are the most.
_FACTOR, _MOST_FACTOR, _FEWEST = 4, 16, 60


@remedy("more-epochs")
class MoreEpochs:
    """As many epochs as the finding says, or four times as many."""

    cures: ClassVar[Mapping[str, int]] = {"underfit-still-falling": 2, "slow-convergence": 3}
    en: ClassVar[str] = "more epochs"
    ko: ClassVar[str] = "더 많은 에포크"

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """A patience goes along, so that what has its fill stops early."""
        wanted = max(_FACTOR * plan.epochs, int(finding.evidence.get("try_epochs", 0)), _FEWEST)
        epochs = min(wanted, max(_MOST_FACTOR * plan.epochs, _FEWEST))
        patience = None if plan.patience is None else max(plan.patience, epochs // 4)
        return replace(plan, epochs=epochs, patience=patience)
