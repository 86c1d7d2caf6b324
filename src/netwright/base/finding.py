"""A finding: something noticed about the data or the training, with its evidence and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
        where: `data`, `split` or `training`.
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


def shortened(findings: Sequence[Finding], most: int = 3) -> Iterator[tuple[Finding, tuple[str, ...]]]:
    """Findings for a screen: of a kind that many columns share, only the first few.

    Args:
        findings: In the order they are shown.
        most: How many of one code and severity are shown.

    Yields:
        A finding, and with the last one shown of its kind the columns of those left out.

    Example:
        >>> many = [Finding("missing", "data", "note", f"{name} has gaps", columns=(name,)) for name in "abcde"]
        >>> [(finding.message, rest) for finding, rest in shortened(many, most=2)]
        [('a has gaps', ()), ('b has gaps', ('c', 'd', 'e'))]
    """
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.code), []).append(finding)
    for group in groups.values():
        shown = group if len(group) <= most + 1 else group[:most]
        rest = tuple(dict.fromkeys(column for finding in group[len(shown) :] for column in finding.columns))
        for finding in shown:
            yield finding, rest if finding is shown[-1] else ()
