"""NaN, infinity and absurd numbers from one end to the other: the run goes on where it can, and says what happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from netwright.apps.api import Run, train
from netwright.base.errors import DataError, PlanError
from netwright.base.finding import Finding
from netwright.preparation.numeric import NumericEncoder
from netwright.training.chunk import Chunk, Measured
from tests.command import Command

Houses = Callable[..., pl.DataFrame]

MARK = 6.2345
QUICK: dict[str, Any] = {"preset": "quick", "epochs": 4, "no_repair": True}


def at_rows(frame: pl.DataFrame, rows: list[int], rooms: float = MARK) -> pl.DataFrame:
    return frame.with_columns(pl.when(pl.int_range(pl.len()).is_in(rows)).then(rooms).otherwise("rooms").alias("rooms"))


@pytest.fixture
def spoiling_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder with a bug: it gives NaN for one number."""
    honest = NumericEncoder.dense_array

    def dense_array(self: NumericEncoder, array: np.ndarray) -> np.ndarray:
        features = honest(self, array)
        features[array == MARK, 0] = np.nan
        return features

    monkeypatch.setattr(NumericEncoder, "dense_array", dense_array)


def diverging(monkeypatch: pytest.MonkeyPatch, who: Callable[[Chunk, int], bool], after: int = 1) -> None:
    """Some members have infinite weights at the end of an epoch."""
    train_epoch = Chunk.train_epoch

    def spoiled(self: Chunk, epoch: int, *halt: Any) -> None:
        train_epoch(self, epoch, *halt)
        if epoch == after:
            with torch.no_grad():
                for place, member in enumerate(self.active):
                    if who(self, int(member)):
                        for parameter in self.network.parameters():
                            parameter[place] = torch.inf

    monkeypatch.setattr(Chunk, "train_epoch", spoiled)


def not_finite(run: Run) -> list[Finding]:
    return [finding for finding in run.findings if finding.code == "not-finite"]


def shown_everywhere(run: Run, folder: Path, new: pl.DataFrame) -> None:
    """Report, bundle and predictions can do without what is missing."""
    path = run.save(folder / "run")
    assert "not-finite" in (path / "findings.json").read_text(encoding="utf-8")
    for part in (json.loads((path / "metrics.json").read_text(encoding="utf-8")), run.metrics):
        assert np.isfinite(part["test"]["rmse"])
    assert run.model.predict(new)["prediction"].is_finite().all()
    assert run.model.load(path).predict(new).equals(run.model.predict(new))
    assert run.model.explain(new.head(3)).height == 3


@pytest.mark.usefixtures("spoiling_encoder")
def test_a_train_cell_that_is_no_number_stops_the_networks_of_its_folds(houses: Houses, tmp_path: Path) -> None:
    frame = at_rows(houses(90), [8])
    run = train(frame, "price", **QUICK)
    (finding,) = not_finite(run)
    assert finding.message.startswith(
        "mlp: 4 of 5 networks could not be trained: column 'rooms' of train row 8 is nan once it is prepared; they had "
        "learned nothing and are no part of the model"
    )
    assert finding.columns == ("rooms",)
    assert run.metrics["model"]["members"] == 1
    assert [status == "done" for status in run.curves.status].count(True) == 1
    assert finding.message.removeprefix("mlp: ") in run.report.replace("&#39;", "'")
    shown_everywhere(run, tmp_path, at_rows(houses(10, 1), [3]))


@pytest.mark.usefixtures("spoiling_encoder")
def test_where_it_is_in_a_test_row_no_network_stops(houses: Houses, tmp_path: Path) -> None:
    frame = houses(90)
    sealed = train(frame, "price", **QUICK).record.test
    assert sealed is not None
    run = train(at_rows(frame, [int(sealed.rows[0])]), "price", **QUICK)
    assert not_finite(run) == []
    assert run.metrics["model"]["members"] == 5
    assert np.isfinite(run.metrics["test"]["rmse"])


@pytest.mark.usefixtures("spoiling_encoder")
def test_where_it_only_validates_it_is_judged_as_it_would_be_predicted(houses: Houses) -> None:
    frame = houses(90)
    run = train(frame, "price", valid_data=at_rows(houses(30, 1), [4]), **QUICK)
    assert not_finite(run) == []
    assert np.isfinite(run.record.validation.predicted).all()


@pytest.mark.usefixtures("spoiling_encoder")
def test_where_every_fold_has_one_the_run_ends_with_the_cell(houses: Houses, nw: Command, tmp_path: Path) -> None:
    frame = at_rows(houses(90), list(range(0, 90, 2)))
    with pytest.raises(DataError, match=r"none of 5 networks could be trained: column 'rooms' of train row \d+ is nan"):
        train(frame, "price", **QUICK)
    frame.write_csv(tmp_path / "houses.csv")
    said = nw("train", tmp_path / "houses.csv", "--target", "price", "--preset", "quick", "--out", tmp_path / "run")
    assert said.code == 2
    assert "Its encoder must give finite numbers; --drop rooms leaves the column out." in said.err
    assert not (tmp_path / "run").exists()


def test_networks_that_diverged_before_they_learned_are_not_shipped(
    houses: Houses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calm = train(houses(90), "price", **QUICK)
    diverging(monkeypatch, lambda chunk, member: chunk.members[member].fold in (1, 3))
    run = train(houses(90), "price", **QUICK)
    assert run.metrics["model"]["members"] == 3
    (finding,) = not_finite(run)
    assert finding.message == (
        "mlp: 2 of 5 networks diverged, the first in epoch 1: weights of all layers became NaN or infinite; they had "
        "learned nothing and are no part of the model, but what that costs its fold counts against the plan"
    )
    assert {entry["fold"] for entry in finding.evidence["networks"]} == {1, 3}
    # their folds are predicted by the untrained networks, which costs the plan
    score = {entry["name"]: entry["valid_score"] for entry in run.record.leaderboard}
    before = {entry["name"]: entry["valid_score"] for entry in calm.record.leaderboard}
    assert score["mlp"] > before["mlp"]
    assert score["linear"] == before["linear"]
    shown_everywhere(run, tmp_path, houses(10, 1))


@pytest.mark.parametrize("model", ["mlp", "realmlp"])
def test_the_others_predict_what_they_would_have(
    houses: Houses, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str
) -> None:
    """The mean of the healthy members, bit by bit that of the same members of a calm run."""
    calm, new = train(houses(90), "price", model=model, **QUICK), houses(10, 1)
    diverging(monkeypatch, lambda chunk, member: chunk.members[member].fold == 0)
    run = train(houses(90), "price", model=model, out=tmp_path / "run", **QUICK)
    assert run.model.fitted.networks[0].member_folds == (1, 2, 3, 4)
    for one, other in zip(
        run.model.fitted.networks[0].network.parameters(),
        calm.model.fitted.networks[0].network.parameters(),
        strict=True,
    ):
        assert torch.equal(one, other[1:])
    assert not run.model.predict(new).equals(calm.model.predict(new))
    assert run.model.load(tmp_path / "run").predict(new).equals(run.model.predict(new))


def test_of_several_seeds_a_fold_is_judged_by_the_healthy_ones(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {"preset": "best", "model": "mlp", "epochs": 3, "no_repair": True}
    calm = train(houses(90), "price", **options)
    seeds = len({member.seed for member in calm.curves.members})
    assert seeds > 1
    diverging(monkeypatch, lambda chunk, member: chunk.members[member].seed == 0)
    run = train(houses(90), "price", **options)
    folds = len({member.fold for member in run.curves.members})
    assert run.metrics["model"]["members"] == folds * (seeds - 1)
    # no untrained network has a part in the score: it is near that of all seeds
    assert run.metrics["validation"]["rmse"] == pytest.approx(calm.metrics["validation"]["rmse"], rel=0.25)


def test_one_that_diverged_late_keeps_its_best_epoch(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    diverging(monkeypatch, lambda chunk, member: chunk.members[member].fold == 2, after=4)
    run = train(houses(90), "price", **QUICK)
    assert run.metrics["model"]["members"] == 5
    (finding,) = not_finite(run)
    assert "1 of 5 networks diverged in epoch 4" in finding.message
    assert finding.message.endswith("it keeps the weights of its best epoch before that")


def test_a_plan_that_learned_nothing_never_wins(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of noise an untrained network may well be the better guess; it is no model all the same."""
    noise = houses(120).with_columns(price=pl.Series(np.random.default_rng(3).normal(size=120)))
    options: dict[str, Any] = {
        "model": ("linear", "mlp"),
        "preset": "quick",
        "epochs": 30,
        "no_repair": True,
        "learning_rate": 1.0,
    }
    for lost, kept in (("mlp", "linear"), ("linear", "mlp")):
        with monkeypatch.context() as patch:
            diverging(patch, lambda chunk, member, lost=lost: chunk.members[member].plan.name == lost)  # type: ignore[misc]
            run = train(noise, "price", **options)
        assert run.record.plan.name == kept
        (finding,) = (one for one in not_finite(run) if one.message.startswith(f"{lost}: 5 of 5 networks diverged"))
        assert finding.message.endswith("nothing was learned, so the plan is out of the running")
        (row,) = (row for row in run.record.leaderboard if row["name"] == lost and row["family"] != "baseline")
        assert np.isnan(row["valid_score"])


def test_a_fold_without_predictions_is_not_passed_over(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    """A family that gives NaN for a validation row, and yet trains: the other folds alone would flatter it."""
    measure = Chunk.measure

    def silent(self: Chunk, *halt: Any) -> Measured:
        measured = measure(self, *halt)
        if self.members[0].plan.name == "mlp":
            folds = np.array([self.members[member].fold for member in self.active])
            measured.predictions[folds == 0, 0] = np.nan
        return measured

    monkeypatch.setattr(Chunk, "measure", silent)
    run = train(houses(90), "price", **QUICK)
    assert run.metrics["verdict"]["answer"] == "undecided"
    assert "no fold could be judged" in run.metrics["verdict"]["sentence"]
    assert np.isinf(next(row["valid_score"] for row in run.record.leaderboard if row["name"] == "mlp"))
    assert "infinite" in run.report
    both = train(houses(90), "price", model=("mlp", "realmlp-s"), **QUICK)
    assert both.record.plan.name == "realmlp-s"
    assert np.isfinite(both.record.validation.predicted).all()


def test_a_run_of_which_all_networks_diverge_ends_with_the_reason(houses: Houses) -> None:
    with pytest.raises(
        PlanError,
        match=r"all 5 networks diverged before they had learned anything, with learning_rate 1e\+06; in epoch 1 "
        r"[a-z ]+ became NaN or infinite\. Pass learning_rate 0\.1 \(this plan's was 1e\+06\)",
    ):
        train(houses(90), "price", learning_rate=1e6, optimizer="sgd", **QUICK)


def test_the_terminal_names_the_plan_that_diverged(nw: Command, tmp_path: Path) -> None:
    said = nw(
        "train", "sample:diabetes", "--target", "target", "--preset", "quick", "--epochs", "5", "--optimizer", "sgd",
        "--no-repair", "--learning-rate", "3", "--model", "mlp", "--model", "realmlp-s", "--out", tmp_path / "run",
    )  # fmt: skip
    assert said.code == 0
    assert "warning: mlp: 5 of 5 networks diverged, the first in epoch 1: weights of all layers became" in said.err
    assert "pass --learning-rate 0.1 (this plan's was 3)" in said.err
    codes = [finding["code"] for finding in json.loads((tmp_path / "run" / "findings.json").read_text("utf-8"))]
    assert codes.count("not-finite") == 1


def test_absurd_numbers_in_train_and_new_rows_give_predictions(houses: Houses, nw: Command, tmp_path: Path) -> None:
    absurd = [1.7e308, -1.7e308, 5e-324, 1e300]
    frame = houses(90)
    for row, value in enumerate(absurd):
        frame = at_rows(frame, [11 * row], value)
    run = train(frame, "price", out=tmp_path / "run", **QUICK)
    assert not_finite(run) == []
    new = tmp_path / "new.csv"
    at_rows(houses(6, 1), [2], 1e308).write_csv(new)
    said = nw("predict", tmp_path / "run", new, "--out", tmp_path / "out.csv")
    assert said.code == 0
    assert pl.read_csv(tmp_path / "out.csv")["prediction"].is_finite().all()


def test_new_rows_far_beyond_training_are_told(houses: Houses, nw: Command, tmp_path: Path) -> None:
    train(houses(90), "price", out=tmp_path / "run", **QUICK)
    new = tmp_path / "new.csv"
    at_rows(houses(6, 1), [2, 4], -1e308).write_csv(new)
    said = nw("predict", tmp_path / "run", new)
    assert said.code == 0
    assert (
        "note: rooms: 2 of 6 rows hold a number over a million spreads from those of training (first: -1e+308 in row 2)"
        ": taken for one a million spreads away"
    ) in said.err
    assert "nan" not in said.out.lower()
    at_rows(houses(6, 1), [2, 4], 1e3).write_csv(new)
    assert "note: rooms" not in nw("predict", tmp_path / "run", new).err
