"""A finding: something noticed about the data or the training, with its evidence and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["note", "warning", "stop"]

#: From loud to quiet, the order in which findings are shown.
SEVERITIES: tuple[Severity, ...] = ("stop", "warning", "note")


@dataclass(frozen=True)
class Finding:
    """One thing worth knowing.

    Args:
        code: Stable name of the kind of finding, such as `outliers`.
        where: `data` or `training`.
        severity: `note` (worth knowing), `warning` (may hurt), `stop` (the result could not be trusted).
        message: One sentence that names the column, the share of rows and the figure.
        advice: What to do, with the flag to type; empty where nothing needs doing.
        columns: The columns it is about.
        evidence: The figures behind it, JSON-able.
    """

    code: str
    where: str
    severity: Severity
    message: str
    advice: str = ""
    columns: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The finding as `findings.json` keeps it."""
        return {
            "code": self.code,
            "where": self.where,
            "columns": list(self.columns),
            "severity": self.severity,
            "message": self.message,
            "evidence": dict(self.evidence),
            "advice": self.advice,
        }


def by_severity(findings: tuple[Finding, ...] | list[Finding]) -> list[Finding]:
    """Findings from loud to quiet, otherwise in the order they came.

    Example:
        >>> quiet, loud = Finding("a", "data", "note", "x"), Finding("b", "data", "warning", "y")
        >>> [finding.code for finding in by_severity([quiet, loud])]
        ['b', 'a']
    """
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
