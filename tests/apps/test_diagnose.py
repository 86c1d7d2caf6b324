"""`netwright diagnose`: finished runs and curves of other tools, in words."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from netwright.base.durable import sha256
from netwright.base.sealed import open_sealed, sealed_json
from tests.command import Command, write

OVER: list[list[object]] = [
    ["epoch", "train_loss", "valid_loss"],
    *([e, 1 / (1 + 0.2 * e), 1 / (1 + 0.2 * min(e, 15)) + max(0, e - 15) * 0.01] for e in range(80)),
]
FINE: list[list[object]] = [
    ["epoch", "train_loss", "valid_loss"],
    *([e, 0.1 + 0.9 * 0.9**e, 0.12 + 0.9 * 0.9**e] for e in range(80)),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that the doctor repaired."""
    from netwright.apps.api import train_in_folder
    from netwright.base.clock import Clock
    from netwright.base.settings import Settings

    folder = tmp_path_factory.mktemp("diagnose")
    data = folder / "d.csv"
    rows = [[k / 10, (k * 7) % 13, 3 * (k / 10) + ((k * 7) % 13) ** 2 / 5 + (k * 31 % 17) / 5] for k in range(240)]
    write(data, [["a", "b", "y"], *rows])
    options = {"target": "y", "preset": "quick", "model": ["mlp"], "learning_rate": 5.0, "epochs": 30, "hidden": "16"}
    settings = Settings.from_options(options)
    return train_in_folder(str(data), settings, folder / "run", Clock(), lambda event: None).path or folder


@pytest.fixture
def copied(run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(run, tmp_path / "run"))


def reseal(run: Path, name: str, data: bytes) -> None:
    """Put another file into a run, as if the run had written it."""
    (run / name).write_bytes(data)
    told = open_sealed((run / "run.json").read_bytes())
    told["files"][name] = {"bytes": len(data), "sha256": sha256(data)}
    (run / "run.json").write_bytes(sealed_json(told))


def finding(**more: object) -> dict[str, object]:
    """A finding as the doctor keeps it, of a plan that is not the chosen one."""
    trial = {
        "remedy": "lower-rate",
        "title": "a tenth of the learning rate",
        "kind": "remedy",
        "plan": "mlp + lower-rate",
        "plan_key": "0" * 12,
        "changes": {"learning_rate": [2.0, 0.2]},
        "before": 8.1,
        "after": 3.2,
        "gain": 0.605,
        "p_value": 0.0004,
        "accepted": True,
        "reason": "",
    }
    chance = trial | {"kind": "control", "remedy": "random-search", "after": 6.0, "gain": 0.26, "accepted": False}
    worse = chance | {"after": None, "gain": None, "p_value": None, "reason": "no time was left"}
    evidence = {
        **{"plan": "mlp old", "plan_key": "f" * 12, "variant": "", "strength": 0.9, "jumps": 8, "epochs": 22},
        **{"size": 0.0771, "shown": 10, "of": 10, "rate": 2.0, "try_rate": 0.2},
        **{"remedies": [worse, chance, trial]},
    }
    return {
        **{"code": "oscillating", "where": "training", "columns": [], "severity": "note", "message": "m"},
        **{"advice": "a", "evidence": evidence | more},
    }


def test_a_repaired_run_is_explained(nw: Command, copied: Path) -> None:
    reseal(copied, "findings.json", json.dumps([finding()]).encode())
    said = nw("diagnose", copied)
    assert (said.code, said.err) == (0, "")
    assert "oscillating loss [oscillating] (mlp old)" in said.out
    flat = " ".join(said.out.split())
    assert "jumps up in 8 of 22 epochs, by 0.0771" in flat
    assert "(learning rate 2.00 -> 0.200): validation 8.10 -> 3.20, p < 0.001, kept" in flat
    assert "the best of 2: random search, the control (learning rate 2.00 -> 0.200): validation 8.10 -> 6.00" in flat
    assert "no time was left" not in flat  # of the random search the best one stands for all
    assert flat.endswith("the best, a tenth of the learning rate, took its place")
    assert "p is of that single try, uncorrected" in flat
    assert "pass --learning-rate" not in flat  # that was done already
    assert "▁" in said.out and "best epoch" in said.out


def test_the_same_in_korean(nw: Command, copied: Path) -> None:
    reseal(copied, "findings.json", json.dumps([finding()]).encode())
    said = nw("diagnose", copied, "--lang", "ko")
    assert said.code == 0
    assert "출렁이는 손실" in said.out and "무작위 탐색" in said.out and "최적 에포크" in said.out
    assert not any(label in said.out for label in ("seen", "means", "tried", "healthy"))


def test_a_run_of_our_own_is_explained_as_its_findings_say(nw: Command, run: Path) -> None:
    kept = json.loads((run / "findings.json").read_text(encoding="utf-8"))
    codes = {own["code"] for own in kept if own["where"] == "training"}
    said = nw("diagnose", run)
    assert said.code == 0 and len(said.out) > 80
    assert codes and all(f"[{code}]" in said.out for code in codes)
    assert "older than the doctor" not in said.out
    told = json.loads(nw("diagnose", run, "--json").out)
    assert {own["code"] for own in told["findings"]} == codes
    assert told["networks"] == 5 and len(told["best_epochs"]) == 5
    assert all(own["words"]["title"] for own in told["findings"])


def test_the_best_epochs_are_those_that_the_score_chose(nw: Command, run: Path) -> None:
    with (run / "curves.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    name = json.loads((run / "run.json").read_text(encoding="utf-8"))["plan"]["name"]
    best: dict[str, tuple[float, int]] = {}
    for row in rows:
        if row["plan"] == name:
            best[row["member"]] = min(best.get(row["member"], (9e9, 0)), (float(row["valid_score"]), int(row["epoch"])))
    assert json.loads(nw("diagnose", run, "--json").out)["best_epochs"] == [epoch for _, epoch in best.values()]


def test_a_run_older_than_the_doctor_is_read_anew(nw: Command, copied: Path) -> None:
    reseal(copied, "findings.json", b"[]\n")
    header = ["member", "plan", "fold", "seed", "epoch", "train_loss", "valid_loss", "valid_score", "learning_rate"]
    name = open_sealed((copied / "run.json").read_bytes())["plan"]["name"]
    rows = [[m, name, m, 0, e, t, v, v, 0.1] for m in (0, 1) for e, t, v in OVER[1:]]
    reseal(copied, "curves.csv", write(copied / "new.csv", [header, *rows]).read_bytes())
    said = nw("diagnose", copied)
    assert said.code == 0
    assert "older than the doctor" in said.out and "overfit" in said.out


def test_a_healthy_run_says_so_in_a_line(nw: Command, copied: Path) -> None:
    reseal(copied, "findings.json", b"[]\n")
    said = nw("diagnose", copied)
    assert said.code == 0 and len(said.out) > 80
    assert said.out.splitlines()[-1] == "healthy   the curves fall fast, bend and flatten: nothing to repair"


def test_a_run_of_one_epoch_is_told_too(nw: Command, copied: Path) -> None:
    """Nothing about it is damaged; its curves only have no shape."""
    header, *rows = (copied / "curves.csv").read_text(encoding="utf-8").splitlines()
    column = header.split(",").index("epoch")
    short = [header, *(row for row in rows if int(row.split(",")[column]) <= 1)]
    reseal(copied, "curves.csv", ("\n".join(short) + "\n").encode())
    reseal(copied, "findings.json", json.dumps([finding()]).encode())
    said = nw("diagnose", copied)
    assert (said.code, said.err) == (0, "")
    assert "oscillating loss [oscillating]" in said.out and "best epoch 1 of 1" in said.out
    reseal(copied, "findings.json", b"[]\n")
    said = nw("diagnose", copied)
    assert "have no shape yet" in said.out and "flatten" not in said.out


def test_findings_of_others_keep_their_own_words(nw: Command, copied: Path) -> None:
    cut = {"code": "cut_short", "where": "training", "severity": "note", "message": "mlp was cut short", "columns": []}
    data = {"code": "missing", "where": "data", "severity": "note", "message": "gaps in a", "columns": ["a"]}
    both = [own | {"advice": "raise --time-limit", "evidence": {}} for own in (cut, data)]
    reseal(copied, "findings.json", json.dumps(both).encode())
    said = nw("diagnose", copied)
    assert "mlp was cut short [cut_short]" in said.out and "raise --time-limit" in said.out
    assert "gaps in a" not in said.out


@pytest.mark.parametrize("name", ["run.json", "findings.json", "curves.csv", "metrics.json"])
def test_a_missing_or_damaged_file_is_one_message(nw: Command, copied: Path, name: str) -> None:
    whole = (copied / name).read_bytes()
    (copied / name).write_bytes(whole[: len(whole) // 2])
    said = nw("diagnose", copied)
    assert said.code == 2 and said.out == ""
    assert len(said.err.splitlines()) == 1 and name in said.err
    (copied / name).unlink()
    said = nw("diagnose", copied)
    assert said.code == 2 and len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"variant": "no such"},
        {"epochs": None, "jumps": {}},
        {"remedies": "none"},
        {"remedies": [3]},
        {"variant": ["a", "list"]},
    ],
)
def test_findings_that_no_run_wrote_are_refused(nw: Command, copied: Path, more: dict[str, object]) -> None:
    reseal(copied, "findings.json", json.dumps([finding(**more)]).encode())
    said = nw("diagnose", copied)
    assert said.code in (0, 2)
    assert "bug" not in said.err and "Traceback" not in said.err
    assert said.code == 2 or more == {"epochs": None, "jumps": {}}


def test_names_and_words_of_a_run_are_not_obeyed_by_a_terminal(nw: Command, copied: Path) -> None:
    evil = finding(plan="mlp\x1b[31m\nold")
    reseal(copied, "findings.json", json.dumps([evil]).encode())
    assert "\x1b" not in nw("diagnose", copied).out


def test_no_run_and_no_choice(nw: Command, tmp_path: Path) -> None:
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "run.json").write_text("{}", encoding="utf-8")
    for arguments, said in [
        (("diagnose", tmp_path), "must be the folder of a finished run, got one without run.json"),
        (("diagnose", tmp_path / "none"), "must be the folder of a finished run"),
        (("diagnose", tmp_path / "begun"), "netwright resume"),
        (("diagnose",), "got neither"),
        (("diagnose", tmp_path, "--curves", tmp_path), "got both"),
        (("diagnose", "--curves", tmp_path / "none.csv"), "none.csv"),
        (("diagnose", "--curves", tmp_path, "--lang", "de"), "--lang must be one of en, ko"),
    ]:
        ended = nw(*arguments)
        assert ended.code == 2 and ended.out == ""
        assert said in ended.err and len(ended.err.splitlines()) == 1


def test_curves_that_overfit_and_curves_that_do_not(nw: Command, tmp_path: Path) -> None:
    over, fine = write(tmp_path / "over.csv", OVER), write(tmp_path / "fine.csv", FINE)
    said = nw("diagnose", "--curves", over)
    assert said.code == 0 and "[overfit]" in said.out and "best epoch 15 of 79" in said.out
    said = nw("diagnose", "--curves", fine)
    assert said.code == 0 and "nothing to repair" in said.out
    assert "overfit" not in (said.out + said.err).lower() and "oscillat" not in (said.out + said.err).lower()
    said = nw("diagnose", "--curves", over, "--lang", "ko")
    assert said.code == 0 and "과적합" in said.out and "검증 손실로 읽었습니다" in said.out


def test_curves_without_validation_say_what_cannot_be_told(nw: Command, tmp_path: Path) -> None:
    data = write(tmp_path / "train.csv", [row[:2] for row in FINE])
    said = nw("diagnose", "--curves", data)
    assert said.code == 0 and "cannot be told" in said.out and "as far as it tells" in said.out
    said = nw("diagnose", "--curves", data, "--lang", "ko")
    assert "알 수 없습니다" in said.out


def test_several_runs_and_json(nw: Command, tmp_path: Path) -> None:
    rows: list[list[object]] = [["run", *FINE[0]]]
    rows += [[f"run {k}", *row] for k in range(14) for row in (OVER if k == 13 else FINE)[1:]]
    data = write(tmp_path / "all.csv", rows)
    said = nw("diagnose", "--curves", data)
    assert said.code == 0
    assert "all.csv: run 13" in said.out.splitlines()[0]  # the one with a problem comes first
    assert "and 2 more runs, 0 of them with a problem" in said.out
    told = json.loads(nw("diagnose", "--curves", data, "--json").out)
    assert [own["healthy"] for own in told] == [True] * 13 + [False]


def test_the_curves_of_a_run_can_be_read_as_a_file(nw: Command, run: Path) -> None:
    assert nw("diagnose", "--curves", run / "curves.csv").code == 0
    said = nw("diagnose", "--curves", run)
    assert said.code == 2 and "curves.csv" in said.err
