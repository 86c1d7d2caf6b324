"""Copies of rows, and rows that are alike by chance."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.base.copies import find_copies
from netwright.base.table import Table
from tests.preparation.tables import numbers, typed


def with_target(columns: dict[str, object], *kinds: str) -> Table:
    table = typed(columns, *kinds)
    return table.with_schema(table.schema.with_roles({"y": "target"}))


def test_copies_share_a_unit_and_gaps_are_equal_to_gaps():
    x = [1.5, 2.5, 1.5, None, 2.5, None, *numbers(20).tolist()]
    c = ["a", "a", "a", "b", "b", "b", *(["a", "b"] * 10)]
    table = typed({"x": x, "c": c, "z": [0.5, 1.5, 0.5, 2.5, 3.5, 2.5, *numbers(20, 1).tolist()]})
    found = find_copies(table)
    assert found.units[:6].tolist() == [0, 1, 0, 2, 3, 2]
    assert np.flatnonzero(found.repeats).tolist() == [2, 5]
    left = find_copies(table.with_schema(table.schema.with_roles({"c": "left_out", "z": "left_out"})))
    assert left.alike[:6].tolist() == [0, 1, 0, 2, 1, 2]


def test_against_polars():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {"a": rng.integers(0, 30, 5000) / 2, "b": rng.choice(["x", "y", ""], 5000), "c": rng.integers(0, 90, 5000) / 4}
    )
    table = typed(frame, "b=category")
    expected = table.frame.select(pl.struct(pl.all()).rank("dense")).to_series().to_numpy()
    found = find_copies(table)
    assert not found.by_chance
    assert len(np.unique(np.stack([found.units, expected]), axis=1).T) == len(np.unique(expected))


@pytest.mark.parametrize("times", [2, 10])
def test_a_table_appended_to_itself_is_copies(times):
    columns = {name: np.tile(numbers(100, seed), times) for seed, name in enumerate(("x", "z", "y"))}
    found = find_copies(with_target(columns))
    assert not found.by_chance
    assert found.units.max() == 99


def test_a_class_copied_to_balance_the_table_is_copies():
    rare, common = np.tile(numbers(10, 1), 9), numbers(90)
    columns = {"x": np.r_[common, rare], "z": np.r_[common, rare] * 3, "y": ["no"] * 90 + ["yes"] * 90}
    assert not find_copies(with_target(columns)).by_chance


def test_fewer_rows_are_possible_than_there_are():
    rng = np.random.default_rng(0)
    columns = {"sex": rng.choice(["f", "m"], 400), "rating": rng.choice(["1a", "2a", "3a"], 400)}
    found = find_copies(with_target({**columns, "y": [f"class {s}" for s in columns["sex"]]}))
    assert found.by_chance
    assert found.units.tolist() == list(range(400))
    assert found.repeats.sum() == 394


def test_the_same_features_with_other_targets_are_no_copies():
    rng = np.random.default_rng(0)
    columns = {name: rng.choice(["a", "b", "c", "d", "e", "f"], 300, p=[0.7, *[0.06] * 5]) for name in "stuvw"}
    table = with_target({**columns, "y": rng.choice(["no", "yes"], 300)})
    assert find_copies(table).by_chance
    # and no target that is told by them: copies again, as far as anyone can see
    told = with_target({**columns, "y": np.where(columns["s"] == "a", "no", "yes")})
    assert not find_copies(told).by_chance


def test_few_repeats_stay_together_whatever_they_are():
    x = numbers(100)
    x[7] = x[3] = x[1] = x[0]
    assert not find_copies(with_target({"x": x, "y": ["no", "yes"] * 50})).by_chance


def test_entries_of_few_codes_that_agree_in_noise_are_copies() -> None:
    """Each entry eight times: that equal rows never disagree in a label of pure noise proves them copies."""
    rng = np.random.default_rng(0)
    entries = pl.DataFrame({f"c{k}": rng.choice(["a", "b", "c"], 114) for k in range(5)}).unique(maintain_order=True)
    entries = entries.with_columns(y=pl.Series(rng.choice(["no", "yes"], entries.height)))
    copies = find_copies(typed(pl.concat([entries] * 8).to_dict(as_series=False), "y=category", target="y"))
    assert not copies.by_chance
    assert copies.units.max() + 1 == entries.height
