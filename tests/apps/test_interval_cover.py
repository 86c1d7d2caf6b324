"""Intervals of a run on a real table hold the truth."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.command import Command


def test_insurance_is_covered(nw: Command, shared: Path, tmp_path: Path) -> None:
    table, run = shared / "tables" / "insurance.csv", tmp_path / "run"
    assert nw("train", table, "--target", "charges", "--preset", "quick", "--out", run).code == 0
    assert nw("predict", run, table, "--interval", "0.9", "--out", tmp_path / "p.csv").code == 0
    with (tmp_path / "p.csv").open(encoding="utf-8") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    with table.open(encoding="utf-8") as file:
        truth = [float(row["charges"]) for row in csv.DictReader(file)]
    assert all(row["lower"] <= row["prediction"] <= row["upper"] for row in rows)
    held = [row["lower"] <= own <= row["upper"] for row, own in zip(rows, truth, strict=True)]
    assert 0.85 <= sum(held) / len(held) < 0.97  # wider than that would tell nothing
