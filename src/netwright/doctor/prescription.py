"""Which cures are tried for the findings of a plan, and the random search of the same budget beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from netwright.base.finding import Finding
from netwright.base.plan import Plan, Preparation
from netwright.doctor.random_search import random_plan
from netwright.doctor.remedy import Declined, remedies

#: What a plan of the random search is called.
CONTROL = {"en": "random search, the control", "ko": "무작위 탐색(대조군)"}


@dataclass(frozen=True)
class Prescription:
    """A plan to be tried in place of an ailing one.

    Args:
        plan: What is to be trained.
        remedy: Name of the remedy; empty for random search, the control.
        code: Of the finding that it is to cure.
    """

    plan: Plan
    remedy: str
    code: str

    @property
    def is_control(self) -> bool:
        """Whether it was drawn by chance."""
        return not self.remedy

    def title(self, lang: str) -> str:
        """The cure in words."""
        if self.is_control:
            return CONTROL[lang]
        return str(getattr(remedies.get(self.remedy), lang))


def prescribe(plan: Plan, findings: Sequence[Finding], known: Collection[str], most: int) -> list[Prescription]:
    """Cures for the findings, the first of each finding before the second of any.

    Args:
        plan: The ailing plan.
        findings: Its findings, the clearest first.
        known: Keys of plans that were tried already.
        most: How many are wanted.
    """
    found, seen = list[Prescription](), {plan.key, *known}
    for name, finding in _in_turn(findings):
        edited = remedies.get(name).edit(plan, finding)
        if isinstance(edited, Declined) or edited.key in seen:
            continue
        seen.add(edited.key)
        found.append(Prescription(replace(edited, name=f"{plan.name} + {name}"), name, finding.code))
        if len(found) == most:
            break
    return found


def _in_turn(findings: Sequence[Finding]) -> Iterator[tuple[str, Finding]]:
    """Names of remedies with what they cure: the first of each finding, then the second of each ..."""
    order = []
    for rank, finding in enumerate(findings):
        own = [(entry.cures[finding.code], name) for name, entry in remedies.items() if finding.code in entry.cures]
        order += [(place, rank, name, finding) for place, (_, name) in enumerate(sorted(own))]
    for _, _, name, finding in sorted(order, key=lambda entry: entry[:3]):
        yield name, finding


def controls(plan: Plan, tried: Sequence[Prescription], seed: int) -> list[Prescription]:
    """As many plans drawn by chance as cures are tried, each with the epochs of one of them.

    Args:
        plan: The ailing plan.
        tried: The cures.
        seed: The run's seed.
    """
    found: list[Prescription] = []
    for number, own in enumerate(tried, 1):
        drawn = replace(random_plan(plan, own.plan.epochs, seed, number), name=f"{plan.name} + random-{number}")
        found.append(Prescription(drawn, "", own.code))
    return found


def changes(before: Plan, after: Plan) -> dict[str, list[Any]]:
    """What a plan changed: name -> [before, after], choices of the family among them.

    Example:
        >>> a, b = Plan("a", "mlp", {"dropout": 0.1}), Plan("b", "mlp", {"dropout": 0.3}, epochs=50)
        >>> changes(a, b)
        {'epochs': [100, 50], 'dropout': [0.1, 0.3]}
    """
    changed = {}
    for field in fields(Plan):
        if field.name in ("name", "config", "preparation"):
            continue
        values = getattr(before, field.name), getattr(after, field.name)
        if values[0] != values[1]:
            changed[field.name] = list(values)
    for field in fields(Preparation):
        values = getattr(before.preparation, field.name), getattr(after.preparation, field.name)
        if values[0] != values[1]:
            changed[field.name] = list(values)
    if before.family != after.family:
        return {**changed, "family": [before.family, after.family]}
    for name in sorted({*before.config, *after.config}):
        values = before.config.get(name), after.config.get(name)
        if values[0] != values[1]:
            changed[name] = list(values)
    return changed
