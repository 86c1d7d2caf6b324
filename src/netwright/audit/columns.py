"""Columns that cannot help: constants, identifiers, free text."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.audit.check import check
from netwright.base.finding import Finding
from netwright.base.option import flag
from netwright.base.table import Column, Table


@check("constant")
def constant(table: Table) -> Iterator[Finding]:
    """Columns that take a single value, or none."""
    for column in table.schema.columns:
        if column.kind == "constant":
            yield _left_out(column, "constant", "note", f"{column.name}: {column.why or 'one value only'}: left out")


@check("identifier")
def identifier(table: Table) -> Iterator[Finding]:
    """Columns that name rows rather than describe them: a network would learn them by heart."""
    for column in table.schema.columns:
        if column.kind == "identifier":
            message = f"{column.name}: names rows ({column.why or 'unique'}): left out"
            yield _left_out(column, "identifier", "warning", message)


@check("free-text")
def free_text(table: Table) -> Iterator[Finding]:
    """Columns of sentences, which the networks of this version do not read."""
    for column in table.schema.columns:
        if column.kind == "text":
            message = f"{column.name}: free text, which is not read yet: left out"
            yield _left_out(column, "free-text", "note", message, as_kind="category")


def _left_out(column: Column, code: str, severity: str, message: str, as_kind: str = "") -> Finding:
    kind = flag("--kind", f"{column.name}={as_kind or 'category'}")
    advice = "" if code == "constant" else f"{kind} uses it all the same"
    return Finding(code, "data", severity, message, advice, (column.name,), {"kind": column.kind, "why": column.why})  # type: ignore[arg-type]
