"""Runs that ship a blend: what they write down, and who gets one."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright import Classifier, Regressor, load, train
from netwright.apps.words import result_lines
from netwright.base.settings import Settings
from netwright.deliver.report.data import report_data
from netwright.evaluate.mixing import chosen_classes
from netwright.training.blending import BlendChoice
from netwright.tune import presets

FAMILIES = ("mlp", "linear")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default preset with two families that train in a moment, and no search."""
    own = presets.EFFORTS["medium"]
    brief = replace(own, seeds=1, epochs=(6, 6), least_steps=0, families=FAMILIES, tries_fewer_rows=False, search=None)
    monkeypatch.setitem(presets.EFFORTS, "medium", brief)


def houses(n_rows: int = 240) -> pl.DataFrame:
    """Steps for trees, a slope for the linear model, noise for all."""
    rng = np.random.default_rng(0)
    size, rooms = rng.uniform(20, 200, n_rows), rng.integers(1, 7, n_rows)
    price = size + 90 * (rooms > 3) * (size > 100) + rng.normal(0, 30, n_rows)
    return pl.DataFrame({"size": size, "rooms": rooms, "age": rng.uniform(0, 90, n_rows), "price": price})


def customers(n_rows: int = 400) -> pl.DataFrame:
    """One in seven leaves."""
    rng = np.random.default_rng(0)
    use, years = rng.normal(size=n_rows), rng.uniform(0, 10, n_rows)
    leaves = rng.uniform(size=n_rows) < 1 / (1 + np.exp(2.2 + 1.5 * use + 0.1 * years))
    return pl.DataFrame({"use": use, "years": years, "leaves": np.where(leaves, "yes", "no")})


def leaderboard(folder: Path) -> list[dict[str, str]]:
    with (folder / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("short")
def test_an_ensemble_ships_with_all_that_is_to_be_known_of_it(tmp_path: Path) -> None:
    frame = houses()
    run = train(frame, "price", no_repair=True, out=tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    parts = metrics["model"]["parts"]
    assert metrics["model"]["name"] == "ensemble" and len(parts) > 1
    assert sum(part["weight"] for part in parts) == pytest.approx(1)
    assert {part["kind"] for part in parts} == {"network", "baseline"}
    assert metrics["model"]["parameters"] == sum(part["parameters"] for part in parts)
    networks = metrics["networks"]
    assert set(networks["weights"]) <= set(FAMILIES) and set(networks) == {"name", "weights", "validation", "test"}
    assert networks["test"]["rmse"] != metrics["test"]["rmse"]
    verdict, ensemble = metrics["verdict"], metrics["ensemble"]
    assert ensemble["over"] == "networks" and "than the networks alone" in ensemble["sentence"]
    rows = leaderboard(tmp_path / "run")
    assert list(rows[0])[:5] == ["name", "family", "valid_score", "valid_std", "fit_seconds"]
    assert list(rows[0])[5:8] == ["parameters", "ms_per_row", "weight"]
    (own,) = (row for row in rows if row["family"] == "ensemble")
    assert float(own["weight"]) == 1 and int(own["parameters"]) == metrics["model"]["parameters"]
    assert all(float(row["ms_per_row"]) > 0 for row in rows)
    weights = [(row["name"], float(row["weight"])) for row in rows if row["family"] != "ensemble"]
    assert sum(weight for _, weight in weights) == pytest.approx(1, abs=1e-3)
    assert {name for name, weight in weights if weight} == {part["name"] for part in parts}
    # the loaded bundle predicts what was tested
    again = load(tmp_path / "run").predict(frame)["prediction"].to_numpy()
    test = pl.read_csv(tmp_path / "run" / "predictions" / "test.csv")
    np.testing.assert_allclose(again[test["row"].to_numpy()], test["prediction"].to_numpy(), rtol=1e-9)
    error = test["prediction"] - test["target"]
    assert metrics["test"]["rmse"] == pytest.approx(np.sqrt(np.mean(error.to_numpy() ** 2)))
    said = "\n".join(text for _, text in result_lines(run.record))
    assert "an ensemble of " in said and "its networks alone RMSE" in said
    page = report_data(run.record)["sections"]
    assert "about the networks alone" in page[0]["ensemble"] and verdict["sentence"][:9] in page[0]["sentence"]
    assert page[0]["table"]["baselines"][0] == "networks alone"
    tried = next(section for section in page if section["id"] == "tried")
    assert [row["name"] for row in tried["rows"] if row["chosen"]] == ["the ensemble"]


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ({"networks_only": True}, {"network"}),
        ({"model": ("mlp", "linear")}, {"network"}),
        ({"prefer": "speed"}, {"network"}),
        ({"prefer": "size"}, {"network"}),
        ({"hidden": (8,)}, {"network"}),
        ({"epochs": 4}, {"network"}),
        ({"preset": "quick"}, {"network"}),
    ],
)
def test_who_says_what_the_network_is_gets_no_trees(options: dict[str, Any], kinds: set[str]) -> None:
    run = train(houses(120), "price", no_repair=True, **options)
    metrics = run.metrics
    parts = metrics["model"]["parts"]
    assert {part["kind"] for part in parts} == kinds
    may_blend = presets.may_blend(Settings.from_options({"target": "price", **options}))
    assert may_blend == (options.keys() <= {"networks_only", "model", "prefer"})
    said = "by mlp, the cheapest" in (" ".join(text for _, text in result_lines(run.record)))
    assert said == ("prefer" in options and parts[0]["name"] == "mlp")
    if not may_blend or "prefer" in options:
        assert [part["weight"] for part in parts] == [1.0]
        assert metrics["networks"]["test"] == metrics["test"] and "ensemble" not in metrics


@pytest.mark.usefixtures("short")
def test_a_threshold_is_followed_everywhere(tmp_path: Path) -> None:
    frame = customers()
    run = train(frame, "leaves", metric="balanced_accuracy", no_repair=True, out=tmp_path / "run", positive="yes")
    metrics = run.metrics
    threshold = metrics["calibration"]["threshold"]
    assert 0 < threshold < 0.45
    test = pl.read_csv(tmp_path / "run" / "predictions" / "test.csv")
    assert (test["prediction"] == "yes").to_list() == (test["p_yes"] >= threshold).to_list()
    right = {label: test.filter(pl.col("target") == label)["prediction"] == label for label in ("yes", "no")}
    assert metrics["test"]["balanced_accuracy"] == pytest.approx(np.mean([own.mean() for own in right.values()]))
    assert metrics["test"]["accuracy"] == pytest.approx((test["prediction"] == test["target"]).mean())
    assert load(tmp_path / "run").predict(frame)["prediction"].to_list() == [
        "yes" if p >= threshold else "no" for p in load(tmp_path / "run").predict(frame)["p_yes"]
    ]
    section = next(own for own in report_data(run.record)["sections"] if own["id"] == "quality")
    assert any("is named from a probability of" in said for said in section["calibrated"])
    (confusion,) = (chart for chart in section["charts"] if chart["id"] == "chart-confusion")
    named = sum(int(cell[2]) for cell in confusion["data"]["cells"])
    diagonal = f"{int((test['prediction'] == test['target']).sum()):,} of the "
    assert named == test.height and section["right"].startswith(diagonal)
    assert run.record.validation.threshold is not None
    valid = pl.read_csv(tmp_path / "run" / "predictions" / "validation.csv")  # each fold by the threshold of the others
    assert metrics["validation"]["accuracy"] == pytest.approx((valid["prediction"] == valid["target"]).mean())


def test_a_rare_class_is_told_apart(tmp_path: Path) -> None:
    """No network that was never better than chance at names is kept, and the threshold fits what ships."""
    rng = np.random.default_rng(3)
    signs = rng.normal(size=(1500, 3))
    bad = signs @ [1.0, 0.8, -0.6] + 0.7 * rng.normal(size=1500) > 3.0
    frame = pl.DataFrame(dict(zip("가나다", signs.T, strict=True))).with_columns(결과=np.where(bad, "불량", "정상"))
    assert 0.02 < bad.mean() < 0.06
    run = train(frame, "결과", metric="balanced_accuracy", positive="불량", preset="quick", out=tmp_path / "run")
    shipped = next(row for row in leaderboard(tmp_path / "run") if float(row["weight"]) == 1)
    scores = run.metrics["validation"]["balanced_accuracy"], run.metrics["test"]["balanced_accuracy"]
    assert min(*scores, float(shipped["valid_score"])) > 0.8
    assert float(shipped["valid_score"]) == pytest.approx(scores[0], abs=0.05)
    named = pl.read_csv(tmp_path / "run" / "predictions" / "test.csv")["prediction"] == "불량"
    assert named.mean() < 0.3


@pytest.mark.usefixtures("short")
def test_calibration_is_told_of_classes_and_not_of_numbers() -> None:
    own = train(customers(), "leaves", no_repair=True).metrics["calibration"]
    assert own["threshold"] is None and own["temperature"] > 0
    assert set(own["before"]) == set(own["after"]) == {"log_loss", "ece"}
    if own["temperature"] == 1:
        assert own["after"] == own["before"]
    else:
        assert own["after"]["log_loss"] < own["before"]["log_loss"]
    assert "calibration" not in train(houses(120), "price", no_repair=True, preset="quick").metrics


@pytest.mark.usefixtures("short")
def test_a_temperature_that_would_not_help_does_not_ship(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BlendChoice, "_temperature", lambda *_: 0.1)  # far too sure
    own = train(customers(), "leaves", no_repair=True, preset="quick").metrics["calibration"]
    assert own["temperature"] == 1 and own["before"] == own["after"]
    monkeypatch.setattr(BlendChoice, "_temperature", lambda *_: 0.99)
    own = train(customers(), "leaves", no_repair=True, preset="quick").metrics["calibration"]
    assert (own["temperature"] == 0.99) == (own["after"]["log_loss"] < own["before"]["log_loss"])


@pytest.mark.usefixtures("short")
def test_estimators_blend_too() -> None:
    frame = houses()
    model = Regressor(random_state=0).fit(frame.drop("price"), frame["price"])
    parts = model.metrics_["model"]["parts"]
    assert {part["name"] for part in parts} == {
        p.plan.name if hasattr(p, "plan") else p.name for p in model.model_.parts
    }
    assert "baseline" in {part["kind"] for part in parts}
    own = customers()
    named = Classifier(random_state=0, metric="f1_macro").fit(own.drop("leaves"), own["leaves"])
    chances = named.predict_proba(own.drop("leaves"))
    expected = named.classes_[chosen_classes(chances, named.model_.threshold)]
    assert (named.predict(own.drop("leaves")) == expected).all()
