from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from netwright.audit.leak_sum import leak_sum
from netwright.base.settings import Settings
from netwright.preparation.load import read_table, typed_target, with_roles


def findings(data, **options):
    settings = Settings.from_options({"target": "y", "task": "regression", **options})
    frame = pl.DataFrame(data, strict=False)
    return list(leak_sum(typed_target(with_roles(read_table(frame, settings), settings), settings)[1]))


def parts(n_rows=200, n_columns=5, seed=0):
    values = np.random.default_rng(seed).normal(size=(n_rows, n_columns)).round(3)
    return {f"c{k}": values[:, k] for k in range(n_columns)}


def test_a_sum_with_its_evidence():
    data = parts()
    (finding,) = findings(data | {"y": data["c1"] + data["c3"]})
    assert (finding.code, finding.severity, finding.columns) == ("leak-sum", "stop", ("c1", "c3"))
    assert finding.message == "y = c1 + c3 in every row (200 rows looked at)"
    assert finding.evidence == {"factors": {"c1": 1.0, "c3": 1.0}, "intercept": 0.0, "exact": 1.0, "rows": 200}


def test_factors_an_intercept_and_a_yes_or_no():
    data = parts() | {"vip": np.random.default_rng(9).choice(["no", "yes"], 200)}
    (finding,) = findings(data | {"y": 2.5 * data["c0"] - data["c4"] - 10 * (data["vip"] == "yes") + 3})
    assert finding.message == "y = 2.50 c0 - c4 - 10.0 vip + 3.00 in every row (200 rows looked at)"


@pytest.mark.parametrize("decimals", [0, 2])
def test_a_rounded_sum(decimals):
    data = {name: 30 * values for name, values in parts().items()}
    (finding,) = findings(data | {"y": np.round(data["c1"] + data["c3"], decimals)})
    assert finding.columns == ("c1", "c3")


def test_empty_parts_count_as_nothing_and_a_few_wrong_rows_hide_no_sum():
    data = parts()
    y = data["c1"] + data["c3"]
    gaps = [None if k % 4 == 0 else float(value) for k, value in enumerate(data["c1"])]
    filled = np.array([0.0 if value is None else value for value in gaps])
    (finding,) = findings(data | {"c1": gaps, "y": filled + data["c3"]})
    assert finding.columns == ("c1", "c3")
    y[::40] += 50
    (finding,) = findings(data | {"y": y})
    assert (finding.columns, finding.evidence["exact"]) == (("c1", "c3"), 0.975)
    assert "in 98 % of the rows" in finding.message or "in 97 % of the rows" in finding.message


def test_a_sum_of_columns_that_say_the_same():
    data = parts()
    data["total"] = data["c1"] + data["c3"]
    found = findings(data | {"y": data["c1"] + data["c3"] + data["c4"]})
    assert [len(finding.columns) for finding in found] == [2] or found[0].columns == ("c4", "total")


@pytest.mark.parametrize("noise", [0.05, 1.0])
def test_what_is_not_exact_is_no_sum(noise):
    data = parts()
    left = noise * np.random.default_rng(3).normal(size=200)
    assert findings(data | {"y": data["c1"] + data["c3"] + left}) == []


def test_a_copy_is_told_by_the_check_of_single_columns_unless_rows_are_few():
    data = parts()
    assert findings(data | {"y": 2 * data["c1"]}) == []
    (finding,) = findings({name: values[:20] for name, values in data.items()} | {"y": 2 * data["c1"][:20]})
    assert finding.columns == ("c1",)


def test_a_sum_beside_a_copy_is_told_too():
    data = parts()
    y = data["c1"] + data["c3"]
    (finding,) = findings(data | {"copy": y, "y": y})
    assert finding.columns == ("c1", "c3")


def test_as_many_columns_as_rows_prove_nothing():
    data = parts(40, 60)
    assert findings(data | {"y": np.random.default_rng(5).normal(size=40)}) == []


def test_a_target_that_is_mostly_zero():
    data = parts()
    y = np.where(np.random.default_rng(5).random(200) < 0.97, 0.0, 10 * np.random.default_rng(6).normal(size=200))
    assert findings(data | {"y": y}) == []


def test_few_ranks_are_no_sum():
    y = np.arange(14.0)[np.random.default_rng(0).permutation(14)]
    assert findings({"x": np.round(y**1.2, 2), "z": np.random.default_rng(1).normal(size=14), "y": y}) == []


@pytest.mark.parametrize(
    "data",
    [
        {"x": [1.5, 2.5], "y": [1.5, 2.5]},
        {"x": [1.5] * 20 + [2.5], "y": [3.5] * 20 + [4.5]},
        {"x": ["a", "b", "c"] * 10, "y": np.arange(30) ** 1.5},
        {"x": np.arange(40) * 1e306, "z": np.full(40, 3.5), "y": np.arange(40) ** 2 * 1e305},
    ],
)
def test_edges(data):
    assert findings(data) == []


def test_classes_are_no_sum():
    data = parts()
    assert findings(data | {"y": np.where(data["c1"] > 0, "a", "b")}, task="binary") == []
