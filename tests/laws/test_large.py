"""A table that counts as large gives what the same table gives in memory, and leaves nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from netwright.apps.api import Run, train
from netwright.base.errors import DataError
from netwright.base.settings import Settings
from netwright.run import execute
from netwright.sources import large
from netwright.stages.recorded import Outcome
from tests.laws.test_sealed import KINDS, every_kind
from tests.training.engine import ended

ROWS = 12_000
OPTIONS: dict[str, Any] = {
    "target": "price",
    "kind": KINDS,
    "preset": "quick",
    "epochs": 4,
    "no_repair": True,
    "valid_size": 0.2,
}


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that scratch files go to."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A Parquet file with every kind of column."""
    path = tmp_path / "houses.parquet"
    every_kind(ROWS).write_parquet(path, row_group_size=2_500)
    return path


def outcome_of(file: Path, **options: Any) -> Outcome:
    """All that a run leaves in memory."""
    return ended(execute(str(file), Settings.from_options(OPTIONS | options)))


def weights(run: Run) -> list[np.ndarray]:
    return [parameter.detach().numpy() for parameter in run.model.fitted.networks[0].network.parameters()]


def test_it_predicts_like_the_same_table_in_memory(file: Path, request: pytest.FixtureRequest) -> None:
    usual = train(file, **OPTIONS)
    request.getfixturevalue("small_limits")
    run = train(file, **OPTIONS)
    assert run.record.schema == usual.record.schema
    assert run.record.test is not None and usual.record.test is not None
    assert run.record.test.rows.tolist() == usual.record.test.rows.tolist()
    assert run.record.test.truth.tolist() == usual.record.test.truth.tolist()
    assert run.record.validation.rows.tolist() == usual.record.validation.rows.tolist()
    apart = np.sqrt(np.mean((run.record.test.predicted - usual.record.test.predicted) ** 2))
    assert apart < 0.2 * run.record.test.truth.std()
    assert run.metrics["test"]["rmse"] == pytest.approx(usual.metrics["test"]["rmse"], rel=0.1)
    for name, scores in usual.metrics["baselines"].items():  # 500,000 rows are all of them: the same baselines
        assert run.metrics["baselines"][name]["rmse"] == pytest.approx(scores["rmse"], rel=1e-6)


def test_its_preparation_is_that_of_the_same_table_in_memory(file: Path, request: pytest.FixtureRequest) -> None:
    (other,) = outcome_of(file).folds
    request.getfixturevalue("small_limits")
    (own,) = outcome_of(file).folds
    assert own.preparer == other.preparer
    assert own.stack is not None and other.stack is None
    assert isinstance(own.inputs.dense.base, np.memmap)
    np.testing.assert_array_equal(own.inputs.dense, other.inputs.dense)
    np.testing.assert_array_equal(own.inputs.codes, other.inputs.codes)
    np.testing.assert_array_equal(own.target, other.target)


def test_the_same_command_gives_the_same_weights(small_limits: None, file: Path) -> None:
    first, second = (train(file, **OPTIONS) for _ in range(2))
    for one, other in zip(weights(first), weights(second), strict=True):
        np.testing.assert_array_equal(one, other)
    other = train(file, **OPTIONS, seed=1)
    assert any((one != two).any() for one, two in zip(weights(first), weights(other), strict=True))


def test_one_validation_part_unless_folds_are_asked_for(small_limits: None, file: Path) -> None:
    assert len(outcome_of(file, valid_size=None, epochs=1).folds) == 1
    folds = outcome_of(file, valid_size=None, epochs=1, folds=3, model=("mlp", "realmlp")).folds
    assert len(folds) == 3
    assert len({id(fold.stack) for fold in folds}) == 1


def test_it_is_said_what_was_not_looked_at_in_full(small_limits: None, file: Path) -> None:
    run = train(file, **OPTIONS)
    found = next(finding for finding in run.record.findings if finding.code == "large-table")
    assert found.evidence["rows"] == 1_000 and found.evidence["of"] == 9_600
    assert any("kinds were decided from 3,000 rows" in note for note in run.record.source.notes)
    assert run.metrics["n_looked_at"] == 1_000
    assert "a sample of 1,000 of the 9,600 rows for training and validation" in run.report
    town = next(column for column in run.record.columns if column.name == "town")
    assert sum(town.counts) + town.n_missing == 1_000


def test_nothing_is_left_in_the_scratch_folder_even_while_it_works(
    small_limits: None, file: Path, scratch: Path
) -> None:
    seen: list[int] = []
    run = train(file, **OPTIONS, watch=lambda event: seen.append(len(list(scratch.iterdir()))))
    assert run.record.facts["split"]["folds"] == [{"train": 7_680, "valid": 1_920}]
    assert seen and set(seen) == {0}
    assert not list(scratch.iterdir())


def test_a_scratch_folder_that_cannot_be_written_is_named(
    small_limits: None, file: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(scratch / "gone"))
    with pytest.raises(DataError, match=r"the folder for scratch files must be writable.*TMPDIR"):
        train(file, **OPTIONS)


def test_a_full_disk_is_told_before_the_table_is_read(
    small_limits: None, file: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(number: int, start: int, length: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(DataError, match="the disk must have room"):
        train(file, **OPTIONS)
    assert not list(scratch.iterdir())


def test_by_time_and_by_group(small_limits: None, file: Path) -> None:
    by_time = train(file, **OPTIONS | {"epochs": 1}, time="built")
    days = every_kind(ROWS)["built"]
    assert by_time.record.test is not None
    tested = days.gather(by_time.record.test.rows)
    others = days.gather(np.setdiff1d(np.arange(ROWS), by_time.record.test.rows)).drop_nulls()
    assert tested.min() >= others.max()  # type: ignore[operator]
    by_group = train(file, **OPTIONS | {"epochs": 1}, group="street")
    streets = every_kind(ROWS)["street"]
    assert by_group.record.test is not None
    own = set(streets.gather(by_group.record.test.rows).drop_nulls())
    rest = set(streets.gather(np.setdiff1d(np.arange(ROWS), by_group.record.test.rows)).drop_nulls())
    assert own and not own & rest


def test_copies_stay_on_one_side(small_limits: None, tmp_path: Path) -> None:
    frame = every_kind(2_000)
    twice = pl.concat([frame, frame])
    path = tmp_path / "twice.parquet"
    twice.write_parquet(path)
    run = train(path, **OPTIONS | {"epochs": 1})
    assert run.record.test is not None
    rows = set(run.record.test.rows.tolist())
    assert rows == {row + 2_000 if row < 2_000 else row - 2_000 for row in rows}


def test_texts_among_numbers_beyond_the_sample_count_as_missing(
    small_limits: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    cells = [f"{value:.4f}" for value in rng.normal(size=6_000)]
    frame = pl.DataFrame({"x": cells, "z": rng.normal(size=6_000), "y": rng.normal(size=6_000)})
    monkeypatch.setattr(large, "SAMPLE_ROWS", 10)
    taken = large.sampled_rows(6_000)
    strange = np.setdiff1d(np.arange(6_000), taken)[[5, 900]]
    frame = frame.with_columns(pl.Series("x", ["strange" if k in strange else cell for k, cell in enumerate(cells)]))
    path = tmp_path / "cells.parquet"
    frame.write_parquet(path)
    run = train(path, "y", epochs=1, no_repair=True, preset="quick", kind=("x=numeric",))
    assert any("'strange' in 2 cells counted as missing" in note for note in run.record.source.notes)
    with pytest.raises(
        DataError, match=rf"column 'x' of .* got 'strange' in 2 of 6,000 rows \(first: row {strange[0]}"
    ):
        train(path, "x", epochs=1, no_repair=True, preset="quick", kind=("x=numeric",))


_TRAIN = """
import resource, sys
resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[1]),) * 2)
from netwright.base import stored
stored.LARGE_BYTES = int(sys.argv[2])
sys.argv = ["netwright", "train", *sys.argv[3:]]
from netwright.apps.cli import main
main()
"""


@pytest.mark.slow
def test_a_million_rows_train_where_in_memory_they_would_not_fit(tmp_path: Path) -> None:
    folder = Path(__file__).resolve().parents[2] / "benchmarks"
    path, limit = tmp_path / "large.parquet", 5 << 29
    subprocess.run([sys.executable, str(folder / "large_table.py"), str(path), "1000000"], check=True)
    options = (str(path), "--target", "y", "--preset", "quick", "--model", "mlp", "--epochs", "1", "--no-repair")

    def command(large_from: int, out: Path) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-c", _TRAIN, str(limit), str(large_from), *options, "--out", str(out)]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    refused = command(1 << 30, tmp_path / "refused")
    assert refused.returncode == 2, refused.stderr
    assert "GB are free. Pass" in refused.stderr and "Traceback" not in refused.stderr
    assert not (tmp_path / "refused").exists()
    done = command(1 << 28, tmp_path / "run")
    assert done.returncode == 0, done.stderr
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["n_train"] + metrics["n_test"] == 1_000_000
    assert 0.99 < metrics["test"]["rmse"] < metrics["baselines"]["trees"]["rmse"] < 2  # 1 is the noise
