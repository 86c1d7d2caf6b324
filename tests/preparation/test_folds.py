from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from netwright.base.plan import Preparation
from netwright.base.split import Split
from netwright.preparation.folds import prepare_folds
from netwright.preparation.preparer import Preparer
from netwright.preparation.split import SplitRule, split_table
from netwright.preparation.target import NO_SCALE, TargetScale
from netwright.preparation.values import feature_values
from tests.preparation.tables import loaded

PREPARATION = Preparation(bins={"age": 3})


@pytest.fixture
def run(houses):
    def make(target: str = "price", **rule) -> tuple[Split, object]:
        start = loaded(houses(), target=target)
        return split_table(start.table, start.target, SplitRule(**rule), start.test, start.valid), start.target

    return make


def test_each_fold_is_fitted_on_its_own_train_rows(run):
    split, target = run()
    cells = feature_values(split.development)
    numbers = target.numbers(split.development)
    folds = prepare_folds(split, target, PREPARATION)
    assert len(folds) == 5
    for fold, rows in zip(folds, split.folds, strict=True):
        own = {name: values.take(rows.train) for name, values in cells.items()}
        assert fold.preparer == Preparer.fit(split.development.schema, own, PREPARATION)
        assert fold.scale == TargetScale.fit(numbers[rows.train])
        np.testing.assert_array_equal(fold.train, rows.train)
        np.testing.assert_array_equal(fold.valid, rows.valid)
    assert len({fold.scale.mean for fold in folds}) == 5


def test_inputs_and_target_of_all_development_rows(run):
    split, target = run()
    for fold in prepare_folds(split, target, PREPARATION):
        assert fold.inputs.dense.shape == (split.development.n_rows, len(fold.preparer.feature_names))
        assert fold.target.shape == (split.development.n_rows,)
        assert fold.target[fold.train].mean() == pytest.approx(0, abs=1e-12)
        assert fold.target[fold.train].std() == pytest.approx(1)
        back = fold.target * fold.scale.std + fold.scale.mean
        np.testing.assert_allclose(back, target.numbers(split.development))


def test_classes_are_numbers(run):
    split, target = run("town")
    for fold in prepare_folds(split, target, PREPARATION):
        assert fold.scale == NO_SCALE
        assert set(fold.target) == {0.0, 1.0, 2.0}


@pytest.mark.parametrize("rule", [{}, {"valid_size": 0.3}])
def test_cells_outside_the_train_rows_change_nothing(run, rule):
    """The law of HONESTY.md: change every validation cell, and each fitted value stays bit-identical."""
    split, target = run(**rule)
    before = prepare_folds(split, target, PREPARATION)
    for k, rows in enumerate(split.folds):
        held = pl.Series(np.isin(np.arange(split.development.n_rows), rows.valid))
        spoilt = split.development.frame.with_columns(
            pl.when(held).then(-99.0).otherwise(pl.col(name)).alias(name) for name in ("rooms", "age", "price")
        ).with_columns(
            pl.when(held).then(pl.lit("new")).otherwise(pl.col(name)).alias(name) for name in ("town", "river")
        )
        changed = replace(split, development=replace(split.development, frame=spoilt))
        after = prepare_folds(changed, target, PREPARATION)[k]
        assert after.preparer == before[k].preparer
        assert after.scale == before[k].scale
        np.testing.assert_array_equal(after.inputs.dense[rows.train], before[k].inputs.dense[rows.train])
        np.testing.assert_array_equal(after.target[rows.train], before[k].target[rows.train])


def test_the_seal_stays_whole(run):
    split, target = run()
    prepare_folds(split, target, PREPARATION)
    assert split.sealed.openings == []


def test_a_column_that_is_empty_in_the_train_rows_of_a_fold():
    rows = {
        "x": np.arange(40) / 7,
        "z": [None] * 38 + [1.5, 2.5],
        "c": ["a", "b", "c", None] * 10,
        "y": np.sin(np.arange(40)),
    }
    start = loaded(rows, target="y", kind=["z=numeric"])
    for seed in range(4):
        split = split_table(start.table, start.target, SplitRule(seed=seed), None, None)
        for fold in prepare_folds(split, start.target, Preparation()):
            assert np.isfinite(fold.inputs.dense).all()
