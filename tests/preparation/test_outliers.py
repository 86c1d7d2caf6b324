"""`--outliers`: what far numbers of train rows come to, and that rows that judge are never touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netwright import Regressor
from netwright.apps.api import train
from netwright.base.clock import Clock
from netwright.base.errors import PlanError
from netwright.base.far import far_bounds
from netwright.base.plan import Plan, Preparation
from netwright.base.settings import Settings
from netwright.deliver.predictor import Predictor
from netwright.preparation.folds import prepare_folds
from netwright.preparation.outliers import limited
from netwright.run import begin, load
from netwright.training.baselines import train_baselines
from tests.command import Command
from tests.training.engine import ended

Houses = Callable[..., pl.DataFrame]
FAST = {"preset": "quick", "epochs": 3}
SPOILT = [3, 10, 17, 24, 31, 38]


def spoilt(frame, column="rooms", value=500.0, rows=SPOILT):
    here = pl.int_range(pl.len()).is_in(rows)
    return frame.with_columns(pl.when(here).then(value).otherwise(column).alias(column))


def begun(frame, how, **more):
    settings = Settings.from_options({"target": "price", "outliers": how, **more})
    loaded = ended(load(frame, settings))
    return ended(begin(loaded, settings, Clock())), loaded


def far_rows(table, name="rooms", beyond=100.0):
    return set(np.flatnonzero((table[name] > beyond).fill_null(False).to_numpy()).tolist())


def test_the_bounds():
    assert far_bounds(np.arange(19.0)) is None
    assert far_bounds(np.r_[np.zeros(80), np.arange(19.0)]) is None  # more than half are the same
    assert far_bounds(np.r_[[-1.7e308, 1.7e308] * 30]) is None
    low, high = far_bounds(np.arange(101.0))
    assert (low + high) / 2 == pytest.approx(50)
    numbers = np.array([*range(100), 1e9, np.nan])
    assert np.isnan(limited(numbers)[-1])
    assert limited(numbers)[-2] < 400
    assert limited(numbers)[:100].tolist() == list(range(100))


def test_drop_leaves_out_train_rows_only(houses: Houses):
    before, _ = begun(spoilt(houses(150)), "keep")
    after, _ = begun(spoilt(houses(150)), "drop")
    assert after.split.development.rows.tolist() == before.split.development.rows.tolist()
    far = far_rows(before.split.development)
    assert len(far) >= 3
    for old, new in zip(before.split.folds, after.split.folds, strict=True):
        assert new.valid.tolist() == old.valid.tolist()
        assert set(old.train.tolist()) - set(new.train.tolist()) == far & set(old.train.tolist())
    (finding,) = [one for one in after.findings if one.code == "outliers-dropped"]
    assert finding.columns == ("rooms",)
    assert finding.evidence["rows"] == [len(far & set(fold.train.tolist())) for fold in before.split.folds]
    assert not [one for one in before.findings if one.code.startswith("outliers-")]


def test_drop_looks_at_the_target_of_a_regression_too(houses: Houses):
    after, loaded = begun(spoilt(houses(150), "price", 9000.0), "drop")
    truth = loaded.target.numbers(after.split.development)
    assert max(truth[fold.train].max() for fold in after.split.folds) < 200
    assert sum((truth[fold.valid] > 200).sum() for fold in after.split.folds) >= 3


def test_drop_takes_neither_most_rows_nor_a_whole_class():
    rng = np.random.default_rng(0)
    columns = {f"x{k}": rng.standard_cauchy(200) for k in range(40)}  # hardly a row without a far number
    most, _ = begun(pl.DataFrame({**columns, "price": rng.normal(size=200)}), "drop")
    assert all(len(fold.train) + len(fold.valid) == most.split.development.n_rows for fold in most.split.folds)
    assert [one.severity for one in most.findings if one.code == "outliers-kept"] == ["warning"]
    label = np.array(["a"] * 100 + ["b"] * 90 + ["c"] * 10)
    x = rng.normal(size=200) + 1000 * (label == "c")
    after, loaded = begun(pl.DataFrame({"x": x, "price": label}), "drop")
    for fold in after.split.folds:
        assert set(loaded.target.numbers(after.split.development)[fold.train]) == {0, 1, 2}


def test_clip_limits_what_is_fitted_and_what_is_predicted(houses: Houses):
    after, loaded = begun(spoilt(houses(150)), "clip")
    (fold, *_) = prepare_folds(after.split, loaded.target, Preparation(outliers="clip"))
    plain = prepare_folds(after.split, loaded.target, Preparation())[0]
    rooms = next(encoder for encoder in fold.preparer.encoders if encoder.column == "rooms")
    assert rooms.high < 40
    place = fold.preparer.spans()["rooms"].start
    far = sorted(far_rows(after.split.development))
    assert len(set(fold.inputs.dense[far, place].tolist())) == 1
    assert fold.inputs.dense[far[0], place] < plain.inputs.dense[far[0], place]
    assert type(fold.preparer).from_json(fold.preparer.to_json()) == fold.preparer
    assert plain.preparer.to_json()[0]["high"] is None
    (finding,) = [one for one in after.findings if one.code == "outliers-clipped"]
    assert finding.evidence["values"]["rooms"] <= len(far)


def test_clip_limits_the_target_of_train_rows_only(houses: Houses):
    after, loaded = begun(spoilt(houses(150), "price", 9000.0), "clip")
    truth = loaded.target.numbers(after.split.development)
    for fold in prepare_folds(after.split, loaded.target, Preparation(outliers="clip")):
        back = fold.scale.back(fold.target)
        assert back[fold.train].max() < 200
        assert back[fold.valid] == pytest.approx(truth[fold.valid])
    constant = {
        how: next(iter(train_baselines(after.split, loaded.target, 0, how))).outer[0][0] for how in ("keep", "clip")
    }
    assert constant["clip"] < constant["keep"]


def test_bounds_come_from_the_train_rows_of_a_fold(houses: Houses):
    frame = houses(150)
    for how in ("drop", "clip"):
        before, loaded = begun(frame, how)
        rows = before.split.development.rows
        for number, fold in enumerate(before.split.folds):
            judged = [int(row) for row in rows[fold.valid]]
            outside = sorted(set(range(150)) - set(rows.tolist()))
            after, _ = begun(spoilt(frame, "rooms", 1e6, judged + outside), how)
            assert after.split.folds[number].train.tolist() == fold.train.tolist()
            preparation = Preparation(outliers="clip")
            states = [prepare_folds(one.split, loaded.target, preparation)[number] for one in (before, after)]
            assert states[0].preparer.to_json() == states[1].preparer.to_json()
            assert states[0].scale == states[1].scale


def test_keep_changes_no_key():
    assert Plan("a", "mlp", {}).key == "6eca9efb384d"  # as before there was a choice
    assert Plan("a", "mlp", {}, Preparation(outliers="clip")).key != Plan("a", "mlp", {}).key


def test_a_run_prints_what_was_done_and_a_bundle_keeps_the_bounds(houses: Houses, tmp_path: Path, nw: Command):
    spoilt(houses(120)).write_csv(tmp_path / "h.csv")
    for how, part in (("drop", "--outliers drop leaves out"), ("clip", "--outliers clip limits numbers beyond 6")):
        more = ("--preset", "quick", "--epochs", "3", "--outliers", how, "--out", tmp_path / how)
        said = nw("train", tmp_path / "h.csv", "--target", "price", *more)
        assert (said.code, part in said.err) == (0, True), said.err
    predictor = Predictor.load(tmp_path / "clip")
    row = {"age": [3.5], "town": ["Jeju"], "river": ["no"]}
    high, higher = (predictor.predict({"rooms": [rooms], **row})["prediction"][0] for rooms in (500.0, 9e9))
    assert high == higher
    assert predictor.predict({"rooms": [4.0], **row})["prediction"][0] != high
    said = nw("train", tmp_path / "h.csv", "--target", "price", "--outliers", "remove")
    assert (said.code, "--outliers must be one of keep, clip, drop" in said.err) == (2, True)


@pytest.mark.parametrize("how", ["drop", "clip"])
def test_a_saved_model_predicts_the_same_bits(houses: Houses, tmp_path: Path, how):
    run = train(spoilt(houses(90)), "price", outliers=how, **FAST)
    run.save(tmp_path / "run")
    new = houses(30, seed=4).drop("price")
    again = Predictor.load(tmp_path / "run").predict(new)["prediction"].to_list()
    assert run.model.predict(new)["prediction"].to_list() == again


def test_the_estimator_takes_it(houses: Houses):
    frame = spoilt(houses(90))
    model = Regressor(outliers="drop", random_state=0, **FAST).fit(frame.drop("price"), frame["price"].to_numpy())
    assert "outliers-dropped" in {one.code for one in model.findings_}
    with pytest.raises(PlanError):
        Regressor(outliers="no", **FAST).fit(frame.drop("price"), frame["price"].to_numpy())
