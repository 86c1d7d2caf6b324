"""Ordinary changes of test cells leave the units of the other rows, and so the split, as they were."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.clock import Clock
from netwright.base.copies import find_copies
from netwright.base.settings import Settings
from netwright.run import begin, load
from tests.base.test_near_copies import planted, table
from tests.preparation.tables import numbers
from tests.training.engine import ended


def dealt(frame):
    settings = Settings.from_options({"target": "y"})
    loaded = ended(load(frame, settings))
    return ended(begin(loaded, settings, Clock())).split


@pytest.mark.parametrize("change", [lambda x: x * 1.7 + 3, lambda x: x + 7, lambda x: x * 1e6, lambda x: x * 0])
@pytest.mark.parametrize("seed", range(3))
def test_other_test_cells_change_no_unit_and_no_fold(change, seed):
    noise = pl.Series(numbers(300, 5))
    # two columns more, so that none are alike by chance
    rows = table(300, seed).with_columns(v=pl.Series(numbers(300, 7)), w=pl.Series(numbers(300, 8)))
    rows = rows.with_columns((2 * pl.col("x") + pl.col("rooms") + noise).round(2).alias("y"))
    frame = planted(rows, np.arange(0, 300, 10), 1e-4)
    before = dealt(frame)
    test = sorted(set(range(frame.height)) - set(before.development.rows.tolist()))
    units = find_copies(before.development).units
    # those of the test rows that have no copy: with a copy gone the units are others, rightly
    all_units = find_copies(ended(load(frame, Settings.from_options({"target": "y"}))).table).units
    alone = [row for row in test if np.sum(all_units == all_units[row]) == 1]
    assert len(alone) > 30
    here = pl.int_range(pl.len()).is_in(alone)
    after = dealt(frame.with_columns(pl.when(here).then(change(pl.col("x"))).otherwise("x").alias("x")))
    assert after.development.rows.tolist() == before.development.rows.tolist()
    assert find_copies(after.development).units.tolist() == units.tolist()
    for one, other in zip(before.folds, after.folds, strict=True):
        assert one.valid.tolist() == other.valid.tolist()
    # and the planted ones do stand together
    assert np.sum(np.bincount(units) == 2) > 5
