"""What a run over series says in the terminal and in its report: of what its scores are, and where to go on."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netwright.apps.words import diagnosis_lines
from netwright.base.events import Diagnosed
from netwright.base.finding import Finding
from netwright.evaluate.metrics import METRICS, of_scaled_series
from tests.command import Command, Said, write
from tests.pictures import folder_of

FAST = ("--preset", "quick", "--epochs", 2, "--no-repair", "--model", "dlinear")
SHOPS = {"서울": 100.0, "부산": 5.0}


def sales(path: Path, n_days: int = 90) -> Path:
    rng = np.random.default_rng(0)
    rows: list[list[object]] = [["날짜", "지점", "매출"]]
    for shop, size in SHOPS.items():
        for day in range(n_days):
            sold = size * (3 + day % 7) + size * rng.normal() / 10
            rows.append([str(np.datetime64("2024-01-01") + day), shop, round(sold, 3)])
    return write(path, rows)


@pytest.fixture
def two(nw: Command, tmp_path: Path) -> tuple[Said, Path]:
    run = tmp_path / "run"
    data = sales(tmp_path / "shops.csv")
    said = nw(
        "train", data, "--target", "매출", "--time", "날짜", "--series", "지점", "--horizon", 3, *FAST, "--out", run
    )
    assert said.code == 0, said.err
    return said, run


def test_what_a_run_over_several_series_says(two: tuple[Said, Path], nw: Command) -> None:
    said, run = two
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    leaders = csv.DictReader((run / "leaderboard.csv").read_text("utf-8").splitlines())
    # what is compared on the way is in scales and says so; the result is in units
    (line,) = [own for own in said.err.splitlines() if own.startswith("baselines")]
    assert line.startswith("baselines validation MAE of scaled series: ")
    assert ", valid MAE of scaled series " in said.err
    (own,) = [own for own in leaders if own["name"] == "dlinear"]
    assert float(own["valid_score"]) < metrics["validation"]["mae"] / 2
    assert re.search(r"RESULT +MAE [0-9.]+ on", said.out)
    # what was found, in words of series
    assert "forecast of 3 steps, judged by MAE" in said.err and "multiclass" not in said.err
    assert "by time, by the origins of forecasts" in said.err and "(step" not in said.err.split("audit")[0]
    assert "a gap of 3 steps between train rows" in said.err
    assert "a season of 7 steps found, so a forecast of 3 steps looks back on 14 steps" in said.err
    assert re.search(r"only \d+ stretches of a horizon to draw from", said.out)
    assert said.out.splitlines()[-1] == f"forecast  netwright forecast {run}"
    # terminal and report count alike
    n_test = metrics["n_test"]
    words = f"forecasts from {n_test} origins, {3 * n_test} steps"
    page = (run / "report.html").read_text("utf-8")
    assert f" on {words}" in said.out
    assert f"MAE on sealed test {words}" in page
    n_origins = 2 * (90 - 14 - 3 + 1)  # those of the gap among them
    for fact in ("180 rows", "1 column of numbers", f"forecasts of 3 steps from {n_origins} origins"):
        assert fact in page
    assert "validation MAE of scaled series" in page
    # a row that is forecast from several origins is known by them
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("row", "지점", "origin", "step", "true"))
    assert heads in page
    rows = list(csv.DictReader((run / "predictions" / "test.csv").read_text("utf-8").splitlines()))
    assert len({(row["row"], row["origin"], row["step"]) for row in rows}) == len(rows) == 3 * n_test
    # and forecasts name the series as the data do
    lines = nw("forecast", run).out.splitlines()
    assert lines[0] == "time,지점,step,prediction,lower,upper"
    assert lines[1].startswith("2024-03-31,부산,1,")


def test_scores_of_one_series_are_in_units(nw: Command, tmp_path: Path) -> None:
    rows: list[list[object]] = [["t", "y"], *([k, k % 5 + k / 50] for k in range(70))]
    asked = ("--target", "y", "--time", "t", "--horizon", 2, "--past", 5, *FAST, "--out", tmp_path / "run")
    said = nw("train", write(tmp_path / "one.csv", rows), *asked)
    assert said.code == 0 and "validation MAE: " in said.err and "scaled" not in said.err
    assert "scaled series" not in (tmp_path / "run" / "report.html").read_text("utf-8")


def test_a_short_series_is_refused_by_its_origins(nw: Command, tmp_path: Path) -> None:
    rows: list[list[object]] = [["t", "y"], *([k, k % 5 + k / 50] for k in range(11))]
    asked = ("--target", "y", "--time", "t", "--horizon", 2, "--past", 5, *FAST)
    said = nw("train", write(tmp_path / "short.csv", rows), *asked)
    assert said.code == 2
    assert "must leave at least 10 origins of forecasts, steps with a window of 5 behind and a horizon of 2" in said.err
    assert said.err.endswith("got 5. Pass a smaller --past or --horizon, or add rows.\n")


def test_no_loss_of_scaled_series_is_said_to_be_in_units() -> None:
    finding = Finding(code="x", where="training", severity="warning", message="the loss rises", advice="stop")
    event = Diagnosed((finding,), healthy=False)
    said = [text for text, _ in diagnosis_lines(event, METRICS["mae"], verbose=False)]
    assert said[-1].endswith("in the target's own units")
    scaled = [text for text, _ in diagnosis_lines(event, of_scaled_series(METRICS["mae"]), verbose=False)]
    assert scaled == said[:-1]
    korean = [t for t, _ in diagnosis_lines(replace(event, lang="ko"), of_scaled_series(METRICS["mae"], "ko"), False)]
    assert not any("원래 단위" in text for text in korean)


def test_a_run_over_a_folder_of_pictures_ends_with_a_folder(nw: Command, tmp_path: Path) -> None:
    said = nw(
        "train", folder_of(tmp_path / "동물", 40), "--preset", "quick", "--epochs", 1, "--filters", "2,4",
        "--no-repair", "--out", tmp_path / "run",
    )  # fmt: skip
    assert said.out.splitlines()[-1] == f"predict   netwright predict {tmp_path / 'run'} FOLDER"
