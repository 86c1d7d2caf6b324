"""Parts of the train rows, and networks trained on them."""

from __future__ import annotations

import html
import itertools
from collections.abc import Callable

import numpy as np
import polars as pl

from netwright.apps.api import train
from netwright.base.plan import Plan
from netwright.base.settings import Settings
from netwright.base.split import Fold, SealedRows, Split
from netwright.preparation.load import read_table
from netwright.training.fewer_rows import parts

PLAN = Plan("mlp", "mlp", {})
Houses = Callable[..., pl.DataFrame]


def split_of(houses: Houses, n_rows: int, n_folds: int = 5) -> Split:
    table = read_table(houses(n_rows), Settings())
    number = np.arange(n_rows) % n_folds
    folds = tuple(Fold(np.flatnonzero(number != k), np.flatnonzero(number == k)) for k in range(n_folds))
    return Split(table, folds, SealedRows(None), "", 0)


def test_parts_grow_within_the_train_rows(houses: Houses) -> None:
    split = split_of(houses, 400)
    found = parts(split, lambda n_rows: PLAN, seed=3)
    assert [part.share for part in found] == [1 / 8, 1 / 4, 1 / 2, 1.0]
    for number in range(3):  # three folds are enough
        whole = split.folds[number + 2]
        rows = [set(part.split.folds[number].train.tolist()) for part in found]
        assert [len(own) for own in rows] == [40, 80, 160, 320]
        assert all(small < large for small, large in itertools.pairwise(rows))
        assert rows[-1] == set(whole.train.tolist())
        assert all(np.array_equal(part.split.folds[number].valid, whole.valid) for part in found)


def test_plans_are_those_for_so_many_rows(houses: Houses) -> None:
    asked: list[int] = []
    parts(split_of(houses, 400), lambda n_rows: asked.append(n_rows) or PLAN, seed=0)  # type: ignore[func-returns-value]
    assert asked == [50, 100, 200, 400]


def test_too_few_rows_are_not_cut(houses: Houses) -> None:
    assert parts(split_of(houses, 200), lambda n_rows: PLAN, seed=0) == []


def test_outer_rows_are_limited(houses: Houses) -> None:
    found = parts(split_of(houses, 12_000, n_folds=3), lambda n_rows: PLAN, seed=0)
    assert all(len(fold.valid) == 2_000 for part in found for fold in part.split.folds)
    assert [part.share for part in found] == [1 / 16, 1 / 8, 1 / 4, 1 / 2]


def test_a_run_says_whether_more_rows_would_help(houses: Houses) -> None:
    run = train(houses(700), "price", model="mlp", epochs=20, folds=2)
    found = run.metrics["more_rows"]
    assert found["sizes"] == [35, 70, 140, 280]
    assert found["errors"][0] > found["errors"][-1]
    assert found["sentence"] in html.unescape(run.report)
    again = train(houses(700), "price", model="mlp", epochs=20, folds=2)
    assert again.metrics["more_rows"] == found


def test_quick_does_without(houses: Houses) -> None:
    assert "more_rows" not in train(houses(400), "price", preset="quick", epochs=2).metrics
