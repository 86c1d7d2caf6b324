"""Files with a large table read as they do at once, block by block."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import train
from netwright.base import memory
from netwright.base.errors import DataError, PlanError
from netwright.base.settings import Settings
from netwright.base.table import Table
from netwright.preparation.load import read_table
from netwright.sources import files, large
from tests.command import Command
from tests.laws.test_sealed import KINDS, every_kind

ROWS = 4_000
SETTINGS = Settings.from_options({"target": "price", "kind": KINDS})


@pytest.fixture
def frame() -> pl.DataFrame:
    """Every kind of column."""
    return every_kind(ROWS)


def cells(table: Table) -> dict[str, list[Any]]:
    return {name: table[name].to_list() for name in table.schema.names}


@pytest.mark.parametrize("form", ["csv", "csv.gz", "tsv", "cp949", "quoted", "comments", "no end", "windows"])
def test_a_text_reads_as_it_does_at_once(
    form: str, frame: pl.DataFrame, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / f"houses.{form if form in ('csv.gz', 'tsv') else 'csv'}"
    text = frame.write_csv(separator="\t" if form == "tsv" else ",", quote_style="always" if form == "quoted" else None)
    if form == "quoted":
        text = text.replace('"Jeju"', '"Je,\nju"')
    text = {
        "comments": "# of 2024\n\n" + text,
        "no end": text.removesuffix("\n"),
        "windows": text.replace("\n", "\r\n"),
    }.get(form, text)
    data = text.encode("cp949" if form == "cp949" else "utf-8")
    path.write_bytes(gzip.compress(data) if form == "csv.gz" else data)
    usual = read_table(path, SETTINGS)
    request.getfixturevalue("small_limits")
    own = read_table(path, SETTINGS)
    assert own.in_files and not usual.in_files
    assert own.n_rows == usual.n_rows == ROWS
    assert own.schema == usual.schema
    assert cells(own) == cells(usual)
    assert own.source.how == usual.source.how
    assert own.source.fingerprint == usual.source.fingerprint


def test_a_mark_at_the_start_is_no_part_of_the_first_cell(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = tmp_path / "cells.csv"
    rng = np.random.default_rng(0)
    body = "".join(f"t{k % 7},{x:.4f},{y:.4f}\n" for k, (x, y) in enumerate(rng.normal(size=(6_000, 2))))
    path.write_bytes(b"\xef\xbb\xbf" + body.encode())
    settings = Settings.from_options({"target": "c3", "header": "no"})
    usual = read_table(path, settings)
    request.getfixturevalue("small_limits")
    own = read_table(path, settings)
    assert own.in_files
    assert cells(own) == cells(usual)


def test_a_parquet_file_reads_as_it_does_at_once(
    frame: pl.DataFrame, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / "houses.parquet"
    frame.with_columns(
        pl.col("built").str.to_datetime(), whole=pl.Series(range(ROWS)), yes=frame["open"] == "yes"
    ).write_parquet(path)
    usual = read_table(path, SETTINGS)
    request.getfixturevalue("small_limits")
    own = read_table(path, SETTINGS)
    assert own.in_files
    assert cells(own) == cells(usual)
    assert [column.kind for column in own.schema.columns] == [column.kind for column in usual.schema.columns]
    assert own.source.fingerprint == usual.source.fingerprint


def test_ranges_are_counted_over_all_rows(small_limits: None, frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    frame.write_csv(path)
    table = read_table(path, SETTINGS.with_(range=("rooms=3:8",)))
    rooms = frame["rooms"].drop_nulls()
    (found,) = (finding for finding in table.findings if finding.code == "out-of-range")
    assert found.evidence["values"] == int(((rooms < 3) | (rooms > 8)).sum())
    assert found.evidence["of"] == len(rooms)
    assert table["rooms"].null_count() == ROWS - len(rooms) + found.evidence["values"]


def test_a_row_of_other_width_is_named(small_limits: None, frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    lines = frame.write_csv().split("\n")
    lines[3_500] += ",1,2"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=r"every row of houses.csv must have 8 cells .*line 3,501"):
        read_table(path, SETTINGS)


def test_a_damaged_gzip_file_is_told(small_limits: None, frame: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv.gz"
    path.write_bytes(gzip.compress(frame.write_csv().encode())[:-2_000])
    with pytest.raises(DataError, match="must be a whole"):
        read_table(path, SETTINGS)


def test_another_encoding_beyond_the_sample_is_told(
    small_limits: None, frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "SAMPLE_ROWS", 10)
    data = frame.with_columns(pl.lit("a").alias("방"), town=pl.lit("b")).rename({"방": "r"}).write_csv().encode()
    path = tmp_path / "houses.csv"
    path.write_bytes(data.replace(b"b,s3", b"\xb0\xa1,s3") + b"1\xff\xfe\n")
    with pytest.raises(DataError):
        read_table(path, SETTINGS)


def test_predictions_are_those_of_the_same_file_in_memory(
    nw: Command, frame: pl.DataFrame, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run = train(frame[:400], "price", preset="quick", epochs=2, no_repair=True, kind=KINDS)
    run.save(tmp_path / "run")
    path, csv = tmp_path / "new.parquet", tmp_path / "new.csv"
    frame.write_parquet(path)
    frame.drop("price").write_csv(csv)
    usual = run.model.predict(path), run.model.predict(csv), run.model.evaluate(path)
    request.getfixturevalue("small_limits")
    assert run.model.table(path).in_files and run.model.table(csv).in_files
    assert run.model.predict(path).equals(usual[0])
    assert run.model.predict(csv).equals(usual[1])
    assert run.model.evaluate(path) == usual[2]
    said = nw("predict", tmp_path / "run", csv, "--out", tmp_path / "said.csv")
    assert said.code == 0, said.err
    assert pl.read_csv(tmp_path / "said.csv").height == ROWS
    with pytest.raises(DataError, match=r"must have every column that the model reads, got no 'rooms'"):
        frame.drop("rooms").write_parquet(tmp_path / "lacks.parquet")
        run.model.predict(tmp_path / "lacks.parquet")


def test_the_users_own_test_and_validation_rows_may_be_large_too(
    small_limits: None, frame: pl.DataFrame, tmp_path: Path
) -> None:
    names = [tmp_path / f"{name}.parquet" for name in ("train", "valid", "test")]
    for name, rows in zip(names, (frame[:2_000], frame[2_000:3_000], frame[3_000:].drop("street")), strict=True):
        rows.write_parquet(name)
    own, valid, test = names
    options: dict[str, Any] = {"preset": "quick", "epochs": 1, "no_repair": True, "kind": KINDS, "drop": ("street",)}
    run = train(own, "price", valid_data=str(valid), test_data=str(test), **options)
    assert run.metrics["n_test"] == 1_000
    assert run.record.facts["split"]["folds"] == [{"train": 2_000, "valid": 1_000}]
    assert run.record.test is not None
    assert run.record.test.truth.tolist() == frame["price"][3_000:].to_list()
    assert run.record.validation.truth.tolist() == frame["price"][2_000:3_000].to_list()


def test_an_audit_says_what_it_looked_at(small_limits: None, nw: Command, frame: pl.DataFrame, tmp_path: Path) -> None:
    frame.write_csv(tmp_path / "houses.csv")
    said = nw("audit", tmp_path / "houses.csv", "--target", "price")
    assert said.code == 0, said.err
    assert "the checks looked at 1,000 of 4,000 rows" in said.out


def test_a_large_file_without_room_is_refused_before_it_is_read(
    small_limits: None, nw: Command, frame: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame.write_parquet(tmp_path / "houses.parquet")
    train_it = ("train", tmp_path / "houses.parquet", "--target", "price", "--out", tmp_path / "run")
    monkeypatch.setattr(large, "free_bytes", lambda: 1 << 29)
    said = nw(*train_it)
    assert said.code == 2
    assert "houses.parquet with 4,000 rows and 8 columns needs about 1.0 GB and 0.5 GB are free" in said.err
    monkeypatch.setattr(large, "free_bytes", lambda: None)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 1_000})())
    said = nw(*train_it)
    assert said.code == 2
    assert "0 MB are free in" in said.err and "TMPDIR" in said.err
    assert not (tmp_path / "run").exists()


def test_a_file_that_would_not_fit_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,b\n1,2\n" * 100, encoding="utf-8")
    monkeypatch.setattr(files, "_SMALL", 0)
    monkeypatch.setattr(files, "free_bytes", lambda: 1_000)
    with pytest.raises(
        PlanError, match=r"the file must fit the memory to be read, but table.csv needs about .* are free"
    ):
        read_table(path, Settings.from_options({"target": "a"}))


@pytest.mark.parametrize(
    ("layout", "free"),
    [
        ({"cgroup": "0::/jobs/one\n", "jobs/memory.max": "max", "jobs/one/memory.max": "5000"}, 3_300),
        ({"cgroup": "0::/jobs/one\n", "jobs/memory.max": "4000", "jobs/one/memory.max": "5000"}, 2_300),
        ({"cgroup": "4:memory:/one\n0::/\n", "memory/one/memory.limit_in_bytes": "6000"}, 4_300),
        ({"cgroup": "0::/not/here\n", "memory.max": "2500"}, 800),
    ],
)
def test_groups_leave_what_their_files_could_give_back(
    layout: dict[str, str], free: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "self"
    own.mkdir()
    (own / "cgroup").write_text(layout.pop("cgroup"), encoding="utf-8")
    for name, limit in layout.items():
        folder = tmp_path / "group" / Path(name).parent
        folder.mkdir(parents=True, exist_ok=True)
        old = name.endswith("limit_in_bytes")
        (folder / Path(name).name).write_text(limit, encoding="ascii")
        (folder / ("memory.usage_in_bytes" if old else "memory.current")).write_text("2000", encoding="ascii")
        before = "total_" if old else ""
        (folder / "memory.stat").write_text(
            f"{before}active_file 100\n{before}inactive_file 200\nx 1\n", encoding="ascii"
        )
    monkeypatch.setattr(memory, "_GROUPS", tmp_path / "group")
    monkeypatch.setattr(memory, "_OWN", own)
    assert memory.free_bytes() == free


def test_limits_of_the_process_count() -> None:
    import subprocess
    import sys

    code = (
        "import resource, json; from netwright.base.memory import free_bytes; before = free_bytes();"
        "resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30)); print(json.dumps([before, free_bytes()]))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = json.loads(said.stdout)
    assert 1 << 29 < after < 1 << 30 and after <= before


def test_rows_of_the_sample_are_spread() -> None:
    rows = large.sampled_rows(1_000_000)
    assert len(rows) == 100_000
    assert (np.diff(rows) > 0).all() and rows[0] < 20 and rows[-1] > 999_980
