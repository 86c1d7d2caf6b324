"""The benchmark of accuracy: ranks, ratios and targets are counted as they say, and a search keeps its clock."""

from __future__ import annotations

import doctest
import json
import math
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def cells_with(**errors: list[float]) -> dict[tuple[str, int], dict[str, Any]]:
    """One split of as many tables as there are errors; those over 1000 came too late (less 1000)."""
    from standings import Outcome

    names = {"ours": "ours", "alone": "ours: networks alone"}
    tables = range(len(next(iter(errors.values()))))
    return {
        (f"t{table}", 0): {
            names.get(who, who): Outcome(own[table] % 1000, 61.0, late=own[table] > 1000) for who, own in errors.items()
        }
        for table in tables
    }


@pytest.mark.parametrize("module", ["standings", "rival_fit", "rival_search"])
def test_examples(module: str) -> None:
    result = doctest.testmod(__import__(module))
    assert result.attempted and not result.failed


def test_a_rival_that_comes_late_ranks_last_strictly_and_by_its_error_leniently() -> None:
    from standings import mean_ranks

    cells = cells_with(ours=[2, 2], fast=[3, 1], slow=[1001, 1001.5])
    assert mean_ranks(cells, ("ours", "fast", "slow"), strict=True) == {"ours": 1.5, "fast": 1.5, "slow": 3.0}
    assert mean_ranks(cells, ("ours", "fast", "slow"), strict=False) == {"slow": 1.5, "fast": 2.0, "ours": 2.5}


def test_equal_errors_share_their_places_and_errors_under_the_floor_are_equal() -> None:
    from standings import mean_ranks

    cells = cells_with(ours=[0.00001], other=[0.0009], third=[0.1])
    assert mean_ranks(cells, ("ours", "other", "third"), strict=True) == {"ours": 1.5, "other": 1.5, "third": 3.0}


def test_only_fits_that_all_share_are_ranked() -> None:
    from standings import mean_ranks, shared

    cells = cells_with(ours=[2, 1], other=[1, 2])
    del cells["t1", 0]["other"]
    assert list(shared(cells, ("ours", "other"))) == [("t0", 0)]
    assert mean_ranks(cells, ("ours", "other"), strict=True) == {"other": 1.0, "ours": 2.0}
    assert mean_ranks(cells, ("ours", "nobody"), strict=True) == {}


def test_ratios_are_geometric_over_tables_and_splits_count_within_theirs() -> None:
    from standings import Outcome, error_ratio

    cells = cells_with(ours=[2, 3], other=[1, 12])
    assert error_ratio(cells, "ours", "other", strict=True) == (pytest.approx(math.sqrt(0.5)), 2)
    cells["t0", 1] = {"ours": Outcome(8, 1), "other": Outcome(1, 1)}
    # t0 is then sqrt(2 * 8) = 4 of 1, t1 a quarter
    assert error_ratio(cells, "ours", "other", strict=True) == (pytest.approx(1.0), 2)


def test_a_table_without_a_result_is_out_of_the_ratio_and_in_the_share() -> None:
    from standings import error_ratio, losses, share_better

    cells = cells_with(ours=[2, 2, 2, 2], other=[1001, 3, 2, 1])
    assert error_ratio(cells, "ours", "other", strict=True)[1] == 3
    assert error_ratio(cells, "ours", "other", strict=False)[1] == 4
    assert share_better(cells, "ours", "other", strict=True) == (2.5 / 4, 4)
    assert share_better(cells, "ours", "other", strict=False) == (1.5 / 4, 4)
    assert losses(cells, "ours", ["other"]) == [("t3", "other", pytest.approx(2.0))]
    assert math.isnan(error_ratio(cells, "ours", "nobody", strict=True)[0])


def test_targets_are_reached_missed_or_not_measured() -> None:
    from standings import targets

    def states(budget: float, **errors: list[float]) -> list[str]:
        rivals = [name for name in errors if name not in ("ours", "alone")]
        return [own.state for own in targets(cells_with(**errors), budget, rivals)]

    networks = {"RealMLP-TD": [3.0], "TabM": [2.0], "sklearn MLP": [4.0]}
    won = states(60, ours=[0.9], alone=[1.0], CatBoost=[1.0], **networks)
    assert won[:2] == ["reached so far, 1 of 51 fits"] * 2 and won[2:] == ["not measured"] * 3
    lost = states(60, ours=[1.1], alone=[2.5], CatBoost=[1.0], **networks)
    assert lost[:2] == ["not reached so far, 1 of 51 fits"] * 2
    assert states(60, ours=[1.0], alone=[1.0])[:2] == ["not measured"] * 2
    every = states(300, ours=[1.0] * 51, alone=[1.02] * 51, **{"CatBoost tuned": [1.001] * 51})
    assert every == ["not measured"] * 2 + ["reached"] * 3
    near = states(300, ours=[1.0] * 51, alone=[1.03] * 51, **{"CatBoost tuned": [0.5] * 16 + [1.001] * 35})
    assert near[2:] == ["not reached", "reached", "not reached"]


def test_one_rival_not_measured_keeps_a_target_of_ranks_open() -> None:
    from standings import targets

    verdicts = targets(cells_with(ours=[1.0], alone=[1.0], TabM=[2.0]), 60, ["TabM"])
    assert verdicts[0].state.startswith("not reached") and "without RealMLP-TD, sklearn MLP" in verdicts[0].figures


def test_one_run_of_ours_is_two_competitors(tmp_path: Path) -> None:
    from accuracy import cells_of
    from rival_fit import Fit, our_figures

    scores = {"rmse": 3.0}
    metrics = {"task": "regression", "test": scores, "seconds": {"prepare": 1, "train": 2}}
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(metrics), encoding="utf-8")
    assert our_figures(path) == {"errors": {"rmse": 3.0}, "alone": {"rmse": 3.0}, "fit_seconds": 3}
    path.write_text(json.dumps(metrics | {"networks": {"test": {"rmse": 4.0}}}), encoding="utf-8")
    fit = Fit("ours: --preset best", "v1", "boston", 0, process_seconds=67.0, **our_figures(path))
    (cell,) = cells_of({("boston", 0): {"ours": fit}}, 60.0).values()
    assert {who: own.error for who, own in cell.items()} == {"ours": 3.0, "ours: networks alone": 4.0}
    assert cell["ours"].late and not next(iter(cells_of({("boston", 0): {"ours": fit}}, 61.0).values()))["ours"].late


def test_a_rival_that_waited_for_cores_is_not_late_and_ours_is() -> None:
    from accuracy import outcome
    from rival_fit import Fit

    def is_late(who: str, cpu_seconds: float) -> bool:
        found = {"errors": {"rmse": 1.0}, "process_seconds": 80.0, "cpu_seconds": cpu_seconds}
        return bool(outcome(Fit(who, "1", "boston", 0, **found), 60.0).late)

    assert [is_late("TabM", cpu) for cpu in (20.0, 65.0, 67.0, 150.0)] == [False, False, True, True]
    assert is_late("TabM", 0.0)  # not known
    assert is_late("ours: --preset best", 20.0)


def test_a_failed_fit_is_told_and_ranks_last() -> None:
    from accuracy import outcome
    from rival_fit import Fit

    failed = outcome(Fit("TabM", "1", "boston", 0, status="failed", notes="no memory"), 60.0)
    assert failed.error == math.inf and failed.why == "no memory" and failed.counted(strict=False) == math.inf


def test_the_cache_tells_budgets_and_versions_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import accuracy
    from rivals import Cache

    fitted: list[tuple[str, str, float]] = []

    def fake(fit: Any, *_: object) -> Any:
        fitted.append((fit.who, fit.version, fit.budget))
        fit.errors, fit.load = {"rmse": 1.0}, 3.0
        return fit

    monkeypatch.setattr(accuracy, "fitted", fake)
    monkeypatch.setattr(accuracy, "split_files", lambda *_: (tmp_path, tmp_path))
    always = {"tables": "boston", "splits": 1, "rivals": ["CatBoost", "AutoGluon"], "rivals_only": False}
    always |= {"preset": "best", "timeout": 9.0}

    def measure(budget: float, label: str, cached: bool = False, most_load: float = math.inf) -> int:
        options = Namespace(**always, budget=budget, label=label, cached=cached, most_load=most_load)
        cache = Cache(tmp_path / "cache.jsonl", fresh=False)
        fits = accuracy.measure(options, {"CatBoost": "1", "AutoGluon": "2"}, cache)
        return len(fits.get(("boston", 0), {}))

    ours = "ours: --preset best"
    assert measure(60, "v1", cached=True) == 0 and not fitted
    assert measure(60, "v1") == 3
    assert fitted == [(ours, "v1", 60), ("CatBoost", "1", 0), ("AutoGluon", "2", 60)]
    assert measure(60, "v1") == 3 and len(fitted) == 3
    assert measure(300, "v1") == 3 and fitted[3:] == [(ours, "v1", 300), ("AutoGluon", "2", 300)]
    assert measure(60, "v2") == 3 and fitted[5:] == [(ours, "v2", 60)]
    assert measure(60, "v1", cached=True) == 3 and measure(60, "v1", cached=True, most_load=2.9) == 0
    assert measure(60, "") == 3 and measure(60, "") == 3 and fitted[6:] == [(ours, "", 60)] * 2


class Clock:
    """A clock that a fit of a fold moves on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("costs", "end", "kept", "note"),
    [
        # the second of two configurations is best; the third does not end in time
        ([1, 1, 100], 12, 1, "number 2 of 2 configurations"),
        ([1, 1, 1, 9], 16, 2, "number 3 of 3 configurations"),
        # the defaults take their share of the seconds in every fold, and that is all
        ([9, 1], 10, 0, "number 1 of 1 configurations, the defaults cut by the clock"),
    ],
)
def test_a_search_keeps_the_best_configuration_that_ended_in_time(
    costs: list[float], end: float, kept: int, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rival_search

    clock = Clock()
    monkeypatch.setattr(rival_search, "clock", clock)
    begun: list[dict[str, Any]] = []

    def fit_fold(parameters: dict[str, Any], fold: int, stop: float) -> tuple[Any, np.ndarray]:
        if fold == 0:
            begun.append(parameters)
        number = len(begun) - 1
        clock.now = min(clock.now + costs[number], stop)
        return (number, fold), np.array([10.0 - number])

    models, said = rival_search.search("LightGBM", fit_fold, lambda parts: float(np.mean(parts)), 0, end)
    assert models == [(kept, fold) for fold in range(5)] and said == note
    assert begun[0] == {} and all("learning_rate" in own for own in begun[1:]) and clock.now <= end


def test_a_clock_stands_still_while_others_have_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    import cores

    busy, own, now = [100.0], [10.0], [1_000.0]
    monkeypatch.setattr(cores, "busy_seconds", lambda stat, ticks: busy[0])
    monkeypatch.setattr(cores, "own_seconds", lambda: own[0])
    monkeypatch.setattr(cores.time, "time", lambda: now[0])
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(cores, "_STAT", Path(__file__))
    clock = cores.PatientClock()
    assert clock() == 1_000.0
    busy[0], own[0], now[0] = busy[0] + 20, own[0] + 20, now[0] + 10  # both cores were its own
    assert clock() == 1_010.0
    busy[0], own[0], now[0] = busy[0] + 20, own[0] + 10, now[0] + 10  # one was
    assert clock() == 1_015.0
    now[0] += 100  # stopped, the machine idle
    assert clock() == 1_015.0
    busy[0], own[0], now[0] = busy[0] + 20, own[0] + 20, now[0] + 10  # at work again
    assert clock() == pytest.approx(1_025.0)
    monkeypatch.setattr(cores, "_STAT", Path("no such file"))
    assert cores.OthersBusy().seconds() == 0.0


def test_the_system_tells_busy_seconds() -> None:
    import cores

    assert cores.busy_seconds("cpu  1 2 3 400 50 6 7 8 9 10\ncpu0 1", 1) == 1 + 2 + 3 + 6 + 7 + 8
    own = cores.own_seconds()
    sum(range(3_000_000))
    assert cores.own_seconds() > own


def test_a_rival_that_waited_is_late_without_that_time_only() -> None:
    import accuracy
    from rival_fit import Fit

    fit = Fit("CatBoost tuned", "1", "boston", 0, errors={"rmse": 3.0}, process_seconds=480.0, budget=300.0)
    assert accuracy.outcome(fit, 300.0).late
    assert not accuracy.outcome(replace(fit, waited=180.0), 300.0).late
    assert accuracy.outcome(replace(fit, who="ours: --preset best", waited=180.0), 300.0).late


@pytest.mark.parametrize("rival", ["LightGBM", "CatBoost"])
def test_draws_are_of_the_seed_and_inside_the_published_space(rival: str) -> None:
    from rival_search import drawn

    draws = [drawn(rival, np.random.default_rng(seed)) for seed in range(200)]
    assert draws[0] == drawn(rival, np.random.default_rng(0)) != draws[1]
    rates = [own["learning_rate"] for own in draws]
    assert 0.005 <= min(rates) < 0.007 and 0.07 < max(rates) <= 0.1
    name, low, high = ("num_leaves", 2, 200) if rival == "LightGBM" else ("depth", 4, 8)
    values = {own[name] for own in draws}
    assert low in values and high * 0.9 <= max(values) <= high and min(values) == low


def test_scikit_learns_network_reads_gaps_texts_and_a_class_of_one_row(tmp_path: Path) -> None:
    from rival_models import fit

    rng = np.random.default_rng(0)
    lines = ["x,town,kind", *(f"{'' if i % 9 == 0 else rng.normal()},{'ab'[i % 2]},{'uv'[i % 2]}" for i in range(80))]
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("\n".join([*lines, "0.5,c,w"]), encoding="utf-8")
    test.write_text("x,town,kind\n0.1,a,u\n,b,v\n0.3,new,u\n", encoding="utf-8")
    found = fit("sklearn MLP", train, test, "kind", False, 0)
    assert 0 < found["errors"]["log_loss"] < 2 and 0 <= found["errors"]["error_rate"] <= 1
