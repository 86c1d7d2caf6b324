"""The report as one HTML page."""

from __future__ import annotations

from netwright.base.record import RunRecord


def render_report(record: RunRecord, command: str = "") -> str:
    """The page of a run.

    Args:
        record: What is shown.
        command: The command line that repeats the run, or empty.
    """
    return f"<!doctype html><title>{record.target}</title>"
