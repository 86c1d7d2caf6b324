"""Splits by time and by group hold in whole runs: in the holdout and in the folds."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import netwright
from netwright.apps.api import Run, train
from tests.command import Command

Houses = Callable[..., pl.DataFrame]
FAST: dict[str, Any] = {"preset": "quick", "epochs": 3, "no_repair": True, "model": "mlp"}


def sold(frame: pl.DataFrame) -> pl.DataFrame:
    """Houses that were sold one a day, in the order of the file."""
    days = [date(2020, 1, 1) + timedelta(days=k) for k in range(frame.height)]
    return frame.select("rooms", "age", "price").with_columns(sold=pl.Series(days))


def visits(n_people: int = 30, each: int = 4, seed: int = 0) -> pl.DataFrame:
    """Several rows a person, whose own level is most of the target."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(n_people), each)
    level = rng.normal(size=n_people)
    return pl.DataFrame(
        {
            "patient_id": [f"환자{k:03}" for k in who],
            "height": 170 + 10 * rng.normal(size=n_people)[who],
            "dose": rng.normal(size=len(who)),
            "pressure": level[who] + 0.5 * rng.normal(size=len(who)),
        }
    )[rng.permutation(len(who)).tolist()]


def changed(frame: pl.DataFrame, rows: set[int]) -> pl.DataFrame:
    """Other cells in these rows, the target among them; their time stays."""
    here = pl.int_range(pl.len()).is_in(list(rows))
    other = {"rooms": pl.col("rooms") * 3 + 1, "age": pl.col("age") + 7, "price": pl.col("price") * 37 % 60}
    cells = [pl.when(here).then(new).otherwise(pl.col(name)).alias(name) for name, new in other.items()]
    return frame.with_columns(cells)


def weights(run: Run, member: int) -> list[np.ndarray]:
    return [parameter.detach().numpy()[member] for parameter in run.model.fitted.networks[0].network.parameters()]


def test_a_later_future_changes_no_earlier_prediction(houses: Houses) -> None:
    frame = sold(houses(150))
    before = train(frame, "price", **FAST)
    assert before.record.facts["split"]["how"] == "time"
    development, folds = before._outcome.split.development.rows, before._outcome.split.folds
    tested = set(before.record.test.rows.tolist())  # type: ignore[union-attr]
    assert max(development) < min(tested)
    # the test rows are other ones, their target included
    after = train(changed(frame, tested), "price", **FAST)
    for member in range(len(folds)):
        assert all(map(np.array_equal, weights(before, member), weights(after, member)))
    np.testing.assert_array_equal(before.record.validation.predicted, after.record.validation.predicted)
    # and so is all that follows the rows that judge the second fold
    later = set(development[development > development[folds[1].valid].max()].tolist()) | tested
    after = train(changed(frame, later), "price", **FAST)
    known = [fold.preparer.to_json() for fold in before._outcome.folds[:2]]
    assert [fold.preparer.to_json() for fold in after._outcome.folds[:2]] == known
    for member in (0, 1):
        assert all(map(np.array_equal, weights(before, member), weights(after, member)))
    n_judged = len(folds[0].valid) + len(folds[1].valid)
    np.testing.assert_array_equal(
        before.record.validation.predicted[:n_judged], after.record.validation.predicted[:n_judged]
    )
    assert not np.array_equal(weights(before, -1)[0], weights(after, -1)[0])


def test_a_repeated_identifier_is_split_by_and_left_out() -> None:
    frame = visits()
    run = train(frame, "pressure", **FAST)
    split, who = run._outcome.split, frame["patient_id"].to_numpy()
    assert run.record.facts["split"]["by"] == "patient_id"
    assert "patient_id" not in [column.name for column in run.record.schema.features]
    assert [finding.severity for finding in run.findings if finding.code == "split-by-group"] == ["note"]
    development, tested = split.development.rows, run.record.test.rows  # type: ignore[union-attr]
    assert not set(who[development]) & set(who[tested])
    for fold in split.folds:
        assert not set(who[development[fold.train]]) & set(who[development[fold.valid]])
    new = frame.drop("patient_id").head(3)
    assert len(run.model.predict(new)) == 3
    assert run.record.settings == {"target": "pressure", **FAST, "model": ["mlp"]}


def test_test_data_need_not_have_the_group() -> None:
    run = train(visits(), "pressure", test_data=visits(seed=1).drop("patient_id"), **FAST)
    assert run.metrics["n_test"] == 120


def test_repeats_are_averaged_and_judged_fold_by_fold(houses: Houses) -> None:
    frame = houses(80)
    once, twice = (train(frame, "price", repeats=n, folds=4, **FAST) for n in (1, 2))
    assert len(twice._outcome.split.folds) == 8
    assert twice.metrics["model"]["members"] == 8
    for run in (once, twice):
        np.testing.assert_array_equal(run.record.validation.rows, np.sort(run._outcome.split.development.rows))
    folds, outer = twice._outcome.split.folds, twice.record.validation
    assert len(outer.rows) == 64
    row = int(folds[0].valid[0])
    both = [k for k, fold in enumerate(folds) if row in fold.valid]
    assert len(both) == 2
    assert 0 <= twice.metrics["verdict"]["p_value"] <= 1
    assert "repeated 2 times" in twice.report
    assert twice.metrics["test"] != once.metrics["test"]


@pytest.mark.parametrize("how", ["under", "over", "balanced"])
def test_sampled_rows_stay_inside_their_fold(houses: Houses, how: str) -> None:
    frame = houses(160).with_columns(
        pl.when(pl.col("price") > 62).then(pl.lit("dear")).otherwise(pl.lit("fair")).alias("price")
    )
    run = train(frame, "price", sampling=how, **FAST)
    labels, split = frame["price"].to_numpy(), run._outcome.split
    tested, development = set(run.record.test.rows.tolist()), split.development.rows  # type: ignore[union-attr]
    for fold in split.folds:
        train_rows, judged = development[fold.train], set(development[fold.valid].tolist())
        assert not set(train_rows.tolist()) & (judged | tested)
        assert len(judged) == len(fold.valid)  # the rows that judge are what they were
        assert len(set(np.unique(labels[train_rows], return_counts=True)[1])) == 1
    assert run.record.facts["split"]["sampling"] == how


def test_the_terminal_says_what_was_decided_and_what_overrides_it(nw: Command, houses: Houses, tmp_path: Path) -> None:
    path, out = tmp_path / "판매.csv", tmp_path / "run"
    sold(houses(90)).write_csv(path)
    said = nw(
        "train", path, "--target", "price", "--gap", 5, "--preset", "quick", "--epochs", 2, "--no-repair", "--out", out
    )
    assert said.code == 0, said.err
    line = next(line for line in said.err.splitlines() if line.startswith("split"))
    assert "by time (sold); --split random deals rows by chance" in line
    assert "a gap of 5 days between train rows and those that judge; 4 rows before the test left out" in said.err
    facts = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (facts["split"]["by"], facts["split"]["left_out"]["gap"]) == ("sold", 4)
    findings = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    assert "split-by-time" in [finding["code"] for finding in findings]
    assert "a gap of 5 days" in (out / "report.html").read_text(encoding="utf-8")
    said = nw(
        "train",
        path,
        "--target",
        "price",
        "--split",
        "random",
        "--preset",
        "quick",
        "--epochs",
        2,
        "--no-repair",
        "--out",
        tmp_path / "r2",
    )
    facts = json.loads((tmp_path / "r2" / "run.json").read_text(encoding="utf-8"))
    assert (facts["split"]["rule"], facts["settings"]["split"]) == ("at random", "random")
    assert "--split random" in (tmp_path / "r2" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--time", "sold", "--group", "rooms"), "--time and --group split in two ways. Pass one of them."),
        (("--time", "sold", "--split", "random"), "--time sold and --split random split in two ways."),
        (("--time", "sald"), "--time must name a column of"),
        (("--group", "town"), "--group must name a column of"),
        (("--time", "price"), "--time must name another column than the --target"),
        (("--repeats", 3, "--time", "sold"), "--repeats needs folds that can be dealt anew, which --time excludes."),
        (("--repeats", 3), "--repeats needs folds that can be dealt anew, which a split by time (sold) excludes"),
        (("--repeats", 3, "--valid-size", 0.2), "which --valid-size excludes."),
        (("--sampling", "over"), "--sampling must come with classes, but 'price' is a number."),
        (("--class-weight", "balanced"), "--class-weight must come with classes"),
        (("--train-rows", 500), "--train-rows must be at most 72, the rows that are not tested on, got 500."),
        (("--gap", -1), "--gap must be a number at least 0, got -1"),
        (("--gap", 3, "--split", "random"), "--gap must come with --time COL"),
        (("--sampling", "some"), "--sampling must be one of none, under, over, balanced, got 'some'."),
    ],
)
def test_what_cannot_be_is_one_message(nw: Command, houses: Houses, tmp_path: Path, words: Any, message: str) -> None:
    path = tmp_path / "sold.csv"
    sold(houses(90)).write_csv(path)
    said = nw("train", path, "--target", "price", *words)
    assert said.code == 2
    assert message in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_a_key_may_be_dropped_and_used(houses: Houses) -> None:
    frame = sold(houses(90))
    run = train(frame, "price", time="sold", drop=["sold"], **FAST)
    assert "sold" not in [column.name for column in run.record.schema.features]
    assert run.record.facts["split"]["by"] == "sold"
    assert len(run.model.predict(frame.drop("sold", "price"))) == 90
    run = train(visits(), "pressure", group="patient_id", drop=["patient_id"], **FAST)
    assert run.record.facts["split"]["by"] == "patient_id"


def test_estimators_split_by_the_same_rules(houses: Houses) -> None:
    frame = sold(houses(90))
    model = netwright.Regressor(preset="quick", epochs=2, time="sold", gap=3, random_state=0)
    model.fit(frame.drop("price"), frame["price"].to_numpy())
    folds = model._fitted._begun.split.folds
    assert all(fold.train.max() + 3 <= fold.valid.min() for fold in folds)
    labels = np.where(frame["price"].to_numpy() > 60, 7, 3)
    classifier = netwright.Classifier(preset="quick", epochs=2, class_weight={7: 4.0}, split="random", random_state=0)
    classifier.fit(frame.drop("price"), labels)
    assert classifier._fitted._begun.split.folds[0].class_weights.tolist() == [1.0, 4.0]


def test_the_interval_of_the_score_draws_whole_groups() -> None:
    """Rows of a person are no more evidence than the person: many rows each leave the interval as wide as few."""
    few, many = (train(visits(40, each), "pressure", **FAST) for each in (3, 30))
    widths = [high - low for low, high in (run.metrics["interval"]["rmse"] for run in (few, many))]
    assert widths[1] > 0.6 * widths[0]  # a third where rows are drawn


def test_a_split_by_time_or_group_is_no_drift_by_itself(houses: Houses) -> None:
    drift = train(sold(houses(200)), "price", **FAST).metrics["drift"]
    assert not drift["shifted"]
    assert "sold" not in drift["columns"]  # later rows are later
    drift = train(visits(60, 6), "pressure", **FAST).metrics["drift"]
    assert drift["auc"] < 0.8  # 1.0 where a person's rows are known by each other


def test_one_large_group_is_told() -> None:
    person = [0] * 300 + list(range(1, 61))
    frame = pl.DataFrame({"pid": [f"P{number}" for number in person], "x": np.random.default_rng(0).normal(size=360)})
    frame = frame.with_columns(y=pl.col("x") + pl.Series(np.random.default_rng(1).normal(size=360)))
    run = train(frame, "y", group="pid", preset="quick", epochs=2, no_repair=True)
    assert "uneven-groups" in {finding.code for finding in run.findings}
    assert len(run.record.facts["split"]["folds"]) == 5


def test_rows_of_one_class_teach_nothing_that_could_be_judged() -> None:
    days = [str(np.datetime64("2020-01-01") + np.timedelta64(day, "D")) for day in range(200)]
    frame = pl.DataFrame({"day": days, "x": np.random.default_rng(0).normal(size=200)})
    frame = frame.with_columns(y=pl.Series(["off"] * 160 + ["on"] * 40))
    run = train(frame, "y", time="day", preset="quick", epochs=2, no_repair=True)
    assert run.metrics["verdict"]["answer"] == "undecided"


def test_sampling_that_leaves_few_rows_is_told() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": rng.normal(size=300), "z": rng.normal(size=300)})
    frame = frame.with_columns(y=pl.Series(["rare"] * 8 + ["usual"] * 292))
    options: dict[str, Any] = {"preset": "quick", "epochs": 2, "no_repair": True}
    under = {finding.code for finding in train(frame, "y", sampling="under", **options).findings}
    over = {finding.code for finding in train(frame, "y", sampling="over", **options).findings}
    assert "few-sampled" in under
    assert "few-sampled" not in over
