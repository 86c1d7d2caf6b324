from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import torch

from netwright.apps.api import Run
from netwright.base.errors import DataError
from netwright.deliver.doubts import rows_without_prediction
from netwright.deliver.predictor import Predictor
from tests.deliver.conftest import table


def rows() -> pl.DataFrame:
    return table(20, seed=3).drop("price", "class")


def test_columns_may_come_in_any_order_with_others_among_them(numbers_run: tuple[Run, Path]) -> None:
    model = numbers_run[0].model
    straight = model.predict(rows())
    mixed = rows().select(rows().columns[::-1]).with_columns(pl.lit(1).alias("other"))
    assert model.predict(mixed).equals(straight)


def test_every_missing_column_is_named(numbers_run: tuple[Run, Path]) -> None:
    with pytest.raises(DataError, match=r"면적.*new|new.*면적"):
        numbers_run[0].model.predict(rows().drop("면적", "new"))


def test_cells_of_another_kind_are_refused(numbers_run: tuple[Run, Path]) -> None:
    wrong = rows().with_columns(pl.Series("면적", ["?", "크다", *["12.5"] * 18]))
    with pytest.raises(
        DataError, match=r"column '면적' .*must be numeric.*, got '크다' in 1 of 20 rows \(first: row 1\)"
    ):
        numbers_run[0].model.predict(wrong)
    given = numbers_run[0].model.predict(wrong, missing=("크다",))
    assert given.height == 20


def test_rows_are_counted_from_nought(classes_run: tuple[Run, Path]) -> None:
    frame = classes_run[0].model.predict(rows())
    assert frame.columns == ["row", "prediction", "p_big", "p_mid", "p_small"]
    assert frame["row"].to_list() == list(range(20))
    assert frame.select(pl.sum_horizontal("p_big", "p_mid", "p_small")).to_series().to_list() == pytest.approx([1] * 20)
    best = [max(("big", "mid", "small"), key=lambda name: row[f"p_{name}"]) for row in frame.iter_rows(named=True)]
    assert frame["prediction"].to_list() == best


def test_evaluate_judges_rows_with_a_known_target(numbers_run: tuple[Run, Path]) -> None:
    run = numbers_run[0]
    data = table(30, seed=5).with_columns(
        pl.when(pl.int_range(30) < 10).then(None).otherwise(pl.col("price")).alias("price")
    )
    scores = run.model.evaluate(data)
    predicted = run.model.predict(data)["prediction"][10:]
    error = (predicted - data["price"][10:]).to_numpy()
    assert scores["n_rows"] == 20
    assert scores["rmse"] == pytest.approx(float((error**2).mean() ** 0.5))


def test_evaluate_needs_the_target(numbers_run: tuple[Run, Path]) -> None:
    with pytest.raises(DataError, match="price"):
        numbers_run[0].model.evaluate(rows())
    empty = table(12).with_columns(pl.lit(None, dtype=pl.Float64).alias("price"))
    with pytest.raises(DataError, match="must hold values of 'price' to be judged by, got none"):
        numbers_run[0].model.evaluate(empty)


def test_no_rows_are_refused(numbers_run: tuple[Run, Path]) -> None:
    with pytest.raises(DataError, match="must have rows"):
        numbers_run[0].model.predict(rows()[:0])


def broken(run: Run) -> Predictor:
    """A model whose networks give NaN wherever the size is known."""
    network = run.model.fitted.networks[0].network.subset(range(run.model.fitted.networks[0].network.n_members))
    with torch.no_grad():
        network.hidden[0].weight[:, 0] = torch.nan  # type: ignore[index, union-attr]
    part = replace(run.model.fitted.networks[0], network=network)
    return Predictor(replace(run.model.fitted, parts=(part,)))


def test_predictions_that_are_no_numbers_are_warned_of(numbers_run: tuple[Run, Path]) -> None:
    model = broken(numbers_run[0])
    with pytest.warns(UserWarning, match=r"20 of 20 rows cannot be predicted \(first: row 0\): the networks give NaN"):
        frame = model.predict(rows())
    assert rows_without_prediction(model.fitted, frame).startswith("20 of 20 rows cannot be predicted")
    with pytest.warns(UserWarning), pytest.raises(DataError, match="must be predicted to be judged, but 20 of 20 rows"):
        model.evaluate(table(20, seed=3))
    healthy = numbers_run[0].model
    assert rows_without_prediction(healthy.fitted, healthy.predict(rows())) == ""


def test_no_class_is_claimed_where_probabilities_are_no_numbers(classes_run: tuple[Run, Path]) -> None:
    model = broken(classes_run[0])
    with pytest.warns(UserWarning, match="20 of 20 rows cannot be predicted"):
        frame = model.predict(rows(), interval=0.9)
    assert frame["prediction"].null_count() == frame["set"].null_count() == 20
    assert rows_without_prediction(model.fitted, frame).startswith("20 of 20 rows cannot be predicted")
