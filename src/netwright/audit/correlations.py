"""Pairs of numeric columns that say the same thing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.audit.check import check
from netwright.base.finding import Finding
from netwright.base.table import Table

_SAME = 0.95
_FEWEST_ROWS = 20
_MOST_ROWS = 20_000
_MOST_COLUMNS = 200


@check("correlated")
def correlated(table: Table) -> Iterator[Finding]:
    """Numeric features whose linear correlation is beyond 0.95."""
    names = [column.name for column in table.schema.features if column.kind == "numeric"][:_MOST_COLUMNS]
    if len(names) < 2 or table.n_rows < _FEWEST_ROWS:
        return
    for first, second, strength in correlations(table, names):
        if abs(strength) >= _SAME:
            yield Finding(
                code="correlated",
                where="data",
                severity="note",
                message=f"{first} and {second} say nearly the same (correlation {strength:.2f})",
                advice="harmless to a network; their importances share between them",
                columns=(first, second),
                evidence={"correlation": round(strength, 4)},
            )


def correlations(table: Table, names: list[str]) -> Iterator[tuple[str, str, float]]:
    """Pearson's correlation of every pair of columns, over the rows in which both are known."""
    sample = table.frame.select(names).gather_every(max(1, table.n_rows // _MOST_ROWS)).to_numpy().astype(np.float64)
    known = (~np.isnan(sample)).astype(np.float64)
    # a column without a value, or with numbers whose squares float64 cannot hold, gives no finite correlation
    with np.errstate(all="ignore"):
        filled = np.where(known, sample, 0.0)
        cells = np.where(known, filled - filled.sum(axis=0) / known.sum(axis=0), 0.0)
        both = known.T @ known  # [i, j] is about the rows in which i and j are known
        mean = cells.T @ known / both  # of i
        variance = (cells**2).T @ known / both - mean**2  # of i
        covariance = cells.T @ cells / both - mean * mean.T
        matrix = covariance / np.sqrt(variance * variance.T)
    for i, j in zip(*np.triu_indices(len(names), 1), strict=True):
        if np.isfinite(matrix[i, j]) and both[i, j] >= _FEWEST_ROWS:
            yield names[i], names[j], float(np.clip(matrix[i, j], -1, 1))
