"""No CSV that netwright writes runs anything in a spreadsheet, whatever the labels and the names of columns are."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.base.test_spreadsheet import begins_with_control, computes
from tests.command import Command

RUN_ME, LINK = "=cmd|' /C calc'!A1", '@HYPERLINK("http://x")'
FAST = ("--preset", "quick", "--epochs", 6, "--no-repair")


def written(path: Path, target: list[str]) -> Path:
    """Rows whose column names and labels are formulas."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["=1+1", "-2+3", "y"])
        writer.writerows([k % 7 + 0.5 * (k % 3), f"+{'ab'[k % 2]}", target[k % len(target)]] for k in range(90))
    return path


def cells_of(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]


def no_formula(text: str) -> list[str]:
    cells = cells_of(text)
    assert not [cell for cell in cells if computes(cell) or begins_with_control(cell)]
    return cells


def test_labels_and_names_of_columns(nw: Command, tmp_path: Path) -> None:
    data, run = written(tmp_path / "d.csv", [RUN_ME, LINK, "-1"]), tmp_path / "run"
    assert nw("train", data, "--target", "y", "--out", run, *FAST).code == 0
    for path in sorted(run.rglob("*.csv")):
        no_formula(path.read_text(encoding="utf-8"))
    test = (run / "predictions" / "test.csv").read_text(encoding="utf-8")
    assert {f"'{RUN_ME}", f"'{LINK}", "-1"} <= set(cells_of(test))

    said = nw("predict", run, data, "--explain", "--interval", "0.9")
    cells = no_formula(said.out)
    assert {"effect_=1+1", "effect_-2+3", f"p_{RUN_ME}", "p_-1"} <= set(cells)
    assert any(cell.startswith("'=1+1 ") for cell in cells)  # why
    assert nw("predict", run, data, "--explain", "--out", tmp_path / "p.csv").code == 0
    no_formula((tmp_path / "p.csv").read_text(encoding="utf-8"))

    # what is compared with the labels of the data keeps them as they are
    scores = json.loads(nw("evaluate", run, data, "--json").out)
    assert scores["n_rows"] == 90
    assert not any("a class that" in line for line in nw("evaluate", run, data).err.splitlines())


@pytest.mark.parametrize("option", [(), ("--interval", "0.9")])
def test_negative_numbers_stay_numbers(nw: Command, tmp_path: Path, option: tuple[str, ...]) -> None:
    data, run = written(tmp_path / "d.csv", [str(-k / 7 - 1) for k in range(30)]), tmp_path / "run"
    assert nw("train", data, "--target", "y", "--out", run, *FAST).code == 0
    for text in (
        (run / "predictions" / "test.csv").read_text(encoding="utf-8"), nw("predict", run, data, *option).out,
    ):  # fmt: skip
        below = list(csv.reader(io.StringIO(text)))[1:]
        assert below and all(float(cell) < 0 or cell == row[0] for row in below for cell in row)
