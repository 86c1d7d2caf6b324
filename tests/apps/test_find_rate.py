"""`netwright find-lr` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer.main

from netwright import run
from netwright.apps import finding_rate
from netwright.apps.cli import app
from netwright.base.curves import Curves
from netwright.base.settings import Settings
from netwright.base.split import Split
from netwright.tune import rate_range
from netwright.tune.rate_range import SEEDS
from tests.command import Command, write
from tests.pictures import folder_of, table_of
from tests.reviews import korean_reviews

ROWS: list[list[object]] = [
    ["a", "b", "y"],
    *([k / 10, (k * 7) % 13, k / 3 + ((k * 7) % 13) ** 2 / 9 + (k * 31) % 5] for k in range(90)),
]
SMALL = ("--hidden", "8", "--batch-size", "4")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "값.csv", ROWS)


def test_a_rate_is_suggested_with_its_picture(
    nw: Command, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = nw("find-lr", data, "--target", "y", *SMALL)
    assert said.code == 0, said.err
    lines = {line.split()[0]: line for line in said.out.splitlines() if line[:1] != " "}
    assert list(lines) == ["rates", "learns", "suggested", "diverges", "caution", "picture", "train"]
    page = tmp_path / "runs" / "find-lr-값-y.html"
    text = page.read_text(encoding="utf-8")
    rate = lines["suggested"].split()[-1]
    assert f"--learning-rate {rate}" in text and "값.csv" in text
    assert 1e-4 < float(rate) < 1
    command = f"netwright train {data} --target y --batch-size 4 --learning-rate {rate} --hidden 8"
    assert lines["train"].endswith(f" {command}")  # the network that was tested, not another one
    assert "default-src &#39;none&#39;" in text


def test_the_same_command_gives_the_same_bits(nw: Command, data: Path, tmp_path: Path) -> None:
    told = [nw("find-lr", data, "--target", "y", *SMALL, "--json", "--out", tmp_path / f"{k}.html").out for k in (1, 2)]
    first, second = (json.loads(own) | {"picture": ""} for own in told)
    assert first == second
    assert len(first["rates"]) == len(first["valid_loss"]) == 29
    assert first["command"].endswith(f"--learning-rate {first['learning_rate']:g} --hidden 8")
    assert (tmp_path / "1.html").read_bytes() == (tmp_path / "2.html").read_bytes()
    other = json.loads(
        nw("find-lr", data, "--target", "y", *SMALL, "--json", "--seed", 1, "--out", tmp_path / "3.HTM").out
    )
    assert other["valid_loss"] != first["valid_loss"]


def test_all_rates_begin_at_the_same_weights_and_the_test_rows_stay_sealed(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Curves] = []
    split: list[Split] = []
    judged, dealt = finding_rate.judged_range, run.split_table
    monkeypatch.setattr(finding_rate, "judged_range", lambda curves, n: seen.append(curves) or judged(curves, n))
    monkeypatch.setattr(run, "split_table", lambda *args: split.append(dealt(*args)) or split[0])
    found = finding_rate.find_rates(str(data), Settings.from_options({"target": "y", "hidden": "8", "batch_size": "4"}))
    starts: dict[int, set[float]] = {seed: set() for seed in range(SEEDS)}
    for member, loss in zip(seen[0].members, seen[0].valid_loss[:, 0], strict=True):
        starts[member.seed].add(float(loss))
    assert all(len(own) == 1 for own in starts.values())
    assert len(set.union(*starts.values())) == SEEDS
    assert split[0].sealed.n_rows == 18 and not split[0].sealed.openings
    assert found.n_train + found.n_valid == 72


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--model", "mlp", "--model", "realmlp"), "--model must be named once here"),
        (("--target", "none"), "--target must name a column"),
        (("--out", "/dev/null/x.html"), "--out must be a file that can be written"),
        (("--out", "값.csv"), "--out must be a file whose name ends in .html, got 값.csv"),
        (("--learning-rate", "1"), "No such option"),
    ],
)
def test_what_is_refused(
    nw: Command, data: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], said: str
) -> None:
    before = data.read_bytes()
    monkeypatch.chdir(data.parent)
    monkeypatch.setattr(finding_rate, "train", None)  # no network is trained for nothing
    ended = nw("find-lr", data, "--target", "y", *SMALL, *more)
    assert ended.code == 2 and said in ended.err
    assert data.read_bytes() == before


@pytest.mark.parametrize(
    ("more", "advice"),
    [
        ("seed: 1", "raise --valid-size"),
        ("folds: 5", "ask for fewer --folds"),
        ("valid", "put more of them into --valid-data"),
    ],
)
def test_of_few_validation_rows_the_option_is_named_that_would_give_more(
    nw: Command, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, advice: str
) -> None:
    monkeypatch.setattr(rate_range, "STEPS", 20)
    own = write(tmp_path / "검증.csv", [ROWS[0], *ROWS[3:20]])
    config = tmp_path / "설정.yaml"
    config.write_text(more, encoding="utf-8")
    split = ("--valid-data", own) if more == "valid" else ("--config", config)
    said = nw("find-lr", data, "--target", "y", *SMALL, *split, "--out", tmp_path / "p.html")
    assert said.code == 0, said.err
    caution = next(line for line in said.out.splitlines() if line.startswith("caution"))
    assert caution.endswith(f"; {advice}")


def test_rows_without_a_target_are_refused(nw: Command, data: Path) -> None:
    ended = nw("find-lr", data, "--task", "unsupervised")
    assert ended.code == 2 and "--task must be one with a target here, got unsupervised" in ended.err


def test_classes_and_other_families_work(nw: Command, tmp_path: Path) -> None:
    data = write(tmp_path / "d.csv", [["a", "c"], *([k / 10, ["x", "y", "z"][k // 30]] for k in range(90))])
    said = nw("find-lr", data, "--target", "c", "--model", "linear", "--batch-size", "4", "--out", tmp_path / "p.html")
    assert said.code == 0, said.err
    assert said.out.splitlines()[-1].endswith(f"--model linear --batch-size 4 --learning-rate {rate_of(said.out)}")


def rate_of(out: str) -> float:
    return float(next(line.split()[-1] for line in out.splitlines() if line.startswith("suggested")))


def test_where_no_rate_learns_none_is_suggested(nw: Command, tmp_path: Path) -> None:
    """Six saturated layers under plain descent: what is gained is chance."""
    deep = ("--optimizer", "sgd", "--activation", "sigmoid", "--hidden", "32,32,32,32,32,32")
    page = tmp_path / "p.html"
    said = nw("find-lr", "sample:iris", "--target", "target", *deep, "--out", page)
    assert said.code == 0, said.err
    assert "at no rate" in said.out and "look at" in said.out
    assert "suggested" not in said.out and "netwright train" not in said.out
    assert "No rate is suggested" in page.read_text(encoding="utf-8")


def test_a_network_of_texts_learns_from_a_part_of_the_rows(
    nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_range, "STEPS", 20)
    frame = korean_reviews(240, 1)
    frame.write_csv(tmp_path / "후기.csv")
    own = ("--model", "textcnn", "--hidden", 4, "--train-rows", 60, "--out", tmp_path / "p.html")
    said = nw("find-lr", tmp_path / "후기.csv", "--target", "평가", *own)
    assert said.code == 0, said.err


def test_a_network_of_pictures_in_a_table_does_too(
    nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_range, "STEPS", 20)
    own = ("--model", "cnn", "--filters", "2,2", "--train-rows", 40, "--out", tmp_path / "p.html")
    said = nw("find-lr", table_of(tmp_path), "--target", "price", *own)
    assert said.code == 0, said.err


def test_of_a_folder_of_pictures_the_network_that_was_tested_is_named(nw: Command, tmp_path: Path) -> None:
    """`train` would take a network of pictures by itself, which has other rates."""
    folder = folder_of(tmp_path / "동물", 40)
    said = nw("find-lr", folder, *SMALL, "--out", tmp_path / "p.html")
    assert said.code == 0, said.err
    command = f"netwright train {folder} --target label --model mlp --batch-size 4 --learning-rate {rate_of(said.out)}"
    assert said.out.splitlines()[-1].endswith(f"{command} --hidden 8")


@pytest.mark.parametrize("model", [(), ("--model", "rnn", "--cell", "lstm")])
def test_of_a_forecast_too(nw: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: tuple[object]) -> None:
    monkeypatch.setattr(rate_range, "STEPS", 60)
    monkeypatch.setattr(finding_rate, "_MOST_ROWS", 50)  # windows are not left out, as rows are
    rows = [[f"{2000 + n // 12}-{1 + n % 12:02}", 100 + n + 20 * (n % 12 > 5)] for n in range(120)]
    data = write(tmp_path / "달.csv", [["달", "손님"], *rows])
    ahead = ("--target", "손님", "--time", "달", "--horizon", 3)
    said = nw("find-lr", data, *ahead, *model, "--out", tmp_path / "p.html")
    assert said.code == 0, said.err
    last = said.out.splitlines()[-1]
    assert "--horizon 3" in last and f"--model {model[1] if model else 'mlp'}" in last


def test_the_options_of_data_and_network_are_those_of_train() -> None:
    """The others say how a run is judged, searched, repaired or told, or belong to rows without a target."""
    verbs = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    train, own = ({option.name for option in verbs[name].params} for name in ("train", "find-lr"))
    judging = {"metric", "positive", "folds", "repeats", "derive", "verbose", "lang"}
    spending = {"time_limit", "epochs", "patience", "learning_rate", "start_from", "no_repair"}
    choosing = {"prefer", "networks_only", "distill"}
    assert own <= train
    assert train - own == judging | spending | choosing | {"no_target", "code"}
