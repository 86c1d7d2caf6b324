from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.base.split import Split
from netwright.preparation.by_group import GroupDealer, group_numbers, joined
from netwright.preparation.split import SplitRule, split_table
from netwright.preparation.target import Target
from tests.preparation.tables import numbers, typed


def deal(table, task="regression", classes=(), test=None, valid=None, **rule) -> Split:
    return split_table(table, Target("y", task, classes), SplitRule(how="group", by="who", **rule), test, valid)


def table_of(groups, y=None, seed=0):
    n_rows = len(groups)
    y = numbers(n_rows, seed + 1) if y is None else list(y)
    return typed({"who": list(groups), "x": numbers(n_rows, seed), "y": y}, "who=category", target="y")


def check_apart(split: Split) -> None:
    def groups(table) -> set:
        return set(table["who"].drop_nulls().to_list())

    if split.sealed.n_rows:
        assert not groups(split.sealed.open(by="a test")) & groups(split.development)
    for fold in split.folds:
        train, valid = (split.development.take(side) for side in (fold.train, fold.valid))
        assert train.n_rows
        assert valid.n_rows
        assert not groups(train) & groups(valid)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=12, max_size=100).filter(
        lambda groups: len({group for group in groups if group is not None}) > 3
    ),
    st.integers(0, 10**6),
    st.integers(1, 3),
)
def test_a_group_never_stands_on_both_sides(groups, seed, repeats):
    split = deal(table_of([None if group is None else f"g{group}" for group in groups]), seed=seed, repeats=repeats)
    development, n_tested = split.development.n_rows, split.sealed.n_rows
    check_apart(split)
    assert development + n_tested == len(groups)
    judged = Counter(int(row) for fold in split.folds for row in fold.valid)
    assert set(judged) == set(range(development))
    assert set(judged.values()) == {repeats}


@pytest.mark.parametrize("rule", [{}, {"valid_size": 0.25}, {"test_size": 0}])
def test_sizes_and_class_shares_are_about_as_asked(rule):
    rng = np.random.default_rng(0)
    groups = [f"환자{k}" for k in rng.integers(0, 60, 600)]
    y = ["sick" if rng.random() < (0.6 if int(group[2:]) % 3 == 0 else 0.1) else "well" for group in groups]
    for seed in range(4):
        split = deal(table_of(groups, y), "binary", ("well", "sick"), seed=seed, **rule)
        check_apart(split)
        parts = [split.development.take(fold.valid) for fold in split.folds]
        if split.sealed.n_rows:
            assert split.sealed.n_rows == pytest.approx(120, abs=12)
        for part in parts:
            assert (part["y"] == "sick").mean() == pytest.approx(y.count("sick") / 600, abs=0.07)


def test_the_seed_decides_who_is_tested():
    table = table_of([f"g{k // 3}" for k in range(90)])
    tests = {tuple(deal(table, seed=seed).sealed.open(by="a test").rows.tolist()) for seed in (0, 0, 1, 2)}
    assert len(tests) == 3


def test_groups_that_share_copies_are_one():
    x, y = numbers(40), numbers(40, 1)
    x[20], y[20] = x[0], y[0]  # group b repeats a row of group a
    table = typed({"who": [f"g{k // 4}" for k in range(40)], "x": x, "y": y}, "who=category", target="y")
    schema = table.schema.with_roles({"who": "left_out"})
    for seed in range(8):
        split = deal(table.with_schema(schema), seed=seed)
        tested = set(split.sealed.open(by="a test")["who"].to_list())
        for fold in split.folds:
            judged = set(split.development.take(fold.valid)["who"].to_list())
            assert ("g0" in judged) == ("g5" in judged)
        assert ("g0" in tested) == ("g5" in tested)


def test_one_large_group_among_small_ones():
    split = deal(table_of(["all"] * 90 + [f"g{k}" for k in range(10)]))
    check_apart(split)
    assert 0 < split.sealed.n_rows <= 10


def test_too_few_groups():
    with pytest.raises(DataError) as caught:
        deal(table_of(["a", "b"] * 10))
    assert str(caught.value) == (
        "--group who must give at least 3 groups to be split into train, validation and test, got 2 in the dictionary "
        "(groups that share copies of a row count as one). Pass another column, or --split random."
    )
    with pytest.raises(DataError, match=r"at least 2 groups to be split into train and validation, got 1"):
        deal(table_of(["a"] * 20), test_size=0)
    check_apart(deal(table_of(["a", "b", "c"] * 10)))


def test_fewer_groups_than_folds():
    split = deal(table_of([f"g{k % 4}" for k in range(40)]), folds=5)
    assert len(split.folds) == 3
    check_apart(split)


def test_rows_without_a_group_are_groups_of_their_own():
    assert group_numbers(pl.Series([None, None], dtype=pl.String)).tolist() == [0, 1]
    split = deal(table_of(["a"] * 10 + ["b"] * 10 + [None] * 20))
    assert split.development.n_rows + split.sealed.n_rows == 40


def test_numbers_are_groups_too():
    table = typed({"who": [k // 4 * 1.0 for k in range(40)], "x": numbers(40), "y": numbers(40, 1)}, target="y")
    check_apart(deal(table))


def test_joined_by_way_of_others():
    assert joined(np.array([0, 1, 1, 2, 3]), np.array([0, 0, 1, 1, 2])).tolist() == [0, 0, 0, 0, 1]
    assert joined(np.arange(3), np.arange(3)[::-1]).tolist() == [0, 1, 2]


def test_groups_of_given_test_rows_are_compared():
    table, test = table_of([f"g{k // 4}" for k in range(40)]), table_of(["g0", "g1", "new", None] * 3, seed=5)
    (finding,) = deal(table, test=test).findings
    assert (finding.code, finding.evidence["rows"]) == ("group-overlap", 8)


def test_many_units_take_no_time_to_speak_of():
    units = np.arange(40_000)
    dealer = GroupDealer(units, units % 3, "who", "here", 0)
    assert np.bincount(dealer.deal(5, "folds")).tolist() == pytest.approx([8_000] * 5, abs=2)
    assert dealer.share(0.2, "test", 2).sum() == 8_000
