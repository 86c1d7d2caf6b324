"""What a data check is: one file with one decorator, Table -> Findings.

::

    @check("constant")
    def constant(table): yield Finding("constant", ...)

A check reads the table it is given and nothing else: `netwright audit` gives it all rows, a run only those that are not
test rows. Columns that the user left out are not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from netwright.base.finding import Finding, by_severity
from netwright.base.registry import Registry
from netwright.base.table import Column, Table

if TYPE_CHECKING:
    import numpy as np

Check = Callable[[Table], Iterator[Finding]]

checks: Registry[Check] = Registry("check", "netwright.audit")
check = checks.register


def audit_table(table: Table) -> tuple[Finding, ...]:
    """Findings of reading and of every check, from loud to quiet."""
    found = [finding for _, run in checks.items() for finding in run(table)]
    return tuple(by_severity([*table.findings, *found]))


def numbers_of_columns(table: Table) -> Iterator[tuple[Column, np.ndarray]]:
    """Every numeric column in use with its values that are not missing."""
    for column in table.schema.columns:
        if column.kind == "numeric" and column.role != "left_out":
            yield column, table[column.name].drop_nulls().to_numpy()
