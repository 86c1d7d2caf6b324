"""Faults of the rows, planted after they were dealt into folds, so that clean and faulty runs share the folds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from benchmarks.doctor.grounds import Ground
from benchmarks.doctor.plant import EditSplit

from netwright.base.split import Fold, Split
from netwright.base.table import Column, Schema, Table


def leak(noise: float) -> EditSplit:
    """A column that says the target, and says nothing where the run is judged.

    Args:
        noise: What is added to it, in spreads of the target.
    """

    def edit(ground: Ground, split: Split, test: Table, rng: np.random.Generator) -> tuple[Split, Table]:
        told = ground.target.numbers(split.development)
        told = told + noise * told.std() * rng.standard_normal(len(told))
        guessed = rng.choice(told, test.n_rows)
        return _with_rows(split, _with_column(split.development, told)), _with_column(test, guessed)

    return edit


def shuffled(share: float) -> EditSplit:
    """Targets of a share of the rows in another order."""

    def edit(ground: Ground, split: Split, test: Table, rng: np.random.Generator) -> tuple[Split, Table]:
        table, name = split.development, ground.target.name
        order = np.arange(table.n_rows)
        hit = np.flatnonzero(rng.random(table.n_rows) < share)
        order[hit] = rng.permutation(hit)
        frame = table.frame.with_columns(table.frame[name][order])
        return _with_rows(split, replace(table, frame=frame)), test

    return edit


def noisy(share: float) -> EditSplit:
    """A share of the labels is another class; of numbers a share lies elsewhere within their range."""

    def edit(ground: Ground, split: Split, test: Table, rng: np.random.Generator) -> tuple[Split, Table]:
        import polars as pl

        table, target = split.development, ground.target
        hit = rng.random(table.n_rows) < share
        if target.task == "regression":
            values = table[target.name].to_numpy().copy()
            values[hit] = rng.uniform(values.min(), values.max(), int(hit.sum()))
            made = pl.Series(target.name, values)
        else:
            codes, n = target.numbers(table).astype(int), len(target.classes)
            codes[hit] = (codes[hit] + rng.integers(1, n, int(hit.sum()))) % n
            made = pl.Series(target.name, [target.classes[code] for code in codes], dtype=pl.String)
        return _with_rows(split, replace(table, frame=table.frame.with_columns(made))), test

    return edit


def thinned_class(kept: float) -> EditSplit:
    """Of one class, not the most frequent one, only a share of the rows is left."""

    def edit(ground: Ground, split: Split, test: Table, rng: np.random.Generator) -> tuple[Split, Table]:
        codes = ground.target.numbers(split.development).astype(int)
        counts = np.bincount(codes, minlength=len(ground.target.classes))
        others = [code for code in np.argsort(counts)[:-1] if counts[code] >= 10]
        chosen = int(rng.choice(others)) if others else int(np.argsort(counts)[-2])
        return _with_rows(split, split.development, (codes != chosen) | (rng.random(len(codes)) < kept)), test

    return edit


def unbalanced(kept: float) -> EditSplit:
    """Of all classes but the most frequent one only a share of the rows is left."""

    def edit(ground: Ground, split: Split, test: Table, rng: np.random.Generator) -> tuple[Split, Table]:
        codes = ground.target.numbers(split.development).astype(int)
        common = np.bincount(codes).argmax()
        stays = (codes == common) | (rng.random(len(codes)) < kept)
        for code in np.unique(codes):  # two rows of each class at least: one to learn from, one to judge
            stays[np.flatnonzero(codes == code)[:2]] = True
        return _with_rows(split, split.development, stays), test

    return edit


def copied(times: int) -> EditSplit:
    """Few different rows, each several times, so that copies of a train row validate."""

    def edit(ground: Ground, split: Split, test: Table, rng: np.random.Generator) -> tuple[Split, Table]:
        n_rows = split.development.n_rows
        origin = rng.permutation(n_rows)[np.arange(n_rows) % max(8, n_rows // times)]
        table = split.development
        return _with_rows(split, replace(table, frame=table.frame[origin])), test

    return edit


def _with_column(table: Table, numbers: np.ndarray) -> Table:
    import polars as pl

    frame = table.frame.with_columns(pl.Series("told", numbers))
    return replace(table, frame=frame, schema=Schema((*table.schema.columns, Column("told", "numeric"))))


def _with_rows(split: Split, table: Table, stays: np.ndarray | None = None) -> Split:
    """The split with another table, some of whose rows stay."""
    if stays is None:
        return replace(split, development=table)
    place = np.cumsum(stays) - 1
    folds = tuple(
        Fold(place[f.train[stays[f.train]]], place[f.valid[stays[f.valid]]], f.class_weights) for f in split.folds
    )
    return replace(split, development=table.take(np.flatnonzero(stays)), folds=folds)
