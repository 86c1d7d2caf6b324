"""Every column against the target: the fitting test of hypothesis, its effect size, a p-value adjusted for all columns.

=====================  ====================  =============================
column                 target of numbers     target of classes
=====================  ====================  =============================
numeric, date          Spearman              Kruskal-Wallis over classes
ordinal                Spearman              Kruskal-Wallis over classes
category, boolean      Kruskal-Wallis        chi-squared, or Fisher
=====================  ====================  =============================

Cells without a value are left out. Rows are taken to be independent of each other.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from netwright.audit.association import Tested, chi_squared, kruskal_wallis, spearman
from netwright.audit.check import check
from netwright.audit.truth import Truth
from netwright.base.finding import Finding
from netwright.base.holm import holm_adjusted, p_in_words
from netwright.base.relation import Relation
from netwright.base.seeds import derive_seed
from netwright.base.table import Column, Table

#: Of longer tables a sample is tested: more rows would only make every p-value smaller.
MOST_ROWS = 100_000


@check("no-relation")
def no_relation(table: Table) -> Iterator[Finding]:
    """No column at all that shows a relation to the target by itself."""
    found = relations(table)
    if not found or any(relation.beyond_chance for relation in found.values()):
        return
    best, target = min(found, key=lambda name: found[name].adjusted), table.schema.target
    assert target is not None
    shows = f"none of the {len(found):,} columns shows a" if len(found) > 1 else f"{best} shows no"
    closest = f"closest: {best}, " if len(found) > 1 else ""
    yield Finding(
        code="no-relation",
        where="data",
        severity="note",
        message=f"{shows} relation to {target.name} beyond chance by itself "
        f"({closest}adjusted {p_in_words(found[best].adjusted)})",
        advice="columns may still tell something together; compare the score with that of the constant",
        columns=(best,),
        evidence={"columns": len(found), "adjusted_p_value": found[best].adjusted},
    )


def relations(table: Table) -> dict[str, Relation]:
    """What the tests say of each feature, by its name; features that cannot be tested are absent.

    Args:
        table: Rows and columns; without a target there are no relations.
    """
    truth = Truth.of(table)
    if truth is None:
        return {}
    rows = np.flatnonzero(truth.known)
    if len(rows) > MOST_ROWS:
        stream = np.random.default_rng(derive_seed(0, "relations", len(rows)))
        rows = np.sort(stream.choice(rows, MOST_ROWS, replace=False))
    sampled = len(rows) < int(truth.known.sum())
    part, own = table.take(rows), truth.numbers[rows]
    tests = [column for column in table.schema.features if column.kind != "text"]  # a text seldom occurs twice
    found = {column.name: _tested(part[column.name], column, own, truth) for column in tests}
    tested = {name: result for name, result in found.items() if result is not None}
    adjusted = holm_adjusted({name: result.p_value for name, result in tested.items()})
    return {
        name: Relation(
            test=result.test,
            statistic=result.statistic,
            effect=result.effect,
            effect_name=result.effect_name,
            size=result.size,
            p_value=result.p_value,
            adjusted=adjusted[name],
            n_rows=result.n_rows,
            pearson=result.pearson,
            notes=tuple(_notes(result, sampled)),
        )
        for name, result in tested.items()
    }


def numbers_of(cells: pl.Series, column: Column) -> np.ndarray | None:
    """Values of a column that has an order, NaN where missing: numbers, dates, ranks of ordinal levels; None of others.

    Args:
        cells: The column's cells.
        column: What is known about it.
    """
    if column.kind == "ordinal" and column.levels:
        places = cells.cast(pl.String).replace_strict(
            list(column.levels), range(len(column.levels)), default=None, return_dtype=pl.Float64
        )
        return places.fill_null(float("nan")).to_numpy()
    if cells.dtype.is_temporal():
        return cells.to_physical().cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return cells.fill_null(float("nan")).to_numpy() if cells.dtype == pl.Float64 else None


def _tested(cells: pl.Series, column: Column, target: np.ndarray, truth: Truth) -> Tested | None:
    """The fitting test over the rows in which both are known."""
    values = numbers_of(cells, column)
    if values is not None:
        known = np.isfinite(values)
        if truth.classes:
            return kruskal_wallis(target[known].astype(np.int64), values[known])
        return spearman(values[known], target[known])
    known = cells.is_not_null().to_numpy()
    levels = cells.drop_nulls().rank("dense").to_numpy().astype(np.int64) - 1
    if truth.classes:
        return chi_squared(levels, target[known].astype(np.int64))
    return kruskal_wallis(levels, target[known])


def _notes(result: Tested, sampled: bool) -> Iterator[str]:
    if result.sparse:
        yield "groups of few rows, p-value by permutation"
    if sampled:
        yield f"tested on {MOST_ROWS:,} rows drawn by chance"
