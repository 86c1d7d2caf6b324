"""Trees that look at train rows: what scikit-learn keeps of them is read here, and held to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.inspection import permutation_importance

from netwright.preparation import small_trees
from netwright.preparation.interactions import found_formulas, outlined_formulas
from netwright.preparation.select import columns_without_use
from netwright.preparation.small_trees import Goal, PlainRows, grown
from netwright.preparation.values import feature_values
from tests.preparation.tables import typed

N = 1_500


def table(**more: Any) -> Any:
    rng = np.random.default_rng(0)
    gaps = np.where(rng.random(N) < 0.05, np.nan, rng.uniform(1, 9, N))
    return typed(
        {
            "방 수": rng.uniform(1, 9, N),
            "people": gaps.tolist(),
            "noise": rng.normal(size=N),
            "town": rng.choice(["a", "b", "c"], N),
            "still": rng.choice(["x", "z"], N),
            "day": [f"2020-{n % 12 + 1:02d}-{n % 28 + 1:02d}" for n in rng.integers(0, 1_000, N)],
            **more,
            "y": np.arange(N) * 1.0,
        },
        target="y",
    )


def numbers(table: Any, name: str) -> np.ndarray:
    return np.nan_to_num(table[name].to_numpy().astype(float), nan=5.0)


def goal_of(table: Any, task: str) -> Goal:
    ratio = numbers(table, "방 수") / numbers(table, "people") + 0.5 * (table["town"].to_numpy() == "a")
    if task == "values":
        return Goal(ratio, seed=3)
    edges = [0.0, 1.0] if task == "two" else [0.0, 0.7, 1.5]
    classes = np.searchsorted(edges, ratio) - 1
    weights = np.where(classes == 0, 2.0, 1.0) if task == "weighted" else None
    return Goal(classes.astype(float), len(edges), weights, seed=3)


TASKS = ("values", "two", "three", "weighted")


@pytest.mark.parametrize("task", TASKS)
def test_gains_are_those_of_the_columns_that_matter(task: str) -> None:
    own = table()
    rows = PlainRows.of(own.schema, feature_values(own), goal_of(own, task))
    trees = grown(rows.features, rows.categorical, rows.goal)
    assert trees is not None
    gains = trees.gains(len(rows.columns))
    assert (gains >= 0).all()
    of_column = {
        name: sum(g for own, g in zip(rows.columns, gains, strict=True) if own == name) for name in rows.columns
    }
    assert sorted(of_column, key=lambda name: -of_column[name])[:3] in (
        ["방 수", "people", "town"],
        ["people", "방 수", "town"],
    )
    best = max(trees.pairs(), key=lambda pair: pair[2])
    assert {rows.columns[place] for place in best[:2]} <= {"방 수", "people", "town"}


def test_gains_go_with_what_shuffling_a_column_costs() -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    own = table()
    rows = PlainRows.of(own.schema, feature_values(own), goal_of(own, "values"))
    model = HistGradientBoostingRegressor(max_iter=40, max_leaf_nodes=8, random_state=0).fit(
        rows.features, rows.goal.numbers
    )
    cost = permutation_importance(model, rows.features, rows.goal.numbers, n_repeats=2, random_state=0).importances_mean
    trees = grown(rows.features, rows.categorical, rows.goal)
    assert trees is not None
    assert set(np.argsort(-trees.gains(len(rows.columns)))[:2]) == set(np.argsort(-cost)[:2])


def test_what_additive_trees_leave_over_has_the_interaction_in_it() -> None:
    own = table()
    rows = PlainRows.of(own.schema, feature_values(own), goal_of(own, "values"))
    flat, deep = (grown(rows.features, rows.categorical, rows.goal, additive=a) for a in (True, False))
    assert flat is not None and deep is not None
    assert not list(flat.pairs())
    assert flat.left.shape == (N, 1)
    assert flat.left.var() > 1.2 * deep.left.var()


@pytest.mark.parametrize("task", TASKS)
def test_the_planted_ratio_is_found(task: str) -> None:
    own = table()
    found = found_formulas(own.schema, feature_values(own), 3, goal_of(own, task), own.schema.names)
    assert found[0].text in ("`방 수` / people", "people / `방 수`")
    assert found[0].name == found[0].text
    assert len(found) <= 3


@pytest.mark.parametrize(("planted", "expected"), [("-", "a - b"), ("*", "a * b")])
def test_differences_and_products_are_found(planted: str, expected: str) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.uniform(-5, 5, N), rng.uniform(-5, 5, N)
    y = np.tanh(3 * (a - b)) if planted == "-" else a * b
    own = typed({"a": a, "b": b, "c": rng.normal(size=N), "y": y}, target="y")
    found = found_formulas(own.schema, feature_values(own), 1, Goal(y), own.schema.names)
    assert [one.text for one in found] == [expected]


def test_of_noise_nothing_is_found_and_nothing_is_left_out() -> None:
    own, rng = table(), np.random.default_rng(5)
    goal = Goal(rng.normal(size=N))
    assert len(found_formulas(own.schema, feature_values(own), 5, goal, own.schema.names)) <= 1
    assert set(own.schema.names) - {"y"} > columns_without_use(own.schema, feature_values(own), goal)


@pytest.mark.parametrize("task", TASKS)
def test_columns_without_use_are_left_out_and_others_are_not(task: str) -> None:
    own = table()
    found = columns_without_use(own.schema, feature_values(own), goal_of(own, task))
    assert found <= {"noise", "still", "day"}
    assert len(found) >= 2


def test_names_that_are_taken_are_not_given_again() -> None:
    own = table(**{"`방 수` / people": np.arange(N) * 1.0})
    names = {
        one.name for one in found_formulas(own.schema, feature_values(own), 5, goal_of(own, "values"), own.schema.names)
    }
    assert names and not names & set(own.schema.names)


def test_all_of_it_is_the_same_every_time() -> None:
    own = table()
    goal = goal_of(own, "values")
    for ask in (
        lambda: found_formulas(own.schema, feature_values(own), 5, goal, own.schema.names),
        lambda: columns_without_use(own.schema, feature_values(own), goal),
    ):
        before = ask()
        small_trees._kept.clear()
        assert ask() == before


def test_the_same_trees_are_grown_once_and_not_those_of_other_rows() -> None:
    own = table()
    rows = PlainRows.of(own.schema, feature_values(own), goal_of(own, "values"))
    trees = grown(rows.features, rows.categorical, rows.goal)
    assert grown(rows.features.copy(), rows.categorical, rows.goal) is trees
    assert grown(rows.features, rows.categorical, rows.goal, additive=True) is not trees
    assert grown(rows.features, rows.categorical, replace(rows.goal, numbers=rows.goal.numbers + 1)) is not trees
    assert grown(rows.features, rows.categorical, replace(rows.goal, weights=np.ones(len(rows.features)))) is not trees
    assert rows.categorical.any()
    assert grown(rows.features, np.zeros_like(rows.categorical), rows.goal) is not trees
    other = rows.features.copy()
    other[0, 0] += 1
    assert grown(other, rows.categorical, rows.goal) is not trees


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_trees, "_MOST_KEPT", 2)
    rng = np.random.default_rng(0)
    for number in range(4):
        grown(rng.normal(size=(60, 2)), np.zeros(2, dtype=bool), Goal(np.arange(60.0), seed=number))
    assert len(small_trees._kept) == 2


def poor(how: str) -> Any:
    rng = np.random.default_rng(0)
    columns: dict[str, Any] = {
        "one": {"a": rng.normal(size=N)},
        "constant": {"a": [3.0] * N, "b": rng.normal(size=N)},
        "empty": {"a": [None] * N, "b": rng.normal(size=N), "c": rng.normal(size=N)},
        "texts": {"a": rng.choice(["x", "y", "z"], N)},
    }[how]
    kinds = [f"{name}={'category' if how == 'texts' else 'numeric'}" for name in columns]
    return typed({**columns, "y": np.arange(N) * 1.0}, *kinds, target="y")


@pytest.mark.parametrize("how", ["one", "constant", "empty", "texts"])
@pytest.mark.parametrize(
    "goal", [Goal(np.arange(N) % 7.0), Goal(np.ones(N)), Goal(np.ones(N), 2), Goal(np.arange(N) % 2.0, 2)]
)
def test_poor_tables_are_no_trouble(how: str, goal: Goal) -> None:
    own = poor(how)
    assert len(found_formulas(own.schema, feature_values(own), 3, goal, own.schema.names)) <= 3
    features = {column.name for column in own.schema.features}
    assert columns_without_use(own.schema, feature_values(own), goal) < features


def test_a_few_rows_teach_nothing() -> None:
    own = table().take(np.arange(20))
    assert found_formulas(own.schema, feature_values(own), 3, Goal(np.arange(20.0)), ()) == ()
    assert columns_without_use(own.schema, feature_values(own), Goal(np.arange(20.0))) == frozenset()


def test_many_rows_are_sampled() -> None:
    own = typed({"a": np.arange(9_000.0), "b": np.arange(9_000.0)[::-1].copy(), "y": np.arange(9_000.0)}, target="y")
    rows = PlainRows.of(own.schema, feature_values(own), Goal(np.arange(9_000.0), seed=1))
    assert rows.features.shape == (5_000, 2)
    assert (rows.features[:, 0] == rows.goal.numbers).all()


def test_outlines_are_as_wide_as_what_may_be_found() -> None:
    own = table()
    assert len(outlined_formulas(own.schema, 5, ())) == 3  # pairs of three numeric columns
    assert len(outlined_formulas(own.schema, 1, ())) == 1
    assert outlined_formulas(poor("texts").schema, 4, ()) == ()
