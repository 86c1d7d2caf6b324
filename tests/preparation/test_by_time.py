from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netwright.base.errors import DataError, PlanError
from netwright.base.split import Split
from netwright.preparation.by_time import Times, expanding_folds, last_part
from netwright.preparation.split import SplitRule, split_table
from netwright.preparation.target import Target
from netwright.sources.conform import conform
from netwright.sources.registry import open_table
from tests.preparation.tables import numbers, typed


def table_at(times, *kinds: str):
    return typed({"when": list(times), "x": numbers(len(times)), "y": numbers(len(times), 1)}, *kinds, target="y")


def deal(table, test=None, valid=None, **rule) -> Split:
    return split_table(table, Target("y", "regression"), SplitRule(how="time", by="when", **rule), test, valid)


def years(values) -> Times:
    return Times("year", np.asarray(values, dtype=np.float64), "")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 30), min_size=12, max_size=120).filter(lambda times: len(set(times)) > 4),
    st.sampled_from([0, 1, 2]),
    st.integers(1, 6),
)
def test_train_rows_lie_before_the_rows_that_judge(times, gap, n_folds):
    table = table_at(times, "when=numeric")
    try:
        split = deal(table, gap=gap, folds=n_folds)
    except DataError as error:  # a gap may leave nothing
        assert "must leave" in str(error)
        return
    when = split.development["when"].to_numpy()
    tested = split.sealed.open(by="a test")["when"].to_numpy()
    assert when.max() < tested.min()
    assert when.max() <= tested.min() - gap
    if not gap:
        assert split.development.n_rows + len(tested) == len(times)
    starts, judged = [], []
    for fold in split.folds:
        judged += fold.valid.tolist()
        starts.append(when[fold.valid].min())
        assert when[fold.train].max() <= starts[-1] - gap
        assert when[fold.train].max() < starts[-1]
        expected = np.flatnonzero((when < starts[-1]) & (when <= starts[-1] - gap))
        np.testing.assert_array_equal(fold.train, expected)  # all that may, and nothing else
    assert len(judged) == len(set(judged))
    np.testing.assert_array_equal(np.sort(judged), np.flatnonzero(when >= starts[0]))  # blocks without holes
    assert starts == sorted(starts)


def test_the_shares_are_those_asked_for():
    split = deal(table_at(range(100), "when=numeric"), test_size=0.2, folds=4)
    assert split.sealed.open(by="a test")["when"].to_list() == list(range(80, 100))
    assert [(len(fold.train), len(fold.valid)) for fold in split.folds] == [(40, 10), (50, 10), (60, 10), (70, 10)]
    assert split.rule == "by time (when)"
    (fold,) = deal(table_at(range(100), "when=numeric"), valid_size=0.25).folds
    assert (len(fold.train), fold.valid.tolist()) == (60, list(range(60, 80)))


def test_the_order_of_the_file_means_nothing():
    order = np.random.default_rng(0).permutation(60)
    split = deal(table_at(order, "when=numeric"))
    assert sorted(split.sealed.open(by="a test")["when"].to_list()) == list(range(48, 60))


def test_dates_and_a_gap_of_days():
    days = [f"2024-{1 + k // 28:02}-{1 + k % 28:02}" for k in range(112)]
    table = table_at(days)
    assert table.schema["when"].kind == "date"
    split = deal(table, gap=10)
    tested = split.sealed.open(by="a test")["when"].min()
    assert (tested - split.development["when"].max()).days >= 10
    assert split.made["left_out"]["gap"] == 112 - split.development.n_rows - split.sealed.n_rows > 0
    assert any("gap of 10 days" in note for note in split.notes)


def test_rows_without_a_time_take_no_part():
    table = table_at([*range(40), None, None], "when=numeric")
    split = deal(table)
    assert split.development.n_rows + split.sealed.n_rows == 40
    assert split.notes == ("2 rows without when left out: nobody knows when they were",)
    assert split.made["left_out"]["without_time"] == 2


def test_a_row_number_is_a_time():
    table = table_at(range(1, 41))
    assert table.schema["when"].kind == "identifier"
    assert deal(table).sealed.open(by="a test").rows.tolist() == list(range(32, 40))


def test_few_times_give_few_folds():
    split = deal(table_at(np.repeat([2001, 2002, 2003, 2004], 10), "when=numeric"), folds=5)
    assert split.sealed.n_rows == 10
    assert [len(fold.train) for fold in split.folds] == [10, 20]


@pytest.mark.parametrize("fewest", [1, 2])
def test_too_few_times(fewest):
    with pytest.raises(DataError, match=rf"--time when must hold at least 3 different times .* got {fewest}\."):
        deal(table_at([k % fewest for k in range(40)], "when=numeric"))


def test_no_time_at_all():
    with pytest.raises(PlanError, match="--time must name a column of dates or numbers, got 'when'"):
        deal(table_at(["red", "green"] * 20))
    with pytest.raises(DataError, match="must have at least 10 rows"):
        deal(table_at([*range(5), *[None] * 40], "when=numeric"))


def test_a_gap_that_leaves_nothing():
    with pytest.raises(DataError, match=r"--time when must leave 2 different times 100 of when before the test rows"):
        deal(table_at(range(50), "when=numeric"), gap=100)
    with pytest.raises(DataError, match=r"--gap 25 must leave rows to train on before 8, .* got none"):
        deal(table_at(range(50), "when=numeric"), gap=25)


def test_huge_and_equal_times():
    split = deal(table_at([1e300, -1e300, *[0.0] * 18], "when=numeric"))
    assert split.sealed.open(by="a test")["when"].to_list() == [1e300]


def test_test_rows_that_are_not_later_are_warned_of():
    table = table_at(range(40), "when=numeric")
    split = deal(table, test=table_at(range(30, 50), "when=numeric"))
    (finding,) = split.findings
    assert (finding.code, finding.severity, finding.evidence["rows"]) == ("time-overlap", "warning", 10)
    assert split.development.n_rows == 40
    assert deal(table, test=table_at(range(40, 60), "when=numeric")).findings == ()


@pytest.mark.parametrize("cells", [[None] * 20, ["2024-03-01"] * 20])
@pytest.mark.parametrize("kind", ["when=date:%Y-%m-%d", "when=numeric"])
def test_test_rows_without_any_time_are_not_judged_by_it(cells, kind):
    dates = kind == "when=date:%Y-%m-%d"
    times = [f"2024-02-{1 + k % 28:02}" for k in range(40)] if dates else list(range(40))
    table = table_at(times, kind)
    given_ = [None if cell is None else cell if dates else 60 for cell in cells]
    test = conform(open_table({"when": given_, "x": numbers(20), "y": numbers(20, 1)}), table.schema)
    assert deal(table, test=test).findings == ()


def test_a_time_is_shown_as_people_write_it():
    days = [f"2024-01-{1 + k:02}" for k in range(30)]
    with pytest.raises(DataError, match=r"--gap 12 must leave rows to train on before 2024-01-09, where the first"):
        deal(table_at(days), gap=12, test_size=0.1)
    hours = [f"2024-01-01 {k:02}:30" for k in range(24)]
    with pytest.raises(DataError, match=r"before 2024-01-01 06:30, where the first validation rows begin"):
        deal(table_at(hours), gap=0.43, test_size=0.1)


def test_both_given():
    table, test, valid = (table_at(range(k, k + 12), "when=numeric") for k in (0, 24, 12))
    split = deal(table, test=test, valid=valid)
    assert split.rule == "as given"
    assert (len(split.folds), split.folds[0].valid.tolist(), split.findings) == (1, list(range(12, 24)), ())


def test_the_last_part_is_the_nearest_that_ties_allow():
    before, last = last_part(years([1, 1, 1, 2, 2, 2, 3, 3, 3, 3]), 0.3, "test", 0, 1)
    assert (before.tolist(), last.tolist()) == ([0, 1, 2, 3, 4, 5], [6, 7, 8, 9])


def test_more_folds_than_times():
    folds = expanding_folds(years(range(8)), 50, 0)
    assert [fold.valid.tolist() for fold in folds] == [[4], [5], [6], [7]]
