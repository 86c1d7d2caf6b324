"""How columns of numbers go together, pair by pair: Spearman's correlation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from netwright.audit.association import FEWEST_ROWS, pearson, ranks
from netwright.base.record import CorrelationMap
from netwright.base.relation import Relation
from netwright.base.seeds import derive_seed
from netwright.base.table import Table

#: More columns than this cannot be told apart on a page.
MOST_COLUMNS = 30
#: Of longer tables a sample is looked at, which moves a correlation by 0.01 or so.
MOST_ROWS = 5_000


def correlation_map(table: Table, found: Mapping[str, Relation]) -> CorrelationMap | None:
    """Spearman's correlation of the columns of numbers that go most strongly with the target, and of the target itself.

    Args:
        table: Rows and columns.
        found: Relation of each column to the target, by its name.

    Returns:
        None where there are fewer than two such columns.
    """
    features = [column.name for column in table.schema.features if column.kind == "numeric"]
    features.sort(key=lambda name: found[name].strength if name in found else (-1, 0.0), reverse=True)
    target = table.schema.target
    numbers = target is not None and table[target.name].dtype == pl.Float64
    names = [*([target.name] if target is not None and numbers else []), *features][:MOST_COLUMNS]
    if len(names) < 2:
        return None
    cells = table.frame.select(names).to_numpy().astype(np.float64)
    if len(cells) > MOST_ROWS:
        stream = np.random.default_rng(derive_seed(0, "correlation map", len(cells)))
        cells = cells[np.sort(stream.choice(len(cells), MOST_ROWS, replace=False))]
    n_left_off = len(features) - sum(name in features for name in names)
    return CorrelationMap(tuple(names), spearman_matrix(cells), len(cells), n_left_off)


def spearman_matrix(cells: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each pair of columns, over the rows in which both are known.

    Args:
        cells: NaN where missing; (n_rows, n_columns).

    Returns:
        (n_columns, n_columns); NaN where a pair has fewer than ten rows, or a column takes one value there.

    Example:
        >>> x = np.arange(20.0)
        >>> spearman_matrix(np.stack([x, np.exp(-x)], axis=1)).round(6).tolist()
        [[1.0, -1.0], [-1.0, 1.0]]
    """
    known = np.isfinite(cells)
    n_columns = cells.shape[1]
    # ranks over all known rows serve every pair whose other column has gaps in the same rows or none
    own = [ranks(cells[known[:, place], place]) for place in range(n_columns)]
    rho = np.full((n_columns, n_columns), np.nan)
    for i in range(n_columns):
        for j in range(i, n_columns):
            both = known[:, i] & known[:, j]
            if both.sum() < FEWEST_ROWS:
                continue
            sides = [
                own[k] if both.sum() == known[:, k].sum() else ranks(cells[both, k])
                for k in (i, j)
            ]  # fmt: skip
            value = pearson(*sides)
            if value is not None:
                rho[i, j] = rho[j, i] = value
    return rho
