from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from netwright.base.errors import PlanError
from netwright.preparation.sampling import balanced_weights, drawn, resampled
from netwright.preparation.split import SplitRule, split_table
from netwright.preparation.target import Target
from tests.preparation.tables import numbers, typed

LABELS = ["a"] * 70 + ["b"] * 20 + ["c"] * 10


def deal(labels=LABELS, **rule):
    table = typed({"x": numbers(len(labels)), "y": list(labels)}, "y=category", target="y")
    classes = tuple(sorted(set(labels)))
    return split_table(
        table, Target("y", "binary" if len(classes) == 2 else "multiclass", classes), SplitRule(**rule), None, None
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=80),
    st.sampled_from(["none", "under", "over", "balanced"]),
    st.integers(0, 2**40),
)
def test_every_class_is_brought_to_the_count(labels, how, seed):
    labels = np.array(labels)
    rows = np.arange(len(labels)) * 3 + 1
    sampled = resampled(rows, labels, how, seed)
    counts = np.unique(labels, return_counts=True)[1]
    found = np.unique(labels[(sampled - 1) // 3], return_counts=True)[1]
    wanted = {"under": counts.min(), "over": counts.max(), "balanced": round(counts.mean())}
    assert found.tolist() == (counts.tolist() if how == "none" else [wanted[how]] * len(counts))
    assert set(sampled) <= set(rows)
    if how == "over":
        assert set(sampled) == set(rows)  # no row is lost
    for label in np.unique(labels):  # no row more than once oftener than another of its class
        times = Counter(sampled[labels[(sampled - 1) // 3] == label].tolist())
        everyone = [times[row] for row in rows[labels == label]]
        assert max(everyone) - min(everyone) <= 1
    np.testing.assert_array_equal(sampled, resampled(rows, labels, how, seed))


@pytest.mark.parametrize("how", ["under", "over", "balanced"])
@pytest.mark.parametrize("rule", [{}, {"valid_size": 0.25}, {"repeats": 2}])
def test_only_train_rows_are_sampled(how, rule):
    plain, sampled = deal(**rule), deal(sampling=how, **rule)
    assert sampled.sealed.open(by="a test").rows.tolist() == plain.sealed.open(by="a test").rows.tolist()
    for one, other in zip(plain.folds, sampled.folds, strict=True):
        np.testing.assert_array_equal(one.valid, other.valid)
        assert set(other.train) <= set(one.train)
        assert not set(other.train) & set(other.valid)  # no copy crosses the fold
        assert len(set(Counter(sampled.development.take(other.train)["y"].to_list()).values())) == 1
    assert any(f"({how})" in note for note in sampled.notes)


def test_weights_are_scikit_learns():
    labels = np.repeat([0, 1, 2], [7, 2, 1])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    np.testing.assert_allclose(balanced_weights(labels, 3), expected)
    assert balanced_weights(labels, 3)[labels].mean() == pytest.approx(1)


def test_weights_are_those_of_the_train_rows_of_the_fold():
    split = deal(class_weight="balanced", test_size=0)
    for fold in split.folds:
        labels = np.searchsorted(["a", "b", "c"], split.development.take(fold.train)["y"].to_list())
        np.testing.assert_allclose(fold.class_weights, balanced_weights(labels, 3))
    assert all(fold.class_weights is None for fold in deal().folds)


def test_weights_of_ones_own():
    assert deal(class_weight={"b": 5.0}).folds[0].class_weights.tolist() == [1, 5, 1]
    with pytest.raises(PlanError, match="--class-weight must name classes of 'y', got 'z'"):
        deal(class_weight={"z": 5.0})


@pytest.mark.parametrize(("option", "value"), [("sampling", "over"), ("class_weight", "balanced")])
def test_numbers_have_no_classes(option, value):
    table = typed({"x": numbers(30), "y": numbers(30, 1)}, target="y")
    with pytest.raises(PlanError) as caught:
        split_table(table, Target("y", "regression"), SplitRule(**{option: value}), None, None)
    assert (
        str(caught.value) == f"--{option.replace('_', '-')} must come with classes, but 'y' is a number. Leave it out."
    )


class TestTrainRows:
    def test_shares_are_kept_and_the_test_rows_stay(self):
        everyone, some = deal(), deal(train_rows=40)
        assert some.development.n_rows == 40
        assert set(some.development.rows) <= set(everyone.development.rows)
        assert some.sealed.open(by="a test").rows.tolist() == everyone.sealed.open(by="a test").rows.tolist()
        assert Counter(some.development["y"].to_list()) == {"a": 28, "b": 8, "c": 4}
        assert some.notes == ("40 rows left out by --train-rows 40",)

    def test_by_bins_of_the_target(self):
        strata = np.repeat(np.arange(10), 30)
        assert np.bincount(strata[drawn(strata, 50, 0)]).tolist() == [5] * 10

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.data())
    def test_so_many_different_rows(self, strata, data):
        n_rows = data.draw(st.integers(1, len(strata)))
        rows = drawn(np.array(strata), n_rows, 3)
        assert len(set(rows)) == len(rows) == n_rows
        assert set(rows) <= set(range(len(strata)))
        if n_rows == len(strata):
            assert rows.tolist() == list(range(n_rows))

    def test_more_than_there_are(self):
        with pytest.raises(PlanError) as caught:
            deal(train_rows=81)
        assert str(caught.value) == "--train-rows must be at most 80, the rows that are not tested on, got 81."
        assert deal(train_rows=80).development.n_rows == 80


def test_repeats_deal_other_folds_and_the_first_as_before():
    once, thrice = deal(), deal(repeats=3)
    assert len(thrice.folds) == 15
    for one, other in zip(once.folds, thrice.folds[:5], strict=True):
        np.testing.assert_array_equal(one.valid, other.valid)
    dealt = {tuple(fold.valid.tolist()) for fold in thrice.folds}
    assert len(dealt) > 10
    judged = Counter(int(row) for fold in thrice.folds for row in fold.valid)
    assert judged == dict.fromkeys(range(80), 3)
