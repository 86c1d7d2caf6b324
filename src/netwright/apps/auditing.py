"""`netwright audit`: a look at a table without training."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections import Counter
from dataclasses import dataclass, replace

from netwright.apps.terminal import Terminal
from netwright.audit.check import audit_table
from netwright.audit.relations import relations
from netwright.base.errors import DataError
from netwright.base.events import KindsFound, TableRead
from netwright.base.figures import count, figure, listing, one_line, width
from netwright.base.finding import SEVERITIES, Finding, by_severity, shortened
from netwright.base.holm import p_in_words
from netwright.base.relation import RELATION_CAUTION
from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.preparation.choosing import choose_split
from netwright.preparation.load import read_table, typed_target, with_own_parts, with_roles
from netwright.preparation.split import units_of

_NAME_WIDTH, _KIND_WIDTH, _LABEL_WIDTH = 28, 12, 10
#: Columns whose relation to the target is printed without --verbose.
_RELATIONS_SHOWN = 20
_TEXT_WIDTH = 100


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
    data, settings = with_own_parts(data, settings)
    table = read_table(data, settings)
    if settings.target is None:
        return Audited(table, _audited(table))
    try:
        table = typed_target(with_roles(table, settings), settings)[1]
    except DataError as error:  # what stops a training run is a finding here
        unusable = Finding("target", "data", "stop", str(error), columns=(settings.target,))
        return Audited(table, (unusable, *_audited(table)))
    choice = choose_split(table, settings)
    if choice.how == "group":  # what only names a group of the split is no leak of its rows
        table = replace(table, units=units_of(table, choice.how, choice.by))
    return Audited(table, tuple(by_severity([*choice.findings, *_audited(table)])))


def _audited(table: Table) -> tuple[Finding, ...]:
    """What every check finds, in a large table among a sample of its rows."""
    looked_at = table.sampled()
    if not table.in_files:
        return audit_table(table)
    message = f"a large table: the checks looked at {looked_at.n_rows:,} of {table.n_rows:,} rows, drawn by chance"
    evidence = {"rows": looked_at.n_rows, "of": table.n_rows}
    return *audit_table(looked_at), Finding("large-table", "data", "note", message, evidence=evidence)


def print_audit(audited: Audited, verbose: bool) -> None:
    """Kinds column by column, then the findings from loud to quiet, on standard output."""
    terminal = Terminal(stream=sys.stdout)
    table = audited.table
    terminal.show(TableRead(table.source, table.n_rows, len(table.schema.columns)))
    terminal.show(KindsFound(table.schema, table.source.notes))
    print()
    for column in table.schema.columns:
        n_missing = table[column.name].null_count()
        role = f"   [{column.role.replace('_', ' ')}]" if column.role != "feature" else ""
        gaps = f"   {count(n_missing, 'value')} missing" if n_missing else ""
        name = one_line(column.name)
        name += " " * max(1, _NAME_WIDTH - width(name))
        print(one_line(f"  {name}{column.kind:<{_KIND_WIDTH}}{column.why}{gaps}{role}"))
    print()
    if table.schema.target is not None:
        _print_relations(table, table.schema.target.name, verbose)
    _print_findings(audited.findings, verbose)


def _print_findings(findings: tuple[Finding, ...], verbose: bool) -> None:
    """How many there are, then each with its advice, from loud to quiet."""
    counts = Counter(finding.severity for finding in findings)
    said = ", ".join(count(counts[severity], severity) for severity in SEVERITIES if counts[severity])
    _print_finding("audit", said or "nothing to complain about")
    for finding, rest in shortened(findings, most=len(findings) if verbose else 3):
        _print_finding(finding.severity, finding.message)
        if finding.advice:
            _print_finding("", finding.advice)
        if rest:
            _print_finding("", f"and the same of {listing(rest, 8)} (--verbose shows all)")


def _print_finding(label: str, text: str) -> None:
    """One line; in a terminal as many as it takes, all of them beside the label."""
    text = one_line(text)
    room = shutil.get_terminal_size().columns - _LABEL_WIDTH if sys.stdout.isatty() else 0
    lines = textwrap.wrap(text, room, break_on_hyphens=False) if room > _LABEL_WIDTH else [text]
    for line in lines:
        print(f"{label:<{_LABEL_WIDTH}}{line}")
        label = ""


def _print_relations(table: Table, target: str, verbose: bool) -> None:
    """Test, effect and p-value of every column against the target, the strongest first."""
    found = sorted(relations(table.sampled()).items(), key=lambda item: item[1].strength, reverse=True)
    if not found:
        return
    shown = found if verbose else found[:_RELATIONS_SHOWN]
    lines = [("column", "test", "effect", "", "adjusted p", "rows")]
    lines += [
        (
            one_line(name),
            own.test,
            f"{own.effect_name} {figure(own.effect)}",
            own.size if own.beyond_chance else f"{own.size}, may be chance",
            p_in_words(own.adjusted).removeprefix("p ").removeprefix("= "),
            f"{own.n_rows:,}",
        )
        for name, own in shown
    ]
    print(one_line(f"relation to {target}"))
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [text + " " * (wide - width(text)) for text, wide in zip(line, widths, strict=True)]
        print(f"  {'   '.join(cells).rstrip()}")
    if len(found) > len(shown):
        print(f"  and {len(found) - len(shown):,} weaker ones (--verbose shows all)")
    for words in textwrap.wrap(RELATION_CAUTION, _TEXT_WIDTH):
        print(f"  {words}")
    print()
