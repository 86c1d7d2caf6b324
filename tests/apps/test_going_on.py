"""`netwright resume RUN --time-limit S --out NEW`: a finished run is searched on from, into a new one."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from netwright.apps.api import train, train_in_folder
from netwright.apps.resuming import go_on_into, order_in
from netwright.base.clock import Clock
from netwright.base.errors import DataError, PlanError
from netwright.base.generations import Generations
from netwright.deliver.checkpoints import Checkpoints
from netwright.stages import chosen, recorded, searched
from tests.command import Command
from tests.laws.stopping import Killed, data_file, killed_at, prints, saving_every

#: A short run that searches.
OPTIONS: dict[str, Any] = {"folds": 2, "model": "mlp", "no_repair": True}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of a preset that searches."""
    folder = tmp_path_factory.mktemp("finished")
    train(data_file(folder), "price", out=folder / "run", **OPTIONS)
    return folder / "run"


def told(run: Path) -> dict[str, Any]:
    """Its `run.json`."""
    content: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return content


def metrics(run: Path) -> dict[str, Any]:
    """Its `metrics.json`."""
    content: dict[str, Any] = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return content


def findings(run: Path, code: str) -> list[dict[str, Any]]:
    """Those of one kind in its `findings.json`."""
    content = json.loads((run / "findings.json").read_text(encoding="utf-8"))
    return [one for one in content if one["code"] == code]


def test_a_finished_run_keeps_one_generation_of_its_search(finished: Path) -> None:
    assert len(list((finished / "search").glob("*.json"))) == 1
    assert not (finished / "checkpoints").exists()
    newest, complaints = Generations(finished / "search").newest()
    assert newest is not None and not complaints


def test_it_goes_on_into_a_new_run(finished: Path, tmp_path: Path, nw: Command) -> None:
    before = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()}
    done = nw("resume", finished, "--time-limit", 6, "--out", tmp_path / "new")
    assert done.code == 0, done.err
    assert "taken over from" in done.err and "opened for the second time" in done.err
    new, old = told(tmp_path / "new"), told(finished)
    assert [one["by"] for one in new["test_opened"]] == [old["test_opened"][0]["by"]] * 2
    assert new["test_opened"][0] == old["test_opened"][0]
    assert new["continues"]["run"] == str(finished)
    assert new["command"] == f"netwright resume {finished} --time-limit 6 --out {tmp_path / 'new'}"
    codes = [one["code"] for one in json.loads((tmp_path / "new" / "findings.json").read_text(encoding="utf-8"))]
    assert "test-opened-again" in codes
    name = metrics(finished)["metric"]
    assert metrics(tmp_path / "new")["validation"][name] <= metrics(finished)["validation"][name]
    assert {path: path.read_bytes() for path in finished.rglob("*") if path.is_file()} == before
    again = nw("resume", tmp_path / "new", "--time-limit", 6, "--out", tmp_path / "third")
    assert again.code == 0 and "opened for the third time" in again.err
    assert len(told(tmp_path / "third")["test_opened"]) == 3


def test_what_it_takes_over_is_not_trained_again(finished: Path, tmp_path: Path) -> None:
    order = go_on_into(finished, tmp_path / "new", 5)
    assert order.continues is not None
    kept, taken = Checkpoints(finished / "search"), Checkpoints(tmp_path / "new" / "checkpoints")
    assert taken.turns == kept.turns and order.continues["turns"] == len(taken.turns or [])
    one, other = kept.find(0), taken.find(0)
    assert one is not None and other is not None and one.facts == other.facts
    assert all((one.arrays[name] == other.arrays[name]).all() for name in one.arrays if "best/" in name)


def test_a_new_run_that_was_stopped_goes_on_by_itself(finished: Path, tmp_path: Path) -> None:
    order = go_on_into(finished, tmp_path / "new", 60)
    with saving_every(0.0), killed_at(1), pytest.raises(Killed):
        train_in_folder(order.data, order.settings, order.out, Clock(), continues=order.continues)
    again = order_in(tmp_path / "new")
    assert again is not None and again.continues == order.continues
    late = Clock(started=time.monotonic() - 58)  # nearly all of its time is used
    train_in_folder(again.data, again.settings, again.out, late, continues=again.continues)
    assert len(told(tmp_path / "new")["test_opened"]) == 2


@contextmanager
def killed_after_a_round(turns: int, *, within: bool = False) -> Iterator[None]:
    """The process ends right after it has saved the end, or something, of a turn that is not one of the first."""
    inner = Checkpoints.add

    def add(self: Checkpoints, turn: int, *words: Any, over: bool, **named: Any) -> None:
        inner(self, turn, *words, over=over, **named)
        if (over or within) and turn >= turns:
            raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoints, "add", add)
        yield


def test_a_finished_round_of_a_new_run_that_was_stopped_is_not_lost(finished: Path, tmp_path: Path) -> None:
    order = go_on_into(finished, tmp_path / "new", 600)
    assert order.continues is not None
    begun = time.monotonic()
    with killed_after_a_round(order.continues["turns"]), pytest.raises(Killed):
        train_in_folder(order.data, order.settings, order.out, Clock(), continues=order.continues)
    took = time.monotonic() - begun
    saved = Checkpoints(tmp_path / "new" / "checkpoints")
    facts = saved.facts(order.continues["turns"])
    assert facts is not None
    newest, _ = Generations(tmp_path / "new" / "checkpoints").newest()
    assert newest is not None and 0 < newest.facts["seconds"] < took  # nothing that the earlier run took
    own = [part["seconds"] for part in newest.facts["parts"].values() if part["turn"] >= order.continues["turns"]]
    assert newest.facts["seconds"] == pytest.approx(sum(own))
    again = order_in(tmp_path / "new")
    assert again is not None
    late = Clock(started=time.monotonic() - 599)  # nearly all of its time is used
    train_in_folder(again.data, again.settings, again.out, late, continues=again.continues)
    tried = {plan["name"] for race in facts["races"] for plan in race["plans"]}
    board = (tmp_path / "new" / "leaderboard.csv").read_text(encoding="utf-8")
    assert tried and all(name in board for name in tried)
    assert metrics(tmp_path / "new")["search"]["rounds"][1]["plans"] == len(tried)


def test_a_new_run_without_time_for_a_round_says_so(finished: Path, tmp_path: Path, nw: Command) -> None:
    done = nw("resume", finished, "--time-limit", 1, "--out", tmp_path / "new")
    assert done.code == 0 and "no time for a round" in done.err
    codes = [one["code"] for one in json.loads((tmp_path / "new" / "findings.json").read_text(encoding="utf-8"))]
    assert "no_round" in codes and "search" not in metrics(tmp_path / "new")


def test_both_options_are_needed(finished: Path, tmp_path: Path, nw: Command) -> None:
    for words in (("--time-limit", 5), ("--out", tmp_path / "new")):
        refused = nw("resume", finished, *words)
        assert refused.code == 2 and "must come together" in refused.err
    with pytest.raises(PlanError, match="must come together"):
        go_on_into(finished, None, 5)


def test_what_cannot_be_gone_on_from_is_refused(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must be the folder of a finished run"):
        go_on_into(tmp_path, tmp_path / "new", 5)
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    shutil.rmtree(copy / "search")
    with pytest.raises(DataError, match="no folder `search`"):
        go_on_into(copy, tmp_path / "new", 5)
    with pytest.raises(DataError, match="must be new"):
        go_on_into(finished, finished, 5)
    with pytest.raises(DataError, match="got no such folder"):
        go_on_into(tmp_path / "nowhere", tmp_path / "new", 5)
    assert not (tmp_path / "new").exists()


def test_a_damaged_search_is_refused(finished: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    for state in (copy / "search").glob("*.safetensors"):
        state.write_bytes(state.read_bytes()[:-1] + b"?")
    with pytest.raises(DataError, match="damaged"):
        go_on_into(copy, tmp_path / "new", 5)
    assert not (tmp_path / "new").exists()


def test_a_finished_run_whose_order_was_changed_is_refused(finished: Path, tmp_path: Path, nw: Command) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(finished, copy)
    assert "is finished: nothing is left" in nw("resume", copy).err
    told = (copy / "run.json").read_text(encoding="utf-8")
    (copy / "run.json").write_text(told.replace('"price"', '"prize"', 1), encoding="utf-8")
    for words in ((), ("--time-limit", 5, "--out", tmp_path / "new")):
        refused = nw("resume", copy, *words)
        assert refused.code == 2 and "must be the folder of a finished run, but its run.json is damaged" in refused.err


def test_a_student_is_not_gone_on_from(tmp_path: Path) -> None:
    train(data_file(tmp_path), "price", out=tmp_path / "run", distill=True, **OPTIONS)
    with pytest.raises(PlanError, match=r"it has --distill\. A new student .* could be worse"):
        go_on_into(tmp_path / "run", tmp_path / "new", 5)
    assert not (tmp_path / "new").exists()


def test_where_the_earlier_choice_stays_that_is_said(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_folds, counted = recorded.judge_folds, list[int]()
    monkeypatch.setattr(recorded, "judge_folds", lambda *own: counted.append(own[4]) or judge_folds(*own))
    errors = iter([2.0, 3.0])  # of the choice among the earlier plans, and among all
    monkeypatch.setattr(chosen, "_error", lambda begun, own: next(errors))
    order = go_on_into(finished, tmp_path / "new", 60)
    monkeypatch.setattr(searched, "_MORE_PATIENCE", 0.1)  # the first round without gain is the last
    monkeypatch.setattr(searched, "round_counts", lambda work, usual: 1.0)
    train_in_folder(order.data, order.settings, order.out, Clock(), continues=order.continues)
    (note,) = findings(tmp_path / "new", "kept_before")
    assert "validation RMSE 2.00, with the new plans 3.00" in note["message"]
    assert {part["name"] for part in metrics(tmp_path / "new")["model"]["parts"]} == {
        part["name"] for part in metrics(finished)["model"]["parts"]
    }
    assert not findings(finished, "kept_before")
    train(data_file(tmp_path), "price", **OPTIONS)
    assert counted[0] == counted[1] > 1  # it was chosen among the plans of the run before


def test_the_report_says_how_often_the_test_rows_were_opened(finished: Path, tmp_path: Path) -> None:
    order = go_on_into(finished, tmp_path / "new", 5)
    train_in_folder(order.data, order.settings, order.out, Clock(), continues=order.continues)
    once, twice = ((run / "report.html").read_text(encoding="utf-8") for run in (finished, tmp_path / "new"))
    assert "which were opened once, after every choice" in once
    assert "which were opened 2 times, 1 of them by the runs that this one goes on from, after every choice" in twice


def test_families_without_anything_to_search_are_not_searched(tmp_path: Path) -> None:
    train(data_file(tmp_path), "price", out=tmp_path / "run", model="linear", folds=2, time_limit=20)
    assert not findings(tmp_path / "run", "no_round") and not (tmp_path / "run" / "search").exists()


def test_a_limit_that_is_overrun_is_told(tmp_path: Path, nw: Command) -> None:
    done = nw("train", data_file(tmp_path), "--target", "price", "--time-limit", 0.01, "--out", tmp_path / "run")
    assert done.code == 0 and "--time-limit 0.01 was too short" in done.err
    (note,) = findings(tmp_path / "run", "over_time")
    assert note["evidence"]["seconds"] == pytest.approx(metrics(tmp_path / "run")["seconds"]["total"], abs=0.01)


def test_why_a_search_ended_is_told_alike_by_a_run_that_was_stopped_after_it(tmp_path: Path) -> None:
    path = data_file(tmp_path, 640)
    train(path, "price", out=tmp_path / "whole", **OPTIONS)
    turns = len(Checkpoints(tmp_path / "whole" / "search").turns or [])
    # in what follows the search: training on fewer rows
    with saving_every(0.1), killed_after_a_round(turns, within=True), pytest.raises(Killed):
        train(path, "price", out=tmp_path / "run", **OPTIONS)
    again = order_in(tmp_path / "run")
    assert again is not None
    train_in_folder(again.data, again.settings, again.out, Clock())
    assert "search" in metrics(tmp_path / "run") and prints(tmp_path / "run") == prints(tmp_path / "whole")


def test_a_run_that_does_not_search_keeps_nothing(tmp_path: Path) -> None:
    train(data_file(tmp_path), "price", out=tmp_path / "run", preset="quick", epochs=2, folds=2, no_repair=True)
    assert not (tmp_path / "run" / "search").exists()
