"""What a symptom is, and the registry of all of them.

A symptom is one file with one decorator::

    @symptom("overfit")
    class Overfit:
        en: ClassVar[ByVariant] = {"": Words(...), "contained": Words(...)}
        ko: ClassVar[ByVariant] = {"": Words(...), "contained": Words(...)}
        @staticmethod
        def read(case): ...                              # a Sign, or None where it is not there
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from netwright.base.figures import figure
from netwright.base.finding import Severity
from netwright.base.registry import Registry
from netwright.doctor.case import Case


@dataclass(frozen=True)
class Words:
    """What a person is told; `{name}` stands for an entry of the evidence.

    Args:
        title: The problem in two or three words.
        seen: What was seen, with epochs and figures; no full stop.
        means: What it means, in one sentence without its full stop.
        todo: What to do, with the flag to type; empty where nothing needs doing.
    """

    title: str
    seen: str
    means: str
    todo: str = ""

    def filled(self, evidence: Mapping[str, Any]) -> Words:
        """The same with the figures of a finding."""
        return Words(*(_FILLER.vformat(text, (), evidence) for text in (self.title, self.seen, self.means, self.todo)))


#: The words of a symptom by their variant.
ByVariant = Mapping[str, Words]


class _Filler(string.Formatter):
    """Numbers as the product writes them: three significant digits, thousands separated."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, float) and not format_spec:
            return figure(value)
        if isinstance(value, int) and not isinstance(value, bool) and not format_spec:
            return f"{value:,}"
        return str(super().format_field(value, format_spec))


_FILLER = _Filler()


@dataclass(frozen=True)
class Sign:
    """A symptom that was found.

    Args:
        severity: `warning` where it costs something that a remedy could bring back, `note` where it is only worth
            knowing.
        strength: How clear it is, from 0 to 1: findings of one severity are ranked by it.
        evidence: The figures behind it, JSON-able; the words are filled from it.
        variant: Which words tell it.
        columns: The columns it is about.
    """

    severity: Severity
    strength: float
    evidence: Mapping[str, Any]
    variant: str = ""
    columns: tuple[str, ...] = ()


class Symptom(Protocol):
    """One thing that can be wrong."""

    en: ClassVar[ByVariant]
    ko: ClassVar[ByVariant]

    @staticmethod
    def read(case: Case) -> Sign | None:
        """The sign of it, None where it is not there or cannot be told."""
        ...


#: All symptoms by their code.
symptoms: Registry[type[Symptom]] = Registry("symptom", "netwright.doctor.symptoms")
symptom = symptoms.register
