"""What predict and evaluate say about rows that make their answer worth less."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import Command, write
from tests.pictures import folder_of

ROWS: list[list[object]] = [
    ["size", "도시", "sold", "y"],
    *([k * 1.5, ["서울", "부산"][k % 2], ["no", "yes"][k % 3 == 0], k * 3 + 10 * (k % 2)] for k in range(80)),
]
FAST = ("--preset", "quick", "--epochs", 4, "--no-repair")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "집값.csv", ROWS)


def test_evaluate_on_the_file_of_the_training_says_so(nw: Command, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert nw("train", data, "--target", "y", "--out", run, *FAST).code == 0
    copy = tmp_path / "another name.csv"
    copy.write_bytes(data.read_bytes())
    for folder, file in ((run, data), (run / "model", copy)):
        said = nw("evaluate", folder, file, "--json")
        assert said.err == (
            "note: this is the file of the training: 64 of its 80 rows trained the model, so these scores flatter; "
            f"the sealed test scores are in {run / 'metrics.json'}\n"
        )
        assert json.loads(said.out)["n_rows"] == 80
    assert nw("evaluate", run, write(tmp_path / "new.csv", ROWS[:40])).err == ""
    (run / "run.json").unlink()
    assert nw("evaluate", run, data).err == ""


def test_series_of_the_training_are_told_though_rows_are_windows(nw: Command, tmp_path: Path) -> None:
    rows: list[list[object]] = [["t", "y"], *([k, k % 5 + k / 50] for k in range(90))]
    data, run = write(tmp_path / "강.csv", rows), tmp_path / "run"
    asked = ("--target", "y", "--time", "t", "--horizon", 2, "--past", 5, "--model", "dlinear", "--epochs", 2)
    assert nw("train", data, *asked, *FAST, "--out", run).code == 0
    n_train = json.loads((run / "metrics.json").read_text("utf-8"))["n_train"]
    begin = f"note: this is the file of the training: {n_train} origins in it trained the model, so these"
    end = f"flatter; the sealed test scores are in {run / 'metrics.json'}\n"
    assert nw("evaluate", run, data).err == f"{begin} scores {end}"
    assert nw("predict", run, data).err == f"{begin} predictions {end}"
    other = write(tmp_path / "other.csv", rows[:60])
    assert (nw("evaluate", run, other).err, nw("predict", run, other).err) == ("", "")


def test_pictures_of_the_training_are_told(nw: Command, tmp_path: Path) -> None:
    folder, run = tmp_path / "동물", tmp_path / "run"
    folder_of(folder / "train", 40)
    folder_of(folder / "test", 20, seed=1)
    assert nw("train", folder, *FAST, "--epochs", 1, "--filters", "2,4", "--out", run).code == 0
    end = f"flatter; the sealed test scores are in {run / 'metrics.json'}\n"
    begin = "note: this is the file of the training: 40 of its 40 rows trained the model, so these"
    assert nw("evaluate", run, folder / "train").err == f"{begin} scores {end}"
    assert nw("predict", run, folder / "train").err == f"{begin} predictions {end}"
    begin = "note: the pictures of the training are among these: 40 of 60 trained the model, so these"
    assert nw("evaluate", run, folder).err == f"{begin} scores {end}"
    assert nw("evaluate", run, folder / "test").err == ""


def test_evaluate_without_the_target_says_what_works(nw: Command, data: Path, tmp_path: Path) -> None:
    assert nw("train", data, "--target", "y", "--out", tmp_path / "run", *FAST).code == 0
    said = nw("evaluate", tmp_path / "run", write(tmp_path / "new.csv", [row[:3] for row in ROWS]))
    assert said.code == 2
    assert said.err.endswith("Add it with its true values; rows where it is empty are left out.\n")
    half = write(tmp_path / "half.csv", [row if k < 40 else [*row[:3], ""] for k, row in enumerate(ROWS)])
    assert "39 rows with a known target" in nw("evaluate", tmp_path / "run", half).out


def test_predict_notes_levels_that_training_never_saw(nw: Command, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    rows = [
        ["size", "town", "y"],
        *([row[0], ["서울", "부산", "제주"][k % 3], row[3]] for k, row in enumerate(ROWS[1:])),
    ]
    assert nw("train", write(data, rows), "--target", "y", "--out", run, *FAST).code == 0
    assert nw("predict", run, data).err == ""
    strange = write(tmp_path / "new.csv", [rows[0], *([row[0], "Busan", ""] for row in rows[1:])])
    said = nw("predict", run, strange)
    assert said.code == 0
    assert said.err == (
        "note: town: 80 of 80 rows hold a level that training never saw: predicted as an unknown level\n"
    )
    assert len(said.out.splitlines()) == 81
    empty = write(tmp_path / "empty.csv", [rows[0], *(["", row[1], ""] for row in rows[1:])])
    assert nw("predict", run, empty).err == "note: size: 0 of 80 rows hold a value: predicted as missing\n"


def test_a_column_name_of_two_lines_stays_in_one(nw: Command, tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    rows = [{"floor\narea": k * k % 17 + 0.5, "a\nb": 1, "y\ny": k * 2.0} for k in range(60)]
    file.write_text(json.dumps(rows), encoding="utf-8")
    said = nw("audit", file, "--target", "y\ny")
    assert said.code == 0, said.err
    for name in ("floor\\narea", "a\\nb", "y\\ny"):
        assert any(line.startswith(f"  {name} ") for line in said.out.splitlines())
    assert nw("audit", file, "--target", "floor\narea", "--drop", "no\nsuch").err.count("\n") == 1
    assert nw("train", file, "--target", "y\ny", "--out", tmp_path / "run", *FAST).code == 0
    assert nw("evaluate", tmp_path / "run", file).out.startswith("y\\ny: 60 rows with a known target\n")


def test_predict_explains_and_says_what_that_means(nw: Command, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "실행"
    assert nw("train", data, "--target", "y", "--out", run, *FAST).code == 0
    said = nw("predict", run, data, "--explain")
    header, first, *_ = said.out.splitlines()
    assert header == "row,prediction,typical,why,effect_size,effect_도시,effect_sold"
    assert first.startswith("0,") and "size -" in first
    assert said.err.count("\n") == 1 and said.err.startswith(
        "note: an effect is how far a column moved the predicted y "
    )
    assert "in units of y" in said.err and "exact" in said.err and "not causes" in said.err
    assert nw("predict", run, data, "--explain").out == said.out
    both = nw("predict", run, data, "--explain", "--interval", 0.9)
    assert both.out.splitlines()[0] == "row,prediction,lower,upper,typical,why,effect_size,effect_도시,effect_sold"
    assert both.err.count("note: ") == 2
    plain = nw("predict", run, data)
    assert plain.err == ""
    assert [row.split(",")[:2] for row in said.out.splitlines()] == [row.split(",") for row in plain.out.splitlines()]


def test_predict_explains_the_positive_class(nw: Command, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert nw("train", data, "--target", "sold", "--out", run, *FAST).code == 0
    said = nw("predict", run, write(tmp_path / "one.csv", ROWS[:2]), "--explain", "--out", tmp_path / "p.csv")
    assert "moved the probability of yes away" in said.err and "in probability, 0 to 1" in said.err
    header, row = (line.split(",") for line in (tmp_path / "p.csv").read_text(encoding="utf-8").splitlines())
    assert header == ["row", "prediction", "p_no", "p_yes", "typical", "why", "effect_size", "effect_도시", "effect_y"]
    typical, effects = float(row[4]), [float(cell) for cell in row[-3:]]
    assert typical + sum(effects) == pytest.approx(float(row[3]))
