"""What a remedy is, and the registry of all of them.

A remedy is one file with one decorator, and edits a plan, never a network::

    @remedy("lower-rate")
    class LowerRate:
        cures = {"oscillating": 1, "not-finite": 1}   # code -> its place in the order of trying
        en, ko = "a lower learning rate", "더 낮은 학습률"
        @staticmethod
        def edit(plan, finding): ...                  # a Plan, or Declined(why)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol

from netwright.base.finding import Finding
from netwright.base.plan import Plan
from netwright.base.registry import Registry


@dataclass(frozen=True)
class Declined:
    """A remedy has nothing to offer here.

    Args:
        reason: Why, in words.
    """

    reason: str


class Remedy(Protocol):
    """One cure."""

    cures: ClassVar[Mapping[str, int]]
    en: ClassVar[str]
    ko: ClassVar[str]

    @staticmethod
    def edit(plan: Plan, finding: Finding) -> Plan | Declined:
        """The plan with the cure; its name is given by whoever tries it."""
        ...


#: All remedies by their name.
remedies: Registry[type[Remedy]] = Registry("remedy", "netwright.doctor.remedies")
remedy = remedies.register


def with_rate(plan: Plan, rate: float, schedule: str | None = None) -> Plan:
    """A plan with another learning rate, to three digits.

    Args:
        plan: The plan.
        rate: The new rate.
        schedule: How it moves; None leaves that.
    """
    return replace(plan, learning_rate=float(f"{rate:.3g}"), schedule=schedule or plan.schedule)


def with_config(plan: Plan, **choices: Any) -> Plan:
    """A plan with other choices of its family.

    Example:
        >>> with_config(Plan("a", "mlp", {"dropout": 0.1}), dropout=0.3).config
        {'dropout': 0.3}
    """
    return replace(plan, config={**plan.config, **choices})
