from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
import torch
from torch.utils.data import DataLoader

import netwright
from netwright.apps.api import command_line
from netwright.base.errors import DataError, PlanError
from netwright.base.events import EpochDone, Event
from netwright.base.settings import Settings

Houses = Callable[..., pl.DataFrame]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> netwright.Run:
    return netwright.train("sample:diabetes", target="target", preset="quick", epochs=3, no_repair=True)


def test_public_names() -> None:
    assert set(netwright.__all__) <= set(dir(netwright))
    for name in netwright.__all__:
        assert getattr(netwright, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = netwright.nothing  # type: ignore[attr-defined]


def test_names_stay_what_they_are_whatever_is_imported() -> None:
    import netwright.preparation.split
    import netwright.training.loop

    assert callable(netwright.train)
    assert callable(netwright.prepare)


def test_a_run_holds_metrics_curves_findings_and_a_model(run: netwright.Run) -> None:
    assert set(run.metrics["test"]) == {"rmse", "mae", "r2"}
    assert run.curves.train_loss.shape == (5, 4)
    assert isinstance(run.findings, tuple)
    assert run.model.predict("sample:diabetes").height == 442
    assert "target: test rmse" in repr(run)
    assert run.report.startswith("<!doctype html>")


def test_a_run_is_saved_and_loaded(run: netwright.Run, tmp_path: Path) -> None:
    assert run.path is None
    folder = run.save(tmp_path / "당뇨")
    assert run.path == folder
    again = netwright.load(folder).predict("sample:diabetes")
    assert again.equals(run.model.predict("sample:diabetes"))


def test_a_folder_that_is_taken_is_told_in_words_of_python(run: netwright.Run, tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "mine.txt").write_text("keep")
    with pytest.raises(DataError, match=r"something that is there already\. Pass another path\.$"):
        run.save(tmp_path / "x")
    with pytest.raises(DataError, match=r"something that is there already\. Pass another out\.$"):
        netwright.train(
            "sample:diabetes", target="target", out=tmp_path / "x", preset="quick", epochs=1, no_repair=True
        )


@pytest.mark.parametrize("make", [lambda f: f, pl.DataFrame.to_pandas, pl.DataFrame.to_arrow, lambda f: f.to_dicts()])
def test_data_in_memory_of_any_sort(houses: Houses, make: Callable[[pl.DataFrame], object]) -> None:
    frame = houses(60)
    result = netwright.train(make(frame), target="price", preset="quick", epochs=2, no_repair=True)
    assert result.metrics["n_train"] == 48
    assert list(result.model.predict(make(frame)).columns) == ["row", "prediction"]


def test_events_reach_whoever_watches(houses: Houses) -> None:
    seen: list[Event] = []
    netwright.train(houses(60), target="price", preset="quick", epochs=3, no_repair=True, watch=seen.append)
    assert [event.epoch for event in seen if isinstance(event, EpochDone)] == [1, 2, 3]
    names = [type(event).__name__ for event in seen if not isinstance(event, EpochDone)]
    assert names[:4] == ["TableRead", "KindsFound", "TaskChosen", "RowsSplit"]
    assert names[4:] == ["Audited", "BaselinesFitted", "TrainingStarted", "TrainingDone", "Diagnosed"]


def test_prepared_folds_feed_a_loop_of_ones_own(houses: Houses) -> None:
    fold = netwright.prepare(houses(100), target="price", scale="minmax")[0]
    assert len(fold.train) == 64
    assert len(fold.valid) == 16
    x, y = fold.train.tensors
    assert x.shape == (64, len(fold.features))
    assert y.mean().item() == pytest.approx(0, abs=1e-6)
    layer = torch.nn.Linear(x.shape[1], 1)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    losses = []
    for _ in range(40):
        for rows, target in DataLoader(fold.train, batch_size=16, shuffle=True):
            optimizer.zero_grad()
            loss = ((layer(rows) - target) ** 2).mean()
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 3


def test_prepared_folds_hold_codes_and_class_numbers(houses: Houses) -> None:
    streets = pl.Series("street", [f"s{row % 25}" for row in range(150)])
    frame = houses(150).with_columns(streets)
    fold = netwright.prepare(frame, target="town", drop=["price"])[0]
    x, codes, y = fold.train.tensors
    assert codes.dtype == torch.int64
    assert set(y.tolist()) == {0, 1, 2}
    assert x.shape[0] == codes.shape[0] == y.shape[0]


def test_prepare_trains_nothing_and_seals_test_rows(houses: Houses) -> None:
    folds = netwright.prepare(houses(100), target="price")
    assert len(folds) == 5
    assert all(len(fold.train) + len(fold.valid) == 80 for fold in folds)


def test_unknown_options_are_refused(houses: Houses) -> None:
    with pytest.raises(PlanError, match="option 'hiden' is not known"):
        netwright.train(houses(60), target="price", hiden=[3])


def test_the_command_line_of_a_run() -> None:
    settings = Settings.from_options({"target": "분양 가격", "hidden": "none", "drop": ["a b", "c"], "seed": 3})
    words = command_line("집 값.csv", settings)
    assert words == "netwright train '집 값.csv' --target '분양 가격' --seed 3 --hidden none --drop 'a b' --drop c"
    assert command_line(pd.DataFrame(), settings) == ""
    hidden = {  # where nobody can tell where a password ends, nothing is left of what may be one
        "postgresql://kim:se:c@ret@host/portal": "postgresql://***",
        "postgresql://kim:secret@host/portal": "postgresql://kim@host/portal",
        "postgresql://kim@host/portal?password=secret": "postgresql://kim@host/portal",
    }
    for url, shown in hidden.items():
        words = command_line(url, Settings.from_options({"target": "y"}))
        assert words.startswith("netwright train ")
        assert shown in words
        assert "ret" not in words.removeprefix("netwright train")
