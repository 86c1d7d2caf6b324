"""Runs whose ensemble is taught to one plan: what the student learns from, what is told of it, who gets none."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from netwright import Classifier, Regressor, load, train
from netwright.apps.words import result_lines
from netwright.base.clock import Clock
from netwright.base.events import follow
from netwright.base.plan import Plan
from netwright.base.settings import Settings
from netwright.deliver.checkpoints import Checkpoints
from netwright.deliver.report.data import report_data
from netwright.run import begin, fit_baselines, train_plans
from netwright.run import load as load_rows
from netwright.stages import distilled
from netwright.stages.begun import Begun
from netwright.stages.chosen import Chosen, choose
from netwright.stages.distilled import distil, student_plan, taught_folds
from netwright.stages.foreseen import KEPT
from netwright.training.baselines import TrainedBaseline
from netwright.training.candidate import Candidate
from netwright.tune import presets
from tests.laws.stopping import whole_and_resumed
from tests.training.test_chosen import customers, houses


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default preset with two families that train in a moment, no search, and a student that is as short."""
    own = presets.EFFORTS["medium"]
    brief = replace(
        own, seeds=1, epochs=(6, 6), least_steps=0, families=("mlp", "linear"), tries_fewer_rows=False, search=None
    )
    monkeypatch.setitem(presets.EFFORTS, "medium", brief)
    recipe = replace(presets.RECIPES["realmlp"], epochs={"medium": 8})
    monkeypatch.setitem(presets.RECIPES, "realmlp", recipe)


def towns(n_rows: int = 300) -> pl.DataFrame:
    """Three classes, one of them rare, that trees and slopes tell apart in part."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=n_rows), rng.uniform(-1, 1, n_rows)
    score = x + 1.5 * (y > 0.2) + rng.normal(0, 0.7, n_rows)
    town = np.where(score > 2, "Jeju", np.where(score > 0.5, "Seoul", "Busan"))
    return pl.DataFrame({"x": x, "y": y, "z": rng.normal(size=n_rows), "town": town})


@dataclass(frozen=True)
class Made:
    """A run up to its choice."""

    begun: Begun
    candidates: list[Candidate]
    baselines: list[TrainedBaseline]
    chosen: Chosen

    def taught(self, candidates: Sequence[Candidate] | None = None, baselines: Any = None) -> list[np.ndarray]:
        """What the rows of each fold are taught."""
        folds = self.candidates[0].trained.folds
        made = taught_folds(self.begun, self.chosen, candidates or self.candidates, baselines or self.baselines, folds)
        return [fold.target if fold.soft is None else fold.soft for fold in made]


def made(frame: pl.DataFrame, target: str, **options: Any) -> Made:
    settings, clock = Settings.from_options({"target": target, "distill": True, **options}), Clock()
    begun = follow(begin(follow(load_rows(frame, settings)), settings, clock))
    baselines, candidates = follow(fit_baselines(begun)), follow(train_plans(begun))
    return Made(begun, candidates, baselines, choose(begun, candidates, baselines))


def lost(candidate: Candidate, folds: Sequence[int]) -> Candidate:
    """The same without the networks of some folds."""
    network = candidate.trained.network.subset(range(len(candidate.trained.members)))
    with torch.no_grad():
        for values in network.parameters():
            values[[place for place, own in enumerate(candidate.trained.members) if own.fold in folds]] = torch.nan
    return replace(candidate, trained=replace(candidate.trained, network=network))


@pytest.mark.parametrize(("frame", "target"), [(houses(), "price"), (customers(), "leaves"), (towns(), "town")])
def test_the_teacher_of_a_fold_has_learned_on_it_alone(frame: pl.DataFrame, target: str) -> None:
    own = made(frame, target, networks_only=True)
    truth = own.candidates[0].trained.folds[0].target
    hard = np.eye(3 if target == "town" else 2)[truth.astype(int)] if target != "price" else None
    before = own.taught()
    for number, fold in enumerate(own.begun.split.folds):
        plain = own.candidates[0].trained.folds[number].target if hard is None else hard
        # rows that judge are not taught, and a part of the truth is in all that are
        np.testing.assert_array_equal(before[number][fold.valid], plain[fold.valid])
        assert (before[number][fold.train] != plain[fold.train]).any()
    others = [number for number in range(len(own.begun.split.folds)) if number != 1]
    after = own.taught([lost(one, others) for one in own.candidates])
    np.testing.assert_array_equal(after[1], before[1])
    assert (after[0] != before[0]).any()  # without a teacher that is a number the truth is taught
    blind = own.taught([lost(one, [1]) for one in own.candidates])
    np.testing.assert_array_equal(blind[1], hard if hard is not None else own.candidates[0].trained.folds[1].target)


def test_rows_that_judge_have_no_say_in_the_weights_of_the_teacher() -> None:
    own = made(houses(), "price")
    fold = own.begun.split.folds[2]
    changed = own.begun.truth.copy()
    changed[fold.valid] = np.random.default_rng(0).permutation(changed[fold.valid]) * 3
    begun = replace(own.begun, truth=changed)
    again = [Candidate.of(one.trained, begun.split, begun.metric, changed) for one in own.candidates]
    other = choose(begun, again, own.baselines)
    assert other.by_fold[2] == own.chosen.by_fold[2]
    assert other.by_fold[0] != own.chosen.by_fold[0]


@pytest.mark.parametrize(
    ("frame", "target", "metric"), [(houses(), "price", "rmse"), (customers(), "leaves", "log_loss")]
)
def test_one_plan_ships_beside_what_it_learned_from(
    tmp_path: Path, frame: pl.DataFrame, target: str, metric: str
) -> None:
    plain = train(frame, target, no_repair=True).metrics
    run = train(frame, target, no_repair=True, distill=True, out=tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    told = metrics["distilled"]
    assert plain["model"]["name"] == "ensemble" and "distilled" not in plain
    # the teacher is what ships without --distill, the student what ships with it
    for rows in ("validation", "test"):
        assert told["teacher"][rows] == pytest.approx(plain[rows])
        assert told["student"][rows] == metrics[rows] == metrics["networks"][rows] != plain[rows]
    assert told["parts"] == len(plain["model"]["parts"]) and told["taught_by"] == plain["model"]["parts"]
    assert told["parameters"] == [plain["model"]["parameters"], metrics["model"]["parameters"]]
    assert min(told["ms_per_row"]) > 0 and not told["one_part"]
    assert [part["name"] for part in metrics["model"]["parts"]] == ["distilled"]
    assert "ensemble" not in metrics and metrics["networks"]["name"] == "distilled"
    assert len(run.record.facts["test_opened"]) == 1
    with (tmp_path / "run" / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        weights = {row["name"]: float(row["weight"]) for row in csv.DictReader(file)}
    assert weights["distilled"] == 1 == sum(weights.values())
    said = " ".join(text for _, text in result_lines(run.record))
    assert "What ships is one realmlp plan (5 networks) that learned from an ensemble" in said
    assert report_data(run.record)["sections"][0]["ensemble"] == told["sentence"]
    # the loaded bundle predicts what was tested
    again, test = load(tmp_path / "run").predict(frame), pl.read_csv(tmp_path / "run" / "predictions" / "test.csv")
    column = "prediction" if metric == "rmse" else "p_yes"
    np.testing.assert_allclose(again[column].to_numpy()[test["row"].to_numpy()], test[column].to_numpy(), rtol=1e-6)


def test_a_student_gains_nothing_from_rows_that_judge_it() -> None:
    rng = np.random.default_rng(5)
    frame = pl.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300), "y": rng.normal(size=300)})
    own = made(frame, "y", networks_only=True)
    student = follow(distil(own.begun, own.candidates, own.baselines))
    if student is not None:  # of noise there may be no ensemble
        assert student.student.errors.mean() > 0.97 * np.std(own.begun.truth)


@pytest.mark.parametrize("options", [{"preset": "quick"}, {"epochs": 4}, {"hidden": (8,)}])
def test_a_single_plan_is_not_taught_to_another(options: dict[str, Any]) -> None:
    run = train(houses(120), "price", no_repair=True, distill=True, **options)
    (note,) = (finding for finding in run.record.findings if finding.code == "not-distilled")
    assert "one plan ships" in note.message and note.severity == "note"
    assert "distilled" not in run.metrics


def test_the_student_is_fixed_before_anything_is_trained() -> None:
    own = made(houses(120), "price")

    def student(**options: Any) -> Plan:
        settings = Settings.from_options({"target": "price", "distill": True, **options})
        return student_plan(replace(own.begun, settings=settings))

    assert (student().family, student(prefer="speed").family, student(prefer="size").family) == (
        "realmlp",
        "mlp",
        "mlp",
    )
    assert student(model=("tabm", "mlp")).family == "mlp" and student(model=("tabm",)).family == "realmlp"
    plain = replace(student(), taught=0.0)
    assert student().key != plain.key and "taught" not in plain.to_json()
    assert Plan.from_json(student().to_json()) == student()


def test_who_prefers_size_gets_a_lean_student() -> None:
    metrics = train(houses(), "price", no_repair=True, distill=True, prefer="size").metrics
    assert metrics["distilled"]["family"] == "mlp" and metrics["distilled"]["parts"] > 1
    assert metrics["distilled"]["parameters"][1] == metrics["model"]["parameters"]


def test_a_single_validation_part_says_what_it_has_chosen() -> None:
    metrics = train(towns(), "town", no_repair=True, distill=True, valid_size=0.3, class_weight="balanced").metrics
    assert metrics["distilled"]["one_part"] and metrics["distilled"]["members"] == 1
    assert metrics["distilled"]["sentence"].endswith("have chosen the weights of its teacher.")


def test_a_student_without_time_does_not_ship(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distilled, "epoch_seconds", lambda _: 1e3)
    monkeypatch.setitem(presets.RECIPES, "realmlp", replace(presets.RECIPES["realmlp"], epochs={"medium": 64}))
    run = train(houses(), "price", no_repair=True, distill=True, time_limit=60)
    (note,) = (finding for finding in run.record.findings if finding.code == "not-distilled")
    assert note.severity == "warning" and note.advice == "raise --time-limit"
    assert "distilled" not in run.metrics and len(run.metrics["model"]["parts"]) > 1


def test_estimators_ship_the_student() -> None:
    frame = towns()
    model = Classifier(distill=True, random_state=0).fit(frame.drop("town"), frame["town"])
    assert [part.plan.name for part in model.model_.networks] == ["distilled"] and len(model.model_.parts) == 1
    assert model.metrics_["distilled"]["parts"] > 1 and "test" not in model.metrics_["distilled"]["teacher"]
    frame = houses()
    regressor = Regressor(distill=True, random_state=0).fit(frame.drop("price"), frame["price"])
    assert regressor.plan_.taught and regressor.score(frame.drop("price"), frame["price"]) > 0.3


def test_a_share_of_the_time_limit_is_kept() -> None:
    def deadline(**options: Any) -> float:
        settings, clock = Settings.from_options({"target": "price", "time_limit": 100, **options}), Clock(0.0)
        begun = follow(begin(follow(load_rows(houses(120), settings)), settings, clock))
        found = begun.clock.deadline(100)
        assert found is not None
        return found - 100 + sum(begun.clock.seconds.values())

    assert deadline(distill=True) == pytest.approx(deadline() - 100 * KEPT, abs=1)
    assert deadline(distill=True, preset="quick") == pytest.approx(deadline(preset="quick"), abs=1)


def test_a_run_that_is_stopped_while_it_teaches_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner, taught = Checkpoints.add, list[bool]()  # whether each save of the student was the last

    def add(self: Checkpoints, turn: int, turns: Any, state: Any, identity: Any, *, over: bool) -> None:
        if state.facts["races"][0]["plans"][0].get("taught"):
            taught.append(over)
        inner(self, turn, turns, state, identity, over=over)

    monkeypatch.setattr(Checkpoints, "add", add)
    options = {"preset": "medium", "folds": 3, "no_repair": True, "distill": True}
    whole, stopped, steps = whole_and_resumed(tmp_path, [5, 12, 2], 0.0, **options)
    assert stopped == whole
    assert "distilled" in json.loads((tmp_path / "stopped" / "metrics.json").read_text(encoding="utf-8"))
    # killed in the first turn, then twice in the student's
    assert taught.count(False) >= 4 and len(steps) == 3
