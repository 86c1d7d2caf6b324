from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.plan import Preparation
from netwright.base.table import Column
from netwright.preparation.ordinal import OrdinalEncoder
from netwright.preparation.values import column_values

COLUMN = Column("size", "ordinal", levels=("S", "M", "L"))


def cells(*texts):
    return column_values(pl.Series("size", texts, dtype=pl.String), COLUMN)


def fit(*texts):
    return OrdinalEncoder.fit(COLUMN, cells(*texts), Preparation())


def test_ranks_are_scaled():
    encoder = fit("S", "L")  # ranks 0 and 2: mean 1, spread 1
    assert encoder.feature_names == ("size",)
    np.testing.assert_allclose(encoder.dense(cells("S", "M", "L")), [[-1], [0], [1]])


def test_the_order_is_that_of_the_user_and_not_the_alphabet():
    assert np.diff(fit("S", "M", "L").dense(cells("S", "M", "L"))[:, 0]).min() > 0


def test_gaps_and_unknown_levels_take_the_median():
    encoder = fit("S", "M", "M", None)
    assert encoder.feature_names == ("size", "size is missing")
    median, missing, unknown = encoder.dense(cells("M", None, "XXL")).tolist()
    assert missing == [median[0], 1.0]
    assert unknown == [median[0], 1.0]


def test_without_gaps_in_training_there_is_no_mark():
    encoder = fit("S", "L")
    assert encoder.dense(cells(None)).shape == (1, 1)


@pytest.mark.parametrize("train", [("M", "M"), (None, None), ()])
def test_nothing_varies(train):
    assert fit(*train).dense(cells("S", "L"))[:, 0].tolist() == [0.0, 0.0]
