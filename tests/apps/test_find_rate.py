"""`netwright find-lr` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netwright import run
from netwright.apps import finding_rate
from netwright.base.curves import Curves
from netwright.base.settings import Settings
from netwright.base.split import Split
from netwright.tune.rate_range import SEEDS
from tests.command import Command, write
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
    assert (tmp_path / "1.html").read_bytes() == (tmp_path / "2.html").read_bytes()
    other = json.loads(nw("find-lr", data, "--target", "y", *SMALL, "--json", "--seed", 1, "--out", tmp_path / "3").out)
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
        (("--learning-rate", "1"), "No such option"),
    ],
)
def test_what_is_refused(nw: Command, data: Path, more: tuple[str, ...], said: str) -> None:
    ended = nw("find-lr", data, "--target", "y", *SMALL, *more)
    assert ended.code == 2 and said in ended.err


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


def test_a_network_of_texts_learns_from_a_part_of_the_rows(nw: Command, tmp_path: Path) -> None:
    frame = korean_reviews(240, 1)
    frame.write_csv(tmp_path / "후기.csv")
    said = nw(
        "find-lr", tmp_path / "후기.csv", "--target", "평가", "--model", "textcnn", "--train-rows", 60, "--hidden", "4"
    )
    assert said.code == 0, said.err
