"""Cells become features and cells again."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from netwright.base.plan import Preparation
from netwright.base.table import Column, Provenance, Schema, Table
from netwright.preparation.invertible import MOST_STATES, InvertibleLevels, InvertibleNumber
from netwright.preparation.matrix import RowMatrix
from netwright.preparation.preparer import Preparer
from netwright.preparation.values import NO_MOMENT, Codes, Moments, Numbers, column_values, feature_values

N = 400
RNG = np.random.default_rng(3)
RANDOM = np.random.default_rng(0)


def there_and_back(array: np.ndarray) -> np.ndarray:
    encoder = InvertibleNumber.fit(Column("x", "numeric"), Numbers(array), Preparation())
    dense = encoder.dense(Numbers(array))
    assert dense.shape == (len(array), len(encoder.feature_names)) and dense.dtype == np.float32
    back = encoder.back(dense, RANDOM)
    assert isinstance(back, Numbers)
    return back.array


@pytest.mark.parametrize(
    "array",
    [
        RNG.integers(18, 65, N).astype(float),
        np.where(RNG.random(N) < 0.7, 0.0, RNG.lognormal(8, 1, N).round(2)),
        np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(0, 1e-3, N).round(5)),
        RNG.integers(10, 90, N) * 1_000.0,
        RNG.choice([1.0, 2.0, 3.0], N),
        np.full(N, 7.0),
        np.full(N, np.nan),
    ],
    ids=["whole", "many zeros", "gaps", "thousands", "few values", "constant", "nothing"],
)
def test_numbers_come_back_as_they_were(array: np.ndarray) -> None:
    np.testing.assert_allclose(there_and_back(array), array, rtol=1e-9)


def test_numbers_of_many_digits_come_back_within_rounding() -> None:
    array = RNG.normal(size=5_000)
    back = there_and_back(array)
    # a thousand quantiles of five thousand rows: at most a few places among the sorted ones are lost
    places = np.searchsorted(np.sort(array), back), np.searchsorted(np.sort(array), array)
    assert np.abs(places[0] - places[1]).max() <= 8
    assert back.min() >= array.min() and back.max() <= array.max()


def test_what_is_made_lies_within_the_train_rows_and_has_their_digits() -> None:
    array = np.where(RNG.random(N) < 0.3, np.nan, RNG.normal(50, 9, N).round(1))
    encoder = InvertibleNumber.fit(Column("x", "numeric"), Numbers(array), Preparation())
    wild = RNG.normal(0, 5, (1_000, encoder.n_features)).astype(np.float32)
    back = encoder.back(wild, RANDOM)
    assert isinstance(back, Numbers)
    known = back.array[~np.isnan(back.array)]
    assert np.nanmin(array) <= known.min() and known.max() <= np.nanmax(array)
    np.testing.assert_allclose(known, known.round(1), atol=1e-9)
    assert np.isnan(back.array).any()


def test_dates_keep_their_resolution() -> None:
    days = [datetime(2020, 1, 1) + timedelta(days=int(n)) for n in RNG.integers(0, 900, N)]
    column = Column("때", "date")
    values = column_values(pl.Series([None, *days], dtype=pl.Datetime("us")), column)
    encoder = InvertibleNumber.fit(column, values, Preparation())
    back = encoder.back(encoder.dense(values), RANDOM)
    assert isinstance(back, Moments) and back.array[0] == NO_MOMENT
    np.testing.assert_array_equal(back.array, values.array)
    wild = encoder.back(RNG.normal(size=(200, encoder.n_features)).astype(np.float32), RANDOM).array
    assert not (wild[wild != NO_MOMENT] % 86_400_000_000).any()


def test_levels_come_back_and_rare_ones_by_their_counts() -> None:
    texts = [*["가", "나", None] * 100, *(f"rare {n}" for n in range(MOST_STATES + 40))] * 3
    column = Column("x", "category")
    values = column_values(pl.Series(texts, dtype=pl.String), column)
    encoder = InvertibleLevels.fit(column, values, Preparation())
    assert encoder.n_states == MOST_STATES + 2 and len(encoder.rare) == 42 and not encoder.withheld
    back = encoder.back(encoder.dense(values), RANDOM)
    assert isinstance(back, Codes)
    made = [None if code < 0 else back.levels[code] for code in back.array]
    kept = set(encoder.levels)
    assert all(one == other for one, other in zip(made, texts, strict=True) if other is None or other in kept)
    assert {one for one, other in zip(made, texts, strict=True) if other in encoder.rare} <= set(encoder.rare)


def test_what_too_few_rows_say_is_kept_nowhere_and_never_given_out() -> None:
    single = [f"배송이 {n}일이나 걸렸지만 그래도 친절했어요" for n in range(100)]
    texts = [*["좋아요", "별로예요"] * 100, *single, *["두 번만"] * 2, *["세 번"] * 3]
    column = Column("후기", "category")
    values = column_values(pl.Series(texts, dtype=pl.String), column)
    encoder = InvertibleLevels.fit(column, values, Preparation())
    assert encoder.levels == ("별로예요", "좋아요", "세 번") and not encoder.rare and encoder.withheld == 102
    assert encoder.feature_names[-1] == "후기 is rare" and InvertibleLevels.from_json(encoder.to_json()) == encoder
    assert not {"두 번만", *single} & set(str(encoder.to_json()).split("'"))
    back = encoder.back(encoder.dense(values), RANDOM)
    made = [None if code < 0 else back.levels[code] for code in back.array]
    assert made == [text if text in encoder.levels else None for text in texts]
    nothing = InvertibleLevels.fit(column, column_values(pl.Series(single), column), Preparation())
    assert nothing.n_states == 0 and set(nothing.back(np.zeros((5, 0), np.float32), RANDOM).array) == {-1}


def test_rare_levels_and_withheld_ones_share_a_state() -> None:
    texts = [*(f"level {n}" for n in range(MOST_STATES + 10))] * 4 + [f"one {n}" for n in range(40)]
    column = Column("x", "category")
    values = column_values(pl.Series(texts, dtype=pl.String), column)
    encoder = InvertibleLevels.fit(column, values, Preparation())
    assert len(encoder.rare) == 10 and encoder.withheld == 40 and encoder.n_states == MOST_STATES + 1
    rare = np.zeros((4_000, encoder.n_states), dtype=np.float32)
    rare[:, -1] = 1
    made = encoder.back(rare, np.random.default_rng(0))
    assert {made.levels[code] for code in made.array if code >= 0} == set(encoder.rare)
    assert abs((made.array < 0).mean() - 0.5) < 0.04


@pytest.mark.parametrize(
    ("change", "message"),
    [({"knots": [2.0, 1.0]}, "must rise"), ({"shares": [0.5, 2.0]}, "must rise"), ({"decimals": 40}, "decimals")],
)
def test_a_damaged_encoder_is_refused(change: dict[str, object], message: str) -> None:
    encoder = InvertibleNumber("x", (), (1.0, 2.0), (0.2, 0.8), False, 0, 1.0, False)
    with pytest.raises(ValueError, match=message):
        InvertibleNumber.from_json(encoder.to_json() | change)


def test_a_whole_row_comes_back() -> None:
    frame = pl.DataFrame(
        {
            "rooms": [None if n % 7 == 0 else float(n % 40) for n in range(N)],
            "도시": [["서울", "부산", None][n % 3] for n in range(N)],
            "sold": [["no", "yes"][n % 2] for n in range(N)],
        }
    )
    kinds = Column("rooms", "numeric"), Column("도시", "category"), Column("sold", "boolean", levels=("no", "yes"))
    table = Table(frame, Schema(kinds), Provenance("t", "t"), np.arange(N))
    cells = feature_values(table)
    preparer = Preparer.fit(table.schema, cells, Preparation(invertible=True))
    layout = preparer.layout
    assert layout is not None and len(layout.groups) == preparer.width
    assert layout.gates[0] == layout.groups.index(0) and layout.groups[0] == -1
    back = preparer.back(preparer.transform(cells).dense, RANDOM)
    matrix = RowMatrix.fit(table.schema, cells)
    np.testing.assert_array_equal(matrix.rows(back), matrix.rows(cells))
    np.testing.assert_array_equal(matrix.rows(matrix.cells(matrix.rows(cells))), matrix.rows(cells))
    assert matrix.kinds.names[matrix.kinds.target] == "sold" and matrix.kinds.task == "binary"
