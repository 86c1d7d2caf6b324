"""What the report shows of every column: gaps, distinct values, figures, distribution, relation to the target."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl

from netwright.audit.groups import groups_of_levels, groups_of_numbers
from netwright.audit.relations import numbers_of, relations
from netwright.audit.truth import Truth
from netwright.base.figures import figure, share
from netwright.base.ngrams import MOST_CHARACTERS
from netwright.base.record import ColumnSummary
from netwright.base.relation import TargetGroup
from netwright.base.table import Column, Table

_BARS = 16
_MOST_LEVELS = 10
#: Texts that are looked at for the words that are frequent, and how many of these are shown.
_MOST_TEXTS, _MOST_WORDS = 20_000, 6


def summarise_columns(table: Table) -> tuple[ColumnSummary, ...]:
    """One summary a column, in the table's order."""
    truth, found, features = Truth.of(table), relations(table), table.schema.features
    summaries = []
    for column in table.schema.columns:
        own = _summary(table, column)
        if truth is not None and column in features:
            own = replace(own, relation=found.get(column.name), groups=_groups(table, own, truth))
        summaries.append(own)
    return tuple(summaries)


def _groups(table: Table, own: ColumnSummary, truth: Truth) -> tuple[TargetGroup, ...]:
    """The target along the bars of a category, or in ranges of a column of numbers or dates."""
    cells = table[own.name]
    if own.kind == "text":
        return ()
    if cells.dtype == pl.String:
        return groups_of_levels(cells, list(own.labels[:_MOST_LEVELS]), truth)
    values = numbers_of(cells, table.schema[own.name])
    return () if values is None else groups_of_numbers(values, cells, truth)


def _summary(table: Table, column: Column) -> ColumnSummary:
    cells = table[column.name]
    known = cells.drop_nulls()
    figures: dict[str, str] = {}
    labels: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    if known.len() and known.dtype == pl.Float64:
        figures, labels, counts = _numbers(known.to_numpy())
    elif known.len() and column.kind == "text":
        figures, labels, counts = _texts(known)
    elif known.len() and known.dtype == pl.String:
        labels, counts = _levels(known, column)
    elif known.len() and isinstance(known.dtype, pl.Array):
        figures = {"size": column.why}
    elif known.len():
        figures = {"first": str(known.min())[:16], "last": str(known.max())[:16]}
        years = known.dt.year().value_counts().sort(known.name).rows()
        labels, counts = tuple(str(year) for year, _ in years), tuple(int(rows) for _, rows in years)
    return ColumnSummary(
        name=column.name,
        kind=column.kind,
        role=column.role,
        why=column.why,
        n_missing=cells.null_count(),
        n_distinct=known.n_unique(),
        figures=figures,
        labels=labels,
        counts=counts,
    )


def _numbers(values: np.ndarray) -> tuple[dict[str, str], tuple[str, ...], tuple[int, ...]]:
    low, high = float(values.min()), float(values.max())
    with np.errstate(over="ignore", invalid="ignore"):  # what numbers near 1e308 do not have is shown as infinite
        quartiles = [low, *np.quantile(values, [0.25, 0.5, 0.75]), high]
        mean, deviation = float(values.mean()), float(values.std())
    names = ("minimum", "lower quartile", "median", "upper quartile", "maximum")
    figures = {name: figure(float(value)) for name, value in zip(names, quartiles, strict=True)}
    figures |= {"mean": figure(mean), "standard deviation": figure(deviation)}
    if low == high:
        return figures, (figure(low),), (len(values),)
    width = (high - low) / _BARS
    if not np.spacing(max(abs(low), abs(high))) < width < np.inf:  # float64 has no room for edges, or no such width
        return figures, (f"{figure(low)} to {figure(high)}",), (len(values),)
    counts, edges = np.histogram(values, bins=_BARS, range=(low, high))
    labels = tuple(f"{figure(float(a))} to {figure(float(b))}" for a, b in pairwise(edges))
    return figures, labels, tuple(int(rows) for rows in counts)


def _texts(known: pl.Series) -> tuple[dict[str, str], tuple[str, ...], tuple[int, ...]]:
    """How long texts are, in characters, and the words that most of them have."""
    lengths = known.str.len_chars().to_numpy()
    figures = {
        name: f"{int(value):,} characters"
        for name, value in (("minimum", lengths.min()), ("median", np.median(lengths)), ("maximum", lengths.max()))
    }
    _, labels, counts = _numbers(lengths.astype(np.float64))
    some = known.sample(min(_MOST_TEXTS, known.len()), seed=0).str.slice(0, MOST_CHARACTERS)
    words = some.str.to_lowercase().str.extract_all(r"[\p{L}\p{N}]+").list.unique().explode().drop_nulls()
    often = words.alias("word").value_counts().sort("count", "word", descending=[True, False]).rows()
    shown = [f"{word} ({share(rows, some.len())})" for word, rows in often if rows > 1][:_MOST_WORDS]
    figures |= {"frequent words": ", ".join(shown)} if shown else {}
    return figures, tuple(f"{label} characters" for label in labels), counts


def _levels(known: pl.Series, column: Column) -> tuple[tuple[str, ...], tuple[int, ...]]:
    if column.kind in ("identifier", "text"):
        return (), ()
    rows = known.value_counts().sort("count", known.name, descending=[True, False]).rows()
    if column.kind == "ordinal" and len(rows) <= _MOST_LEVELS:  # what has an order is shown in it
        rows.sort(key=lambda row: column.levels.index(row[0]))
    shown, rest = rows[:_MOST_LEVELS], rows[_MOST_LEVELS:]
    if rest:
        shown = [*shown, (f"{len(rest):,} more", sum(number for _, number in rest))]
    return tuple(str(level) for level, _ in shown), tuple(int(number) for _, number in shown)
