"""`netwright find-lr` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netwright.apps.finding_rate import find_rates
from netwright.base.settings import Settings
from netwright.base.split import Split
from tests.command import Command, write

ROWS: list[list[object]] = [
    ["a", "b", "y"],
    *([k / 10, (k * 7) % 13, k / 3 + ((k * 7) % 13) ** 2 / 9 + (k * 31) % 5] for k in range(90)),
]
SMALL = ("--hidden", "8", "--batch-size", "full")


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
    assert list(lines) == ["rates", "learns", "suggested", "diverges", "picture", "train"]
    page = tmp_path / "runs" / "find-lr-값-y.html"
    text = page.read_text(encoding="utf-8")
    rate = lines["suggested"].split()[-1]
    assert f"--learning-rate {rate}" in text and "값.csv" in text
    assert 1e-4 < float(rate) < 1
    assert f"netwright train {data} --target y --learning-rate {rate}" in lines["train"]
    assert "https://" not in text.split("<script>")[0].replace("https://www.w3.org", "")


def test_the_same_command_gives_the_same_bits(nw: Command, data: Path, tmp_path: Path) -> None:
    told = [nw("find-lr", data, "--target", "y", *SMALL, "--json", "--out", tmp_path / f"{k}.html").out for k in (1, 2)]
    first, second = (json.loads(own) | {"picture": ""} for own in told)
    assert first == second
    assert len(first["rates"]) == len(first["valid_loss"]) == 29
    assert (tmp_path / "1.html").read_bytes() == (tmp_path / "2.html").read_bytes()
    other = json.loads(nw("find-lr", data, "--target", "y", *SMALL, "--json", "--seed", 1, "--out", tmp_path / "3").out)
    assert other["valid_loss"] != first["valid_loss"]


def test_all_rates_begin_at_the_same_weights(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import netwright.apps.finding_rate as module

    seen = []
    real = module.judged_range
    monkeypatch.setattr(module, "judged_range", lambda curves, steps: seen.append(curves) or real(curves, steps))
    find_rates(str(data), Settings.from_options({"target": "y", "hidden": "8", "batch_size": "full"}))
    curves = seen[0]
    starts = {seed: set() for seed in (0, 1, 2)}
    for member, loss in zip(curves.members, curves.valid_loss[:, 0], strict=True):
        starts[member.seed].add(float(loss))
    assert all(len(own) == 1 for own in starts.values())
    assert len(set.union(*starts.values())) == 3


def test_the_test_rows_stay_sealed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import netwright.run as run

    split: list[Split] = []
    real = run.split_table
    monkeypatch.setattr(run, "split_table", lambda *args: split.append(real(*args)) or split[0])
    found = find_rates(str(data), Settings.from_options({"target": "y", "hidden": "8", "batch_size": "full"}))
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
    said = nw(
        "find-lr", data, "--target", "c", "--model", "linear", "--batch-size", "full", "--out", tmp_path / "p.html"
    )
    assert said.code == 0, said.err
    assert "--learning-rate" in said.out
