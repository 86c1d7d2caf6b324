"""Rows that judge and repeat others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import train
from netwright.apps.words import result_lines
from netwright.base.record import Predictions
from netwright.base.split import Fold
from netwright.evaluate.evaluation import json_scores
from netwright.evaluate.metrics import METRICS
from netwright.evaluate.repeats import (
    Repeats,
    repeats_finding,
    repeats_in_words,
    repeats_json,
    repeats_of_test,
    repeats_of_validation,
)
from tests.preparation.tables import numbers, typed

Houses = Callable[..., pl.DataFrame]


def table(n_rows, seed=0):
    return pl.DataFrame({name: numbers(n_rows, 10 * seed + k) for k, name in enumerate(("x", "z", "w"))})


def test_rows_of_the_test_that_repeat_a_development_row_in_full_or_nearly():
    development, test = table(200), table(50, seed=1)
    test = pl.concat([test, development[[5, 8]], development[[9]] + 1e-6, test[[3]]])
    repeats = repeats_of_test(typed(development), typed(test))
    assert np.flatnonzero(repeats.of_development).tolist() == [50, 51, 52]
    assert np.flatnonzero(repeats.again).tolist() == [53]
    assert not repeats.by_chance


def test_columns_that_the_test_lacks_do_not_count():
    development = typed(table(200).with_columns(pl.Series("note", [f"n{n}" for n in range(200)])))
    development = development.with_schema(development.schema.with_roles({"note": "left_out"}))
    repeats = repeats_of_test(development, typed(table(200)[:40]))
    assert repeats.of_development.all()


def test_rows_alike_by_chance_are_counted_but_are_none_that_repeat_each_other():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"sex": rng.choice(["f", "m"], 300), "rating": rng.choice(["1a", "2a", "3a"], 300)})
    repeats = repeats_of_test(typed(frame[:200]), typed(frame[200:]))
    assert repeats.by_chance
    assert repeats.of_development.all()
    assert not repeats.again.any()
    (finding,) = repeats_finding(repeats, Predictions(np.arange(100), np.zeros(100), np.zeros(100)))
    assert finding.severity == "note"
    assert "few different rows are possible" in finding.advice


def test_validation_rows_that_repeat_another():
    repeated = typed(pl.concat([table(100), table(100)[:7]]))
    everyone = np.arange(107)
    # the first of each stands among the train rows of a part that the user brought
    repeats = repeats_of_validation(repeated, [Fold(everyone[:50], everyone[50:])])
    assert not repeats.again.any()
    assert np.flatnonzero(repeats.of_development).tolist() == list(range(50, 57))
    repeats = repeats_of_validation(repeated, [Fold(everyone[50:100], np.r_[:50, 100:107])])
    assert np.flatnonzero(repeats.again).tolist() == list(range(50, 57))
    assert not repeats.of_development.any()


def test_scores_with_and_without():
    truth, predicted = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 8.0])
    test = Predictions(np.array([10, 11, 12, 13]), truth, predicted)
    repeats = Repeats(np.array([True, False, False, False]), np.array([False, True, True, False]), by_chance=False)
    found = repeats_json({"test": (repeats, test)}, "regression")["duplicates"]
    assert (found["test_rows"], found["test_repeated"]) == (1, 2)
    assert found["test_without"] == json_scores("regression", truth[1:], predicted[1:])
    assert found["test_once"]["rmse"] == pytest.approx(np.sqrt(8))
    none = Repeats(np.zeros(4, dtype=bool), np.zeros(4, dtype=bool), by_chance=False)
    assert repeats_json({"test": (none, test)}, "regression") == {}
    assert list(repeats_finding(none, test)) == []
    every = repeats_json({"test": (Repeats(np.ones(4, dtype=bool), none.again, False), test)}, "regression")[
        "duplicates"
    ]
    assert every == {"test_rows": 4, "test_of": 4}  # no row is left to be judged by
    said = list(repeats_in_words({"test": {"rmse": 2.0}, "duplicates": every}, METRICS["rmse"]))
    assert said == ["4 of 4 test rows repeat a row that trained"]


def test_a_run_whose_test_file_repeats_train_rows(houses: Houses, tmp_path: Path):
    frame = houses(150)
    pl.concat([houses(40, seed=5), frame[:10]]).write_csv(tmp_path / "test.csv")
    run = train(frame, "price", preset="quick", epochs=4, no_repair=True, test_data=str(tmp_path / "test.csv"))
    found = run.metrics["duplicates"]
    assert found["test_rows"] == 10
    test = run.record.test
    assert test is not None
    assert found["test_without"]["rmse"] == pytest.approx(
        np.sqrt(np.mean((test.truth[:40] - test.predicted[:40]) ** 2))
    )
    (finding,) = [one for one in run.findings if one.code == "duplicates-over-split"]
    assert (finding.where, finding.severity) == ("split", "warning")
    assert finding.message == "10 test rows repeat a development row, in full or nearly (20 %)"
    assert finding.evidence["first"] == [40, 41, 42, 43, 44]
    lines = [text for _, text in result_lines(run.record)]
    assert any(text.startswith("10 of 50 test rows repeat a row that trained: RMSE") for text in lines)


def test_a_run_without_repeats_says_nothing(houses: Houses):
    run = train(houses(120), "price", preset="quick", epochs=4, no_repair=True)
    assert "duplicates" not in run.metrics
    assert not [one for one in run.findings if one.code == "duplicates-over-split"]


def test_copies_that_stay_on_one_side_are_counted_once_beside(houses: Houses):
    frame = houses(120)
    run = train(pl.concat([frame, frame[:60]]), "price", preset="quick", epochs=4, no_repair=True)
    found = run.metrics["duplicates"]
    assert "test_rows" not in found
    assert found["test_repeated"] > 5
    assert set(found["test_once"]) == set(run.metrics["test"])
    assert found["validation_repeated"] + found["test_repeated"] == 60
