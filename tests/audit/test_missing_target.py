from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from netwright.audit.missing_target import _by_class, _by_number, missing_target
from netwright.audit.truth import Truth
from netwright.base.table import Table
from tests.preparation.tables import numbers, typed

N = 400


def table(y, gaps, more=None) -> Table:
    x = [None if gap else value for gap, value in zip(gaps, numbers(len(y)).tolist(), strict=True)]
    found = typed({"x": x, "y": y, **(more or {})}, "x=numeric", target="y")
    return found.with_schema(found.schema.with_roles({"y": "target"}))


def test_gaps_that_tell_the_class():
    y = ["yes", "no"] * 200
    gaps = [label == "yes" and n % 20 != 0 for n, label in enumerate(y)]
    (finding,) = missing_target(table(y, gaps))
    assert (finding.code, finding.severity, finding.columns) == ("missing-target", "warning", ("x",))
    assert finding.message == ("x: missing in 90 % of the rows where y is yes, in 0 % where it is no (Cramér's V 0.90)")
    assert "--drop x" in finding.advice
    (test,) = finding.evidence["tests"]
    assert test["missing"] == 180
    assert test["p_value"] < 1e-12


def test_a_weak_dependence_is_a_note():
    rng = np.random.default_rng(0)
    y = ["yes", "no"] * 200
    gaps = [rng.random() < (0.5 if label == "yes" else 0.25) for label in y]
    (finding,) = missing_target(table(y, gaps))
    assert (finding.severity, finding.advice) == ("note", "")


def test_gaps_that_tell_a_number():
    y = np.sort(numbers(N, 3)) + 10
    (finding,) = missing_target(table(y, np.arange(N) > 300))
    assert finding.severity == "warning"
    assert finding.message.startswith("x: y is 11.")
    assert finding.message.endswith("elsewhere (rank-biserial 1.00)")


def test_columns_alike_are_told_together():
    y = ["yes", "no"] * 200
    gap = [label == "yes" for label in y]
    other = [None if g and n % 3 else 1.0 + n for n, g in enumerate(gap)]
    again = [None if g else 0.5 * n for n, g in enumerate(gap)]
    (finding,) = missing_target(table(y, gap, {"other": other, "again": again}))
    assert finding.columns == ("x", "again", "other")
    assert finding.message.startswith("x, again, other: gaps go with y; x: missing in 100 %")


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_gaps_by_chance_are_no_finding(kind):
    alarms = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        y = rng.choice(["a", "b", "c"], N).tolist() if kind == "classes" else rng.normal(size=N)
        alarms += len(list(missing_target(table(y, rng.random(N) < 0.2))))
    assert alarms <= 4  # at a level of 1 %


def test_many_columns_are_adjusted_for():
    rng = np.random.default_rng(1)
    y = rng.choice(["a", "b"], 100).tolist()
    wide = {f"c{n}": [None if rng.random() < 0.2 else float(m) + 0.5 for m in range(100)] for n in range(150)}
    assert list(missing_target(table(y, [False] * 100, wide))) == []


def test_few_gaps_or_rows_show_nothing():
    y = ["yes", "no"] * 200
    assert list(missing_target(table(y, [n in (0, 2, 4, 6) for n in range(N)]))) == []
    assert list(missing_target(table(["yes", "no"] * 4, [True, False] * 4))) == []
    assert list(missing_target(table([1.5] * 399 + [1.5], [n % 2 == 0 for n in range(N)]))) == []


def test_without_a_target():
    assert list(missing_target(typed({"x": [None, 1.5] * 50, "y": ["a", "b"] * 50}))) == []


def test_the_tests_are_those_of_scipy():
    rng = np.random.default_rng(0)
    rows, values = rng.random(300) < 0.3, rng.integers(0, 12, 300).astype(float)
    expected = stats.mannwhitneyu(values[rows], values[~rows], method="asymptotic", use_continuity=False)
    found = _by_number(rows, Truth("y", values))
    assert found is not None
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-3)
    assert found.effect == pytest.approx(abs(2 * expected.statistic / rows.sum() / (~rows).sum() - 1), abs=1e-9)
    counts = np.stack([np.bincount(values.astype(int)[rows]), np.bincount(values.astype(int)[~rows])])
    expected = stats.chi2_contingency(counts, correction=False)
    found = _by_class(rows, Truth("y", values, tuple(map(str, range(12)))))
    assert found is not None
    assert found.p_value == pytest.approx(expected.pvalue)
