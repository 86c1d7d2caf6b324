"""What `netwright audit` prints beside kinds and findings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from netwright.apps import auditing
from netwright.base.figures import width
from tests.command import Command

Houses = Callable[..., pl.DataFrame]


def test_relations_are_a_table_from_strong_to_weak(nw: Command, houses: Houses, tmp_path: Path) -> None:
    houses(200).write_csv(tmp_path / "h.csv")
    said = nw("audit", tmp_path / "h.csv", "--target", "price").out
    lines = said[said.index("relation to price") :].splitlines()
    assert lines[1].split("   ")[0].strip() == "column" and "adjusted p" in lines[1]
    assert lines[2].split()[0] == "rooms"
    assert {line.split()[0] for line in lines[2:6]} == {"rooms", "age", "town", "river"}
    assert "Spearman" in lines[2] and "large" in lines[2] and "< 0.001" in lines[2]
    assert "Holm" in said and "independent" in said


def test_columns_stand_below_each_other_in_korean_too(nw: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    size = rng.normal(size=60)
    frame = pl.DataFrame({"면적": size, "지역 이름": rng.choice(["서울", "부산"], 60), "x": size, "가격": size})
    frame.write_csv(tmp_path / "집.csv")
    said = nw("audit", tmp_path / "집.csv", "--target", "가격").out
    lines = said[said.index("relation to 가격") :].splitlines()[1:5]
    starts = {
        width(line[: line.index(word)]) for line in lines for word in ("test", "Spearman", "Krus") if word in line
    }
    assert len(starts) == 1
    assert next(line for line in lines if "지역 이름" in line).count("may be chance") == 1


def test_many_columns_are_cut_unless_verbose(nw: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({f"x{n}": rng.normal(size=50) for n in range(30)} | {"y": rng.normal(size=50)})
    frame.write_csv(tmp_path / "t.csv")
    assert "and 10 weaker ones (--verbose shows all)" in nw("audit", tmp_path / "t.csv", "--target", "y").out
    assert "weaker ones" not in nw("audit", tmp_path / "t.csv", "--target", "y", "--verbose").out


def test_json_stays_a_list_of_findings(nw: Command, houses: Houses, tmp_path: Path) -> None:
    houses().write_csv(tmp_path / "h.csv")
    found = json.loads(nw("audit", tmp_path / "h.csv", "--target", "price", "--json").out)
    assert isinstance(found, list)
    assert "no-relation" not in {finding["code"] for finding in found}


def test_without_a_target_there_is_no_such_table(nw: Command, houses: Houses, tmp_path: Path) -> None:
    houses().write_csv(tmp_path / "h.csv")
    assert "relation to" not in nw("audit", tmp_path / "h.csv").out


def test_findings_are_counted_then_told_from_loud_to_quiet(nw: Command, tmp_path: Path) -> None:
    size = np.random.default_rng(0).normal(6, 0.5, 200)
    size[0] = 0
    frame = pl.DataFrame({"크기": size, "one": ["kg"] * 200, "id": [f"k{n:04d}" for n in range(200)]})
    frame.write_csv(tmp_path / "t.csv")
    lines = nw("audit", tmp_path / "t.csv").out.splitlines()
    told = lines[lines.index("audit     2 warnings, 2 notes") + 1 :]
    assert [line.split()[0] for line in told if not line.startswith(" ")] == ["warning", "warning", "note", "note"]
    assert "          --missing 0 treats it as missing" in told


def test_nothing_to_complain_about(nw: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pl.DataFrame({"x": rng.normal(size=60), "z": rng.normal(size=60)}).write_csv(tmp_path / "t.csv")
    assert nw("audit", tmp_path / "t.csv").out.splitlines()[-1] == "audit     nothing to complain about"


def test_a_narrow_terminal_keeps_the_text_beside_its_label(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")
    auditing._print_finding("warning", "a message of many words " * 5)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("warning   a message")
    assert all(line.startswith(" " * 10) and len(line) <= 50 for line in lines[1:])


def test_kinds_stand_below_each_other_in_korean_too(nw: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pl.DataFrame({"면적": rng.normal(size=60), "x": rng.normal(size=60)}).write_csv(tmp_path / "t.csv")
    lines = [line for line in nw("audit", tmp_path / "t.csv").out.splitlines() if line.endswith("numeric     numbers")]
    assert len({width(line[: line.index("numeric")]) for line in lines}) == 1


def test_what_the_split_says_is_told_in_its_place(nw: Command, tmp_path: Path) -> None:
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 10, 26), eager=True)
    x = np.random.default_rng(0).normal(6, 0.5, len(days))
    x[0] = 0
    pl.DataFrame({"day": days, "x": x, "y": np.arange(len(days)) / 7}).write_csv(tmp_path / "t.csv")
    told = json.loads(nw("audit", tmp_path / "t.csv", "--target", "y", "--json").out)
    codes = [finding["code"] for finding in told]
    assert codes.index("impossible") < codes.index("split-by-time")


def test_what_only_names_a_person_is_no_leak_where_persons_are_split(nw: Command, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(60), 6)
    level = rng.normal(size=60)[person]
    frame = pl.DataFrame(
        {
            "patient_id": [f"P{number:03d}" for number in person],
            "height": (170 + 10 * rng.normal(size=60)).round(2)[person],
            "dose": rng.normal(size=360).round(3),
            "pressure": (level + 0.1 * rng.normal(size=360)).round(4),
        }
    )
    frame.write_csv(tmp_path / "visits.csv")
    said = nw("audit", tmp_path / "visits.csv", "--target", "pressure", "--json").out
    assert "split-by-group" in {finding["code"] for finding in json.loads(said)}
    assert not [finding for finding in json.loads(said) if finding["severity"] == "stop"]
    run = nw("train", tmp_path / "visits.csv", "--target", "pressure", "--preset", "quick", "--epochs", "2",
             "--no-repair", "--out", tmp_path / "run")  # fmt: skip
    assert run.code == 0, run.err
