"""Rows that differ by a hair, and rows that are alike because a table is dense."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.copies import Copies, find_copies
from netwright.base.near_copies import near_groups, spread_of
from tests.preparation.tables import numbers, typed


def table(n_rows=200, seed=0):
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "x": rng.normal(size=n_rows),
            "z": np.exp(rng.normal(size=n_rows)).round(4),
            "rooms": rng.integers(1, 9, n_rows).astype(float),
            "town": rng.choice(["서울", "Busan", "Jeju"], n_rows),
        }
    )


def planted(frame, sources, noise, names=("x", "z"), seed=1):
    """The frame with copies of these rows below, their numbers off by so many standard deviations."""
    rng, copies = np.random.default_rng(seed), frame[sources]
    spread = {name: frame[name].std() for name in names}
    noisy = [pl.Series(name, copies[name] + noise * spread[name] * rng.normal(size=len(sources))) for name in names]
    return pl.concat([frame, copies.with_columns(noisy)])


def found(frame, sources):
    units = find_copies(typed(frame)).units
    return units[: frame.height - len(sources)][sources] == units[frame.height - len(sources) :]


@pytest.mark.parametrize("noise", [1e-9, 1e-6, 1e-4, 1e-3])
@pytest.mark.parametrize("names", [("x", "z"), ("z",)])
def test_copies_with_noise_are_found_and_no_others(noise, names):
    sources = np.arange(0, 200, 10)
    frame = planted(table(), sources, noise, names)
    assert found(frame, sources).all()
    copies = find_copies(typed(frame))
    assert copies.near_repeats[200:].all()
    assert copies.near_repeats[:200].sum() <= 2  # what is alike by chance
    assert not copies.repeats.any()


def test_copies_that_were_rounded_are_found():
    frame, sources = table(), np.arange(0, 200, 10)
    rounded = frame[sources].with_columns(pl.col("x", "z").round(2))
    assert found(pl.concat([frame, rounded]), sources).all()


def test_case_and_blanks_of_texts_do_not_count_but_other_texts_do():
    frame, sources = planted(table(), np.arange(20), 1e-5), np.arange(20)
    shouted = frame.with_columns(
        pl.when(pl.int_range(pl.len()) < 200).then("town").otherwise(pl.col("town").str.to_uppercase())
    )
    assert found(shouted, sources).all()
    moved = frame.with_columns(pl.when(pl.int_range(pl.len()) < 200).then("town").otherwise(pl.lit("Daegu")))
    assert not found(moved, sources).any()


def test_gaps_are_equal_to_gaps_only():
    frame = table().with_columns(pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise("x").alias("x"))
    sources = np.arange(0, 60, 3)
    frame = planted(frame, sources, 1e-5, ("z",))
    assert found(frame, sources).all()
    filled = frame.with_columns(pl.when(pl.int_range(pl.len()) >= 200).then(0.5).otherwise("x").alias("x"))
    assert not found(filled, sources).any()


@pytest.mark.parametrize(
    "ids", [[f"k{n}" for n in range(220)], list(range(1, 221)), [*range(1, 201), *range(5000, 7000, 100)]]
)
def test_another_identifier_hides_no_copy(ids):
    sources = np.arange(0, 200, 10)
    assert found(planted(table(), sources, 1e-5).with_columns(pl.Series("Order", ids)), sources).all()
    assert found(planted(table(), sources, 0.0).with_columns(pl.Series("Order", ids)), sources).all()


def test_columns_of_one_value_and_noise_hide_no_copy():
    """Nine tenths are zero: the copies' noise about it must not be taken for the spread."""
    frame = table().with_columns(pl.when(pl.int_range(pl.len()) % 50 == 7).then(300.0).otherwise(0.0).alias("pool"))
    sources = np.arange(0, 200, 10)
    assert found(planted(frame, sources, 1e-3, ("x", "z", "pool")), sources).all()


def test_dense_tables_have_no_copies():
    rng = np.random.default_rng(0)
    one, two = pl.DataFrame({"x": rng.normal(size=5000)}), pl.DataFrame(rng.normal(size=(5000, 2)))
    few = pl.DataFrame({"x": rng.normal(size=5000), "rating": rng.choice(["a", "b", "c"], 5000)})
    for frame in (one, two, few):
        copies = find_copies(typed(frame))
        assert copies.near_repeats.sum() < 10


def test_rows_told_apart_by_codes_alone_are_no_copies():
    """Bills of new customers: hardly any different numbers, every service by chance."""
    rng = np.random.default_rng(0)
    columns = {"fee": rng.choice([19.5, 20.0, 45.0, 70.5], 3000) + rng.choice([0.0, 0.01, 0.02, 0.05], 3000)}
    columns |= {
        name: rng.choice(["no", "yes"], 3000) for name in ("phone", "net", "mail", "bill", "paper", "web", "tv", "old")
    }
    copies = find_copies(typed(columns, "fee=numeric"))
    assert copies.near_repeats.sum() == 0


def test_one_pair_in_a_small_table():
    frame = planted(table(60), np.array([7]), 1e-5)
    assert np.flatnonzero(find_copies(typed(frame)).near_repeats).tolist() == [60]


def test_copies_of_a_copy_join_one_unit():
    frame = planted(planted(table(), np.array([3, 3, 9]), 1e-5), np.array([3, 3]), 0.0)
    units = find_copies(typed(frame)).units
    assert units[[3, 200, 201, 203, 204]].tolist() == [3] * 5
    assert units[[9, 202]].tolist() == [9, 9]


def test_rows_alike_by_chance_stay_single_and_their_near_copies_join_them():
    alike, near = np.array([0, 1, 0, 1, 2, 3]), np.array([0, 1, 0, 1, 0, 2])
    assert Copies(alike, by_chance=True, near=near).units.tolist() == [0, 1, 0, 2, 0, 3]
    assert Copies(alike, by_chance=False, near=near).units.tolist() == [0, 1, 0, 1, 0, 2]
    assert Copies(alike, by_chance=False, near=near).near_repeats.tolist() == [False] * 4 + [True, False]


@pytest.mark.parametrize("n_rows", [0, 1, 2])
def test_hardly_any_rows(n_rows):
    assert find_copies(typed(table(30)).take(np.arange(n_rows))).units.tolist() == list(range(n_rows))


def test_huge_numbers_and_tiny_ones():
    x = numbers(60)
    frame = pl.DataFrame({"x": [-1.7e308, 1.7e308, 0.5] * 20, "z": x * 1e200, "w": x * 1e-300})
    assert find_copies(typed(frame)).near_repeats.sum() == 0


def test_the_spread_of_a_column_is_a_power_of_two_that_few_cells_do_not_move():
    x = numbers(1000) * 3
    assert spread_of(x) == 4.0
    x[:90] *= 1000
    assert spread_of(x) == 4.0
    assert spread_of(np.r_[np.zeros(990), np.full(10, 800.0), numbers(100) * 0.01]) >= 16
    assert spread_of(np.zeros(50)) == spread_of(np.zeros(0)) == 0.0


def test_no_numbers_no_near_copies():
    assert near_groups(pl.DataFrame({"c": ["a", "A"]}), [], ["c"]).tolist() == [0, 1]
