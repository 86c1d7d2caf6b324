from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError
from netwright.base.split import Split
from netwright.base.stored import StoredFrame
from netwright.preparation.split import MIN_ROWS, MIN_UNSEALED_ROWS, SplitRule, split_table
from netwright.preparation.target import Target
from tests.preparation.tables import numbers, typed


def deal(data, task="regression", classes=(), test=None, valid=None, **rule) -> Split:
    table = data if hasattr(data, "schema") else typed(data, target="y")
    return split_table(table, Target("y", task, classes), SplitRule(**rule), test, valid)


def regression(n_rows: int, seed: int = 0):
    return typed({"x": numbers(n_rows, seed), "y": numbers(n_rows, seed + 1)}, target="y")


def classified(labels, seed: int = 0):
    return typed({"x": numbers(len(labels), seed), "y": list(labels)}, "y=category", target="y")


def sides(split: Split) -> tuple[list[int], list[int]]:
    sealed = split.sealed.open(by="a test").rows.tolist() if split.sealed.n_rows else []
    return split.development.rows.tolist(), sealed


def check_complete(split: Split, n_rows: int, *, folds_cover: bool = True) -> None:
    development, sealed = sides(split)
    assert sorted(development + sealed) == list(range(n_rows))
    everyone = np.arange(split.development.n_rows)
    for fold in split.folds:
        assert len(fold.train)
        assert len(fold.valid)
        np.testing.assert_array_equal(np.sort(np.concatenate([fold.train, fold.valid])), everyone)
    if folds_cover:
        np.testing.assert_array_equal(np.sort(np.concatenate([fold.valid for fold in split.folds])), everyone)


@settings(max_examples=40, deadline=None)
@given(st.integers(MIN_ROWS, 150), st.integers(0, 10**6), st.sampled_from([0.1, 0.2, 0.33, 0.5]), st.integers(2, 7))
def test_disjoint_and_complete(n_rows, seed, test_size, folds):
    split = deal(regression(n_rows), test_size=test_size, folds=folds, seed=seed)
    check_complete(split, n_rows)
    assert split.sealed.n_rows == int(np.ceil(test_size * n_rows))
    sizes = [len(fold.valid) for fold in split.folds]
    assert len(sizes) == min(folds, split.development.n_rows)
    assert max(sizes) - min(sizes) <= 1


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from("aab"), min_size=12, max_size=120), st.integers(0, 10**6))
def test_disjoint_and_complete_with_classes(labels, seed):
    if len(set(labels)) < 2:
        return
    split = deal(classified(labels), "binary", ("a", "b"), seed=seed)
    own = Counter(split.development["y"].to_list())
    check_complete(split, len(labels), folds_cover=min(own.values()) > 1)  # a lonely class is judged in no fold
    assert set(own) == {"a", "b"}  # and always trained on


@pytest.mark.parametrize(
    ("n_rows", "test_size", "expected"), [(506, 0.2, 102), (10, 0.2, 2), (100, 0.25, 25), (12, 0.01, 1)]
)
def test_sizes(n_rows, test_size, expected):
    assert deal(regression(n_rows), test_size=test_size).sealed.n_rows == expected


def test_one_validation_part():
    split = deal(regression(100), valid_size=0.25)
    (fold,) = split.folds
    assert (len(fold.train), len(fold.valid), split.sealed.n_rows) == (60, 20, 20)
    check_complete(split, 100, folds_cover=False)


def test_no_test():
    split = deal(regression(50), test_size=0)
    assert (split.development.n_rows, split.sealed.n_rows) == (50, 0)
    check_complete(split, 50)


class TestStrata:
    @pytest.mark.parametrize("seed", range(5))
    def test_classes_keep_their_shares(self, seed):
        labels = ["a"] * 150 + ["b"] * 35 + ["c"] * 15
        split = deal(classified(labels), "multiclass", ("a", "b", "c"), seed=seed)
        assert split.rule == "stratified by class"
        own = Counter(split.development["y"].to_list())
        for fold in split.folds:
            found = Counter(split.development.take(fold.valid)["y"].to_list())
            assert all(abs(found[label] - own[label] / 5) <= 1 for label in own)
        tested = Counter(split.sealed.open(by="a test")["y"].to_list())
        assert all(abs(tested[label] - labels.count(label) / 5) <= 1 for label in "abc")

    @pytest.mark.parametrize("seed", range(5))
    def test_regression_by_target_bins(self, seed):
        split = deal(regression(500), seed=seed)
        assert split.rule == "stratified by target bins"
        y = np.sort(numbers(500, 1))
        for part in (split.sealed.open(by="a test"), *(split.development.take(fold.valid) for fold in split.folds)):
            tenths = np.histogram(part["y"].to_numpy(), bins=[-np.inf, *y[50::50], np.inf])[0]
            assert np.abs(tenths - part.n_rows / 10).max() <= 2

    def test_at_random(self):
        labels = ["a"] * 60 + ["b"] * 40
        shares = set()
        for seed in range(12):
            split = deal(classified(labels), "binary", ("a", "b"), how="random", seed=seed)
            assert split.rule == "at random"
            shares.add(split.sealed.open(by="a test")["y"].to_list().count("b"))
        assert len(shares) > 3

    def test_long_regression_tables_are_dealt_at_random_unless_asked(self):
        table = regression(10_050)
        assert deal(table).rule == "at random"
        assert deal(table, how="stratified").rule == "stratified by target bins"

    def test_few_rows_have_few_bins(self):
        check_complete(deal(regression(10)), 10)


class TestCopies:
    def copies(self, n_different: int, times: int):
        order = np.random.default_rng(0).permutation(np.repeat(np.arange(n_different), times))
        return typed({"x": numbers(n_different)[order], "y": numbers(n_different, 1)[order]}, target="y")

    @pytest.mark.parametrize("rule", [{}, {"how": "random"}, {"valid_size": 0.3}, {"test_size": 0}])
    @pytest.mark.parametrize(("n_different", "times"), [(40, 3), (100, 2), (10, 12)])
    def test_copies_stay_on_one_side(self, n_different, times, rule):
        split = deal(self.copies(n_different, times), **rule)
        parts = [split.development.take(side) for fold in split.folds for side in (fold.train, fold.valid)]
        if split.sealed.n_rows:
            parts += [split.sealed.open(by="a test"), split.development]
        for one, other in zip(parts[::2], parts[1::2], strict=True):
            assert not set(one["x"].to_list()) & set(other["x"].to_list())
        assert parts

    def test_the_test_is_about_as_large_as_asked(self):
        for seed in range(5):
            split = deal(self.copies(60, 3), seed=seed)
            assert 30 <= split.sealed.n_rows <= 36

    def test_many_copies_of_one_row(self):
        x = [1.5] * 98 + [2.5, 3.5]
        for seed in range(5):
            split = deal({"x": x, "y": x}, seed=seed)
            check_complete(split, 100)

    @pytest.mark.parametrize("rule", [{}, {"test_size": 0}, {"valid_size": 0.2, "test_size": 0}])
    def test_nothing_but_copies(self, rule):
        table = regression(20).take(np.zeros(20, dtype=np.int64))
        with pytest.raises(DataError) as caught:
            deal(table, **rule)
        assert str(caught.value) == (
            "the rows must differ to be split, got copies of a single row. Repeated rows stay on one side."
        )

    def test_two_different_rows_are_too_few_for_three_parts(self):
        with pytest.raises(DataError, match=r"--test-size 0\.2 must leave at least 2 different rows of the dictionary"):
            deal({"x": [1.5, 2.5] * 10, "y": [1.5, 2.5] * 10})
        check_complete(deal({"x": [1.5, 2.5, 3.5] * 10, "y": [1.5, 2.5, 3.5] * 10}), 30)

    def test_with_test_rows_of_the_users_own_copies_are_refused_too(self):
        table = regression(20)
        with pytest.raises(DataError, match="the rows must differ"):
            deal(table.take(np.zeros(20, dtype=np.int64)), test=table)


class TestLonelyClasses:
    @pytest.mark.parametrize("how", ["auto", "random", "stratified"])
    @pytest.mark.parametrize("rule", [{}, {"valid_size": 0.2}])
    def test_always_in_train(self, how, rule):
        table = classified(["a"] * 30 + ["z"] + ["b"] * 29)
        for seed in range(15):
            split = deal(table, "multiclass", ("a", "b", "z"), how=how, seed=seed, **rule)
            assert "z" not in split.sealed.open(by="a test")["y"].to_list()
            for fold in split.folds:
                assert "z" in split.development.take(fold.train)["y"].to_list()
                assert "z" not in split.development.take(fold.valid)["y"].to_list()

    def test_where_nearly_every_class_is_lonely_rows_are_dealt_all_the_same(self):
        labels = [f"l{n}" for n in range(18)] + ["a", "a"]
        split = deal(classified(labels), "multiclass", tuple(sorted(set(labels))))
        check_complete(split, 20, folds_cover=False)
        assert split.sealed.n_rows == 4

    def test_a_regression_target_that_is_different_in_every_row_is_dealt(self):
        check_complete(deal(regression(60)), 60)


class TestTooFew:
    def test_rows(self):
        with pytest.raises(DataError) as caught:
            deal(regression(9))
        assert str(caught.value) == (
            "the dictionary must have at least 10 rows with a target to be split, got 9. Add rows; a network cannot be "
            "judged on fewer."
        )
        check_complete(deal(regression(MIN_ROWS)), MIN_ROWS)

    def test_fewer_do_where_the_caller_keeps_the_test(self):
        check_complete(deal(regression(4), test_size=0, least_rows=MIN_UNSEALED_ROWS), 4)
        with pytest.raises(DataError, match="at least 4 rows"):
            deal(regression(3), test_size=0, least_rows=MIN_UNSEALED_ROWS)

    @pytest.mark.parametrize("size", [0.84, 0.9, 0.95, 0.999])
    def test_a_test_that_leaves_nothing(self, size):
        with pytest.raises(DataError) as caught:
            deal(regression(12), test_size=size)
        left = 12 - int(np.ceil(12 * size))
        assert str(caught.value) == (
            f"--test-size {size:g} must leave at least 2 different rows of the dictionary to train on, got {left} of "
            "12. Pass a smaller share, or add rows."
        )

    def test_a_validation_part_that_leaves_nothing(self):
        with pytest.raises(DataError, match=r"--valid-size 0\.95 must leave at least 1 different row .*, got 0 of 9"):
            deal(regression(12), valid_size=0.95)
        check_complete(deal(regression(12), valid_size=0.85), 12, folds_cover=False)

    def test_large_shares_of_larger_tables(self):
        split = deal(regression(100), test_size=0.95)
        assert split.sealed.n_rows == 95
        check_complete(split, 100)

    def test_more_folds_than_rows(self):
        split = deal(regression(12), folds=50)
        assert len(split.folds) == 9
        check_complete(split, 12)


class TestGivenRows:
    def test_validation_rows(self):
        table, valid = regression(40), regression(15, seed=7)
        split = deal(table, valid=valid)
        (fold,) = split.folds
        assert split.sealed.n_rows == 8
        assert split.development.n_rows == 32 + 15
        assert split.development.take(fold.valid).frame.equals(valid.frame)
        assert len(fold.train) == 32
        assert not set(split.development["x"].to_list()[:32]) & set(valid["x"].to_list())

    def test_test_rows(self):
        table, test = regression(40), regression(15, seed=7)
        split = deal(table, test=test)
        assert split.development.frame.equals(table.frame)
        assert split.sealed.open(by="a test") is test
        assert len(split.folds) == 5

    def test_both(self):
        table, test, valid = regression(12), regression(5, seed=7), regression(3, seed=9)
        split = deal(table, test=test, valid=valid)
        assert (split.development.n_rows, split.sealed.n_rows, len(split.folds)) == (15, 5, 1)

    def test_validation_rows_without_a_column_that_is_left_out(self):
        table = typed({"id": [f"k{n}" for n in range(40)], "x": numbers(40), "y": numbers(40, 1)}, target="y")
        split = deal(table, valid=regression(10, seed=3))
        assert split.development["id"].to_list()[-10:] == [None] * 10
        assert split.development["x"].null_count() == 0


class TestDeterminism:
    def parts(self, split):
        development, sealed = sides(split)
        return development, sealed, [(fold.train.tolist(), fold.valid.tolist()) for fold in split.folds]

    def test_the_seed_decides(self):
        table = regression(60)
        assert self.parts(deal(table, seed=3)) == self.parts(deal(table, seed=3))
        assert self.parts(deal(table, seed=3)) != self.parts(deal(table, seed=4))

    def test_changing_test_cells_does_not_change_the_dealing(self):
        table = regression(60)
        before = self.parts(deal(table, seed=1))
        x = table["x"].to_numpy().copy()
        x[before[1]] = np.arange(len(before[1])) + 1e6  # different from each other, as before
        spoilt = typed({"x": x, "y": numbers(60, 1)}, target="y")
        assert self.parts(deal(spoilt, seed=1)) == before

    def test_features_do_not_decide_who_is_tested(self):
        one = deal(regression(60), seed=1)
        other = typed({"x": numbers(60, 50), "town": ["a", "b"] * 30, "y": numbers(60, 1)}, target="y")
        assert self.parts(deal(other, seed=1)) == self.parts(one)


def test_rows_with_copies_are_as_likely_as_others_to_be_tested() -> None:
    """Units of many rows once were drawn far more often: of those of four 61 % instead of 20 %."""
    sizes = np.repeat([1, 2, 4], 200)
    rows = np.repeat(np.arange(600), sizes)
    values = np.random.default_rng(0).normal(size=600).round(6)[rows]
    table = typed({"x": values.tolist(), "y": (values * 2 + 1).tolist()}, target="y")
    drawn = np.zeros(600)
    for seed in range(20):
        split = deal(table, seed=seed)
        drawn[np.unique(rows[split.sealed.open("test").rows])] += 1
    shares = [drawn[sizes == size].mean() / 20 for size in (1, 2, 4)]
    assert shares == pytest.approx([0.2, 0.2, 0.2], abs=0.03)


def test_validation_rows_of_a_table_in_files_go_below_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netwright.base.stored._CELLS_IN_MEMORY", 20)
    table, valid = regression(90), regression(30, seed=5)
    in_files = replace(table, frame=StoredFrame.of(table.frame))
    usual, large = deal(table, valid=valid, seed=1), deal(in_files, valid=valid, seed=1)
    assert large.development.in_files and not usual.development.in_files
    for name in ("x", "y"):
        assert large.development[name].to_list() == usual.development[name].to_list()
    (one,), (other,) = usual.folds, large.folds
    assert one.valid.tolist() == other.valid.tolist() and len(one.valid) == 30
