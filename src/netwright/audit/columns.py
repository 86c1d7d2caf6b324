"""Columns that cannot help, constants and identifiers, and those of free text, which need a word."""

from __future__ import annotations

from collections.abc import Iterator

from netwright.audit.check import check
from netwright.base.figures import share
from netwright.base.finding import Finding
from netwright.base.ngrams import MOST_CHARACTERS, MOST_POSITIONS
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
            several = column.why.endswith("names")
            yield _left_out(column, "identifier", "warning", message, as_kind="text" if several else "category")


@check("free-text")
def free_text(table: Table) -> Iterator[Finding]:
    """Columns of sentences: that they are read, and how much of them."""
    for column in table.schema.features:
        if column.kind != "text":
            continue
        lengths = table[column.name].drop_nulls().str.len_chars()
        longer = int((lengths > MOST_POSITIONS).sum())
        message = f"{column.name}: free text, read by its characters"
        if longer:
            message += (
                f"; {share(longer, len(lengths))} of the texts are longer than {MOST_POSITIONS} characters: the "
                f"convolution reads as many, all others the first {MOST_CHARACTERS:,}"
            )
        drop, kind = flag("--drop", column.name), flag("--kind", f"{column.name}=category")
        evidence = {"kind": column.kind, "why": column.why, "texts": len(lengths), "longer": longer}
        advice = f"{drop} leaves it out; {kind} takes each text as a level"
        yield Finding("free-text", "data", "note", message, advice, (column.name,), evidence)


def _left_out(column: Column, code: str, severity: str, message: str, as_kind: str = "") -> Finding:
    kind = flag("--kind", f"{column.name}={as_kind or 'category'}")
    advice = "" if code == "constant" else f"{kind} uses it all the same"
    return Finding(code, "data", severity, message, advice, (column.name,), {"kind": column.kind, "why": column.why})  # type: ignore[arg-type]
