from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.boolean import BooleanEncoder
from netwright.preparation.values import column_values

COLUMN = Column("river", "boolean", levels=("no", "yes"))


def cells(*texts):
    return column_values(pl.Series("river", texts, dtype=pl.String), COLUMN)


def fit(*texts):
    return BooleanEncoder.fit(COLUMN, cells(*texts), Preparation())


def test_minus_one_and_one():
    encoder = fit("yes", "no")
    assert encoder.feature_names == ("river = yes",)
    assert encoder.dense(cells("yes", "no", "yes")).tolist() == [[1], [-1], [1]]
    assert encoder.dense(cells("yes")).dtype == np.float32


def test_missing_and_unseen_are_between():
    assert fit("yes", "no").dense(cells(None, "perhaps")).tolist() == [[0], [0]]


def test_gaps_in_training_are_marked():
    encoder = fit("yes", None)
    assert encoder.feature_names == ("river = yes", "river is missing")
    assert encoder.dense(cells("no", None, "yes", "perhaps")).tolist() == [[-1, 0], [0, 1], [1, 0], [0, 0]]


@pytest.mark.parametrize("train", [("yes",), ("no", "no"), (None, None), ()])
def test_the_levels_are_those_of_the_schema(train):
    encoder = fit(*train)
    assert encoder.levels == ("no", "yes")
    assert encoder.dense(cells("no", "yes"))[:, 0].tolist() == [-1, 1]


def test_no_embedding():
    assert fit("yes").cardinality == 0
