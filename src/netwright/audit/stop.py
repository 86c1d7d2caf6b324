"""What ends a run before training: a finding of severity `stop`, unless the user allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from netwright.base.errors import DataError
from netwright.base.finding import Finding
from netwright.base.option import flag

#: Findings and columns that are named one by one.
_SHOWN_FINDINGS, _SHOWN_COLUMNS = 4, 8


def allow_stops(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The same findings, stops turned into warnings that say so.

    Example:
        >>> stop = Finding("leak", "data", "stop", "grade gives price away", columns=("grade",))
        >>> [finding.severity for finding in allow_stops([stop])]
        ['warning']
    """
    advice = "kept because of --allow-leak: the scores may be too good to be true"
    return tuple(replace(f, severity="warning", advice=advice) if f.severity == "stop" else f for f in findings)


def refuse_stops(findings: Sequence[Finding]) -> None:
    """End a run that could not be trusted.

    Raises:
        DataError: There is a stop; the message names the columns, the figures and the ways on.

    Example:
        >>> refuse_stops([Finding("leak", "data", "warning", "carat nearly gives price away", columns=("carat",))])
    """
    stops = [finding for finding in findings if finding.severity == "stop"]
    if not stops:
        return
    said = "; ".join(finding.message for finding in stops[:_SHOWN_FINDINGS])
    left = len(stops) - _SHOWN_FINDINGS
    more = f"; and {left} more, which netwright audit shows" if left > 0 else ""
    columns = list(dict.fromkeys(name for finding in stops for name in finding.columns))
    drops = " ".join(flag("--drop", name) for name in columns[:_SHOWN_COLUMNS])
    raise DataError(
        f"no column may give the target away, but {said}{more}. What is known only after the outcome is to be left "
        f"out: {drops}. What is known before it may stay: --allow-leak. What only names rows, or was read as something "
        f"that it is not, is told so: {flag('--kind', columns[0] + '=identifier')}."
    )
