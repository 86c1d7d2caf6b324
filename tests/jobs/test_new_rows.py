"""Runs that make rows: from a table to its new rows, and what they are held against."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import train
from netwright.base.errors import DataError, PlanError
from netwright.base.table import Column, Reading
from netwright.deliver.bundle import bundle_files, load_bundle
from netwright.deliver.synthesis import Synthesizer, written_cells
from netwright.doctor.diagnosis import diagnose
from netwright.preparation.values import Moments, Numbers
from netwright.training.attachment import Attachment
from tests.command import Command
from tests.doctor.runs import Case
from tests.laws.stopping import prints, whole_and_resumed

OPTIONS = {"task": "unsupervised", "preset": "quick", "epochs": 4, "no_repair": True, "patience": "off"}


def people(n: int = 260) -> pl.DataFrame:
    """Numbers, gaps, many zeros, levels, dates, an identifier and a constant."""
    random = np.random.default_rng(0)
    age, smoker = random.integers(18, 65, n), random.random(n) < 0.3
    return pl.DataFrame(
        {
            "id": [f"P-{n:05d}" for n in range(n)],
            "나이": age,
            "gain": np.where(random.random(n) < 0.7, 0, random.lognormal(7, 1, n).round(0)).astype(int),
            "smoker": np.where(smoker, "yes", "no"),
            "region": [
                None if gap else str(own)
                for gap, own in zip(random.random(n) < 0.1, random.choice(["north", "south", "서울"], n), strict=True)
            ],
            "since": [
                f"{day:02d}.{month:02d}.2019"
                for day, month in zip(random.integers(13, 28, n), random.integers(1, 12, n), strict=True)
            ],
            "country": ["KR"] * n,
            "cost": (200.5 * age + 9_000 * smoker + random.normal(0, 800, n)).round(2),
        }
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run of a GAN, on a table with a Korean name."""
    folder = tmp_path_factory.mktemp("만들기")
    people().write_csv(folder / "사람.csv")
    train(folder / "사람.csv", out=folder / "run", model="gan", **OPTIONS)
    return folder / "run"


def test_the_record_says_how_good_made_rows_are(made: Path) -> None:
    metrics = json.loads((made / "metrics.json").read_text("utf-8"))
    own = metrics["new_rows"]
    assert metrics["metric"] == "row_log_loss" and own["target"] == "cost" and own["score"] == "r2"
    assert set(metrics["baselines"]) == {"independent", "copula"}
    for name in ("marginals", "associations", "detection", "usefulness", "on_real", "nearest", "copies"):
        assert np.isfinite(own[name]) and np.isfinite(metrics["baselines"]["copula"][name])
    assert set(own["best"].values()) <= {"model", "independent", "copula"}
    curves = (made / "curves.csv").read_text("utf-8").splitlines()
    assert {"critic_gap", "generator_loss", "made_spread"} <= set(curves[0].split(","))
    page = (made / "report.html").read_text("utf-8")
    assert "loss: log-loss of rows: how unlikely" in page and "cost of giving rows back" not in page
    assert "New rows" in page and "chart-both-networks" in page and "나이: real and made" in page


def test_new_rows_have_the_columns_and_formats_of_the_table(made: Path) -> None:
    maker = Synthesizer.load(made)
    rows, table = maker.rows(300), people()
    assert rows.columns == table.columns and rows.height == 300
    assert rows["id"].null_count() == 300 and set(rows["country"]) == {"KR"}
    assert maker.empty == ("id",) and "stay empty" in maker.doubts[0]
    assert set(rows["smoker"]) == {"no", "yes"} and set(rows["region"].drop_nulls()) <= {"north", "south", "서울"}
    assert rows["나이"].cast(pl.Int64).is_between(18, 64).all() and rows["gain"].cast(pl.Int64).min() == 0
    assert rows["since"].str.to_date("%d.%m.%Y").is_between(pl.date(2019, 1, 13), pl.date(2019, 12, 31)).all()
    cost = rows["cost"].cast(pl.Float64)
    assert table["cost"].min() <= cost.min() and cost.max() <= table["cost"].max() and cost.equals(cost.round(2))
    assert rows.equals(maker.rows(300)) and not rows.equals(maker.rows(300, seed=1))


def test_the_command_writes_them(nw: Command, made: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "하나.csv", tmp_path / "둘.csv"
    done = nw("synthesize", made, "--rows", 40, "--out", one)
    assert done.code == 0 and "40 new rows" in done.err and "id cannot be made up" in done.err
    assert nw("synthesize", made, "--rows", 40, "--out", other, "--seed", 0).code == 0
    assert one.read_bytes() == other.read_bytes()
    assert pl.read_csv(one, infer_schema=False).columns == people().columns
    wrong = nw("synthesize", made, "--rows", 0)
    assert wrong.code == 2 and "--rows must be a number from 1" in wrong.err and "note" not in wrong.err


def test_a_generator_cannot_give_rows_back(nw: Command, made: Path, tmp_path: Path) -> None:
    people(20).write_csv(tmp_path / "더.csv")
    done = nw("predict", made, tmp_path / "더.csv", "--reconstruct")
    assert done.code == 2 and "a generator cannot give rows back. Train without --model gan" in done.err
    scored = nw("predict", made, tmp_path / "더.csv")
    assert scored.code == 0 and scored.out.splitlines()[0] == "row,score"


def test_a_bundle_is_loaded_bit_by_bit_and_a_damaged_one_is_refused(made: Path, tmp_path: Path) -> None:
    model = load_bundle(made)
    assert Synthesizer.load(made).rows(50).equals(Synthesizer.load(made / "model").rows(50))
    good = model.attachments[0].facts
    for facts in (
        {**good, "written": ["nobody"]},
        {**good, "written": [*good["written"], good["written"][0]]},
        {**good, "constants": {"cost": "7"}},
        {**good, "more": 1},
        {**good, "written": good["written"][:-1]},
        {},
    ):
        bad = replace(model, attachments=(Attachment("new_rows", facts),))
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, data in bundle_files(bad).items():
            (folder / name).write_bytes(data)
        with pytest.raises(DataError, match="is damaged"):
            Synthesizer.load(folder)
    raw = bytearray((made / "model" / "weights.safetensors").read_bytes())
    raw[-1] ^= 1
    folder = tmp_path / "spoiled"
    folder.mkdir()
    (folder / "weights.safetensors").write_bytes(raw)
    (folder / "manifest.json").write_bytes((made / "model" / "manifest.json").read_bytes())
    with pytest.raises(DataError, match="damaged"):
        Synthesizer.load(folder)


@pytest.mark.parametrize("family", ["gan", "vae"])
def test_a_run_that_is_stopped_becomes_one_that_never_was(tmp_path: Path, family: str) -> None:
    whole, stopped, steps = whole_and_resumed(
        tmp_path, [7, 5, 1], 0.0, target=None, model=family, folds=2, batch_size=16, **OPTIONS
    )
    assert stopped == whole and all(steps)


def test_the_same_seed_makes_the_same_run(made: Path, tmp_path: Path) -> None:
    people().write_csv(tmp_path / "사람.csv")
    train(tmp_path / "사람.csv", out=tmp_path / "run", model="gan", **OPTIONS)
    assert prints(tmp_path / "run") == prints(made)


def test_rows_that_a_run_cannot_make_are_refused(tmp_path: Path) -> None:
    frame = people()
    with pytest.raises(PlanError, match="learns without a target"):
        train(frame, target="cost", model="gan", out=tmp_path / "a", preset="quick")
    train(
        frame.drop("id", "since"),
        target="cost",
        model="linear",
        out=tmp_path / "b",
        preset="quick",
        epochs=3,
        no_repair=True,
    )
    with pytest.raises(DataError, match="must be one that makes rows"):
        Synthesizer.load(tmp_path / "b")


def test_cells_are_written_as_they_were_read() -> None:
    comma = Column("x", "numeric", reading=Reading(decimal=","))
    assert written_cells(comma, Numbers(np.array([1.5, -0.0, 1e6])), 2) == ["1,5", "0", "1000000"]
    assert written_cells(Column("x", "numeric"), Numbers(np.array([0.1 + 0.2, np.nan])), None) == ["0.3", None]
    noon = np.array([1_577_880_000_000_000])
    assert written_cells(Column("d", "date"), Moments(noon), None) == ["2020-01-01 12:00:00"]
    day = Column("d", "date", reading=Reading(date_format="%Y년 %m월"))
    assert written_cells(day, Moments(noon), None) == ["2020년 01월"]


def plant(name: str, value: float) -> Case:
    """A run of a GAN in which one signal is off from its first epoch on."""
    from netwright.base.curves import Curves
    from netwright.base.plan import Member, Plan
    from netwright.doctor.case import Facts

    plan = Plan("gan", "gan", {"hidden": [8]}, loss="own", epochs=9)
    falling = np.linspace(3, 2, 10)[None]
    signals = {"made_spread": np.full((1, 10), 0.95), "critic_gap": np.full((1, 10), 0.2)}
    signals[name] = np.full((1, 10), value)
    curves = Curves(
        (Member(plan, 0, 0),), falling, falling, falling, falling, np.array([9]), ("done",), signals=signals
    )
    return Case(curves, plan, facts=Facts(task="unsupervised"))


def test_the_doctor_knows_mode_collapse_and_a_critic_that_wins() -> None:
    assert diagnose(plant("made_spread", 0.9)) == []
    (collapse,) = diagnose(plant("made_spread", 0.2))
    assert collapse.code == "mode-collapse" and collapse.severity == "warning" and "20 %" in collapse.message
    (wins,) = diagnose(plant("critic_gap", 0.8))
    assert wins.code == "critic-wins" and "80 %" in wins.message and "--model vae" in wins.advice
    (korean,) = diagnose(plant("made_spread", 0.2), "ko")
    assert "생성자" in korean.message


def test_the_plants_are_real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator that hardly moves loses against a critic that learns: the doctor says so at the end of a run."""
    from netwright.models import gan

    monkeypatch.setattr(gan, "_CRITIC_RATE", 1_000.0)
    options = {**OPTIONS, "epochs": 25, "learning_rate": 3e-6, "drop": ("id", "since")}
    run = train(people(), out=tmp_path / "run", model="gan", **options)
    assert "critic-wins" in {finding.code for finding in run.record.findings}


def test_an_autoencoder_gives_dates_back_and_says_what_it_cannot(nw: Command, tmp_path: Path) -> None:
    frame = people(160).with_columns(
        region=pl.Series([["north", "south", "서울"][n % 3] if n % 8 else f"마을 {n}" for n in range(160)]),
        후기=pl.Series([f"{n}번째 손님은 친절해서 아주 좋았다고 합니다 {n * 7 % 11}" for n in range(160)]),
    )
    frame.write_csv(tmp_path / "사람.csv")
    options = ["--task", "unsupervised", "--preset", "quick", "--epochs", 3, "--no-repair", "--hidden", "8"]
    done = nw("train", tmp_path / "사람.csv", *options, "--kind", "후기=text", "--out", tmp_path / "run")
    assert done.code == 0
    back = nw("predict", tmp_path / "run", tmp_path / "사람.csv", "--reconstruct", "--out", tmp_path / "back.csv")
    assert back.code == 0 and "후기 cannot be given back and is left out" in back.err
    rows = pl.read_csv(tmp_path / "back.csv", infer_schema=False)
    assert rows["since"].str.to_date("%d.%m.%Y").dt.year().is_between(2017, 2021).all()
    assert "(rare)" not in "".join(rows["region"]) or "(rare) in region stands for any value" in back.err
