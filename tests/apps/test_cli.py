"""The verbs from the outside."""

from __future__ import annotations

import csv
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from netwright.base.settings import Settings
from tests.command import Command, write
from tests.sources.workbooks import xlsx

ROWS: list[list[object]] = [
    ["size", "도시", "sold", "y"],
    *([k * 1.5, ["서울", "부산"][k % 2], ["no", "yes"][k % 3 == 0], k * 3 + 60 * (k % 2)] for k in range(80)),
]
FAST = ("--preset", "quick", "--epochs", 4, "--no-repair")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "집값.csv", ROWS)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_train_says_every_stage_and_the_result(nw: Command, data: Path, tmp_path: Path) -> None:
    said = nw("train", data, "--target", "y", "--out", tmp_path / "run", *FAST)
    assert said.code == 0, said.err
    stages = [line.split()[0] for line in said.err.splitlines() if line[:1] != " "]
    assert stages == ["read", "kinds", "task", "split", "audit", "baselines", "device", "train", "diagnose"]
    assert re.search(r"^device +(cpu|cuda), .*\d cores?, \d+\.\d GB of memory free +torch finds", said.err, re.M)
    assert "80 rows, 4 columns   utf-8, comma" in said.err
    assert "regression, judged by RMSE" in said.err
    assert "64 train (5 folds) / 16 test, sealed" in said.err
    lines = {line.split()[0]: line for line in said.out.splitlines() if line.strip() and line[:1] != " "}
    assert list(lines) == ["RESULT", "VERDICT", "report", "predict"]
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert f"RMSE {metrics['test']['rmse']:.3g}"[:8] in lines["RESULT"]
    assert str(tmp_path / "run" / "report.html") in lines["report"]
    assert "\x1b" not in said.out + said.err  # no colour where it is not a terminal


def test_the_default_folder_counts_up(nw: Command, data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        assert nw("train", data, "--target", "y", *FAST).code == 0
        assert (tmp_path / "runs" / f"집값-y-{number}" / "metrics.json").exists()


def test_the_same_command_gives_the_same_bits(nw: Command, data: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert nw("train", data, "--target", "y", "--out", tmp_path / name, *FAST).code == 0
    for file in ("model/weights.safetensors", "predictions/test.csv", "curves.csv"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    assert nw("train", data, "--target", "y", "--out", tmp_path / "c", "--seed", 1, *FAST).code == 0
    weights = "model/weights.safetensors"
    assert (tmp_path / "a" / weights).read_bytes() != (tmp_path / "c" / weights).read_bytes()


def test_json_is_all_of_standard_output(nw: Command, data: Path, tmp_path: Path) -> None:
    said = nw("train", data, "--target", "y", "--out", tmp_path / "run", "--json", *FAST)
    assert json.loads(said.out)["target"] == "y"


def test_quiet_says_the_result_only(nw: Command, tmp_path: Path) -> None:
    data = write(tmp_path / "d.csv", [*ROWS[:60], [1e6, "서울", "no", 5]])
    assert "warning: size" in nw("train", data, "--target", "y", "--out", tmp_path / "loud", *FAST).err
    said = nw("train", data, "--target", "y", "--out", tmp_path / "run", "--quiet", *FAST)
    assert said.err == ""
    assert said.out.startswith("RESULT")


def test_verbose_says_epochs(nw: Command, data: Path, tmp_path: Path) -> None:
    said = nw("train", data, "--target", "y", "--out", tmp_path / "run", "--verbose", *FAST)
    assert "epoch 1/4" in said.err


def test_every_option_reaches_the_plan(nw: Command, data: Path, tmp_path: Path) -> None:
    options = "--hidden 12,6 --activation tanh --dropout 0.1 --loss huber --optimizer adamw --learning-rate 0.01 "
    options += "--weight-decay 0.02 --l1 0.001 --epochs 3 --no-repair --batch-size full --patience off --scale minmax "
    options += "--folds 3 --metric mae --seed 5 --test-size 0.25 --bin size=4 --drop sold"
    said = nw("train", data, "--target", "y", "--out", tmp_path / "run", *options.split())
    assert said.code == 0, said.err
    facts = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    expected = {"loss": "huber", "optimizer": "adamw", "learning_rate": 0.01, "weight_decay": 0.02, "l1": 0.001}
    expected |= {"epochs": 3, "batch_size": 0, "patience": None}
    assert expected.items() <= facts["plan"].items()
    assert facts["plan"]["config"] == {"hidden": [12, 6], "activation": "tanh", "dropout": 0.1, "embedding": 8}
    assert facts["plan"]["preparation"]["scale"] == "minmax"
    assert facts["plan"]["preparation"]["bins"] == {"size": 4}
    assert len(facts["split"]["folds"]) == 3
    assert facts["split"]["n_test"] == 20
    assert facts["seed"] == 5
    assert "6 " not in said.err.splitlines()[0]
    assert json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))["metric"] == "mae"


def test_the_command_kept_in_the_run_repeats_it(nw: Command, data: Path, tmp_path: Path) -> None:
    import shlex

    assert (
        nw("train", data, "--target", "y", "--out", tmp_path / "a", "--drop", "sold", "--hidden", "none", *FAST).code
        == 0
    )
    command = json.loads((tmp_path / "a" / "run.json").read_text(encoding="utf-8"))["command"]
    words = shlex.split(command)
    assert words[0] == "netwright"
    assert nw(*words[1:], "--out", tmp_path / "b").code == 0
    file = "model/weights.safetensors"
    assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_plain_regression_prints_its_equation(nw: Command, tmp_path: Path) -> None:
    line = write(tmp_path / "line.csv", [["x", "y"], *([k + 0.5, 4 * (k + 0.5) - 7] for k in range(60))])
    options = ("--epochs", 400, "--no-repair", "--learning-rate", 0.05, "--patience", "off", "--weight-decay", 0)
    said = nw("train", line, "--target", "y", "--hidden", "none", *options, "--out", tmp_path / "r")
    assert "y = -7.00 + 4.00 * x" in said.out


def test_the_equation_of_logarithms_gives_the_predictions(nw: Command, tmp_path: Path) -> None:
    rows = [[k / 10 - 2, math.copysign(math.log1p(abs(k / 10 - 2)), k / 10 - 2) * 3 + 1] for k in range(80)]
    line = write(tmp_path / "log.csv", [["x", "y"], *rows])
    options = ("--hidden", "none", "--scale", "log", "--preset", "quick", "--out", tmp_path / "r")
    said = nw("train", line, "--target", "y", *options)
    found = re.search(r"y = (-?[\d.]+) ([-+]) ([\d.]+) \* sign\(x\) \* log\(1 \+ \|x\|\)", said.out)
    assert found, said.out
    intercept, slope = float(found[1]), float(found[2] + found[3])
    assert nw("predict", tmp_path / "r", line, "--out", tmp_path / "p.csv").code == 0
    for (x, _), row in zip(rows, read(tmp_path / "p.csv"), strict=True):
        expected = intercept + slope * math.copysign(math.log1p(abs(x)), x)
        assert float(row["prediction"]) == pytest.approx(expected, abs=0.05)


def test_families_are_compared_and_the_best_is_shipped(nw: Command, data: Path, tmp_path: Path) -> None:
    families = ("--model", "realmlp", "--model", "linear", "--model", "mlp")
    said = nw(
        "train",
        data,
        "--target",
        "y",
        *families,
        "--preset",
        "quick",
        "--epochs",
        8,
        "--no-repair",
        "--out",
        tmp_path / "run",
    )
    assert said.code == 0, said.err
    board = read(tmp_path / "run" / "leaderboard.csv")
    scores = {row["name"]: float(row["valid_score"]) for row in board if row["family"] != "baseline"}
    assert set(scores) == {"realmlp", "linear", "mlp"}
    plan = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["plan"]
    assert plan["name"] == min(scores, key=scores.__getitem__)
    assert nw("predict", tmp_path / "run", data, "--out", tmp_path / "p.csv").code == 0
    refused = nw("train", data, "--target", "y", "--model", "linear", "--hidden", "8", "--out", tmp_path / "other")
    assert (refused.code, "--hidden must come with a family that has it" in refused.err) == (2, True)


def test_training_from_a_workbook(nw: Command, tmp_path: Path) -> None:
    book = tmp_path / "집값.xlsx"
    book.write_bytes(xlsx({"설명": [["read me"]], "데이터": ROWS}))
    said = nw("train", book, "--sheet", "데이터", "--target", "y", "--out", tmp_path / "run")
    assert said.code == 0, said.err
    assert "80 rows, 4 columns   excel, sheet 데이터" in said.err
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["test"]["rmse"] < metrics["baselines"]["constant"]["rmse"]
    several = nw("train", book, "--target", "y", "--out", tmp_path / "other")
    assert several.code == 2
    assert "설명" in several.err
    assert "데이터" in several.err
    assert "--sheet" in several.err


def test_config_file_and_flags_that_win(nw: Command, data: Path, tmp_path: Path) -> None:
    config = "target: y\npreset: quick\nepochs: 2\nhidden: [8, 4]\ndrop: sold\nbatch-size: 16\n"
    (tmp_path / "c.yaml").write_text(config, encoding="utf-8")
    said = nw("train", data, "--config", tmp_path / "c.yaml", "--epochs", 3, "--no-repair", "--out", tmp_path / "run")
    assert said.code == 0, said.err
    plan = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["plan"]
    assert (plan["epochs"], plan["config"]["hidden"], plan["batch_size"]) == (3, [8, 4], 16)


def test_repeatable_options_in_a_config_file(nw: Command, data: Path, tmp_path: Path) -> None:
    config = "target: y\nepochs: 2\ndrop: [sold]\nkind: 도시=category\nbin: [size=3]\nmissing: ['n.a.']\n"
    (tmp_path / "c.yaml").write_text(config, encoding="utf-8")
    said = nw("train", data, "--config", tmp_path / "c.yaml", "--preset", "quick", "--out", tmp_path / "run")
    assert said.code == 0, said.err
    settings = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["settings"]
    assert (settings["drop"], settings["bin"]) == (["sold"], ["size=3"])
    assert (settings["kind"], settings["missing"]) == (["도시=category"], ["n.a."])
    assert "left out: sold" in said.err
    typed = nw("audit", data, "--config", tmp_path / "c.yaml", "--drop", "size", "--json")
    assert typed.code == 0, typed.err


def test_every_setting_has_its_flag() -> None:
    from dataclasses import fields

    from netwright.apps import cli

    flags = {name.rstrip("_") for name in cli.train.__wrapped__.__code__.co_varnames}  # type: ignore[attr-defined]
    assert {field.name for field in fields(Settings)} <= flags


def test_predict_evaluate_and_report(nw: Command, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert nw("train", data, "--target", "sold", "--out", run, *FAST).code == 0
    new = write(tmp_path / "new.csv", [[*row[:2], row[3]] for row in ROWS])
    said = nw("predict", run, new, "--out", tmp_path / "p.csv")
    assert said.code == 0, said.err
    predicted = read(tmp_path / "p.csv")
    assert list(predicted[0]) == ["row", "prediction", "p_no", "p_yes"]
    assert [int(row["row"]) for row in predicted] == list(range(80))
    on_screen = nw("predict", run, new).out
    assert on_screen == (tmp_path / "p.csv").read_text(encoding="utf-8")
    scores = json.loads(nw("evaluate", run, data, "--json").out)
    right = [row["prediction"] == known[2] for row, known in zip(predicted, ROWS[1:], strict=True)]
    assert scores["accuracy"] == pytest.approx(sum(right) / 80)
    assert "accuracy" in nw("evaluate", run, data).out
    said = nw("report", run)
    assert said.out.splitlines()[0] == str(run / "report.html")


def test_predict_with_intervals_and_sets(nw: Command, data: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert nw("train", data, "--target", "sold", "--out", run, *FAST).code == 0
    said = nw("predict", run, data, "--interval", "0.8", "--out", tmp_path / "p.csv")
    assert said.code == 0
    assert "note: the set should hold the true sold of at least 80 % of new rows, on average" in said.err
    assert "proves only 60 %" in said.err
    predicted = read(tmp_path / "p.csv")
    assert list(predicted[0]) == ["row", "prediction", "p_no", "p_yes", "set"]
    assert {row["set"] for row in predicted} <= {"no", "yes", "no|yes"}
    said = nw("predict", run, data, "--interval", "90")
    assert (said.code, said.out) == (2, "")
    assert "--interval must be a share between 0 and 1, such as 0.9, got 90." in said.err
    assert "Traceback" not in said.err


def test_audit_lists_kinds_and_findings(nw: Command, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["id", "same", "x", "y"],
        *([f"A{k:03}", 1, k * k % 17, k] for k in range(60)),
        ["A001", 1, 1, 1],
    ]
    file = write(tmp_path / "t.csv", rows)
    said = nw("audit", file, "--target", "y")
    assert said.code == 0, said.err
    assert "same" in said.out
    assert "constant" in said.out
    findings = json.loads(nw("audit", file, "--target", "y", "--json").out)
    assert {"constant", "identifier"} <= {finding["code"] for finding in findings}
    assert all(set(finding) >= {"code", "columns", "severity", "evidence", "advice"} for finding in findings)


def test_a_class_with_one_row_is_kept_with_a_warning(nw: Command, tmp_path: Path) -> None:
    rows: list[list[object]] = [["x", "y"], *([k * 0.7, "ab"[k % 2]] for k in range(60)), [99, "rare"]]
    said = nw("train", write(tmp_path / "t.csv", rows), "--target", "y", "--out", tmp_path / "r", *FAST)
    assert said.code == 0, said.err
    assert "1 class with a single row (rare): kept in train" in said.err
    test = read(tmp_path / "r" / "predictions" / "test.csv")
    assert "rare" not in {row["target"] for row in test}


def test_twelve_rows_train_with_a_warning(nw: Command, tmp_path: Path) -> None:
    rows: list[list[object]] = [["x", "z", "y"], *([k * 1.1, k % 3, k * 2.0] for k in range(12))]
    said = nw("train", write(tmp_path / "t.csv", rows), "--target", "y", "--out", tmp_path / "r", *FAST)
    assert said.code == 0, said.err
    assert "warning: only 12 rows with a target" in said.err


def test_rows_without_a_target_are_counted_and_left_out(nw: Command, tmp_path: Path) -> None:
    rows: list[list[object]] = [["x", "y"], *([k * 1.1, k * 2.0 if k % 4 else ""] for k in range(80))]
    said = nw("train", write(tmp_path / "t.csv", rows), "--target", "y", "--out", tmp_path / "r", *FAST)
    assert "20 rows without a target left out" in said.err
    assert {int(row["row"]) % 4 for row in read(tmp_path / "r" / "predictions" / "test.csv")} <= {1, 2, 3}


def test_own_test_and_validation_rows(nw: Command, tmp_path: Path) -> None:
    head, body = ROWS[:1], ROWS[1:]
    parts = [write(tmp_path / f"{n}.csv", head + body[a:b]) for n, a, b in (("a", 0, 50), ("v", 50, 65), ("t", 65, 80))]
    said = nw(
        "train",
        parts[0],
        "--target",
        "y",
        "--valid-data",
        parts[1],
        "--test-data",
        parts[2],
        "--out",
        tmp_path / "r",
        *FAST,
    )
    assert said.code == 0, said.err
    facts = json.loads((tmp_path / "r" / "run.json").read_text(encoding="utf-8"))
    assert facts["split"]["folds"] == [{"train": 50, "valid": 15}]
    assert facts["split"]["n_test"] == 15
    test = read(tmp_path / "r" / "predictions" / "test.csv")
    assert [float(row["target"]) for row in test] == [float(str(row[3])) for row in body[65:]]


def test_the_course_preset_has_one_validation_part(nw: Command, data: Path, tmp_path: Path) -> None:
    said = nw(
        "train", data, "--target", "y", "--preset", "course", "--epochs", 3, "--no-repair", "--out", tmp_path / "r"
    )
    facts = json.loads((tmp_path / "r" / "run.json").read_text(encoding="utf-8"))
    assert [set(fold) for fold in facts["split"]["folds"]] == [{"train", "valid"}]
    assert facts["plan"]["config"]["dropout"] == 0.2
    assert (facts["plan"]["batch_size"], facts["plan"]["optimizer"], facts["plan"]["loss"]) == (32, "adam", "mse")
    assert "13 of them validate" in said.err


def test_a_table_and_a_query_train(nw: Command, tmp_path: Path) -> None:
    import sqlite3

    base = sqlite3.connect(tmp_path / "x.db")
    base.execute('create table 집 (size real, "도시" text, sold text, y real)')
    base.executemany("insert into 집 values (?, ?, ?, ?)", ROWS[1:])
    base.commit()
    base.close()
    said = nw(
        "train", f"sqlite:///{tmp_path / 'x.db'}", "--table", "집", "--target", "y", "--out", tmp_path / "q", *FAST
    )
    assert said.code == 0, said.err
    said = nw(
        "train",
        f"sqlite:///{tmp_path / 'x.db'}",
        "--query",
        "select size, y from 집 where y > 20",
        "--target",
        "y",
        "--out",
        tmp_path / "q2",
        *FAST,
    )
    assert said.code == 0, said.err


@pytest.mark.parametrize("name", ["iris", "wine"])
def test_samples_train(nw: Command, name: str, tmp_path: Path) -> None:
    said = nw("train", f"sample:{name}", "--target", "target", "--out", tmp_path / "r", *FAST)
    assert said.code == 0, said.err
    assert "multiclass (3 classes" in said.err


def test_a_time_limit_ends_training(nw: Command, data: Path, tmp_path: Path) -> None:
    words = ["--epochs", 1_000_000, "--no-repair", "--patience", "off", "--time-limit", 0.5]
    said = nw("train", data, "--target", "y", "--out", tmp_path / "r", *words)
    assert said.code == 0, said.err
    assert 1 <= len({row["epoch"] for row in read(tmp_path / "r" / "curves.csv")}) < 10_000


def outside(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "netwright", *words], capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_help_of_every_verb_shows_an_example() -> None:
    said = outside("--help")
    assert said.returncode == 0
    for verb in (
        "train",
        "resume",
        "audit",
        "predict",
        "evaluate",
        "report",
        "diagnose",
        "find-lr",
        "forecast",
        "synthesize",
    ):
        assert verb in said.stdout
        assert f"Example:  netwright {verb} " in outside(verb, "--help").stdout
    for later in ("serve", "export"):
        assert later not in said.stdout


def test_version_and_light_import() -> None:
    assert outside("--version").stdout.startswith("netwright 0.")
    heavy = "{'torch', 'sklearn', 'polars', 'numpy', 'pandas'}"
    code = f"import sys, netwright, netwright.apps.cli; print(sorted({heavy} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_a_reader_that_goes_away_is_no_bug(nw: Command, data: Path, tmp_path: Path) -> None:
    assert nw("train", data, "--target", "y", "--out", tmp_path / "r", *FAST).code == 0
    big = write(tmp_path / "big.csv", [ROWS[0], *(ROWS[1:] * 400)])
    process = subprocess.Popen(
        [sys.executable, "-m", "netwright", "predict", str(tmp_path / "r"), str(big)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(20)
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == 0
    assert said == ""
