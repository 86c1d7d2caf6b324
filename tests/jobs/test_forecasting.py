"""A forecast from the command line to its files: what is judged, kept, gone on from and refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import train_in_folder
from netwright.base.clock import Clock
from netwright.base.errors import DataError, PlanError
from netwright.base.settings import Settings
from netwright.deliver.bundle import load_bundle
from netwright.deliver.predictor import Predictor
from netwright.training.forecaster import SeriesFacts

RNG = np.random.default_rng(0)
N = 150


def monthly(n: int = N) -> pl.DataFrame:
    steps = np.arange(n)
    level = 100 + steps + 20 * np.sin(2 * np.pi * steps / 12) + RNG.normal(size=n)
    dates = [f"{1990 + k // 12}-{k % 12 + 1:02d}" for k in steps]
    return pl.DataFrame({"달": dates, "판매": level})


def trained(data: pl.DataFrame, out: Path, **options):
    chosen = {"target": "판매", "time": "달", "horizon": 6, "preset": "quick", "epochs": 12, **options}
    return train_in_folder(data, Settings.from_options(chosen), out, Clock())


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    data = monthly()
    return data, trained(data, tmp_path_factory.mktemp("runs") / "달별 판매")


def test_every_step_is_judged_beside_its_baselines(one):
    _, run = one
    metrics = json.loads((run.path / "metrics.json").read_text("utf-8"))
    assert set(metrics["baselines"]) == {"last_value", "seasonal_naive", "window_mean", "linear", "trees"}
    for part in (metrics["train"], metrics["validation"], metrics["test"], *metrics["baselines"].values()):
        assert {"mae", "rmse", "mase", "smape", "steps"} <= set(part)
        assert len(part["steps"]["mae"]) == 6
        assert np.mean(part["steps"]["mae"]) == pytest.approx(part["mae"])
    assert metrics["series"]["season"] == 12
    assert metrics["verdict"]["answer"] in ("yes", "no", "undecided")


def test_no_step_ahead_of_a_train_row_is_among_those_that_judge(one):
    _, run = one
    split = run._outcome.split
    rows = split.development["rows ahead"].to_numpy()
    for fold in split.folds:
        assert not set(rows[fold.train].ravel()) & set(rows[fold.valid].ravel())
        assert rows[fold.train].max() < rows[fold.valid].min()


def test_scores_are_those_of_the_forecasts_in_the_units_of_the_data(one):
    data, run = one
    frame = Predictor.load(run.path).predict(data)
    truth = data["판매"].to_numpy()
    own = frame.with_columns(at=pl.col("row") + pl.col("step")).filter(pl.col("at") < N)
    test = own.filter(pl.col("row") >= own["row"].max() - 5)
    assert np.abs(truth[test["at"].to_numpy()] - test["prediction"].to_numpy()).mean() < 60
    evaluated = Predictor.load(run.path).evaluate(data)
    assert evaluated["mae"] == pytest.approx(np.abs(truth[own["at"].to_numpy()] - own["prediction"]).mean(), rel=0.2)


def test_a_forecast_goes_on_month_by_month(one):
    _, run = one
    frame = Predictor.load(run.path).forecast()
    assert frame.columns == ["time", "step", "prediction", "lower", "upper"]
    assert [str(own) for own in frame["time"]] == [f"2002-{7 + k:02d}-01" for k in range(6)]
    assert (frame["lower"] < frame["prediction"]).all()
    assert (frame["upper"] > frame["prediction"]).all()


def test_origins_are_written_like_the_times_of_a_forecast(one):
    data, run = one
    predictor = Predictor.load(run.path)
    frame = predictor.predict(data)
    assert frame["origin"].dtype == predictor.forecast()["time"].dtype == pl.Date
    assert str(frame["origin"][-1]) == "2002-06-01"


def test_predict_says_where_intervals_of_series_come_from(one):
    data, run = one
    predictor = Predictor.load(run.path)
    for asked in (lambda: predictor.predict(data, interval=0.8), lambda: predictor.promise(0.8)):
        with pytest.raises(PlanError, match=r"come from netwright forecast RUN --interval"):
            asked()


@pytest.mark.parametrize("time", ["step", "level", "scale", "series", "past"])
def test_a_time_column_of_any_name(tmp_path, time):
    data = pl.DataFrame({time: np.arange(90), "판매": np.arange(90) % 5 + RNG.normal(size=90)})
    run = trained(data, tmp_path / "run", time=time, horizon=2, past=5, epochs=1, model=["dlinear"], no_repair=True)
    frame = Predictor.load(run.path).predict(data)
    assert frame["origin"].to_list()[::2] == list(range(4, 90))


def test_a_forecast_from_data_is_the_one_from_the_bundle(one):
    data, run = one
    predictor = Predictor.load(run.path)
    assert predictor.forecast(data).equals(predictor.forecast())
    shorter = predictor.forecast(data.head(N - 1))
    assert str(shorter["time"][0]) == "2002-06-01"


def test_a_longer_forecast_goes_on_from_itself_without_intervals(one):
    _, run = one
    predictor = Predictor.load(run.path)
    long = predictor.forecast(horizon=15)
    assert long.height == 15
    assert long.head(6).equals(predictor.forecast())
    assert long["lower"].null_count() == 9


def test_a_reloaded_bundle_gives_the_same_bits(one):
    _, run = one
    first, second = (Predictor(load_bundle(run.path)).forecast() for _ in range(2))
    assert first.equals(second)


def test_new_data_must_be_long_enough_and_of_the_same_columns(one):
    data, run = one
    predictor = Predictor.load(run.path)
    with pytest.raises(DataError, match="at least 24 steps"):
        predictor.forecast(data.head(10))
    with pytest.raises(DataError, match="판매"):
        predictor.forecast(data.drop("판매"))


def test_damaged_facts_of_a_series_are_refused(one):
    _, run = one
    model = load_bundle(run.path)
    (attached,) = model.attachments
    from dataclasses import replace

    def refused(**changes):
        hostile = replace(model, attachments=(replace(attached, **changes),))
        with pytest.raises(ValueError):
            SeriesFacts.of(hostile)

    refused(facts={})
    refused(facts={**attached.facts, "names": ["other"]})
    refused(facts={**attached.facts, "framing": {**attached.facts["framing"], "horizon": 7}})
    refused(facts={**attached.facts, "framing": {**attached.facts["framing"], "scales": {"": 0.0}}})
    refused(facts={**attached.facts, "ahead": 10_000_000})
    refused(arrays={})
    refused(arrays={**attached.arrays, "values": attached.arrays["values"][:, :, 1:]})
    refused(arrays={**attached.arrays, "halves": -attached.arrays["halves"]})
    refused(arrays={**attached.arrays, "more": attached.arrays["times"]})
    with pytest.raises(ValueError):
        SeriesFacts.of(replace(model, attachments=()))


def test_many_series_with_a_column_known_in_advance(tmp_path):
    rows = []
    for name, size in (("가", 1.0), ("나", 500.0)):
        for k in range(90):
            known = float(k % 7 == 0)
            sold = None if k >= 85 else size * (10 + 5 * known + RNG.normal())
            rows.append({"달": str(np.datetime64("2020-01-01") + k), "가게": name, "쉬는날": known, "판매": sold})
    run = trained(pl.DataFrame(rows), tmp_path / "run", series=["가게"], known=["쉬는날"], horizon=3, model=["dlinear"])
    frame = Predictor.load(run.path).forecast()
    assert frame.columns == ["time", "가게", "step", "prediction", "lower", "upper"]
    assert frame.height == 6
    assert frame["가게"].unique().sort().to_list() == ["가", "나"]
    means = frame.group_by("가게").agg(pl.col("prediction").mean()).sort("가게")["prediction"]
    assert means[1] > 100 * means[0]
    with pytest.raises(PlanError, match="at most 3"):
        Predictor.load(run.path).forecast(horizon=4)
    page = (run.path / "report.html").read_text("utf-8")
    assert "history and forecast" in page


@pytest.mark.parametrize("family", ["rnn", "tcn", "linear"])
def test_other_families_forecast_too(tmp_path, family):
    run = trained(
        monthly(100),
        tmp_path / "run",
        model=[family],
        epochs=2,
        horizon=1,
        **({"cell": "lstm"} if family == "rnn" else {}),
    )
    assert Predictor.load(run.path).forecast().height == 1


def test_a_table_without_a_series_has_no_forecast(tmp_path):
    data = pl.DataFrame({"x": np.arange(60.0), "y": np.arange(60.0) % 7})
    run = train_in_folder(
        data, Settings.from_options({"target": "y", "preset": "quick", "epochs": 1}), tmp_path / "run", Clock()
    )
    with pytest.raises(PlanError, match="--time COL and --horizon"):
        Predictor.load(run.path).forecast()
    with pytest.raises(PlanError, match="--model dlinear must come with a series"):
        train_in_folder(data, Settings.from_options({"target": "y", "model": ["dlinear"]}), tmp_path / "other", Clock())


def test_april_from_january_to_march_is_an_ordinary_table(tmp_path):
    first = RNG.uniform(50, 150, (80, 1))
    months = first + 15 * RNG.normal(size=(80, 4))
    data = pl.DataFrame(months, schema=["January", "February", "March", "April"])
    run = train_in_folder(
        data, Settings.from_options({"target": "April", "preset": "quick"}), tmp_path / "run", Clock()
    )
    assert run.metrics["test"]["rmse"] < 0.9 * run.metrics["baselines"]["constant"]["rmse"]
    assert Predictor.load(run.path).predict(data.drop("April")).height == 80


def test_the_same_in_series_form_has_the_mean_of_the_window_among_its_baselines(tmp_path):
    rows = [
        {"shop": f"s{shop}", "달": f"20{18 + k // 12}-{k % 12 + 1:02d}", "판매": 100.0 * shop + 10 * RNG.normal()}
        for shop in range(1, 6)
        for k in range(16)
    ]
    run = trained(pl.DataFrame(rows), tmp_path / "run", series=["shop"], horizon=1, past=3, model=["mlp"])
    assert run.metrics["series"]["past"] == 3
    assert "window_mean" in run.metrics["baselines"]
