"""How a search ends under a time limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from netwright.apps.api import train
from netwright.base.events import follow
from netwright.run import train_plans
from netwright.stages import fitted, searched
from netwright.tune.presets import Proposal, Search, propose, search_of, shortened
from tests.laws.stopping import data_file
from tests.stages.test_fitted import begun_of


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


def test_where_little_time_is_left_plans_of_best_are_as_short_as_usual_ones(
    houses: Callable[..., pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = begun_of(houses(), preset="best", model=("realmlp",), time_limit=1_000.0)
    settings, table = begun.settings, begun.split.development
    usual = propose(settings.with_(preset="medium"), "regression", table.n_rows).plans
    assert begun.proposal.plans[0].epochs > 1.5 * usual[0].epochs, "else the test tells nothing"
    (work,) = fitted._declared(replace(begun, proposal=Proposal.of(usual))).values()
    before = follow(train_plans(replace(begun, proposal=Proposal.of([shortened(usual[0], 0.05)]))))
    rule = search_of(settings)
    assert rule is not None
    for share, affordable in ((0.3, False), (0.4, True)):  # of the default preset's plan, in the half of the time left
        monkeypatch.setattr(searched._Hunt, "_work_in_time", property(lambda hunt, own=2 * share * work: own))
        hunt = searched._Hunt(begun, rule, list(before), None, ())
        assert bool(hunt.spaces) == affordable
    plans = hunt._proposed(hunt._known)
    assert plans and all(0.34 * usual[0].epochs <= plan.epochs < 0.7 * usual[0].epochs for plan in plans)
