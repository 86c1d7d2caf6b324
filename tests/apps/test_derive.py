"""`--derive` as a user meets it: on the command line, in a config file, in Python, in the report."""

from __future__ import annotations

import html
import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright import Regressor, load, prepare, train
from netwright.apps.api import command_line
from netwright.base.errors import PlanError
from netwright.base.settings import Settings
from tests.command import Command

FAST: dict[str, Any] = {"preset": "quick", "folds": 2, "no_repair": True}


def rooms(n_rows: int = 200, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "방 수": rng.integers(1, 9, n_rows) * 1.0,
            "people": rng.integers(1, 7, n_rows) * 1.0,
            "구": rng.choice(["가", "나"], n_rows),
        }
    )
    ratio = (frame["방 수"] / frame["people"]).to_numpy()
    return frame.with_columns(price=pl.Series((5 * ratio + 0.1 * rng.normal(size=n_rows)).round(3)))


def test_the_command_tries_it_and_says_what_came_of_it(nw: Command, tmp_path: Path) -> None:
    rooms().write_csv(tmp_path / "rooms.csv")
    said = nw(
        "train", tmp_path / "rooms.csv", "--target", "price", "--derive", "per_head = `방 수` / people",
        "--derive", "typical = mean(people by 구)", "--preset", "quick", "--folds", "2", "--no-repair",
        "--out", tmp_path / "run",
    )  # fmt: skip
    assert said.code == 0
    assert "note: derived features per_head, typical kept: validation RMSE " in said.err
    facts = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert [own["name"] for own in facts["features"]["derived"]] == ["per_head", "typical"]
    assert facts["features"]["derived"][0] == {
        "name": "per_head", "formula": "`방 수` / people", "found": False, "preparations": 2,
    }  # fmt: skip
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "per_head = `방 수` / people" in html.unescape(page)
    assert {"mlp", "mlp + derived"} < set(pl.read_csv(tmp_path / "run" / "leaderboard.csv")["name"])
    new = rooms(30, 1).drop("price")
    predicted = load(tmp_path / "run").predict(new)
    assert np.isfinite(predicted["prediction"].to_numpy()).all()


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("x = price / 2", "--derive must not read the target, got 'price'"),
        ("x = people /", "at its end there must be a number"),
        ("people = people * 2", "--derive must give a new name, got 'people'"),
        ("x = 구 * 2", "--derive must work on numeric columns, got '구'"),
        ("x = people ** 1e308 ** 99", "has no finite value in any of them"),
        ("x = people - people + 3", "which is 3 in all of them"),
    ],
)
def test_what_cannot_be_derived_ends_the_command_before_anything_is_trained(
    formula: str, said: str, nw: Command, tmp_path: Path
) -> None:
    rooms(60).write_csv(tmp_path / "rooms.csv")
    found = nw("train", tmp_path / "rooms.csv", "--target", "price", "--derive", formula, "--out", tmp_path / "run")
    assert found.code == 2
    assert said in found.err
    assert "baselines" not in found.err
    assert not (tmp_path / "run").exists()


def test_a_column_that_is_left_out_cannot_be_read() -> None:
    with pytest.raises(PlanError, match="must read features, got 'people'"):
        train(rooms(60), "price", drop="people", derive="x = people * 2", **FAST)


@pytest.mark.parametrize(
    "given", ["a = people", ["a = people"], {"a": "people"}, {"a b": "people + 1", "c`d": "people"}], ids=str
)
def test_settings_take_a_formula_several_or_a_mapping(given: Any) -> None:
    formulas = Settings.from_options({"derive": given}).derive
    assert formulas[0] in ("a = people", "a=people", "`a b`=people + 1")
    if len(formulas) > 1:
        assert formulas[1] == "`c``d`=people"
    with pytest.raises(PlanError, match="at character 5"):
        Settings.from_options({"derive": ["a = people", "x = ;"]})


def test_a_config_file_may_hold_it(nw: Command, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("derive:\n  - x = people +\n", encoding="utf-8")
    rooms(60).write_csv(tmp_path / "rooms.csv")
    said = nw("train", tmp_path / "rooms.csv", "--target", "price", "--config", tmp_path / "own.yaml")
    assert (said.code, "got 'x = people +'" in said.err) == (2, True)


def test_features_that_do_not_help_are_not_kept() -> None:
    rng = np.random.default_rng(0)
    frame = rooms().with_columns(
        noise=pl.Series(rng.normal(size=200)), price=pl.col("people") * 2 + pl.Series(rng.normal(size=200))
    )
    run = train(frame, "price", derive=[f"a{n} = 1 / ({n} - 3 * noise)" for n in range(12)], **FAST)
    (finding,) = [one for one in run.record.findings if one.code == "derived"]
    assert finding.message.startswith("derived features a0, a1, a2, a3, a4, a5 and 6 more not kept: validation RMSE ")
    assert finding.evidence["kept"] is False
    assert finding.evidence["with"] > finding.evidence["without"]
    assert run.record.plan.name == "mlp"
    assert "features" not in run.record.facts


def test_a_line_is_an_equation_of_derived_features_too() -> None:
    run = train(rooms(), "price", derive="per = `방 수` / people", hidden="none", **FAST)
    assert run.record.plan.name == "mlp + derived"
    assert " * per" in run.record.equation
    slope = float(run.record.equation.split(" * per")[0].split()[-1])
    assert slope == pytest.approx(5, abs=0.3)


def test_prepared_folds_have_the_features() -> None:
    fold = prepare(rooms(), "price", derive="per = `방 수` / people")[0]
    assert fold.features == ("방 수", "people", "구 = 가", "per")
    assert fold.train[0][0].shape == (4,)
    with pytest.raises(PlanError, match="must read columns of the table"):
        prepare(rooms(), "price", derive="per = nothing / people")


def test_the_estimator_has_the_parameter() -> None:
    X = rooms().drop("price")
    y = rooms()["price"].to_numpy()
    model = Regressor(preset="quick", derive={"per": "`방 수` / people"}, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.95
    with pytest.raises(PlanError, match="derive must read columns"):
        Regressor(preset="quick", derive="x = nobody + 1").fit(X, y)


def test_the_command_that_repeats_a_run_has_the_formulas() -> None:
    settings = Settings.from_options({"target": "price", "derive": ["x = 'a b' / 2", "y = a"]})
    assert shlex.split(command_line("a.csv", settings)) == [
        "netwright", "train", "a.csv", "--target", "price", "--derive", "x = 'a b' / 2", "--derive", "y = a",
    ]  # fmt: skip
