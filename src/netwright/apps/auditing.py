"""`netwright audit`: a look at a table without training."""

from __future__ import annotations

from dataclasses import dataclass

from netwright.apps.terminal import Terminal
from netwright.audit.check import audit_table
from netwright.base.errors import DataError
from netwright.base.events import KindsFound, TableRead
from netwright.base.figures import count, listing, one_line
from netwright.base.finding import Finding, shortened
from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.preparation.load import read_table, typed_target, with_roles

_NAME_WIDTH, _KIND_WIDTH = 28, 12


@dataclass(frozen=True)
class Audited:
    """A table and what was found in it."""

    table: Table
    findings: tuple[Finding, ...]


def audit_data(data: object, settings: Settings) -> Audited:
    """Read a table and run every check on all of its rows.

    Args:
        data: Whatever a source accepts.
        settings: Options that concern reading and columns; the target may be None.

    Raises:
        UserError: The data cannot be read, or an option names a column that is not there.
    """
    table = read_table(data, settings)
    if settings.target is None:
        return Audited(table, audit_table(table))
    try:
        table = typed_target(with_roles(table, settings), settings)[1]
    except DataError as error:  # what stops a training run is a finding here
        unusable = Finding("target", "data", "stop", str(error), columns=(settings.target,))
        return Audited(table, (unusable, *audit_table(table)))
    return Audited(table, audit_table(table))


def print_audit(audited: Audited, verbose: bool) -> None:
    """Kinds column by column, then the findings from loud to quiet, on standard output."""
    import sys

    terminal = Terminal(stream=sys.stdout)
    table = audited.table
    terminal.show(TableRead(table.source, table.n_rows, len(table.schema.columns)))
    terminal.show(KindsFound(table.schema, table.source.notes))
    print()
    for column in table.schema.columns:
        n_missing = table[column.name].null_count()
        role = f"   [{column.role.replace('_', ' ')}]" if column.role != "feature" else ""
        gaps = f"   {count(n_missing, 'value')} missing" if n_missing else ""
        print(one_line(f"  {column.name:<{_NAME_WIDTH}}{column.kind:<{_KIND_WIDTH}}{column.why}{gaps}{role}"))
    print()
    for finding, rest in shortened(audited.findings, most=len(audited.findings) if verbose else 3):
        print(one_line(f"{finding.severity:<10}{finding.message}"))
        if finding.advice:
            print(one_line(f"{'':<10}{finding.advice}"))
        if rest:
            print(one_line(f"{'':<10}and the same of {listing(rest, 8)} (--verbose shows all)"))
    if not audited.findings:
        print("nothing to complain about")
