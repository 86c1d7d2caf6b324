"""A column that gives the target away stops `train`, not `audit` and not an estimator."""

from __future__ import annotations

import json

import numpy as np
import pytest

from netwright import Regressor, train
from netwright.base.errors import DataError

FAST = ("--preset", "quick", "--epochs", "1", "--no-repair", "--folds", "2")


@pytest.fixture
def leaky(houses, tmp_path):
    frame = houses(150)
    frame = frame.with_columns((frame["price"] * 0.5 + 1).alias("평가 등급"))
    path = tmp_path / "houses.csv"
    frame.write_csv(path)
    return path


def test_the_run_stops_and_leaves_nothing(nw, leaky, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = nw("train", leaky, "--target", "price", *FAST)
    assert (said.code, said.out) == (2, "")
    last = said.err.strip().splitlines()[-1]
    assert last.startswith(
        "netwright: no column may give the target away, but 평가 등급 gives price away (R2 1.000 from"
    )
    for way in ("--drop '평가 등급'", "--allow-leak", "--kind '평가 등급=identifier'"):
        assert way in last
    assert said.err.count("gives price away") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["houses.csv"]


@pytest.mark.parametrize("way", [("--drop", "평가 등급"), ("--kind", "평가 등급=identifier")])
def test_two_ways_on_leave_the_column_out(nw, leaky, tmp_path, way):
    said = nw("train", leaky, "--target", "price", *FAST, *way, "--out", tmp_path / "run")
    assert said.code == 0, said.err
    assert not any(f["severity"] == "stop" for f in json.loads((tmp_path / "run" / "findings.json").read_text("utf-8")))


def test_the_third_way_keeps_it_and_says_so(nw, leaky, tmp_path):
    said = nw("train", leaky, "--target", "price", *FAST, "--allow-leak", "--out", tmp_path / "run")
    assert said.code == 0, said.err
    assert "warning: 평가 등급 gives price away" in said.err
    run = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    assert run["settings"]["allow_leak"] is True
    assert "--allow-leak" in run["command"].split()
    (kept,) = [f for f in json.loads((tmp_path / "run" / "findings.json").read_text("utf-8")) if f["code"] == "leak"]
    assert (kept["severity"], kept["columns"]) == ("warning", ["평가 등급"])
    assert "--allow-leak" in kept["advice"]


def test_a_config_file_may_allow_it(nw, leaky, tmp_path):
    config = tmp_path / "own.yaml"
    config.write_text("allow-leak: true\n", encoding="utf-8")
    assert nw("train", leaky, "--target", "price", *FAST, "--config", config, "--out", tmp_path / "run").code == 0
    config.write_text("allow-leak: maybe\n", encoding="utf-8")
    said = nw("train", leaky, "--target", "price", *FAST, "--config", config)
    assert (said.code, said.err.strip()) == (2, "netwright: --allow-leak must be true or false, got 'maybe'.")


def test_the_audit_prints_stops_first_and_ends_well(nw, leaky):
    said = nw("audit", leaky, "--target", "price")
    assert said.code == 0
    lines = said.out.splitlines()
    first = next(line for line in lines if line.split(" ")[0] in ("stop", "warning", "note"))
    assert first.startswith("stop      평가 등급 gives price away")
    findings = json.loads(nw("audit", leaky, "--target", "price", "--json").out)
    assert (findings[0]["severity"], findings[0]["columns"]) == ("stop", ["평가 등급"])


def test_python_stops_in_its_own_words(leaky, tmp_path):
    options = {"preset": "quick", "epochs": 1, "no_repair": True, "folds": 2}
    with pytest.raises(DataError, match="What is known before it may stay: allow_leak"):
        train(leaky, target="price", out=tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()
    run = train(leaky, target="price", allow_leak=True, **options)
    assert run.record.settings["allow_leak"] is True
    assert [f.severity for f in run.record.findings if f.code == "leak"] == ["warning"]


def test_an_estimator_warns(houses):
    frame = houses(100).to_pandas()
    X = frame[["rooms", "age"]].assign(grade=2 * frame["price"])
    with pytest.warns(UserWarning, match=r"grade gives price away .* drop=\['grade'\] leaves it out"):
        model = Regressor(preset="quick", epochs=1, folds=2, random_state=0).fit(X, frame["price"])
    assert [f.severity for f in model.findings_ if f.code == "leak"] == ["stop"]
    assert np.isfinite(model.predict(X)).all()


def test_bike_sharing(nw, shared, tmp_path):
    said = nw("train", shared / "tables" / "bike_sharing_hour.csv", "--target", "cnt", "--out", tmp_path / "run", *FAST)
    assert said.code == 2
    last = said.err.strip().splitlines()[-1]
    assert "registered gives cnt away (R2 0.9" in last
    assert "cnt = casual + registered in every row" in last
    assert not (tmp_path / "run").exists()
