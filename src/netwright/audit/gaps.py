"""Where values are missing: which columns lack them in which rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netwright.base.table import Table

#: More different patterns than this are not compared; the frequent ones are.
MOST_PATTERNS = 200


@dataclass(frozen=True)
class Gap:
    """Features that lack a value in exactly the same rows.

    Args:
        columns: Their names, in the table's order.
        rows: Where they lack it; (n_rows,).
    """

    columns: tuple[str, ...]
    rows: np.ndarray

    @property
    def n_rows(self) -> int:
        """How many rows lack them."""
        return int(self.rows.sum())


def find_gaps(table: Table, fewest: int = 1) -> list[Gap]:
    """Every pattern of missing rows with the features that share it, in the order of their first column.

    Args:
        table: Any typed table.
        fewest: Patterns of fewer missing rows are left out, and those with fewer rows that are there.

    Example:
        >>> from netwright.sources.registry import open_table
        >>> from netwright.sources.kinds import infer_kinds
        >>> data = {"x": [1.5, None, 2.5, 3.5], "z": [0.5, None, 9.5, 1.5], "w": [None, 3.5, 1.5, 7.5]}
        >>> [(gap.columns, gap.n_rows) for gap in find_gaps(infer_kinds(open_table(data)))]
        [(('x', 'z'), 1), (('w',), 1)]
    """
    found: dict[bytes, tuple[list[str], np.ndarray]] = {}
    for column in table.schema.features:
        cells = table[column.name]
        if fewest <= cells.null_count() <= table.n_rows - fewest:
            rows = cells.is_null().to_numpy()
            found.setdefault(np.packbits(rows).tobytes(), ([], rows))[0].append(column.name)
    gaps = [Gap(tuple(names), rows) for names, rows in found.values()]
    if len(gaps) > MOST_PATTERNS:
        limit = sorted((gap.n_rows for gap in gaps), reverse=True)[MOST_PATTERNS - 1]
        gaps = [gap for gap in gaps if gap.n_rows >= limit][:MOST_PATTERNS]
    return gaps
