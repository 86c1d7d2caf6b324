from __future__ import annotations

from pathlib import Path

import polars as pl

from netwright.apps.api import Run
from netwright.deliver.doubts import unknown_cells
from netwright.preparation.category import CategoryEncoder
from tests.deliver.conftest import table


def doubts(run: Run, **columns: list[str | None]) -> list[str]:
    rows = table(40, seed=3).drop("price", "class").with_columns(**{k: pl.Series(v) for k, v in columns.items()})
    return list(unknown_cells(run.model.fitted, run.model.table(rows)))


def test_rows_like_those_of_training_raise_none(numbers_run: tuple[Run, Path]) -> None:
    assert doubts(numbers_run[0]) == []


def test_unknown_levels_are_told_from_one_in_twenty_on(numbers_run: tuple[Run, Path]) -> None:
    run = numbers_run[0]
    assert doubts(run, 지역=["Busan"] * 2 + ["부산"] * 38) == []
    said = "hold a level that training never saw: predicted as an unknown level"
    assert doubts(run, 지역=["Busan"] * 3 + ["부산"] * 37) == [f"지역: 3 of 40 rows {said}"]
    assert doubts(run, 지역=["Busan", "부산"] + [None] * 38) == [f"지역: 1 of 2 rows with a value {said}"]
    said = "hold a level outside of S < M < L: predicted as missing"
    assert doubts(run, grade=["XL"] * 40) == [f"grade: 40 of 40 rows {said}"]


def test_rare_levels_were_seen(numbers_run: tuple[Run, Path]) -> None:
    run = numbers_run[0]
    encoder = next(one for one in run.model.fitted.networks[0].folds[0].preparer.encoders if one.column == "street")
    assert isinstance(encoder, CategoryEncoder)
    assert doubts(run, street=[encoder.rare_levels[0]] * 40) == []
    assert doubts(run, street=["elsewhere"] * 40) == [
        "street: 40 of 40 rows hold a level that training never saw: predicted as a rare level"
    ]


def test_a_column_without_values_is_told(numbers_run: tuple[Run, Path]) -> None:
    empty: list[str | None] = [None] * 40
    assert doubts(numbers_run[0], 지역=empty, 면적=empty) == [
        "면적: 0 of 40 rows hold a value: predicted as missing",
        "지역: 0 of 40 rows hold a value: predicted as missing",
    ]


def test_absurd_numbers_are_told_with_the_first_of_them(numbers_run: tuple[Run, Path]) -> None:
    run, sizes = numbers_run[0], [50.0] * 40
    assert doubts(run, 면적=[*sizes[:38], 1e6, None]) == []
    assert doubts(run, 면적=[*sizes[:37], -1e300, 1e12, None]) == [
        "면적: 2 of 40 rows hold a number over a million spreads from those of training (first: -1e+300 in row 37): "
        "taken for one a million spreads away"
    ]
