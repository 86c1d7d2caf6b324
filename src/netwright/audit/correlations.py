"""Pairs of numeric columns that say the same thing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netwright.audit.check import check
from netwright.base.figures import count
from netwright.base.finding import Finding
from netwright.base.table import Table

_SAME = 0.95
_FEWEST_ROWS = 20
_MOST_ROWS = 20_000
_MOST_COLUMNS = 200
#: The strongest pairs are named one by one; 48 yearly columns make a thousand.
_SHOWN = 10


@check("correlated")
def correlated(table: Table) -> Iterator[Finding]:
    """Numeric features whose linear correlation is beyond 0.95."""
    names = [column.name for column in table.schema.features if column.kind == "numeric"][:_MOST_COLUMNS]
    if len(names) < 2 or table.n_rows < _FEWEST_ROWS:
        return
    pairs = [pair for pair in correlations(table, names) if abs(pair[2]) >= _SAME]
    pairs.sort(key=lambda pair: -abs(pair[2]))
    for first, second, strength in pairs[:_SHOWN]:
        message = f"{first} and {second} say nearly the same (correlation {strength:.2f})"
        yield _note(message, (first, second), {"correlation": round(strength, 4)})
    others = pairs[_SHOWN:]
    if others:
        message = f"{count(len(others), 'more pair')} of columns say nearly the same (correlation beyond {_SAME})"
        concerned = {name for pair in others for name in pair[:2]}
        yield _note(message, tuple(name for name in names if name in concerned), {"pairs": len(others)})


def _note(message: str, columns: tuple[str, ...], evidence: dict[str, float]) -> Finding:
    advice = "harmless to a network; their importances share between them"
    return Finding("correlated", "data", "note", message, advice, columns, evidence)


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
