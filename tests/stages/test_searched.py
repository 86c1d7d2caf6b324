"""How a search ends under a time limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from netwright.apps.api import train
from netwright.stages import searched
from netwright.tune.presets import Search
from tests.laws.stopping import data_file


def test_small_rounds_without_gain_use_up_less_patience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        searched, "search_of", lambda settings: Search(patience=2, share=1.5, gain=2.0)
    )  # no gain is one
    monkeypatch.setattr(searched, "_MORE_PATIENCE", 1)
    monkeypatch.setattr(searched, "_MOST_PLANS", 1)
    monkeypatch.setattr(searched, "round_counts", lambda work, usual: 0.5)
    run = train(data_file(tmp_path), "price", model="mlp", folds=2, no_repair=True, time_limit=300)
    assert run.metrics["search"]["why_it_ended"] == "4 rounds brought no gain"
    assert [one["plans"] for one in run.metrics["search"]["rounds"]] == [0, 1, 1, 1, 1]
